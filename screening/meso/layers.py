"""Diffusivities in the plane layer by layer, and across all layers in series, from counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.constants import A2_PS_TO_CM2_S
from screening.meso.counts import Counts

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """What counts come to.

    Attributes:
        share: Of the ions, by kind of layer, (n_kinds,).
        in_plane_cm2_s: Tracer diffusivity in the plane, by kind; NaN where no ion was, (n_kinds,).
        whole_cm2_s: The same of all ions.
        across_cm2_s: Tracer diffusivity across the whole cell: of all layers in series.
    """

    share: Floats
    in_plane_cm2_s: Floats
    whole_cm2_s: float
    across_cm2_s: float


def profile(counts: Counts, between_ps: float) -> Profile:
    """Diffusivities from displacements between a short and a long lag.

    In the plane: squared displacements grow while an ion is in a layer by 4 D of that layer, so that
    growth_i = 4 sum_j stay_ij D_j between two lags, for ions that are in layer i halfway. Mean squared displacements by
    layer of origin drift towards the mean of all layers. Jumps back count as they do in any mean squared displacement.

    Across: of a walk that layers make Markovian, 2 D t = <dz^2> - 2 <d (1 - T)^-1 d>, with the mean displacement d_i of
    ions that begin in layer i and the transition matrix T, both at lag t: the sum of all correlations of displacements,
    of which detailed balance makes those at arrival the inverse of those at departure. Mean squared displacements alone
    are too high until ions have seen all layers.

    Args:
        counts: Of all runs.
        between_ps: From the short to the long lag.
    """
    seen = counts.halfway > 0
    growth = (counts.flat[1] - counts.flat[0])[seen] / 4
    in_plane = np.full(len(seen), np.nan)
    in_plane[seen] = np.linalg.lstsq(counts.stays[np.ix_(seen, seen)], growth, rcond=None)[0]
    whole = float(growth.sum()) / (counts.pairs * between_ps)
    spread = [_spread(counts, lag) for lag in (0, 1)]
    across = (spread[1] - spread[0]) / (2 * between_ps)
    return Profile(
        counts.halfway / counts.halfway.sum(),
        in_plane * A2_PS_TO_CM2_S,
        whole * A2_PS_TO_CM2_S,
        float(across) * A2_PS_TO_CM2_S,
    )


def _spread(counts: Counts, lag: int) -> float:
    """2 D t across the cell at one of the lags, A^2."""
    moves = (counts.moves[lag] + counts.moves[lag].T) / 2
    there = moves.sum(axis=1)
    seen = there > 0
    moves, there = moves[np.ix_(seen, seen)], there[seen]
    drift = counts.drift[lag][seen] / 2 / there
    # Singular: what all layers share is undetermined and does not count.
    after = np.linalg.lstsq(np.eye(len(there)) - moves / there[:, None], drift, rcond=None)[0]
    return float(counts.across[lag] - 2 * (there * drift) @ after) / counts.pairs
