"""Van Hove functions: where an ion is after a time, and where the others are."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from screening.errors import StageError
from screening.trajectories.frames import framework_frame
from screening.trajectories.periodic import padded
from screening.trajectories.trajectory import Trajectory

Floats = NDArray[np.float64]

_MAX_ORIGINS = 200


def _frames(trajectory: Trajectory, lag_ps: float) -> tuple[int, NDArray[np.intp]]:
    lag = round(lag_ps * 1000.0 / trajectory.frame_interval_fs)
    if not 0 <= lag < trajectory.n_frames:
        raise StageError(
            f"a lag of {lag_ps:g} ps does not fit a run of {trajectory.n_frames} frames, "
            f"{trajectory.frame_interval_fs / 1000:g} ps apart"
        )
    origins = np.arange(trajectory.n_frames - lag)
    if len(origins) > _MAX_ORIGINS:
        origins = origins[np.linspace(0, len(origins) - 1, _MAX_ORIGINS).astype(np.intp)]
    return lag, origins


def van_hove_self(trajectory: Trajectory, mobile: str, lag_ps: float, edges_A: Floats) -> Floats:
    """4 pi r^2 G_s(r, t): probability density per Angstrom that an ion is a distance r from where it was.

    Args:
        trajectory: Unwrapped.
        mobile: Element of the mobile ions.
        lag_ps: t in ps.
        edges_A: Bin edges in Angstrom, (n + 1,).

    Returns:
        (n,) per Angstrom; integrates to the share of ions within the edges.

    Raises:
        StageError: the lag is longer than the run.
    """
    lag, origins = _frames(trajectory, lag_ps)
    positions, _ = framework_frame(trajectory, mobile)
    ions = trajectory.indices(mobile)
    steps = (positions[origins + lag][:, ions] - positions[origins][:, ions]).astype(np.float64)
    counts, _ = np.histogram(np.linalg.norm(steps, axis=-1), bins=edges_A)
    return np.asarray(counts / (steps.shape[0] * steps.shape[1] * np.diff(edges_A)), dtype=np.float64)


def van_hove_distinct(trajectory: Trajectory, mobile: str, lag_ps: float, edges_A: Floats) -> Floats:
    """G_d(r, t) / rho: density of other ions a distance r from where an ion was a time t ago, over the mean one.

    At t = 0 the pair correlation function; a peak growing at r = 0 is an ion taking another's place.

    Args, Raises: as `van_hove_self`.

    Returns:
        (n,), dimensionless, one for independent ions.
    """
    lag, origins = _frames(trajectory, lag_ps)
    positions, cell = framework_frame(trajectory, mobile)
    ions = trajectory.indices(mobile)
    if len(ions) < 2:
        raise StageError("a distinct van Hove function needs two mobile ions at the least")
    inverse = np.linalg.inv(cell)
    reach = float(edges_A[-1])
    counts = np.zeros(len(edges_A) - 1)
    for origin in origins:
        start = positions[origin, ions].astype(np.float64)
        end = positions[origin + lag, ions].astype(np.float64)
        home = ((start @ inverse) % 1.0) @ cell
        points, _, _ = padded(end, cell, reach)
        within = cKDTree(home).count_neighbors(cKDTree(points), edges_A)
        if edges_A[0] == 0.0:
            within[0] = 0  # an ion exactly on another's old place belongs to the first bin
        counts += np.diff(within)
        counts -= _own_images(end - start, cell, edges_A)
    shells = 4.0 / 3.0 * np.pi * np.diff(edges_A**3)
    density = (len(ions) - 1) / abs(np.linalg.det(cell))
    return np.asarray(counts / (len(origins) * len(ions) * density * shells), dtype=np.float64)


def _own_images(steps: Floats, cell: Floats, edges_A: Floats) -> Floats:
    """Histogram of distances to the ions' own later images, which are not other ions."""
    folded = ((steps @ np.linalg.inv(cell)) % 1.0) @ cell
    points, _, _ = padded(folded, cell, float(edges_A[-1]))
    counts, _ = np.histogram(np.linalg.norm(points, axis=-1), bins=edges_A)
    return counts.astype(np.float64)
