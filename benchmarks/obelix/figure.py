"""Computed against measured conductivities, with the errors of both."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from benchmarks.obelix.merit import Pair

#: Between laboratories, of one composition: decades (OBELiX and the package's own table of measured values).
LABORATORIES = 0.4
#: The mean absolute error of a normal distribution is sqrt(2 / pi) of its standard deviation.
_DEVIATION_PER_MAE = float(np.sqrt(0.5 * np.pi))
# Okabe and Ito's palette.
_VALUE, _BOUND = "#0072B2", "#D55E00"


def draw(pairs: Sequence[Pair], typical: float, path: Path) -> None:
    """Values with their 68 % intervals, by statistics and pale with the potential's error; bounds as bars and arrows.

    Args:
        pairs: The compounds.
        typical: Mean absolute error of log10 of conductivities in decades.
        path: SVG to write.
    """
    plt.rcParams.update({"svg.hashsalt": "screening", "font.size": 9})
    figure, axes = plt.subplots(figsize=(4.6, 4.6), layout="constrained")
    for pair in pairs:
        x = float(np.log10(pair.measured))
        if pair.value is None:
            _bounds(axes, x, pair)
            continue
        y, (down, up) = float(np.log10(pair.value)), pair.sides
        wide = [[np.hypot(side, _DEVIATION_PER_MAE * typical)] for side in (down, up)]
        axes.errorbar(x, y, yerr=wide, fmt="none", ecolor=_VALUE, alpha=0.3, lw=3)
        left = None if pair.measured_is_upper_bound else LABORATORIES
        axes.errorbar(x, y, xerr=left, yerr=[[down], [up]], fmt="o", ms=4, color=_VALUE, lw=1)
        if pair.measured_is_upper_bound:
            axes.plot(x, y, "<", color=_VALUE, ms=5)
    low, high = _range(pairs)
    axes.plot([low, high], [low, high], color="0.6", lw=0.8)
    axes.plot([], [], "o", color=_VALUE, label="computed, 68 %; pale: with the potential's error")
    axes.plot([], [], "v", mfc="none", color=_BOUND, label="computed, bounds")
    axes.set(xlabel="measured, log10 σ (S/cm)", ylabel="computed at 300 K, log10 σ (S/cm)", xlim=(low, high))
    axes.grid(lw=0.3)
    figure.legend(loc="outside lower center", ncols=1, frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _bounds(axes: Any, x: float, pair: Pair) -> None:
    """A bar between two bounds, or an arrow from the one that there is."""
    low, high = pair.bounds
    if low > 0.0 and np.isfinite(high):
        axes.plot([x, x], np.log10([low, high]), ":", color=_BOUND, lw=1.5)
    if np.isfinite(high):
        axes.plot(x, np.log10(high), "v", mfc="none", color=_BOUND)
    if low > 0.0:
        axes.plot(x, np.log10(low), "^", mfc="none", color=_BOUND)


def _range(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Of log10 of what was measured, to whole decades."""
    measured = np.log10([pair.measured for pair in pairs])
    return float(np.floor(measured.min() - 0.5)), float(np.ceil(measured.max() + 0.5))
