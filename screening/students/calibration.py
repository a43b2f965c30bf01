"""What an extrapolation grade says of the error: calibrated on frames that the student had not learnt.

The grade is the uncertainty of a force that comes from how few labels there were; what the descriptors cannot express
is not in it. Both grow in the same surroundings, so the error of an atom is taken as a factor times its grade, measured
where the errors are known.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.config.dynamics import MonitorConfig

Floats = NDArray[np.float64]

# Key of an examination's errors, see `screening.students.record.Errors`.
PER_GRADE = "force_error_per_grade_meV_A"
# Share of the atoms that err by less than the larger factor.
MOST = 0.95


def error_per_grade(grades: Sequence[Floats], errors: Sequence[Floats]) -> tuple[float, float] | None:
    """How much an atom of grade 1 errs, meV/Angstrom: root mean square, and what `MOST` of the atoms stay below.

    Args:
        grades: Of the atoms of each frame, (n_atoms,).
        errors: Root mean square of the three components' errors of each atom, meV/Angstrom, (n_atoms,).

    Returns:
        None where there is no atom with a grade.
    """
    nothing = np.empty(0)
    grade, error = np.concatenate([nothing, *grades]), np.concatenate([nothing, *errors])
    known = np.isfinite(grade) & (grade > 0)
    if not known.any():
        return None
    grade, error = grade[known], error[known]
    typical = float(np.sqrt((error**2).sum() / (grade**2).sum()))
    # The quantile that holds for one atom more, of which nothing is known yet.
    rank = min(len(grade), int(np.ceil(MOST * (len(grade) + 1))))
    return typical, float(np.sort(error / grade)[rank - 1])


def per_grade_of(facts: dict[str, Any]) -> float | None:
    """What an atom of grade 1 errs, as the examination of a student has it; None where it was not calibrated."""
    value = (facts.get("errors") or {}).get(PER_GRADE)
    return float(value) if value else None


def grade_bound(settings: MonitorConfig, facts: dict[str, Any]) -> float:
    """The grade beyond which a student is taught: where its atoms err by what is allowed, else the one that is set."""
    factor = per_grade_of(facts)
    if settings.max_atom_error_meV_A is None or factor is None:
        return settings.max_grade
    return settings.max_atom_error_meV_A / factor


def error_at(grade: float, facts: dict[str, Any]) -> float | None:
    """What an atom of this grade errs, meV/Angstrom; None where the student was not calibrated."""
    factor = per_grade_of(facts)
    return None if factor is None else grade * factor
