"""Which compounds lie on the line that substitutions draw through composition space."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linprog

from screening.candidates.decoration import VACANCY

# Relative deviation of two compositions that are one.
SAME = 1e-3


def proportional(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two compositions are the same but for the number of formula units."""
    if {e for e, n in one.items() if n} != {e for e, n in other.items() if n}:
        return False
    ratios = [other[e] / n for e, n in one.items() if n]
    return max(ratios) <= min(ratios) * (1 + SAME)


def in_series(start: Mapping[str, float], other: Mapping[str, float], moves: Sequence[tuple[str, str]]) -> bool:
    """Whether substitutions, carried on, lead from one composition to some number of formula units of another.

    A linear programme: k other = start + sum_m f_m (new_m - old_m) with k > 0 and all f_m >= 0.

    Args:
        start: Amount of each element.
        other: Of the compound in question.
        moves: What takes whose place; either may be a vacancy.
    """
    steps = [(old, new) for old, new in dict.fromkeys(moves) if old != new]
    elements = sorted({*start, *other, *(species for step in steps for species in step)} - {VACANCY})
    columns = [[other.get(e, 0.0) for e in elements]]
    columns += [[float(e == old) - float(e == new) for e in elements] for old, new in steps]
    size = sum(start.values())
    found = linprog(
        c=np.zeros(len(columns)),
        A_eq=np.array(columns).T,
        b_eq=np.array([start.get(e, 0.0) for e in elements]) / size,
        bounds=[(1e-6, None), *[(0.0, None)] * len(steps)],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-6},
    )
    return bool(found.success)
