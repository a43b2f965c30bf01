# candidates (-> glasses) (-> first starts -> students) -> relaxed cells -> mixing enthalpies -> shortlist
# A checkpoint, so that jobs are looked at again once it is done: of one whose `ancient` input is made anew in the same
# run Snakemake does not look whether its own settings changed, and a changed potential would leave all as it was.
checkpoint selfcheck:
    input:
        candidates=f"{RESULTS}/candidates.csv",
    output:
        potential=f"{RESULTS}/potential.json",
    log:
        f"{LOGS}/selfcheck.log",
    benchmark:
        f"{BENCHMARKS}/selfcheck.tsv"
    # Everything waits for it.
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        **settings("selfcheck"),
    shell:
        "screening stage selfcheck --output {output.potential:q} --threads {threads} "
        "-- params: {params:q} candidates: {input.candidates:q} > {log:q} 2>&1"


rule glass:
    input:
        candidate=f"{CANDIDATE}/candidate.json",
        potential=ancient(PLAN.checked_potential),
    output:
        glass=f"{CANDIDATE}/glass.json",
    log:
        f"{LOGS}/glass/{{id}}.log",
    benchmark:
        f"{BENCHMARKS}/glass/{{id}}.tsv"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(720),
    params:
        **settings("glass"),
    shell:
        "screening stage glass --output {output.glass:q} --threads {threads} "
        "-- params: {params:q} candidate: {input.candidate:q} potential: {input.potential:q} > {log:q} 2>&1"


rule first_start:
    input:
        candidate=f"{CANDIDATE}/candidate.json",
        glass=after_enumerate(Plan.glass),
        potential=ancient(PLAN.checked_potential),
    output:
        first_start=f"{CANDIDATE}/first_start.json",
    log:
        f"{LOGS}/first_start/{{id}}.log",
    benchmark:
        f"{BENCHMARKS}/first_start/{{id}}.tsv"
    group:
        "first_start"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        **settings("first_start"),
    shell:
        "screening stage first_start --output {output.first_start:q} --threads {threads} "
        "-- params: {params:q} candidate: {input.candidate:q} glass: {input.glass:q} "
        "potential: {input.potential:q} > {log:q} 2>&1"


rule relax:
    input:
        candidate=f"{CANDIDATE}/candidate.json",
        glass=after_enumerate(Plan.glass),
        first_start=after_enumerate(Plan.first_start),
        # A student that is taught new candidates later does not make old energies wrong.
        student=ancient(after_enumerate(Plan.searching_student)),
        # Checked once more when elements are added, without touching what was relaxed before.
        potential=ancient(PLAN.checked_potential),
    output:
        relaxed=f"{CANDIDATE}/relaxed.json",
    log:
        f"{LOGS}/relax/{{id}}.log",
    benchmark:
        f"{BENCHMARKS}/relax/{{id}}.tsv"
    group:
        "relax"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        **settings("relax"),
    shell:
        "screening stage relax --output {output.relaxed:q} --threads {threads} "
        "-- params: {params:q} candidate: {input.candidate:q} glass: {input.glass:q} "
        "first_start: {input.first_start:q} student: {input.student:q} "
        "potential: {input.potential:q} > {log:q} 2>&1"


rule mixing:
    input:
        relaxed=after_enumerate(Plan.relaxed_of_all),
        # What each is measured against follows from the whole campaign.
        candidates=f"{RESULTS}/candidates.csv",
    output:
        stability=report(
            f"{RESULTS}/stability.csv",
            caption="report/stability.rst",
            category="Stability",
        ),
        orderings=report(
            f"{RESULTS}/orderings.csv",
            caption="report/orderings.rst",
            category="Stability",
        ),
        disorder=report(
            f"{RESULTS}/disorder.csv",
            caption="report/disorder.rst",
            category="Stability",
        ),
        origins=origins_of("stability", "orderings", "disorder"),
    log:
        f"{LOGS}/mixing.log",
    benchmark:
        f"{BENCHMARKS}/mixing.tsv"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        **settings("mixing"),
    shell:
        "screening stage mixing --output {output.stability:q} "
        "-- params: {params:q} relaxed: {input.relaxed:q} candidates: {input.candidates:q} > {log:q} 2>&1"


checkpoint shortlist:
    input:
        stability=f"{RESULTS}/stability.csv",
    output:
        shortlist=report(
            f"{RESULTS}/shortlist.csv",
            caption="report/shortlist.rst",
            category="Stability",
        ),
        origins=origins_of("shortlist"),
    log:
        f"{LOGS}/shortlist.log",
    benchmark:
        f"{BENCHMARKS}/shortlist.tsv"
    localrule: True
    params:
        **settings("shortlist"),
    shell:
        "screening stage shortlist --output {output.shortlist:q} "
        "-- params: {params:q} stability: {input.stability:q} > {log:q} 2>&1"
