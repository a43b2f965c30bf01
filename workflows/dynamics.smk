# shortlist -> students -> molecular dynamics -> diffusivity at each temperature -> Arrhenius line
rule student:
    input:
        # A student that is there serves new candidates of its family too: growing a campaign reruns nothing.
        cells=ancient(after_teachers(Plan.taught)),
    output:
        student=f"{RESULTS}/students/{{family}}/student.json",
    log:
        f"{LOGS}/student/{{family}}.log",
    benchmark:
        f"{BENCHMARKS}/student/{{family}}.tsv"
    # Before runs of families that have theirs: all runs of a family wait for this one job.
    priority: 1
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(720),
    params:
        **settings("student"),
    shell:
        "screening stage student --output {output.student:q} --threads {threads} "
        "-- params: {params:q} cells: {input.cells:q} > {log:q} 2>&1"


if CAMPAIGN.md.batched:

    rule md_batch:
        input:
            relaxed=f"{CANDIDATE}/relaxed.json",
            rung=table_before,
            parent=parent_of_runs,
        output:
            runs=expand(
                f"{RUN}/md{RUNG}.json",
                temperature=PLAN.temperatures,
                replica=range(CAMPAIGN.md.replicas),
                allow_missing=True,
            ),
        log:
            f"{LOGS}/md_batch{RUNG}/{{id}}_o{{ordering}}.log",
        benchmark:
            f"{BENCHMARKS}/md_batch{RUNG}/{{id}}_o{{ordering}}.tsv"
        threads: CAMPAIGN.md.cores
        resources:
            mem_mb=md_memory,
            runtime=md_runtime,
        params:
            **settings("md_batch"),
            length_ps=length_ps,
            temperatures="temperatures=" + ",".join(PLAN.temperatures),
            replicas=f"replicas={CAMPAIGN.md.replicas}",
        shell:
            "screening stage md_batch --output {output.runs[0]:q} --threads {threads} "
            "-- params: {params:q} ordering={wildcards.ordering} "
            "relaxed: {input.relaxed:q} rung: {input.rung:q} parent: {input.parent:q} > {log:q} 2>&1"

else:

    rule md:
        input:
            relaxed=f"{CANDIDATE}/relaxed.json",
            student=student_of_run,
            rung=table_before,
            parent=parent_of_runs,
        output:
            run=f"{RUN}/md{RUNG}.json",
        log:
            f"{LOGS}/md{RUNG}/{{id}}_{{temperature}}K_o{{ordering}}_r{{replica}}.log",
        benchmark:
            f"{BENCHMARKS}/md{RUNG}/{{id}}_{{temperature}}K_o{{ordering}}_r{{replica}}.tsv"
        threads: CAMPAIGN.md.cores
        resources:
            mem_mb=md_memory,
            runtime=md_runtime,
        params:
            **settings("md"),
            length_ps=length_ps,
        shell:
            "screening stage md --output {output.run:q} --threads {threads} "
            "-- params: {params:q} temperature={wildcards.temperature} ordering={wildcards.ordering} "
            "replica={wildcards.replica} "
            "relaxed: {input.relaxed:q} student: {input.student:q} rung: {input.rung:q} "
            "parent: {input.parent:q} > {log:q} 2>&1"


rule transport:
    input:
        candidate=f"{CANDIDATE}/candidate.json",
        runs=after_shortlist(Plan.runs),
    output:
        transport=f"{HOT}/transport{RUNG}.json",
    log:
        f"{LOGS}/transport{RUNG}/{{id}}_{{temperature}}K.log",
    benchmark:
        f"{BENCHMARKS}/transport{RUNG}/{{id}}_{{temperature}}K.tsv"
    group:
        "analysis"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        **settings("transport"),
    shell:
        "screening stage transport --output {output.transport:q} "
        "-- params: {params:q} candidate: {input.candidate:q} runs: {input.runs:q} > {log:q} 2>&1"


rule arrhenius:
    input:
        transport=at_temperatures(f"transport{RUNG}.json"),
    output:
        arrhenius=f"{CANDIDATE}/arrhenius{RUNG}.json",
    log:
        f"{LOGS}/arrhenius{RUNG}/{{id}}.log",
    benchmark:
        f"{BENCHMARKS}/arrhenius{RUNG}/{{id}}.tsv"
    group:
        "analysis"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **settings("arrhenius"),
    shell:
        "screening stage arrhenius --output {output.arrhenius:q} "
        "-- params: {params:q} transport: {input.transport:q} > {log:q} 2>&1"


rule rung:
    input:
        arrhenius=after_shortlist(Plan.arrhenius_of_all),
        rung=lambda wildcards: PLAN.table_before(int(wildcards.number)),
    output:
        rung=f"{RESULTS}/rung{{number}}.csv",
        origins=origins_of("rung{number}"),
    log:
        f"{LOGS}/rung{{number}}.log",
    benchmark:
        f"{BENCHMARKS}/rung{{number}}.tsv"
    localrule: True
    params:
        **settings("rung"),
        length_ps=lambda wildcards: f"length_ps={PLAN.length_ps('_rung' + wildcards.number)}",
    shell:
        "screening stage rung --output {output.rung:q} "
        "-- params: {params:q} arrhenius: {input.arrhenius:q} rung: {input.rung:q} > {log:q} 2>&1"


if CAMPAIGN.md.chooses:

    # Each table waits for all candidates; the temperatures in it are planned once it is there.
    checkpoint temperatures:
        input:
            transport=before_temperatures(Plan.transport_of_all),
            runs=before_temperatures(Plan.runs_of_all),
            before=temperatures_before,
        output:
            temperatures=f"{RESULTS}/temperatures{{number}}.csv",
            origins=origins_of("temperatures{number}"),
        log:
            f"{LOGS}/temperatures{{number}}.log",
        benchmark:
            f"{BENCHMARKS}/temperatures{{number}}.tsv"
        localrule: True
        params:
            **settings("temperatures"),
            number=lambda wildcards: f"number={wildcards.number}",
        shell:
            "screening stage temperatures --output {output.temperatures:q} "
            "-- params: {params:q} transport: {input.transport:q} runs: {input.runs:q} "
            "before: {input.before:q} > {log:q} 2>&1"


if CAMPAIGN.md.finite_size_check:

    # Its temperature is the hottest that is resolved, which the job finds: no path names it.
    rule md_large:
        input:
            relaxed=f"{CANDIDATE}/relaxed.json",
            student=student_of_run,
            parent=parent_of_runs,
            transport=at_temperatures("transport.json"),
            candidate=([f"{CANDIDATE}/candidate.json"] if PLAN.parents_of_large else []),
            parents=ancient(PLAN.parents_of_large),
        output:
            run=f"{CANDIDATE}/large/o{{ordering}}_r0/md.json",
        log:
            f"{LOGS}/md_large/{{id}}_o{{ordering}}_r0.log",
        benchmark:
            f"{BENCHMARKS}/md_large/{{id}}_o{{ordering}}_r0.tsv"
        threads: CAMPAIGN.md.cores
        resources:
            mem_mb=md_large_memory,
            runtime=md_large_runtime,
        params:
            **settings("md_large"),
            **PLAN.large_settings,
            length_ps=f"length_ps={CAMPAIGN.md.duration_ps}",
        shell:
            "screening stage md_large --output {output.run:q} --threads {threads} "
            "-- params: {params:q} ordering={wildcards.ordering} relaxed: {input.relaxed:q} "
            "student: {input.student:q} parent: {input.parent:q} transport: {input.transport:q} "
            "candidate: {input.candidate:q} parents: {input.parents:q} > {log:q} 2>&1"

    rule finite_size:
        input:
            candidate=f"{CANDIDATE}/candidate.json",
            runs=after_temperatures(Plan.runs_at_all_temperatures),
            large=after_temperatures(Plan.large_runs),
        output:
            finite_size=f"{CANDIDATE}/finite_size.json",
        log:
            f"{LOGS}/finite_size/{{id}}.log",
        benchmark:
            f"{BENCHMARKS}/finite_size/{{id}}.tsv"
        group:
            "analysis"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            **settings("finite_size"),
        shell:
            "screening stage finite_size --output {output.finite_size:q} "
            "-- params: {params:q} candidate: {input.candidate:q} runs: {input.runs:q} "
            "large: {input.large:q} > {log:q} 2>&1"


rule local:
    input:
        transport=f"{HOT}/transport.json",
        runs=after_shortlist(Plan.runs),
        candidate=f"{CANDIDATE}/candidate.json",
        parents=ancient(PLAN.parents_of_sites),
    output:
        local=f"{HOT}/local.json",
    log:
        f"{LOGS}/local/{{id}}_{{temperature}}K.log",
    benchmark:
        f"{BENCHMARKS}/local/{{id}}_{{temperature}}K.tsv"
    group:
        "analysis"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        **settings("local"),
        **parent_of_sites,
    shell:
        "screening stage local --output {output.local:q} "
        "-- params: {params:q} transport: {input.transport:q} runs: {input.runs:q} "
        "candidate: {input.candidate:q} parents: {input.parents:q} > {log:q} 2>&1"


rule equation:
    input:
        arrhenius=f"{CANDIDATE}/arrhenius.json",
        transport=at_temperatures("transport.json"),
        local=at_temperatures("local.json"),
    output:
        equation=f"{CANDIDATE}/equation_one.json",
    log:
        f"{LOGS}/equation/{{id}}.log",
    benchmark:
        f"{BENCHMARKS}/equation/{{id}}.tsv"
    group:
        "analysis"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        **settings("equation"),
    shell:
        "screening stage equation --output {output.equation:q} "
        "-- params: {params:q} arrhenius: {input.arrhenius:q} transport: {input.transport:q} "
        "local: {input.local:q} > {log:q} 2>&1"


if CAMPAIGN.has_boundaries:

    rule boundary:
        input:
            candidate=f"{CANDIDATE}/candidate.json",
            relaxed=after_enumerate(Plan.with_crystals),
            runs=after_temperatures(Plan.runs_with_crystals),
        output:
            boundary=f"{CANDIDATE}/boundary.json",
        log:
            f"{LOGS}/boundary/{{id}}.log",
        benchmark:
            f"{BENCHMARKS}/boundary/{{id}}.tsv"
        group:
            "analysis"
        resources:
            mem_mb=growing(4000),
            runtime=growing(60),
        params:
            **settings("boundary"),
        shell:
            "screening stage boundary --output {output.boundary:q} "
            "-- params: {params:q} candidate: {input.candidate:q} relaxed: {input.relaxed:q} "
            "runs: {input.runs:q} > {log:q} 2>&1"
