# everything -> ranking -> report
rule ranking:
    input:
        f"{RESULTS}/candidates.csv",
        f"{RESULTS}/stability.csv",
        f"{RESULTS}/shortlist.csv",
        transport_of_all,
        arrhenius_of_all,
        trust_of_all,
        last_rung,
    output:
        f"{RESULTS}/ranking.csv",
    log:
        f"{RESULTS}/logs/ranking.log",
    benchmark:
        f"{RESULTS}/benchmarks/ranking.tsv"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings("ranking"),
    shell:
        "screening stage ranking {input:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"


rule report:
    input:
        f"{RESULTS}/config.resolved.yaml",
        f"{RESULTS}/ranking.csv",
        equation_of_all,
    output:
        f"{RESULTS}/report.html",
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings("report"),
    shell:
        "screening stage report {input:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"
