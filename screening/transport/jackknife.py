"""Errors of what has no error of its own, from the same thing with one part left out after the other."""

from collections.abc import Sequence

import numpy as np


def jackknife_error(without_one: Sequence[float | None]) -> float | None:
    """sqrt((n - 1) / n sum (x_i - mean)^2) over n values with one part left out each (Efron, Ann. Stat. 7, 1 (1979)).

    None where a value is not known, or with fewer than two.
    """
    known = [value for value in without_one if value is not None]
    n = len(known)
    if n < 2 or n < len(without_one):
        return None
    return float(np.sqrt((n - 1) * np.var(known)))
