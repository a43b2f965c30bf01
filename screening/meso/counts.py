"""Where ions in layers are, how they get from one layer to another, and how far they move meanwhile."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from screening.errors import StageError
from screening.trajectories.frames import framework_frame
from screening.trajectories.trajectory import Trajectory

Floats = NDArray[np.float64]

#: Parts of a run that errors are estimated from.
BLOCKS = 10


@dataclass(frozen=True)
class Slab:
    """Layers of a periodic cell with two boundaries, half a period apart.

    Attributes:
        normal: Unit vector across, (3,).
        period_A: Height of the cell along it.
        area_A2: Of the cell in the plane.
        plane_A: Height of one boundary.
        layers: Number over the period, a multiple of 4.
        folded: Both boundaries and both their sides are taken as one.
    """

    normal: Floats
    period_A: float
    area_A2: float
    plane_A: float
    layers: int
    folded: bool = True

    @property
    def width_A(self) -> float:
        """Of a layer."""
        return self.period_A / self.layers

    @property
    def kinds(self) -> NDArray[np.intp]:
        """What each layer counts as: its distance from the nearest boundary in layers, (n_layers,)."""
        half = self.layers // 2
        place = np.arange(self.layers) % half
        distance = np.minimum(place, half - 1 - place)
        # Apart: the second boundary's layers come after those of the first, which are at either end of the period.
        near_second = (np.arange(self.layers) >= half // 2) & (np.arange(self.layers) < half + half // 2)
        return distance if self.folded else distance + np.where(near_second, half // 2, 0)


def slab_of(
    trajectory: Trajectory, plane_A: float, width_A: float, *, folded: bool = True, layers: int | None = None
) -> Slab:
    """Layers across the first two vectors of a trajectory's cell, of about a width, or of a number.

    Raises:
        StageError: the cell is less than four layers high.
    """
    cell = trajectory.cells if trajectory.cells.ndim == 2 else trajectory.cells.mean(axis=0)
    across = np.cross(cell[0], cell[1])
    area = float(np.linalg.norm(across))
    period = abs(float(np.linalg.det(cell))) / area
    if period < 4 * width_A:
        raise StageError(
            f"the cell is {period:.1f} Angstrom high, less than four layers of {width_A:g}: two boundaries and what is "
            "between them need more; narrow the layers, or take thicker grains"
        )
    number = 4 * round(period / 4 / width_A) if layers is None else layers
    return Slab(across / area, period, area, plane_A, number, folded)


@dataclass(frozen=True)
class Counts:
    """Sums over pairs of frames a short and a long lag apart; those of several stretches of time add.

    Attributes:
        pairs: Pairs of frames that ions were followed over.
        moves: From each layer to each at both lags, (2, n_layers, n_layers).
        drift: Displacement across of ions that leave each layer, less that of ions that arrive in it, A, (2, n_layers).
        across: Squared displacements across, A^2, (2,).
        flat: Squared displacements in the plane by the kind of layer halfway between the lags, A^2, (2, n_kinds).
        halfway: Ions that are in each kind then, (n_kinds,).
        stays: Time between the lags in each kind, by the kind halfway, ps, (n_kinds, n_kinds).
    """

    pairs: float
    moves: Floats
    drift: Floats
    across: Floats
    flat: Floats
    halfway: Floats
    stays: Floats

    def __add__(self, other: Self) -> Self:
        names = ("pairs", "moves", "drift", "across", "flat", "halfway", "stays")
        return type(self)(**{name: getattr(self, name) + getattr(other, name) for name in names})


def count(trajectory: Trajectory, mobile: str, slab: Slab, lags: tuple[int, int]) -> list[Counts]:
    """Counts of up to ten stretches of a run, which follow each other.

    Args:
        trajectory: Equilibrated.
        mobile: Element of the mobile ions.
        slab: The layers.
        lags: Short and long, in frames.

    Raises:
        StageError: no mobile ions.
    """
    indices = trajectory.indices(mobile)
    if len(indices) == 0:
        raise StageError(f"no {mobile} in the trajectory: it has {', '.join(sorted(set(trajectory.symbols)))}")
    positions, _ = framework_frame(trajectory, mobile)
    ions = np.asarray(positions[:, indices], dtype=np.float64)
    heights = ions @ slab.normal - slab.plane_A
    flat = ions - heights[..., None] * slab.normal
    layers = np.minimum((heights % slab.period_A / slab.width_A).astype(np.intp), slab.layers - 1)
    starts = trajectory.n_frames - lags[1]
    ends = np.linspace(0, starts, min(BLOCKS, max(2, starts // max(1, lags[1]))) + 1).astype(int)
    step_ps = trajectory.frame_interval_fs / 1000
    return [
        _counts(slab, heights[a : b + lags[1]], flat[a : b + lags[1]], layers[a : b + lags[1]], lags, step_ps)
        for a, b in pairwise(ends)
    ]


def _counts(
    slab: Slab, heights: Floats, flat: Floats, layers: NDArray[np.intp], lags: tuple[int, int], step_ps: float
) -> Counts:
    n = len(heights) - lags[1]
    kinds = slab.kinds
    n_kinds = int(kinds.max()) + 1
    first = layers[:n]
    middle = sum(lags) // 2
    kind = kinds[layers[middle : middle + n]].ravel()
    moves, drift, across, squares = [], [], [], []
    for lag in lags:
        last = layers[lag : lag + n]
        moved = (heights[lag : lag + n] - heights[:n]).ravel()
        both = (first * slab.layers + last).ravel()
        moves.append(np.bincount(both, minlength=slab.layers**2).reshape(slab.layers, slab.layers))
        drift.append(
            np.bincount(first.ravel(), moved, minlength=slab.layers)
            - np.bincount(last.ravel(), moved, minlength=slab.layers)
        )
        across.append(float((moved**2).sum()))
        in_plane = ((flat[lag : lag + n] - flat[:n]) ** 2).sum(axis=-1).ravel()
        squares.append(np.bincount(kind, in_plane, minlength=n_kinds))
    stays = np.empty((n_kinds, n_kinds))
    of_frame = kinds[layers]
    for k in range(n_kinds):
        there = np.cumsum(of_frame == k, axis=0)
        # Half of each end, as of an integral by trapezoids.
        ends = ((of_frame[lags[0] : lags[0] + n] == k).astype(float) + (of_frame[lags[1] : lags[1] + n] == k)) / 2
        between = there[lags[1] : lags[1] + n] - there[lags[0] : lags[0] + n] + 0.0
        between += (of_frame[lags[0] : lags[0] + n] == k) - ends
        stays[:, k] = np.bincount(kind, between.ravel(), minlength=n_kinds) * step_ps
    return Counts(
        float(first.size),
        np.array(moves, dtype=np.float64),
        np.array(drift),
        np.array(across),
        np.array(squares),
        np.bincount(kind, minlength=n_kinds).astype(np.float64),
        stays,
    )
