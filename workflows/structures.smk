# config -> parents -> candidates
rule resolve_config:
    output:
        config=f"{RESULTS}/config.resolved.yaml",
        origins=origins_of("config.resolved"),
    log:
        f"{LOGS}/resolve_config.log",
    localrule: True
    params:
        **words_of_campaign(CAMPAIGN),
        base=f"base={BASE}",
    shell:
        "screening resolve --output {output.config:q} {params:q} > {log:q} 2>&1"


rule parents:
    input:
        structures=user_files,
    output:
        parents=f"{RESULTS}/parents.json",
    log:
        f"{LOGS}/parents.log",
    benchmark:
        f"{BENCHMARKS}/parents.tsv"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **settings("parents"),
        base=f"base={BASE}",
    shell:
        "screening stage parents --output {output.parents:q} "
        "-- params: {params:q} structures: {input.structures:q} > {log:q} 2>&1"


checkpoint enumerate:
    input:
        parents=f"{RESULTS}/parents.json",
    output:
        candidates=report(
            f"{RESULTS}/candidates.csv",
            caption="report/candidates.rst",
            category="Candidates",
        ),
        refused=report(
            f"{RESULTS}/refused.csv",
            caption="report/refused.rst",
            category="Candidates",
        ),
        origins=origins_of("candidates", "refused"),
    log:
        f"{LOGS}/enumerate.log",
    benchmark:
        f"{BENCHMARKS}/enumerate.tsv"
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        **settings("enumerate"),
    shell:
        "screening stage enumerate --output {output.candidates:q} "
        "-- params: {params:q} parents: {input.parents:q} > {log:q} 2>&1"
