# shortlist -> students -> molecular dynamics -> diffusivity at each temperature -> Arrhenius line
rule student:
    input:
        # A student that is there serves new candidates of its family too: growing a campaign reruns nothing.
        cells=ancient(taught_to_student),
    output:
        student=f"{RESULTS}/students/{{family}}/student.json",
    log:
        f"{RESULTS}/logs/student/{{family}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/student/{{family}}.tsv"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(720),
    params:
        settings=settings("student"),
    shell:
        "screening stage student --output {output.student:q} --settings {params.settings:q} --threads {threads} "
        "cells: {input.cells:q} > {log:q} 2>&1"


if CAMPAIGN.md.batched:

    rule md_batch:
        input:
            relaxed=f"{RESULTS}/candidates/{{id}}/relaxed.json",
            rung=rung_before,
        output:
            runs=expand(
                f"{RESULTS}/candidates/{{{{id}}}}/{{temperature}}K/o{{{{ordering}}}}_r{{replica}}/md{{{{rung}}}}.json",
                temperature=TEMPERATURES,
                replica=range(CAMPAIGN.md.replicas),
            ),
        log:
            f"{RESULTS}/logs/md_batch{{rung}}/{{id}}_o{{ordering}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/md_batch{{rung}}/{{id}}_o{{ordering}}.tsv"
        threads: CAMPAIGN.md.cores
        resources:
            mem_mb=md_memory,
            runtime=md_runtime,
        params:
            settings=settings("md_batch"),
            length=length_ps,
            temperatures=",".join(TEMPERATURES),
            replicas=CAMPAIGN.md.replicas,
        shell:
            "screening stage md_batch --output {output.runs[0]:q} --settings {params.settings:q} "
            "--option temperatures={params.temperatures} --option ordering={wildcards.ordering} "
            "--option replicas={params.replicas} --option length_ps={params.length} --threads {threads} "
            "relaxed: {input.relaxed:q} rung: {input.rung:q} > {log:q} 2>&1"

else:

    rule md:
        input:
            relaxed=f"{RESULTS}/candidates/{{id}}/relaxed.json",
            student=student_of,
            rung=rung_before,
        output:
            run=f"{RESULTS}/candidates/{{id}}/{{temperature}}K/o{{ordering}}_r{{replica}}/md{{rung}}.json",
        log:
            f"{RESULTS}/logs/md{{rung}}/{{id}}_{{temperature}}K_o{{ordering}}_r{{replica}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/md{{rung}}/{{id}}_{{temperature}}K_o{{ordering}}_r{{replica}}.tsv"
        threads: CAMPAIGN.md.cores
        resources:
            mem_mb=md_memory,
            runtime=md_runtime,
        params:
            settings=settings("md"),
            length=length_ps,
        shell:
            "screening stage md --output {output.run:q} --settings {params.settings:q} "
            "--option temperature={wildcards.temperature} --option ordering={wildcards.ordering} "
            "--option replica={wildcards.replica} --option length_ps={params.length} --threads {threads} "
            "relaxed: {input.relaxed:q} student: {input.student:q} rung: {input.rung:q} > {log:q} 2>&1"


rule transport:
    input:
        candidate=f"{RESULTS}/candidates/{{id}}/candidate.json",
        runs=runs_of,
    output:
        transport=f"{RESULTS}/candidates/{{id}}/{{temperature}}K/transport{{rung}}.json",
    log:
        f"{RESULTS}/logs/transport{{rung}}/{{id}}_{{temperature}}K.log",
    benchmark:
        f"{RESULTS}/benchmarks/transport{{rung}}/{{id}}_{{temperature}}K.tsv"
    group:
        "analysis"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings("transport"),
    shell:
        "screening stage transport --output {output.transport:q} --settings {params.settings:q} "
        "candidate: {input.candidate:q} runs: {input.runs:q} > {log:q} 2>&1"


rule arrhenius:
    input:
        transport=transport_of,
    output:
        arrhenius=f"{RESULTS}/candidates/{{id}}/arrhenius{{rung}}.json",
    log:
        f"{RESULTS}/logs/arrhenius{{rung}}/{{id}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/arrhenius{{rung}}/{{id}}.tsv"
    group:
        "analysis"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings("arrhenius"),
    shell:
        "screening stage arrhenius --output {output.arrhenius:q} --settings {params.settings:q} "
        "transport: {input.transport:q} > {log:q} 2>&1"


rule rung:
    input:
        arrhenius=arrhenius_of_rung,
        rung=table_before,
    output:
        rung=f"{RESULTS}/rung{{number}}.csv",
        origins=origins_of("rung{number}"),
    log:
        f"{RESULTS}/logs/rung{{number}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/rung{{number}}.tsv"
    localrule: True
    params:
        settings=settings("rung"),
        length=lambda wildcards: CAMPAIGN.md.rungs_ps[int(wildcards.number) - 1],
    shell:
        "screening stage rung --output {output.rung:q} --settings {params.settings:q} --option length_ps={params.length} "
        "arrhenius: {input.arrhenius:q} rung: {input.rung:q} > {log:q} 2>&1"


rule local:
    input:
        transport=f"{RESULTS}/candidates/{{id}}/{{temperature}}K/transport.json",
        runs=runs_of,
        candidate=f"{RESULTS}/candidates/{{id}}/candidate.json",
        parents=f"{RESULTS}/parents.json",
    output:
        local=f"{RESULTS}/candidates/{{id}}/{{temperature}}K/local.json",
    log:
        f"{RESULTS}/logs/local/{{id}}_{{temperature}}K.log",
    benchmark:
        f"{RESULTS}/benchmarks/local/{{id}}_{{temperature}}K.tsv"
    group:
        "analysis"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings("local"),
    shell:
        "screening stage local --output {output.local:q} --settings {params.settings:q} "
        "transport: {input.transport:q} runs: {input.runs:q} candidate: {input.candidate:q} "
        "parents: {input.parents:q} > {log:q} 2>&1"


rule equation:
    input:
        arrhenius=f"{RESULTS}/candidates/{{id}}/arrhenius.json",
        transport=transport_of,
        local=local_of,
    output:
        equation=f"{RESULTS}/candidates/{{id}}/equation_one.json",
    log:
        f"{RESULTS}/logs/equation/{{id}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/equation/{{id}}.tsv"
    group:
        "analysis"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings("equation"),
    shell:
        "screening stage equation --output {output.equation:q} --settings {params.settings:q} "
        "arrhenius: {input.arrhenius:q} transport: {input.transport:q} local: {input.local:q} > {log:q} 2>&1"
