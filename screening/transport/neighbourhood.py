"""Do ions leave their neighbourhood? Counted by which framework atoms surround them, not by how far they moved.

An ion that wanders through a closed cage can move 5 Angstrom and its MSD can fit a line, yet the atom in the
cage's centre stays its neighbour. An escape is an ion whose nearest framework atoms share none with those it had
before, held for two looks in a row, so that neither vibration nor the cage's own width counts.
"""

import numpy as np
from numpy.typing import NDArray

from screening.trajectories.frames import framework_drift, in_mean_cell, mean_cell
from screening.trajectories.periodic import NearestPlaces, encode
from screening.trajectories.trajectory import Trajectory

Floats = NDArray[np.float64]

#: Looks at the neighbourhoods in one trajectory at most; fewer looks can only miss escapes.
_MAX_LOOKS = 400


def count_escapes(
    trajectory: Trajectory, mobile: str, *, size: int, average_ps: float, hop_distance_A: float
) -> NDArray[np.intp]:
    """Count how often each ion leaves its neighbourhood.

    With a framework: none of the `size` nearest framework atoms (at their mean places, images told apart) is one
    of those at the last count, at two looks in a row, and the ion is at least a hop distance away, so that a
    group turning round a resting ion does not count. Without at least two neighbourhoods' worth of framework:
    the ion is more than twice the hop distance away at two looks in a row.

    Args:
        trajectory: Equilibrated, unwrapped.
        mobile: Element of the mobile ions.
        size: Framework atoms in a neighbourhood.
        average_ps: Positions are averaged over this time before each look.
        hop_distance_A: Typical hop distance in Angstrom.

    Returns:
        Number of escapes of each ion, (n_mobile,).
    """
    indices = trajectory.indices(mobile)
    positions = in_mean_cell(trajectory)
    moving = trajectory.moving(mobile)
    drift = framework_drift(positions, trajectory.symbols, moving)
    looks = block_means(positions[:, indices], drift, average_ps * 1000.0 / trajectory.frame_interval_fs)
    framework = np.setdiff1d(np.arange(len(trajectory.symbols)), moving)
    neighbours = None
    if len(framework) >= 2 * size:
        places = positions[:, framework].mean(axis=0, dtype=np.float64)
        if drift is not None:
            places -= drift.mean(axis=0)
        place, image, _ = NearestPlaces(places, mean_cell(trajectory.cells), size)(looks)
        neighbours = encode(place, image)
    distance = hop_distance_A if neighbours is not None else 2.0 * hop_distance_A
    return _scan(looks, neighbours, distance)


def block_means(paths: NDArray[np.floating], drift: Floats | None, frames: float) -> Floats:
    """Means over blocks of frames, at most `_MAX_LOOKS` evenly spaced ones, (n_looks, n_paths, 3)."""
    length = max(1, round(frames))
    starts = np.arange(0, len(paths) - length + 1, length)
    if len(starts) > _MAX_LOOKS:
        starts = starts[np.linspace(0, len(starts) - 1, _MAX_LOOKS).astype(np.intp)]
    looks = np.empty((len(starts), paths.shape[1], 3))
    for row, start in enumerate(starts):
        looks[row] = paths[start : start + length].mean(axis=0, dtype=np.float64)
        if drift is not None:
            looks[row] -= drift[start : start + length].mean(axis=0)
    return looks


def _scan(looks: Floats, neighbours: NDArray[np.int64] | None, distance: float) -> NDArray[np.intp]:
    counts = np.zeros(looks.shape[1], dtype=np.intp)
    if len(looks) == 0:
        return counts
    home = looks[0].copy()
    known = None if neighbours is None else neighbours[0].copy()
    away_before = np.zeros(looks.shape[1], dtype=bool)
    for row in range(1, len(looks)):
        away = np.linalg.norm(looks[row] - home, axis=-1) > distance
        if neighbours is not None and known is not None:
            shared = (neighbours[row][:, :, None] == known[:, None, :]).any(axis=(1, 2))
            away &= ~shared
        escaped = away & away_before
        counts[escaped] += 1
        home[escaped] = looks[row][escaped]
        if neighbours is not None and known is not None:
            known[escaped] = neighbours[row][escaped]
        away_before = away & ~escaped
    return counts
