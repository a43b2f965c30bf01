"""Where ions in layers are, how they get from one layer to another, and how far they move meanwhile."""

from dataclasses import dataclass, replace
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
    """Layers of a periodic cell with two boundaries.

    Attributes:
        normal: Unit vector across, (3,).
        period_A: Height of the cell along it.
        area_A2: Of the cell in the plane.
        plane_A: Height of one boundary.
        layers: Number over the period, a multiple of 4; even on either side of the second boundary.
        folded: Both boundaries and both sides of a grain are taken as one.
        second_A: Height of the other boundary above the first, with another crystal above it; None where it is half a
            period above and both grains are one crystal.
        below: Layers below the second boundary; None for half of all.
    """

    normal: Floats
    period_A: float
    area_A2: float
    plane_A: float
    layers: int
    folded: bool = True
    second_A: float | None = None
    below: int | None = None

    @property
    def heights_A(self) -> tuple[float, float]:
        """Thickness of the lower and the upper grain."""
        lower = self.period_A / 2 if self.second_A is None else self.second_A
        return lower, self.period_A - lower

    @property
    def numbers(self) -> tuple[int, int]:
        """Layers of the lower and the upper grain."""
        lower = self.layers // 2 if self.below is None else self.below
        return lower, self.layers - lower

    @property
    def widths_A(self) -> tuple[float, float]:
        """Of a layer of the lower and the upper grain."""
        (one, other), (n, m) = self.heights_A, self.numbers
        return one / n, other / m

    @property
    def edges_A(self) -> Floats:
        """Heights above the first boundary between which layers lie, (n_layers + 1,)."""
        (lower, _), (n, m) = self.heights_A, self.numbers
        return np.concatenate([np.linspace(0, lower, n + 1), np.linspace(lower, self.period_A, m + 1)[1:]])

    @property
    def places(self) -> NDArray[np.intp]:
        """What each layer counts as: crystal, nearest boundary, and distance from it in layers, (n_layers, 3)."""
        found = []
        for grain, n in enumerate(self.numbers):
            place = np.arange(n)
            # The first boundary is below the lower grain and above the upper one.
            near_second = (place >= n // 2) == (grain == 0)
            crystal = np.full(n, 0 if self.second_A is None else grain)
            found.append(np.column_stack([crystal, near_second & (not self.folded), np.minimum(place, n - 1 - place)]))
        return np.concatenate(found).astype(np.intp)

    @property
    def kinds(self) -> NDArray[np.intp]:
        """Number of each layer's kind, in the order of `of_kind`, (n_layers,)."""
        return np.asarray(np.unique(self.places, axis=0, return_inverse=True)[1]).ravel()

    @property
    def of_kind(self) -> list[tuple[int, int, int]]:
        """Crystal, boundary and distance in layers of each kind."""
        return [(int(c), int(b), int(d)) for c, b, d in np.unique(self.places, axis=0)]


def slab_of(
    trajectory: Trajectory,
    plane_A: float,
    width_A: float,
    *,
    folded: bool = True,
    second_A: float | None = None,
    like: Slab | None = None,
) -> Slab:
    """Layers across the first two vectors of a trajectory's cell, of about a width.

    Args:
        trajectory: Of the cell.
        plane_A: Height of one boundary.
        width_A: Of a layer, about.
        folded: Both boundaries are one.
        second_A: Height of the other boundary above it, where another crystal is above.
        like: Has as many layers of the same shares.

    Raises:
        StageError: the cell is less than four layers high, or a grain less than two.
    """
    cell = trajectory.cells if trajectory.cells.ndim == 2 else trajectory.cells.mean(axis=0)
    across = np.cross(cell[0], cell[1])
    area = float(np.linalg.norm(across))
    period = abs(float(np.linalg.det(cell))) / area
    if like is not None:
        return replace(
            like,
            normal=across / area,
            period_A=period,
            area_A2=area,
            second_A=None if like.second_A is None else like.second_A * period / like.period_A,
        )
    if period < 4 * width_A:
        raise StageError(
            f"the cell is {period:.1f} Angstrom high, less than four layers of {width_A:g}: two boundaries and what is "
            "between them need more; narrow the layers, or take thicker grains"
        )
    if second_A is None:
        return Slab(across / area, period, area, plane_A, 4 * round(period / 4 / width_A), folded)
    if not 0 < second_A < period:
        raise StageError(
            f"the second boundary is {second_A:.1f} Angstrom above the first, in a cell of {period:.1f}: give a height "
            "within the cell"
        )
    lower, upper = (2 * round(height / 2 / width_A) for height in (second_A, period - second_A))
    if not (lower and upper):
        raise StageError(
            f"the crystals are {second_A:.1f} and {period - second_A:.1f} Angstrom thick, and one has less than two "
            f"layers of {width_A:g}; narrow the layers, or take thicker slabs"
        )
    return Slab(across / area, period, area, plane_A, lower + upper, folded, second_A, lower)


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
    heights, flat, layers = placed(trajectory, mobile, slab)
    starts = trajectory.n_frames - lags[1]
    ends = np.linspace(0, starts, min(BLOCKS, max(2, starts // max(1, lags[1]))) + 1).astype(int)
    step_ps = trajectory.frame_interval_fs / 1000
    return [
        _counts(slab, heights[a : b + lags[1]], flat[a : b + lags[1]], layers[a : b + lags[1]], lags, step_ps)
        for a, b in pairwise(ends)
    ]


def placed(trajectory: Trajectory, mobile: str, slab: Slab) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Where ions are relative to the framework.

    Returns:
        Heights above the first boundary in Angstrom, (n_frames, n_ions); positions in the plane, (n_frames, n_ions, 3);
        layers, (n_frames, n_ions).

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
    inner = slab.edges_A[1:-1]
    layers = np.searchsorted(inner, heights % slab.period_A, side="right").astype(np.intp)
    return heights, flat, layers


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
