"""Fewer points of a curve: as many as a drawing of it shows."""

from collections.abc import Sequence
from functools import cache
from math import isfinite

import numpy as np


def thin(values: Sequence[float], keep: Sequence[int], digits: int = 4) -> list[float | None]:
    """Some of a curve's values, rounded; None where it has no such point."""
    n = len(values)
    return rounded([values[i] if i < n else None for i in keep], digits)


def rounded(values: Sequence[float | None], digits: int) -> list[float | None]:
    """As `compact` of each; a large campaign has millions of numbers."""
    form = f"%.{digits}g "
    if None in values or not isfinite(sum(values)):  # type: ignore[arg-type]
        return [float(form % x) if x is not None and isfinite(x) else None for x in values]
    # One formatting for all of them is quicker than one for each.
    return list(map(float, (form * len(values) % tuple(values)).split()))


@cache
def evenly(n: int, most: int) -> tuple[int, ...]:
    """Indices of at most so many of n points, evenly spaced, ends included."""
    return tuple(int(i) for i in np.unique(np.linspace(0, max(0, n - 1), min(most, n)).round()))


def chosen_lags(lags: Sequence[float], points: int) -> list[int]:
    """Indices of about so many lags, half of them even in time and half even in its logarithm."""
    times = np.asarray(lags, dtype=np.float64)
    if len(times) <= points or times[0] <= 0:
        return list(range(len(times)))
    wanted = np.concatenate(
        [np.linspace(times[0], times[-1], points // 2), np.geomspace(times[0], times[-1], points // 2)]
    )
    return [int(i) for i in np.unique(np.abs(times[:, None] - wanted).argmin(axis=0))]
