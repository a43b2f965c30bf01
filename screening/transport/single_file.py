"""Do ions in channels keep their order? Then the MSD grows as t^0.5 for ever, and D* falls with the channel's length.

In a short periodic channel the MSD looks diffusive all the same: after a while the whole file moves as one. So the
order itself is looked at: how often did an ion pass the next one in its channel, and how often would independent ions
that moved as far have passed?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from screening.config.transport import TransportConfig
from screening.trajectories.frames import framework_drift, in_mean_cell, mean_cell
from screening.trajectories.trajectory import Trajectory
from screening.transport.curves import Curves
from screening.transport.neighbourhood import block_means

Floats = NDArray[np.float64]

#: Ions are in one channel if they are closer than this share of a hop beside its axis.
_CHANNEL_HOPS = 0.6
#: So many passings of independent ions are needed to miss them, and fewer than this share of them are missed ones.
_LEAST_EXPECTED, _FEW = 6.0, 0.1
_IMAGES = np.array(list(product((-2, -1, 0, 1, 2), repeat=3)), dtype=np.float64)


@dataclass(frozen=True)
class Order:
    """How well ions keep their order.

    Attributes:
        pairs: Neighbours in a channel, all trajectories.
        passed: Pairs whose order changed, or of which an ion left the channel.
        expected: Pairs that independent ions which moved as far would have changed.
    """

    pairs: int
    passed: int
    expected: float

    @property
    def kept(self) -> bool:
        """Whether ions follow one another in a single file."""
        return self.expected >= _LEAST_EXPECTED and self.passed < _FEW * self.expected

    def __str__(self) -> str:
        return (
            f"ions keep their order in channels (a single file): of {self.pairs} neighbours {self.passed} passed each "
            f"other, where {self.expected:.0f} independent ones would have, so D* goes to zero as channels get longer"
        )


def channel_axis(tracer: Curves, threshold: float) -> Floats | None:
    """Unit vector of the one axis along which ions move, (3,); None where another has a share of it that counts."""
    last = [walkers[:, :, -1].mean(axis=0) for walkers in tracer.walkers]
    xx, yy, zz, xy, xz, yz = tracer.weights @ np.array(last)
    values, vectors = np.linalg.eigh(np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]))
    return np.asarray(vectors[:, 2]) if values[1] < threshold * values[2] else None


def order_in_channels(
    trajectories: Sequence[Trajectory], mobile: str, tracer: Curves, axis: Floats, settings: TransportConfig
) -> Order:
    """Count who passed whom along `axis`, over the last lag of the MSD and the whole runs.

    Args:
        trajectories: Equilibrated, unwrapped.
        mobile: Element of the mobile ions.
        tracer: Their squared displacements.
        axis: Unit vector of the channels, (3,).
        settings: Hop distance, and the time that positions are averaged over.
    """
    pairs, passed, expected = 0, 0, 0.0
    for trajectory, walkers in zip(trajectories, tracer.walkers, strict=True):
        looks = _looks(trajectory, mobile, settings.neighbourhood_average_ps)
        behind, ahead, shift = _neighbours(looks[0], mean_cell(trajectory.cells), axis, settings.hop_distance_A)
        apart = looks[:, ahead] + shift - looks[:, behind]
        along = apart @ axis
        beside = np.linalg.norm(apart - along[..., None] * axis, axis=-1)
        changed = (along < 0.0) | (beside > settings.hop_distance_A)
        moved = float(walkers[:, :3, -1].sum(axis=1).mean())
        pairs += len(behind)
        # Twice in a row, so that a look at a moment of passing by does not count.
        passed += int((changed[1:] & changed[:-1]).any(axis=0).sum())
        # The relative walk of two has twice the variance of one; reflection gives the probability to have met.
        expected += float(erfc(along[0] / np.sqrt(2.0 * 2.0 * moved)).sum())
    return Order(pairs, passed, expected)


def _looks(trajectory: Trajectory, mobile: str, average_ps: float) -> Floats:
    """Mean places of the ions over short times, in the mean cell, (n_looks, n_ions, 3)."""
    positions = in_mean_cell(trajectory)
    drift = framework_drift(positions, trajectory.symbols, trajectory.moving(mobile))
    frames = average_ps * 1000.0 / trajectory.frame_interval_fs
    return block_means(positions[:, trajectory.indices(mobile)], drift, frames)


def _neighbours(
    places: Floats, cell: Floats, axis: Floats, hop_distance_A: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Each ion, the next one ahead in its channel and the shift of that one's image; ions alone in theirs have none."""
    inverse = np.linalg.inv(cell)
    behind, ahead, shifts = [], [], []
    for i, place in enumerate(places):
        fractional = (places - place) @ inverse
        near = fractional - np.round(fractional)
        apart = (near[:, None, :] + _IMAGES[None]) @ cell
        along = apart @ axis
        beside = np.linalg.norm(apart - along[..., None] * axis, axis=-1)
        reachable = (beside < _CHANNEL_HOPS * hop_distance_A) & (along > 1e-6)
        if not reachable.any():
            continue
        j, image = np.unravel_index(np.where(reachable, along, np.inf).argmin(), along.shape)
        if j == i:
            continue
        behind.append(i)
        ahead.append(int(j))
        shifts.append(apart[j, image] - (places[j] - place))
    return np.array(behind, dtype=np.intp), np.array(ahead, dtype=np.intp), np.array(shifts).reshape(-1, 3)
