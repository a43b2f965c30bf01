# runs of a candidate -> a second potential's view of them; asked for only where the campaign names one
rule selfcheck_second:
    input:
        candidates=f"{RESULTS}/candidates.csv",
    output:
        potential=f"{RESULTS}/second_potential.json",
    log:
        f"{RESULTS}/logs/selfcheck_second.log",
    benchmark:
        f"{RESULTS}/benchmarks/selfcheck_second.tsv"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings("selfcheck_second"),
    shell:
        "screening stage selfcheck_second --output {output.potential:q} --settings {params.settings:q} --threads {threads} "
        "candidates: {input.candidates:q} > {log:q} 2>&1"


rule trust:
    input:
        runs=runs_at_all_temperatures,
        # As for the first potential: checked once more when elements are added, without repeating what is done.
        second_potential=ancient(checked_second_potential),
    output:
        trust=f"{RESULTS}/candidates/{{id}}/trust.json",
    log:
        f"{RESULTS}/logs/trust/{{id}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/trust/{{id}}.tsv"
    group:
        "trust"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(60),
    params:
        settings=settings("trust"),
    shell:
        "screening stage trust --output {output.trust:q} --settings {params.settings:q} --threads {threads} "
        "runs: {input.runs:q} second_potential: {input.second_potential:q} > {log:q} 2>&1"
