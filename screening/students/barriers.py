"""Barriers of hops by a student and by its teacher, on the same frames."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from screening.config.student import StudentConfig
from screening.students.record import Barriers

Floats = NDArray[np.float64]

# Fewer hops say nothing.
FEWEST_HOPS = 4
# Hops that both find higher than this do not happen, eV.
HIGHEST_EV = 1.5
# Standard errors that are granted to a student.
GRANTED = 2.0


def barrier_eV(energies_eV: Sequence[float] | Floats) -> float:
    """Top of a hop less the lower of its ends.

    Args:
        energies_eV: From one end to the other, ends included.
    """
    return float(max(energies_eV) - min(energies_eV[0], energies_eV[-1]))


def compared_barriers(
    student: Sequence[Sequence[float]], teacher: Sequence[Sequence[float]], n_left_out: int
) -> Barriers:
    """What is wrong with the barriers of a student.

    Args:
        student: Energies of each hop in eV, from one end to the other.
        teacher: The same of the same frames.
        n_left_out: Hops beside these that could not be made or labelled.
    """
    pairs = [(barrier_eV(s), barrier_eV(t)) for s, t in zip(student, teacher, strict=True)]
    own, true = np.array([pair for pair in pairs if min(pair) <= HIGHEST_EV]).reshape(-1, 2).T
    n_left_out += len(pairs) - len(own)
    if len(own) < FEWEST_HOPS:
        reason = f"{len(own)} hops of mobile ions into empty places beside them, {FEWEST_HOPS} are needed"
        return Barriers(n_hops=len(own), n_left_out=n_left_out, reason=reason)
    wrong, n = own - true, len(own)
    power = float(true @ true)
    slope = float(own @ true) / power
    mean, spread = float(wrong.mean()), float(wrong.std(ddof=1))
    return Barriers(
        n_hops=n,
        n_left_out=n_left_out,
        teacher_eV=tuple(map(float, true)),
        student_eV=tuple(map(float, own)),
        mae_meV=1e3 * float(np.abs(wrong).mean()),
        mae_error_meV=1e3 * float(np.abs(wrong).std(ddof=1) / np.sqrt(n)),
        mean_error_meV=1e3 * mean,
        slope=slope,
        slope_error=float(np.sqrt(((own - slope * true) ** 2).sum() / (n - 1) / power)),
        activation_energy_error_eV=float(np.hypot(mean, spread / np.sqrt(n))),
    )


def wrong_barriers(barriers: Barriers, settings: StudentConfig) -> list[str]:
    """Why a student with such barriers must not be used; empty if it may.

    A dozen hops have an error of their own. Twice its size is granted, but no more than half of the limit of the mean
    error, and as much again as that of the slope: noise of its own must not excuse a student.
    """
    if barriers.mae_meV is None or barriers.mae_error_meV is None:
        return []
    limit = settings.max_barrier_mae_meV
    reasons = []
    if not barriers.mae_meV <= limit + min(GRANTED * barriers.mae_error_meV, 0.5 * limit):
        reasons.append(
            f"barriers of {barriers.n_hops} hops are wrong by {barriers.mae_meV:.0f} meV (mean "
            f"{barriers.mean_error_meV:+.0f}), at most {limit:g} allowed"
        )
    assert barriers.slope is not None
    assert barriers.slope_error is not None
    allowed = settings.max_barrier_slope_error
    if not abs(barriers.slope - 1) <= allowed + min(GRANTED * barriers.slope_error, allowed):
        reasons.append(
            f"barriers of {barriers.n_hops} hops are {barriers.slope:.2f} times the teacher's (slope), "
            f"{1 - allowed:g} to {1 + allowed:g} allowed"
        )
    return reasons
