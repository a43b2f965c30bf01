# runs of a candidate -> a second potential's view of them; asked for only where the campaign names one
# A checkpoint for the same reason as `selfcheck`.
checkpoint selfcheck_second:
    input:
        candidates=f"{RESULTS}/candidates.csv",
    output:
        potential=f"{RESULTS}/second_potential.json",
    log:
        f"{LOGS}/selfcheck_second.log",
    benchmark:
        f"{BENCHMARKS}/selfcheck_second.tsv"
    # Everything waits for it.
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        **settings("selfcheck_second"),
    shell:
        "screening stage selfcheck_second --output {output.potential:q} --threads {threads} "
        "-- params: {params:q} candidates: {input.candidates:q} > {log:q} 2>&1"


# Without first principles the command is as it was: what it made is kept.
AND_REFERENCE = (
    " reference: {input.reference:q}" if CAMPAIGN.potential.reference else ""
)


rule trust:
    input:
        runs=after_temperatures(Plan.runs_at_all_temperatures),
        # As for the first potential: checked once more when elements are added, without repeating what is done.
        second_potential=ancient(PLAN.checked_second_potential),
        reference=f"{CANDIDATE}/reference.json" if CAMPAIGN.potential.reference else [],
    output:
        trust=f"{CANDIDATE}/trust.json",
    log:
        f"{LOGS}/trust/{{id}}.log",
    benchmark:
        f"{BENCHMARKS}/trust/{{id}}.tsv"
    group:
        "trust"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(60),
    params:
        **settings("trust"),
    shell:
        "screening stage trust --output {output.trust:q} --threads {threads} "
        "-- params: {params:q} runs: {input.runs:q} second_potential: {input.second_potential:q}"
        + AND_REFERENCE
        + " > {log:q} 2>&1"


# runs of one candidate -> how far first principles are converged on one of its frames
rule convergence:
    input:
        runs=after_temperatures(Plan.runs_of_first),
    output:
        convergence=f"{RESULTS}/reference_convergence.json",
    log:
        f"{LOGS}/convergence.log",
    benchmark:
        f"{BENCHMARKS}/convergence.tsv"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(720),
    params:
        **settings("convergence"),
    shell:
        "screening stage convergence --output {output.convergence:q} --threads {threads} "
        "-- params: {params:q} runs: {input.runs:q} > {log:q} 2>&1"


# runs of a candidate -> first principles on some of their frames; asked for only where the campaign names them
rule reference:
    input:
        runs=after_temperatures(Plan.runs_at_all_temperatures),
        student=after_enumerate(Plan.student),
        relaxed=f"{CANDIDATE}/relaxed.json",
        # Of one candidate for all. Not `ancient`: of a job whose ancient input is made anew Snakemake does not look
        # whether its own params changed. Labels are kept, so a judgement that is made again takes seconds.
        convergence=PLAN.convergence,
    output:
        reference=f"{CANDIDATE}/reference.json",
    log:
        f"{LOGS}/reference/{{id}}.log",
    benchmark:
        f"{BENCHMARKS}/reference/{{id}}.tsv"
    # Labels are kept one by one: a job that was stopped goes on.
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(720),
    params:
        **settings("reference"),
    shell:
        "screening stage reference --output {output.reference:q} --threads {threads} "
        "-- params: {params:q} runs: {input.runs:q} student: {input.student:q} relaxed: {input.relaxed:q} "
        "convergence: {input.convergence:q} > {log:q} 2>&1"
