# shortlist -> students -> molecular dynamics -> diffusivity at each temperature -> Arrhenius line
rule student:
    input:
        # A student that is there serves new candidates of its family too: growing a campaign reruns nothing.
        ancient(taught_to_student),
    output:
        f"{RESULTS}/students/{{family}}/student.json",
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
        "screening stage student {input:q} --output {output:q} --settings {params.settings:q} "
        "--threads {threads} > {log:q} 2>&1"


if CAMPAIGN.md.batched:

    rule md_batch:
        input:
            f"{RESULTS}/candidates/{{id}}/relaxed.json",
            rung_before,
        output:
            expand(
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
            "screening stage md_batch {input:q} --output {output[0]:q} --settings {params.settings:q} "
            "--option temperatures={params.temperatures} --option ordering={wildcards.ordering} "
            "--option replicas={params.replicas} --option length_ps={params.length} --threads {threads} > {log:q} 2>&1"

else:

    rule md:
        input:
            f"{RESULTS}/candidates/{{id}}/relaxed.json",
            student_of,
            rung_before,
        output:
            f"{RESULTS}/candidates/{{id}}/{{temperature}}K/o{{ordering}}_r{{replica}}/md{{rung}}.json",
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
            "screening stage md {input:q} --output {output:q} --settings {params.settings:q} "
            "--option temperature={wildcards.temperature} --option ordering={wildcards.ordering} "
            "--option replica={wildcards.replica} --option length_ps={params.length} --threads {threads} > {log:q} 2>&1"


rule transport:
    input:
        f"{RESULTS}/candidates/{{id}}/candidate.json",
        runs_of,
    output:
        f"{RESULTS}/candidates/{{id}}/{{temperature}}K/transport{{rung}}.json",
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
        "screening stage transport {input:q} --output {output:q} --settings {params.settings:q} "
        "--option rung={wildcards.rung} > {log:q} 2>&1"


rule arrhenius:
    input:
        transport_of,
    output:
        f"{RESULTS}/candidates/{{id}}/arrhenius{{rung}}.json",
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
        "screening stage arrhenius {input:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"


rule rung:
    input:
        arrhenius_of_rung,
        table_before,
    output:
        f"{RESULTS}/rung{{number}}.csv",
    log:
        f"{RESULTS}/logs/rung{{number}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/rung{{number}}.tsv"
    localrule: True
    params:
        settings=settings("rung"),
        length=lambda wildcards: CAMPAIGN.md.rungs_ps[int(wildcards.number) - 1],
    shell:
        "screening stage rung {input:q} --output {output:q} --settings {params.settings:q} "
        "--option length_ps={params.length} > {log:q} 2>&1"


rule local:
    input:
        f"{RESULTS}/candidates/{{id}}/{{temperature}}K/transport.json",
        runs_of,
        f"{RESULTS}/candidates/{{id}}/candidate.json",
        f"{RESULTS}/parents.json",
    output:
        f"{RESULTS}/candidates/{{id}}/{{temperature}}K/local.json",
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
        "screening stage local {input:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"


rule equation:
    input:
        f"{RESULTS}/candidates/{{id}}/arrhenius.json",
        transport_of,
        local_of,
    output:
        f"{RESULTS}/candidates/{{id}}/equation_one.json",
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
        "screening stage equation {input:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"
