# everything -> ranking -> report
rule ranking:
    input:
        candidates=f"{RESULTS}/candidates.csv",
        stability=f"{RESULTS}/stability.csv",
        shortlist=f"{RESULTS}/shortlist.csv",
        transport=after_temperatures(Plan.transport_of_all),
        arrhenius=after_temperatures(Plan.arrhenius_of_all),
        trust=after_temperatures(Plan.trust_of_all),
        reference=after_temperatures(Plan.reference_of_all),
        rung=PLAN.table_before(PLAN.n_rungs + 1),
        temperatures=after_temperatures(Plan.last_temperature_table),
        finite_size=after_temperatures(Plan.finite_size_of_all),
    output:
        ranking=report(
            f"{RESULTS}/ranking.csv",
            caption="report/ranking.rst",
            category="Ranking",
        ),
        transport=report(
            f"{RESULTS}/transport.csv",
            caption="report/transport.rst",
            category="Transport",
        ),
        arrhenius=report(
            f"{RESULTS}/arrhenius.csv",
            caption="report/arrhenius.rst",
            category="Transport",
        ),
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
        "-- params: {params:q} candidates: {input.candidates:q} stability: {input.stability:q} "
        "shortlist: {input.shortlist:q} transport: {input.transport:q} arrhenius: {input.arrhenius:q} "
        "trust: {input.trust:q} reference: {input.reference:q} rung: {input.rung:q} "
        "temperatures: {input.temperatures:q} finite_size: {input.finite_size:q} > {log:q} 2>&1"


rule report:
    input:
        config=f"{RESULTS}/config.resolved.yaml",
        ranking=f"{RESULTS}/ranking.csv",
        equation=after_temperatures(Plan.equation_of_all),
        # Read from their folders, as all records of candidates are.
        boundaries=(
            after_temperatures(Plan.boundaries) if CAMPAIGN.has_boundaries else []
        ),
    output:
        page=report(
            f"{RESULTS}/report.html",
            caption="report/page.rst",
            category="Page",
        ),
        figures=report(
            directory(f"{RESULTS}/figures"),
            # A name such as LiCl-5dbd936f/msd is a candidate's.
            patterns=["{name}.svg"],
            labels={"figure": "{name}"},
            caption="report/figures.rst",
            category="Figures",
        ),
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
        "-- params: {params:q} config: {input.config:q} ranking: {input.ranking:q} "
        "equation: {input.equation:q} > {log:q} 2>&1"
