"""Along which directions an ion density connects through the crystal, and at which barrier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from screening.constants import K_EV
from screening.trajectories.trajectory import Trajectory
from screening.transport.density import IonDensity, ion_density
from screening.transport.jackknife import jackknife_error

Floats = NDArray[np.float64]

_FACES = (
    (slice(-1, None), slice(None), slice(None)),
    (slice(None), slice(-1, None), slice(None)),
    (slice(None), slice(None), slice(-1, None)),
)
_FIRST = (
    (slice(0, 1), slice(None), slice(None)),
    (slice(None), slice(0, 1), slice(None)),
    (slice(None), slice(None), slice(0, 1)),
)
#: Levels are told apart to this power of two: far finer than the density is known.
_BISECTIONS = 9


def winding_lattice(inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Independent lattice vectors along which a region connects with its own periodic copies.

    The region's pieces within the cell are joined across the faces as a graph whose edges carry the translation
    they cross. A closed path with a translation left over is a way through the crystal, straight along an axis or
    diagonal.

    Args:
        inside: (na, nb, nc); voxels that share a face connect.

    Returns:
        (rank, 3) integers, rank 0 to 3: the most independent vectors any one connected piece has.
    """
    pieces, n = label(inside)
    edges: dict[int, set[tuple[int, int]]] = {piece: set() for piece in range(1, n + 1)}
    for axis in range(3):
        here, there = pieces[_FACES[axis]].ravel().astype(np.int64), pieces[_FIRST[axis]].ravel()
        both = (here > 0) & (there > 0)
        for code in np.unique(here[both] * (n + 1) + there[both]).tolist():
            a, b = divmod(code, n + 1)
            edges[a].add((b, axis + 1))
            edges[b].add((a, -axis - 1))
    best = np.empty((0, 3), dtype=np.intp)
    offset: dict[int, NDArray[np.intp]] = {}
    for root in edges:
        if root in offset:
            continue
        offset[root] = np.zeros(3, dtype=np.intp)
        queue, vectors = [root], np.empty((0, 3), dtype=np.intp)
        while queue:
            piece = queue.pop()
            for other, step in edges[piece]:
                reached = offset[piece].copy()
                reached[abs(step) - 1] += np.sign(step)
                if other not in offset:
                    offset[other] = reached
                    queue.append(other)
                    continue
                around = reached - offset[other]
                if not around.any():
                    continue
                grown = np.vstack([vectors, around])
                if np.linalg.matrix_rank(grown) > len(vectors):
                    vectors = grown
                if len(vectors) == 3:
                    return vectors
        if len(vectors) > len(best):
            best = vectors
    return best


@dataclass(frozen=True)
class Percolation:
    """How the density connects as the threshold falls.

    Attributes:
        thresholds: Highest density (ions per A^3) at which the region above it connects along 1, 2, 3 independent
            directions; None where it never does among visited voxels.
        barriers_eV: -kT ln(threshold / maximum) for each, a barrier for an ion at the density's maximum.
        directions: Lattice vectors of the connection at each threshold.
    """

    thresholds: tuple[float | None, float | None, float | None]
    barriers_eV: tuple[float | None, float | None, float | None]
    directions: tuple[list[list[int]], list[list[int]], list[list[int]]]


def percolation(density: IonDensity, temperature_K: float) -> Percolation:
    """Density thresholds of percolation in one, two and three dimensions, and their free energies.

    Lowering the threshold only adds voxels, so each threshold is found by bisection between the maximum and the
    smallest non-zero density. -kT ln(rho) is the ion's free energy, so the barrier is a second estimate of the
    activation energy, from where ions are and not from how they move.
    """
    values = density.values
    levels = np.unique(values[values > 0.0])
    if len(levels) == 0:
        return Percolation((None, None, None), (None, None, None), ([], [], []))
    known: dict[int, NDArray[np.intp]] = {}

    def winding(level: int) -> NDArray[np.intp]:
        if level not in known:
            known[level] = winding_lattice(values >= levels[level])
        return known[level]

    one, two, three = (_connection(winding, levels, rank) for rank in (1, 2, 3))

    def barrier(threshold: float | None) -> float | None:
        return None if threshold is None else float(-K_EV * temperature_K * np.log(threshold / levels[-1]))

    return Percolation(
        (one[0], two[0], three[0]), (barrier(one[0]), barrier(two[0]), barrier(three[0])), (one[1], two[1], three[1])
    )


def percolation_errors(
    parts: Sequence[Sequence[Trajectory]],
    mobile: str,
    temperature_K: float,
    *,
    spacing_A: float = 0.3,
    smoothing_A: float = 0.3,
) -> tuple[float | None, float | None, float | None]:
    """Standard errors in eV of the barriers of `percolation`, by the jackknife: leave out one part after the other.

    The jackknife and not the scatter between parts, since a short part misses rare places and its barrier is too high.

    Args:
        parts: The trajectories in parts of about equal length and as good as independent, two at the least.
        mobile, spacing_A, smoothing_A: As `ion_density`.
        temperature_K: In K.

    Returns:
        For 1, 2, 3 independent directions; None where the density does not connect without one of the parts.
    """
    found = []
    for left_out in range(len(parts)):
        rest = [t for part in (*parts[:left_out], *parts[left_out + 1 :]) for t in part]
        density = ion_density(rest, mobile, spacing_A=spacing_A, smoothing_A=smoothing_A)
        found.append(percolation(density, temperature_K).barriers_eV)
    one, two, three = (jackknife_error([barriers[rank] for barriers in found]) for rank in range(3))
    return one, two, three


def _connection(
    winding: Callable[[int], NDArray[np.intp]], levels: Floats, rank: int
) -> tuple[float | None, list[list[int]]]:
    """Highest level at which a region winds along `rank` independent directions, and these."""
    found = winding(0)
    if len(found) < rank:
        return None, []
    low, high = 0, len(levels)
    # The same cuts for every rank, so that most of them are known from the rank before.
    while high - low > max(1, len(levels) // 2**_BISECTIONS):
        middle = (low + high) // 2
        vectors = winding(middle)
        if len(vectors) >= rank:
            low, found = middle, vectors
        else:
            high = middle
    return float(levels[low]), [[int(x) for x in vector] for vector in found]


def percolates_along(vectors: Sequence[Sequence[int]], direction: Sequence[int]) -> bool:
    """Whether a lattice direction, an axis such as [1, 0, 0] or a diagonal, is in the span of some vectors."""
    if len(vectors) == 0:
        return False
    matrix = np.array(vectors)
    return bool(np.linalg.matrix_rank(np.vstack([matrix, direction])) == np.linalg.matrix_rank(matrix))
