"""What one student of a family differs from the next, as a part of the error of everything that students ran.

Members of a committee run replicas of the same ordering, so their diffusivities differ by sampling and by the students.
The variance between students is that of ln D within orderings, beyond what sampling makes, joined with what is expected
before any run is seen (a scaled inverse chi-squared prior: Gelman et al., Bayesian Data Analysis, 3rd ed., sec. 2.6):
two students alone tell next to nothing of a variance.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
from scipy.special import ndtri

from screening.constants import K_EV
from screening.transport.record import TransportRecord

_Record = TypeVar("_Record", bound=TransportRecord)

#: Standard deviation of ln D between students before runs show it, and the degrees of freedom that this counts as: the
#: diffusivities of two students of SevenNet-0 differed by 14 % at most, sampling included (docs/students-measured.md).
EXPECTED_SPREAD, EXPECTED_FREEDOM = 0.1, 2


def student_spread(found: Sequence[Sequence[tuple[float, float]]]) -> float:
    """Standard deviation of ln D between students.

    Args:
        found: For each ordering, D and its standard error by each student that ran it, in any one unit.
    """
    scatter, freedom = 0.0, 0
    for ordering in found:
        values, errors = np.array(ordering, dtype=float).reshape(-1, 2).T
        if len(values) > 1:
            logs, noise = np.log(values), (errors / values) ** 2
            scatter += float(((logs - logs.mean()) ** 2).sum() - noise.sum() * (1.0 - 1.0 / len(logs)))
            freedom += len(logs) - 1
    known = EXPECTED_FREEDOM * EXPECTED_SPREAD**2
    return float(np.sqrt((known + max(0.0, scatter)) / (EXPECTED_FREEDOM + freedom)))


def within_orderings(
    orderings: Sequence[int], students: Sequence[str], diffusivity: Callable[[list[int]], tuple[float, float] | None]
) -> list[list[tuple[float, float]]]:
    """D of each student on each ordering that more than one of them ran.

    Args:
        orderings, students: Of each trajectory.
        diffusivity: D and its error of some trajectories, by their indices; None where they do not resolve it.
    """
    found = []
    for ordering in dict.fromkeys(orderings):
        mine: dict[str, list[int]] = {}
        for k, (of, student) in enumerate(zip(orderings, students, strict=True)):
            if of == ordering:
                mine.setdefault(student, []).append(k)
        if len(mine) > 1:
            found.append([value for indices in mine.values() if (value := diffusivity(indices)) is not None])
    return found


def share_of_mean(students: Sequence[str]) -> float:
    """Standard deviation of the mean over trajectories per one of a student: one over the root of students, at best."""
    counts = np.array([list(students).count(student) for student in dict.fromkeys(students)]) / len(students)
    return float(np.sqrt(counts @ counts))


def with_students(
    record: _Record,
    students: Sequence[str],
    spread: float,
    confidence: float,
    barrier_error_eV: float | None = None,
) -> _Record:
    """The record with its errors and bounds widened by what students differ.

    Args:
        record: Errors of sampling, slowdown, replicas, orderings.
        students: Of each trajectory.
        spread: See `student_spread`.
        confidence: Of upper bounds.
        barrier_error_eV: What their barriers may err, which the line through the temperatures needs.
    """
    relative = spread * share_of_mean(students)
    factor = float(np.exp(ndtri(confidence) * relative))
    changed: dict[str, Any] = {}
    for name in (field.name for field in fields(record)):
        value = getattr(record, name)
        if value is None:
            continue
        if "_upper_bound_" in name:
            changed[name] = value * factor
        elif "_lower_bound_" in name:
            changed[name] = value / factor
        elif name in _WIDENED:
            changed[name] = float(np.hypot(value, relative * getattr(record, _WIDENED[name])))
    value = record.tracer_diffusivity_cm2_s
    return replace(
        record,
        **changed,
        n_students=len(set(students)),
        student_spread=spread,
        student_barrier_error_eV=barrier_error_eV,
        tracer_diffusivity_student_error_cm2_s=None if value is None else relative * value,
    )


def unseen_barrier_error_eV(records: Sequence[TransportRecord]) -> float:
    """What barriers of the students may err beyond what their spread shows in the line through some temperatures.

    Members of a committee have labels and basis in common: their spread shows a part of what is wrong with their
    barriers, and the examination on hops shows all of it. The larger of the two counts, not both.

    Returns:
        In eV; 0 where a temperature was run without students, or their hops were not examined.
    """
    errors = [record.student_barrier_error_eV for record in records]
    known = [error for error in errors if error is not None]
    if not known or len(known) < len(records):
        return 0.0
    rows = [
        (record.temperature_K, value, error, record.tracer_diffusivity_student_error_cm2_s or 0.0)
        for record in records
        if (value := record.tracer_diffusivity_cm2_s) and (error := record.tracer_diffusivity_error_cm2_s)
    ]
    return float(np.sqrt(max(0.0, float(np.mean(known)) ** 2 - _seen_eV(rows) ** 2)))


def _seen_eV(rows: Sequence[tuple[float, float, float, float]]) -> float:
    """The part of the error of a straight line's barrier that is from the students' spread; 0 with one temperature.

    Args:
        rows: Temperature, D, its error, and the part of that from the students' spread.
    """
    if len(rows) < 2:
        return 0.0
    temperature, value, error, between = np.array(rows).T
    x, weight = 1.0 / (K_EV * temperature), (value / error) ** 2
    away = x - np.average(x, weights=weight)
    lever = weight * away / (weight @ away**2)
    return float(np.linalg.norm(lever * between / value))


# Error -> value. Eigenvalues and the Haven ratio are compared with one another, where a student's error cancels.
_WIDENED = {
    "tracer_diffusivity_error_cm2_s": "tracer_diffusivity_cm2_s",
    "collective_diffusivity_error_cm2_s": "collective_diffusivity_cm2_s",
    "conductivity_nernst_einstein_error_mS_cm": "conductivity_nernst_einstein_mS_cm",
    "conductivity_collective_error_mS_cm": "conductivity_collective_mS_cm",
}
