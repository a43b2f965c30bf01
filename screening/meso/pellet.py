"""The pellet: grains of a crystal with one kind of boundary, at sizes that no cell can hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screening.errors import StageError
from screening.meso.media import grains_with_boundaries
from screening.meso.record import Layers

UM_TO_CM = 1e-4
DRAWS, SEED = 4000, 0
#: Standard errors as percentiles: 68 % lie between.
BETWEEN = (16, 84)


@dataclass(frozen=True)
class Pellet:
    """Conductivity of a pellet.

    Attributes:
        grain_um: Size of grains.
        value_mS_cm: Conductivity.
        low_mS_cm: With 68 % between it and `high_mS_cm`; None where draws of the errors leave no such formula.
        high_mS_cm: See there.
        over_crystal: Over that of the crystal.
    """

    grain_um: float
    value_mS_cm: float
    low_mS_cm: float | None
    high_mS_cm: float | None
    over_crystal: float


def pellets(found: Layers, grains_um: Sequence[float]) -> list[Pellet]:
    """Conductivity against the size of grains, if all boundaries were of this one law.

    Errors of crystal, R and G are drawn from normal distributions. Those of R and G hold the crystal's too and are
    drawn apart, which widens the interval.

    Raises:
        StageError: there are no runs of the crystal, or a size is too small for thin boundaries.
    """
    crystal, added = found.crystal, found.excess
    if crystal is None or added is None:
        raise StageError("a pellet needs R and G: give runs of the crystal (`screening layers --crystal`)")
    grain = (2 * crystal.in_plane_mS_cm + crystal.across_mS_cm) / 3
    grain_error = float(np.hypot(2 * crystal.in_plane_error_mS_cm, crystal.across_error_mS_cm)) / 3
    rng = np.random.default_rng(SEED)
    draws = np.column_stack(
        [
            rng.normal(grain, grain_error, DRAWS),
            rng.normal(added.resistance_ohm_cm2, added.resistance_error_ohm_cm2, DRAWS),
            rng.normal(added.conductance_S, added.conductance_error_S, DRAWS),
        ]
    )
    made = []
    for size in grains_um:
        value = _one(grain, added.resistance_ohm_cm2, added.conductance_S, size)
        spread = [_drawn(draw[0], draw[1], draw[2], size) for draw in draws]
        known = [one for one in spread if one is not None]
        # Where a tenth of the draws has no pellet the rest would make the interval look too narrow.
        low, high = np.percentile(known, BETWEEN) if len(known) > 0.9 * DRAWS else (None, None)
        made.append(
            Pellet(
                grain_um=size,
                value_mS_cm=value,
                low_mS_cm=None if low is None else float(low),
                high_mS_cm=None if high is None else float(high),
                over_crystal=value / grain,
            )
        )
    return made


def _one(grain_mS_cm: float, resistance: float, conductance: float, size_um: float) -> float:
    return 1000 * grains_with_boundaries(grain_mS_cm / 1000, resistance, conductance, size_um * UM_TO_CM)


def _drawn(grain_mS_cm: float, resistance: float, conductance: float, size_um: float) -> float | None:
    if grain_mS_cm <= 0:
        return None
    try:
        return _one(grain_mS_cm, resistance, conductance, size_um)
    except StageError:
        return None
