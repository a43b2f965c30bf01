"""How far conductivities computed with a potential lie from measured ones, as far as that was ever measured."""

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILE = "calibration.json"
LEVEL = 0.95
# Of fewer compounds an interval would be no more than a guess.
MIN_COMPOUNDS = 5
_SEED, _DRAWS = 1, 10_000


def typical_error(potential: str) -> dict[str, Any] | None:
    """What is known of the error of conductivities at 300 K computed with a potential.

    Args:
        potential: Name as in the config, for example `sevenn`.

    Returns:
        `log10_conductivity_mae` (mean absolute error of log10 sigma) with `_low` and `_high` (95 %, bootstrap over
        compounds), `spearman` with the same, `n` compounds, `against` (the measured values); None for a potential
        that was not calibrated. Written by `python -m benchmarks.obelix`.
    """
    known: dict[str, dict[str, Any]] = json.loads(files(__package__).joinpath(_FILE).read_text())
    return known.get(potential)


def figures_of_merit(computed: "NDArray[np.float64]", measured: "NDArray[np.float64]") -> dict[str, float]:
    """Mean absolute error and rank correlation, with intervals from a bootstrap over compounds.

    Args:
        computed, measured: log10 of conductivities, (n,) each, n of MIN_COMPOUNDS at the least.

    Returns:
        `log10_conductivity_mae` and `spearman`, each also with `_low` and `_high` (95 %).

    Raises:
        ValueError: fewer than MIN_COMPOUNDS, of which an interval would be no more than a guess.
    """
    import numpy as np
    from scipy.stats import spearmanr

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
