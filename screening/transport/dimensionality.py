"""Along how many axes do the ions diffuse? What the diffusion tensor and the ion density say, put together.

The tensor says how fast the ions move along its axes; the density says along which directions the places they
visit connect. Each can mislead: an eigenvalue has a sampling error, and a density can touch across a gap that
ions do not cross, or miss a crossing that is faster than the frames. So both vote.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from screening.constants import K_EV
from screening.transport.combination import Estimate
from screening.transport.percolation import Percolation, percolates_along

Floats = NDArray[np.float64]

#: Every axis, face diagonal and body diagonal of the cell.
DIRECTIONS = {
    "a": (1, 0, 0),
    "b": (0, 1, 0),
    "c": (0, 0, 1),
    "a+b": (1, 1, 0),
    "a-b": (1, -1, 0),
    "a+c": (1, 0, 1),
    "a-c": (1, 0, -1),
    "b+c": (0, 1, 1),
    "b-c": (0, 1, -1),
    "a+b+c": (1, 1, 1),
    "-a+b+c": (-1, 1, 1),
    "a-b+c": (1, -1, 1),
    "a+b-c": (1, 1, -1),
}
#: Share of crystals whose density is trusted to say the truth; the rest of its vote is spread evenly.
DENSITY_TRUST = 0.8
#: Probability that a crystal in which no ion left its neighbourhood does not conduct, before its density is asked.
_CLOSED = 0.95


@dataclass(frozen=True)
class Dimensionality:
    """Number of directions of diffusion.

    Attributes:
        axes: 0 to 3, the likeliest.
        confidence: Its probability.
        probabilities: Of 0, 1, 2 and 3; they sum to one.
    """

    axes: int
    confidence: float
    probabilities: tuple[float, ...]


def tensor_probabilities(eigenvalues: Sequence[Estimate], threshold: float) -> Floats:
    """Probabilities that 0, 1, 2 or 3 eigenvalues are above `threshold` times the largest.

    Each difference from the limit is normal with the errors of both; the largest counts where it is positive.

    Args:
        eigenvalues: With errors, any order and unit.
        threshold: Share of the largest eigenvalue, 0 to 1.
    """
    *others, largest = sorted(eigenvalues, key=lambda e: e.value)
    result = np.array([1.0 - _above(largest.value, largest.error), _above(largest.value, largest.error)])
    for other in others:
        share = _above(other.value - threshold * largest.value, float(np.hypot(other.error, threshold * largest.error)))
        # An axis more with `share`, none more without; a crystal without any has no second axis.
        grown = np.append(result * (1.0 - share), 0.0)
        grown[2:] += result[1:] * share
        grown[0] = result[0]
        result = grown
    return result


def _above(difference: float, error: float) -> float:
    return float(ndtr(difference / error)) if error > 0.0 else float(difference > 0.0)


def closed_probabilities() -> Floats:
    """What stands for the tensor where no ion left its neighbourhood, so that there are no eigenvalues."""
    return np.array([_CLOSED, *[(1.0 - _CLOSED) / 3.0] * 3])


def density_axes(connected: Percolation, temperature_K: float, threshold: float) -> int:
    """Independent directions along which the density connects about as easily as along the easiest, 0 to 3.

    A direction counts whose barrier is at most kT ln(1 / threshold) above the lowest: at equal attempts its rate
    is then more than `threshold` of the fastest, as with the tensor's eigenvalues.
    """
    easiest = connected.barriers_eV[0]
    if easiest is None:
        return 0
    limit = easiest - K_EV * temperature_K * float(np.log(threshold)) + 1e-12
    return sum(barrier is not None and barrier <= limit for barrier in connected.barriers_eV)


def directions_of(connected: Percolation, axes: int) -> list[str]:
    """Names of the axes and diagonals along which a density connects that connects in `axes` dimensions."""
    if axes == 0:
        return []
    return [name for name, d in DIRECTIONS.items() if percolates_along(connected.directions[axes - 1], d)]


def decide(tensor: Floats, density: Sequence[int], *, ions_moved: bool) -> Dimensionality:
    """The dimensionality with its probability.

    P(d) is proportional to the tensor's probability of d times (1 - t) / 4 + t times the share of orderings whose
    density says d, with the trust t = 0.8. A density that connects nowhere though ions were seen to move was
    sampled too coarsely to show how, and does not vote.

    Args:
        tensor: Probabilities of 0, 1, 2 and 3.
        density: `density_axes` of each ordering.
        ions_moved: Whether ions were seen to leave their neighbourhood.
    """
    votes = [axes for axes in density if axes > 0 or not ions_moved]
    weights = tensor.copy()
    if votes:
        share = np.bincount(votes, minlength=4) / len(votes)
        weights *= (1.0 - DENSITY_TRUST) / 4.0 + DENSITY_TRUST * share
    weights /= weights.sum()
    best = int(np.argmax(weights))
    return Dimensionality(best, float(weights[best]), tuple(float(w) for w in weights))
