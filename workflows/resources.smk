# What jobs ask for. Limits that belong to a machine (partition, account, GPU, longest time) are in the profiles.
from screening.campaign.resources import md_memory_MB, md_runtime_min, md_steps


def growing(value):
    """More at every attempt: a job that ran out of memory or time is retried with more."""
    return lambda wildcards, attempt: value * attempt


def md_atoms(wildcards):
    """Of all runs of a job."""
    runs = len(TEMPERATURES) * CAMPAIGN.md.replicas if CAMPAIGN.md.batched else 1
    return runs * enumerated()[wildcards.id]["n_atoms"]


def md_memory(wildcards, attempt):
    return md_memory_MB(CAMPAIGN.potential, md_atoms(wildcards), attempt)


def md_runtime(wildcards, attempt):
    share = length_ps(wildcards) / CAMPAIGN.md.duration_ps
    steps = round(share * md_steps(CAMPAIGN))
    return md_runtime_min(CAMPAIGN.potential, md_atoms(wildcards), steps, attempt)
