"""Between which temperatures of a line its barrier changes."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from screening.constants import K_EV
from screening.transport.line_average import AveragedLine
from screening.transport.line_shapes import ShapeKind


def bend_of(line: AveragedLine, temperatures_K: Sequence[float]) -> tuple[float, float] | None:
    """The two neighbouring temperatures between which the barrier changes; None where it probably does not.

    Args:
        line: Averaged over shapes.
        temperatures_K: With values or brackets, rising.
    """
    if line.probability(ShapeKind.BROKEN, ShapeKind.JUMP) < 0.5:
        return None
    shares = {}
    for low, high in pairwise(temperatures_K):
        inside = (line.shapes.places <= 1.0 / (K_EV * low)) & (line.shapes.places >= 1.0 / (K_EV * high))
        breaks = np.array([kind in (ShapeKind.BROKEN, ShapeKind.JUMP) for kind in line.shapes.kinds])
        shares[low, high] = float(line.probabilities[inside & breaks].sum())
    return max(shares, key=lambda gap: (shares[gap], gap)) if shares else None
