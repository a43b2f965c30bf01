"""Shapes that ln D may have over x = 1 / (k T), with their probabilities before the data are seen.

A straight line is one barrier. Real crystals bend: a sublattice orders, another mechanism takes over, or barriers are
spread. So beside it stand a line that breaks, one that breaks and jumps (a transition of first order), and one that
curves. All have

    y(x) = a - E (x - x_c) - z1 b(x) - z2 s(x),

with a and E unknown, z1 and z2 normal before the data are seen, and b and s fixed by the shape.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Standard deviation of a change of the barrier, in eV, and of a jump of ln D.
CHANGE_EV, JUMP = 0.15, 3.0
#: Local barriers are between these, in eV.
LOWEST_EV, HIGHEST_EV = 0.02, 1.5
#: Places of a break between two neighbouring temperatures, and between the runs and the target.
_PLACES, _PLACES_BEYOND = 4, 5
#: The straight line is the likeliest: it is sampled as often as this many others.
_REPEATED = 4


class ShapeKind(StrEnum):
    """How the barrier depends on temperature.

    straight: one barrier.
    broken: it changes at a temperature between those of the runs.
    jump: D does too.
    curved: it changes smoothly from the runs to the target.
    beyond: it changes between the runs and the target.
    """

    STRAIGHT = "straight"
    BROKEN = "broken"
    JUMP = "jump"
    CURVED = "curved"
    BEYOND = "beyond"


#: Before the data are seen. A break is as likely per 1/T between the runs and the target as between the runs. With a
#: larger share of straight lines, intervals leave out bends that the points cannot show; with a smaller one, those of
#: straight lines are too wide (docs/arrhenius.md).
PRIOR = {ShapeKind.STRAIGHT: 0.55, ShapeKind.BROKEN: 0.25, ShapeKind.JUMP: 0.03, ShapeKind.CURVED: 0.17}


@dataclass(frozen=True)
class Shapes:
    """A set of shapes.

    Attributes:
        kinds: (m,).
        places: x of the break, or of the middle of a curve, (m,).
        prior: Probabilities, (m,), sum to one.
        curvature: Change of the barrier per x of a curve, eV^2, for z1 = 1.
        centre: x_c.
    """

    kinds: tuple[ShapeKind, ...]
    places: Floats
    prior: Floats
    curvature: float
    centre: float

    @classmethod
    def for_runs(cls, x: Floats, target: float) -> "Shapes":
        """All that runs at some x may be read as, on the way to a target.

        Args:
            x: Of the runs, at least two different ones, (n,).
            target: x of the temperature that is asked for.
        """
        ends = np.unique(x)
        low, high = min(ends[0], target), max(ends[-1], target)
        rows = [(ShapeKind.STRAIGHT, ends.mean(), 1.0)] * _REPEATED
        rows.append((ShapeKind.CURVED, 0.5 * (ends[0] + ends[-1]), 1.0))
        for left, right in pairwise(ends):
            fractions = (np.arange(_PLACES) + 0.5) / _PLACES
            rows += [(ShapeKind.BROKEN, left + f * (right - left), (right - left) / _PLACES) for f in fractions]
            rows.append((ShapeKind.JUMP, 0.5 * (left + right), right - left))
        for left, right in ((low, ends[0]), (ends[-1], high)):
            fractions = (np.arange(_PLACES_BEYOND) + 0.5) / _PLACES_BEYOND
            if right > left:
                share = (right - left) / _PLACES_BEYOND
                rows += [(ShapeKind.BEYOND, left + f * (right - left), share) for f in fractions]
        kinds = tuple(kind for kind, _, _ in rows)
        shares = np.array([share for _, _, share in rows])
        prior = np.zeros(len(rows))
        for kind, probability in PRIOR.items():
            own = np.array([k is kind or (kind is ShapeKind.BROKEN and k is ShapeKind.BEYOND) for k in kinds])
            prior[own] = probability * shares[own] / shares[own].sum()
        return cls(
            kinds, np.array([place for _, place, _ in rows]), prior / prior.sum(), CHANGE_EV / (high - low), ends.mean()
        )

    def values(self, x: Floats) -> Floats:
        """What (a, E, z1, z2) are multiplied by in y, (m, len(x), 4)."""
        away = x - self.places[:, None]
        bend = np.select(
            [self._are(ShapeKind.STRAIGHT), self._are(ShapeKind.CURVED)],
            [0.0 * away, 0.5 * self.curvature * away**2],
            0.5 * CHANGE_EV * np.abs(away),
        )
        jump = np.where(self._are(ShapeKind.JUMP), JUMP * (away > 0.0), 0.0)
        line = np.broadcast_to(x - self.centre, away.shape)
        return np.stack([np.ones_like(away), -line, -bend, -jump], axis=-1)

    def barriers(self, x: Floats) -> Floats:
        """What they are multiplied by in the local barrier -dy/dx in eV, (m, len(x), 4)."""
        away = x - self.places[:, None]
        bend = np.select(
            [self._are(ShapeKind.STRAIGHT), self._are(ShapeKind.CURVED)],
            [0.0 * away, self.curvature * away],
            0.5 * CHANGE_EV * np.sign(away),
        )
        nothing = np.zeros_like(away)
        return np.stack([nothing, nothing + 1.0, bend, nothing], axis=-1)

    def _are(self, kind: ShapeKind) -> NDArray[np.bool_]:
        return np.array([k is kind for k in self.kinds])[:, None]
