# What jobs ask for. Limits that belong to a machine (partition, account, GPU, longest time) are in the profiles.
from screening.campaign.resources import md_memory_MB, md_runtime_min, md_steps
from screening.transport.finite_size import REPEAT


def growing(value):
    """More at every attempt: a job that ran out of memory or time is retried with more."""
    return once_read(lambda wildcards, attempt: value * attempt)


def atoms_of(wildcards):
    return PLANNER.plan(candidates_table()).n_atoms_of_job(wildcards.id)


@once_read
def md_memory(wildcards, attempt):
    return md_memory_MB(CAMPAIGN.potential, atoms_of(wildcards), attempt)


@once_read
def md_large_memory(wildcards, attempt):
    return md_memory_MB(CAMPAIGN.potential, REPEAT**3 * atoms_of(wildcards), attempt)


@once_read
def md_large_runtime(wildcards, attempt):
    atoms = REPEAT**3 * atoms_of(wildcards)
    return md_runtime_min(CAMPAIGN.potential, atoms, md_steps(CAMPAIGN), attempt)


@once_read
def md_runtime(wildcards, attempt):
    length_ps = (
        chosen_length_ps(wildcards)
        if CAMPAIGN.md.chooses
        else PLAN.length_ps(rung_of(wildcards))
    )
    share = length_ps / CAMPAIGN.md.duration_ps
    steps = round(share * md_steps(CAMPAIGN))
    return md_runtime_min(CAMPAIGN.potential, atoms_of(wildcards), steps, attempt)
