# candidates (-> glasses) (-> first starts -> students) -> relaxed cells -> mixing enthalpies -> shortlist
rule selfcheck:
    input:
        candidates=f"{RESULTS}/candidates.csv",
    output:
        potential=f"{RESULTS}/potential.json",
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
        "screening stage selfcheck --output {output.potential:q} --settings {params.settings:q} --threads {threads} "
        "candidates: {input.candidates:q} > {log:q} 2>&1"


rule glass:
    input:
        candidate=f"{RESULTS}/candidates/{{id}}/candidate.json",
        potential=ancient(checked_potential),
    output:
        glass=f"{RESULTS}/candidates/{{id}}/glass.json",
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
        "screening stage glass --output {output.glass:q} --settings {params.settings:q} --threads {threads} "
        "candidate: {input.candidate:q} potential: {input.potential:q} > {log:q} 2>&1"


rule first_start:
    input:
        candidate=f"{RESULTS}/candidates/{{id}}/candidate.json",
        glass=glass_of,
        potential=ancient(checked_potential),
    output:
        first_start=f"{RESULTS}/candidates/{{id}}/first_start.json",
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
        "screening stage first_start --output {output.first_start:q} --settings {params.settings:q} --threads {threads} "
        "candidate: {input.candidate:q} glass: {input.glass:q} potential: {input.potential:q} > {log:q} 2>&1"


rule relax:
    input:
        candidate=f"{RESULTS}/candidates/{{id}}/candidate.json",
        glass=glass_of,
        first_start=first_start_of,
        # A student that is taught new candidates later does not make old energies wrong.
        student=ancient(searching_student_of),
        # Checked once more when elements are added, without touching what was relaxed before.
        potential=ancient(checked_potential),
    output:
        relaxed=f"{RESULTS}/candidates/{{id}}/relaxed.json",
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
        "screening stage relax --output {output.relaxed:q} --settings {params.settings:q} --threads {threads} "
        "candidate: {input.candidate:q} glass: {input.glass:q} first_start: {input.first_start:q} student: {input.student:q} "
        "potential: {input.potential:q} > {log:q} 2>&1"


rule mixing:
    input:
        relaxed=relaxed_of_all,
        # What each is measured against follows from the whole campaign.
        candidates=f"{RESULTS}/candidates.csv",
    output:
        stability=f"{RESULTS}/stability.csv",
        orderings=f"{RESULTS}/orderings.csv",
        disorder=f"{RESULTS}/disorder.csv",
        origins=origins_of("stability", "orderings", "disorder"),
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
        "screening stage mixing --output {output.stability:q} --settings {params.settings:q} "
        "relaxed: {input.relaxed:q} candidates: {input.candidates:q} > {log:q} 2>&1"


checkpoint shortlist:
    input:
        stability=f"{RESULTS}/stability.csv",
    output:
        shortlist=f"{RESULTS}/shortlist.csv",
        origins=origins_of("shortlist"),
    log:
        f"{RESULTS}/logs/shortlist.log",
    benchmark:
        f"{RESULTS}/benchmarks/shortlist.tsv"
    localrule: True
    params:
        settings=settings("shortlist"),
    shell:
        "screening stage shortlist --output {output.shortlist:q} --settings {params.settings:q} "
        "stability: {input.stability:q} > {log:q} 2>&1"
