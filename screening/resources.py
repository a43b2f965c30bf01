"""What a job asks the scheduler for: measured, with room, and more at every further attempt."""

from functools import cache
from pathlib import Path

from screening.config.campaign import Campaign
from screening.records import read_table

# CHGNet 0.3.0 on one CPU core, 52 to 416 atoms: 390 MB + 2.6 MB per atom, 1.1 to 1.5 ms per atom and step.
# Asked for is about twice that. A student takes less of both, a GPU less time.
BASE_MB = 1000
MB_PER_ATOM = 6.0
SECONDS_PER_ATOM_STEP = 3e-3
START_MINUTES = 30
# Longer runs go on from their last chunk at the next attempt, so no job has to ask for more than this.
LONGEST_MINUTES = 1440


def md_memory_MB(n_atoms: int, attempt: int) -> int:
    """Memory of one MD job in MB; grows with the attempt."""
    return round((BASE_MB + MB_PER_ATOM * n_atoms) * attempt)


def md_runtime_min(n_atoms: int, steps: int, attempt: int) -> int:
    """Time limit of one MD job in minutes; grows with the attempt up to `LONGEST_MINUTES`."""
    once = START_MINUTES + SECONDS_PER_ATOM_STEP * n_atoms * steps / 60
    return min(LONGEST_MINUTES, round(once * attempt))


def md_steps(campaign: Campaign) -> int:
    """Time steps of one run."""
    return campaign.md.frames * campaign.md.steps_per_sample


@cache
def atoms_of(table: Path) -> dict[str, int]:
    """Number of atoms of every candidate in candidates.csv; read once per process."""
    return {row["id"]: row["n_atoms"] for row in read_table(table)}
