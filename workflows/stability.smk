# candidates (-> glasses) (-> first starts -> students) -> relaxed cells -> mixing enthalpies -> shortlist
rule selfcheck:
    input:
        f"{RESULTS}/candidates.csv",
    output:
        f"{RESULTS}/potential.json",
    log:
        f"{RESULTS}/logs/selfcheck.log",
    benchmark:
        f"{RESULTS}/benchmarks/selfcheck.tsv"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings("selfcheck"),
    shell:
        "screening stage selfcheck {input:q} --output {output:q} --settings {params.settings:q} "
        "--threads {threads} > {log:q} 2>&1"


rule glass:
    input:
        f"{RESULTS}/candidates/{{id}}/candidate.json",
        ancient(checked_potential),
    output:
        f"{RESULTS}/candidates/{{id}}/glass.json",
    log:
        f"{RESULTS}/logs/glass/{{id}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/glass/{{id}}.tsv"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(720),
    params:
        settings=settings("glass"),
    shell:
        "screening stage glass {input:q} --output {output:q} --settings {params.settings:q} "
        "--threads {threads} > {log:q} 2>&1"


rule first_start:
    input:
        f"{RESULTS}/candidates/{{id}}/candidate.json",
        glass_of,
        ancient(checked_potential),
    output:
        f"{RESULTS}/candidates/{{id}}/first_start.json",
    log:
        f"{RESULTS}/logs/first_start/{{id}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/first_start/{{id}}.tsv"
    group:
        "first_start"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        settings=settings("first_start"),
    shell:
        "screening stage first_start {input:q} --output {output:q} --settings {params.settings:q} "
        "--threads {threads} > {log:q} 2>&1"


rule relax:
    input:
        f"{RESULTS}/candidates/{{id}}/candidate.json",
        glass_of,
        first_start_of,
        # A student that is taught new candidates later does not make old energies wrong.
        ancient(searching_student_of),
        # Checked once more when elements are added, without touching what was relaxed before.
        ancient(checked_potential),
    output:
        f"{RESULTS}/candidates/{{id}}/relaxed.json",
    log:
        f"{RESULTS}/logs/relax/{{id}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/relax/{{id}}.tsv"
    group:
        "relax"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        settings=settings("relax"),
    shell:
        "screening stage relax {input:q} --output {output:q} --settings {params.settings:q} "
        "--threads {threads} > {log:q} 2>&1"


rule mixing:
    input:
        relaxed_of_all,
    output:
        f"{RESULTS}/stability.csv",
    log:
        f"{RESULTS}/logs/mixing.log",
    benchmark:
        f"{RESULTS}/benchmarks/mixing.tsv"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings("mixing"),
    shell:
        "screening stage mixing {input:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"


checkpoint shortlist:
    input:
        f"{RESULTS}/stability.csv",
    output:
        f"{RESULTS}/shortlist.csv",
    log:
        f"{RESULTS}/logs/shortlist.log",
    benchmark:
        f"{RESULTS}/benchmarks/shortlist.tsv"
    localrule: True
    params:
        settings=settings("shortlist"),
    shell:
        "screening stage shortlist {input:q} --output {output:q} --settings {params.settings:q} > {log:q} 2>&1"
