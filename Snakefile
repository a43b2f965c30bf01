from snakemake.utils import min_version

min_version("9.10")


# Used with --software-deployment-method apptainer only; docs/cluster.md says how the image is built.
container: "screening.sif"


report: "workflows/report/workflow.rst"


include: "workflows/common.smk"
include: "workflows/resources.smk"
include: "workflows/structures.smk"
include: "workflows/stability.smk"
include: "workflows/dynamics.smk"
include: "workflows/trust.smk"
include: "workflows/results.smk"


bring_notes_up_to_date()


onstart:
    hold_campaign()


rule all:
    input:
        after_temperatures(Plan.everything),
        rules.parents.output,
        # Whole, with what lies beside the file that others read: what nobody asks for is not made again.
        rules.resolve_config.output,
        rules.enumerate.output,
        rules.mixing.output,
        rules.shortlist.output,
        rules.ranking.output,
        rules.report.output,
