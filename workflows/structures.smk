# config -> parents -> candidates
rule resolve_config:
    output:
        config=f"{RESULTS}/config.resolved.yaml",
        origins=origins_of("config.resolved"),
    log:
        f"{RESULTS}/logs/resolve_config.log",
    localrule: True
    params:
        campaign=CAMPAIGN.model_dump_json(),
        base=str(BASE),
    shell:
        "screening resolve --campaign {params.campaign:q} --base {params.base:q} --output {output.config:q} > {log:q} 2>&1"


rule parents:
    input:
        structures=user_files,
    output:
        parents=f"{RESULTS}/parents.json",
    log:
        f"{RESULTS}/logs/parents.log",
    benchmark:
        f"{RESULTS}/benchmarks/parents.tsv"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings("parents"),
        base=str(BASE),
    shell:
        "screening stage parents --output {output.parents:q} --settings {params.settings:q} --base {params.base:q} "
        "-- structures: {input.structures:q} > {log:q} 2>&1"


checkpoint enumerate:
    input:
        parents=f"{RESULTS}/parents.json",
    output:
        candidates=f"{RESULTS}/candidates.csv",
        refused=f"{RESULTS}/refused.csv",
        origins=origins_of("candidates", "refused"),
    log:
        f"{RESULTS}/logs/enumerate.log",
    benchmark:
        f"{RESULTS}/benchmarks/enumerate.tsv"
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        settings=settings("enumerate"),
    shell:
        "screening stage enumerate --output {output.candidates:q} --settings {params.settings:q} "
        "parents: {input.parents:q} > {log:q} 2>&1"
