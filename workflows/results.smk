# everything -> ranking -> report
rule ranking:
    input:
        candidates=f"{RESULTS}/candidates.csv",
        stability=f"{RESULTS}/stability.csv",
        shortlist=f"{RESULTS}/shortlist.csv",
        transport=after_shortlist(Plan.transport_of_all),
        arrhenius=after_shortlist(Plan.arrhenius_of_all),
        trust=after_shortlist(Plan.trust_of_all),
        rung=PLAN.table_before(PLAN.n_rungs + 1),
    output:
        ranking=f"{RESULTS}/ranking.csv",
        transport=f"{RESULTS}/transport.csv",
        arrhenius=f"{RESULTS}/arrhenius.csv",
        origins=origins_of("ranking", "transport", "arrhenius"),
    log:
        f"{LOGS}/ranking.log",
    benchmark:
        f"{BENCHMARKS}/ranking.tsv"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **settings("ranking"),
    shell:
        "screening stage ranking --output {output.ranking:q} "
        "params: {params:q} candidates: {input.candidates:q} stability: {input.stability:q} "
        "shortlist: {input.shortlist:q} transport: {input.transport:q} arrhenius: {input.arrhenius:q} "
        "trust: {input.trust:q} rung: {input.rung:q} > {log:q} 2>&1"


rule report:
    input:
        config=f"{RESULTS}/config.resolved.yaml",
        ranking=f"{RESULTS}/ranking.csv",
        equation=after_shortlist(Plan.equation_of_all),
    output:
        page=f"{RESULTS}/report.html",
        figures=directory(f"{RESULTS}/figures"),
        origins=origins_of("report"),
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        **settings("report"),
    shell:
        "screening stage report --output {output.page:q} "
        "params: {params:q} config: {input.config:q} ranking: {input.ranking:q} "
        "equation: {input.equation:q} > {log:q} 2>&1"
