"""Computed against measured conductivities: how far off, in which order, and how well both are known."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

LEVEL = 0.95
# Of fewer compounds an interval would be no more than a guess.
MIN_COMPOUNDS = 5
_SEED, _DRAWS = 1, 10_000


def figures_of_merit(computed: NDArray[np.float64], measured: NDArray[np.float64]) -> dict[str, float]:
    """Mean absolute error and rank correlation, with intervals from a bootstrap over compounds.

    Args:
        computed, measured: log10 of conductivities, (n,) each, n of MIN_COMPOUNDS at the least.

    Returns:
        `log10_conductivity_mae` and `spearman`, each also with `_low` and `_high` (95 %).

    Raises:
        ValueError: fewer than MIN_COMPOUNDS, of which an interval would be no more than a guess.
    """
    n = len(computed)
    if n < MIN_COMPOUNDS or len(measured) != n:
        raise ValueError(f"{n} computed and {len(measured)} measured conductivities; {MIN_COMPOUNDS} pairs are needed")
    draws = np.random.default_rng(_SEED).integers(n, size=(_DRAWS, n))
    errors = np.abs(computed - measured)
    # A draw of one compound alone has no order.
    ranks = [spearmanr(computed[draw], measured[draw]).statistic for draw in draws if len(set(draw)) > 2]
    ends = [50 * (1 - LEVEL), 50 * (1 + LEVEL)]
    figures: dict[str, float] = {}
    for name, value, sample in (
        ("log10_conductivity_mae", errors.mean(), errors[draws].mean(axis=1)),
        ("spearman", spearmanr(computed, measured).statistic, ranks),
    ):
        low, high = np.percentile(sample, ends)
        figures |= {name: float(value), f"{name}_low": float(low), f"{name}_high": float(high)}
    return figures
