from snakemake.utils import min_version

min_version("9.10")


# Used with --software-deployment-method apptainer only; docs/cluster.md says how the image is built.
container: "screening.sif"


include: "workflows/common.smk"
include: "workflows/resources.smk"
include: "workflows/structures.smk"
include: "workflows/stability.smk"
include: "workflows/dynamics.smk"
include: "workflows/trust.smk"
include: "workflows/results.smk"


onstart:
    hold_campaign()


rule all:
    input:
        records_of_all,
        f"{RESULTS}/config.resolved.yaml",
        f"{RESULTS}/ranking.csv",
        f"{RESULTS}/report.html",
