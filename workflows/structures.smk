# config -> parents -> candidates
rule resolve_config:
    output:
        f"{RESULTS}/config.resolved.yaml",
    log:
        f"{RESULTS}/logs/resolve_config.log",
    localrule: True
    params:
        campaign=CAMPAIGN.model_dump_json(),
        base=str(BASE),
    shell:
        "screening resolve --campaign {params.campaign:q} --base {params.base:q} --output {output:q} > {log:q} 2>&1"


rule parents:
    input:
        user_files,
    output:
        f"{RESULTS}/parents.json",
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
        "screening stage parents --output {output:q} --settings {params.settings:q} --base {params.base:q} "
        "-- {input:q} > {log:q} 2>&1"


checkpoint enumerate:
    input:
        f"{RESULTS}/parents.json",
    output:
        f"{RESULTS}/candidates.csv",
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
        "screening stage enumerate {input:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"
