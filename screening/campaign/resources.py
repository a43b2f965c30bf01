"""What a job asks the scheduler for: measured, with room, and more at every further attempt."""

from screening.config.campaign import Campaign
from screening.config.potential import PotentialConfig

# On one CPU core, 52 to 416 atoms. CHGNet 0.3.0: 390 MB + 2.6 MB per atom, 1.1 to 1.5 ms per atom and step;
# SevenNet-l3i5: 680 MB + 1.5 MB per atom, 6 ms and 3 to 9 more with D4. Other networks of its kind take 7.9 MB and 14
# to 23 ms, as it did without `screening.potentials.convolution`. Asked for is about twice that. A student takes less
# of both, but a run that has it taught more loads its teacher; a GPU takes less time.
BASE_MB = 1000
MB_PER_ATOM = {"chgnet": 6.0, "lj": 6.0, "sevenn": 4.0, "": 15.0}
SECONDS_PER_ATOM_STEP = {"chgnet": 3e-3, "lj": 3e-3, "sevenn": 3e-2, "": 4e-2}
STUDENT_SECONDS_PER_ATOM_STEP = 3e-3
START_MINUTES = 30
SHORT_STEP_FS = 1.0
# Longer runs go on from their last chunk at the next attempt, so no job has to ask for more than this.
LONGEST_MINUTES = 1440


def md_memory_MB(potential: PotentialConfig, n_atoms: int, attempt: int) -> int:
    """Memory of one MD job in MB; grows with the attempt. What was not measured is taken for the most expensive."""
    return round((BASE_MB + _measured(MB_PER_ATOM, potential) * n_atoms) * attempt)


def md_runtime_min(potential: PotentialConfig, n_atoms: int, steps: int, attempt: int) -> int:
    """Time limit of one MD job in minutes; grows with the attempt up to `LONGEST_MINUTES`.

    With students the first attempt asks for a student's time; should it have been refused, the next ones go on.
    """
    whole = _measured(SECONDS_PER_ATOM_STEP, potential)
    step = whole if potential.student == "none" else STUDENT_SECONDS_PER_ATOM_STEP
    once = START_MINUTES + step * n_atoms * steps / 60
    return min(LONGEST_MINUTES, round(once * attempt))


def _measured(table: dict[str, float], potential: PotentialConfig) -> float:
    return table.get(potential.name.partition(":")[0], table[""])


def md_steps(campaign: Campaign) -> int:
    """Time steps of one run; one that follows from the crystal is taken for short, as with hydrogen."""
    md = campaign.md
    step_fs = SHORT_STEP_FS if md.timestep_fs == "auto" else md.timestep_fs
    return round(md.duration_ps * 1000 / step_fs)
