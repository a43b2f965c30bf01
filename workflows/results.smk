# everything -> ranking -> report
rule ranking:
    input:
        candidates=f"{RESULTS}/candidates.csv",
        stability=f"{RESULTS}/stability.csv",
        shortlist=f"{RESULTS}/shortlist.csv",
        transport=transport_of_all,
        arrhenius=arrhenius_of_all,
        trust=trust_of_all,
        rung=last_rung,
    output:
        ranking=f"{RESULTS}/ranking.csv",
        transport=f"{RESULTS}/transport.csv",
        arrhenius=f"{RESULTS}/arrhenius.csv",
        origins=origins_of("ranking", "transport", "arrhenius"),
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
        "screening stage ranking --output {output.ranking:q} --settings {params.settings:q} "
        "candidates: {input.candidates:q} stability: {input.stability:q} shortlist: {input.shortlist:q} "
        "transport: {input.transport:q} arrhenius: {input.arrhenius:q} trust: {input.trust:q} "
        "rung: {input.rung:q} > {log:q} 2>&1"


rule report:
    input:
        config=f"{RESULTS}/config.resolved.yaml",
        ranking=f"{RESULTS}/ranking.csv",
        equation=equation_of_all,
    output:
        page=f"{RESULTS}/report.html",
        figures=directory(f"{RESULTS}/figures"),
        origins=origins_of("report"),
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
        "screening stage report --output {output.page:q} --settings {params.settings:q} "
        "config: {input.config:q} ranking: {input.ranking:q} equation: {input.equation:q} > {log:q} 2>&1"
