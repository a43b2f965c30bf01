"""Frames of reference: the mean cell, and the framework whose drift is no diffusion."""

from collections.abc import Sequence

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from screening.errors import StageError
from screening.trajectories.trajectory import Trajectory

Floats = NDArray[np.float64]

_DRIFT_FRAMES = 200


def unwrap(fractional: NDArray[np.floating], cells: Floats) -> Floats:
    """Unwrapped Cartesian positions from wrapped fractional ones.

    Steps are taken to the nearest image in fractional coordinates, so no atom may move half a cell between two
    frames. With a cell per frame the unwrapped fractional coordinates are mapped through the *mean* cell: a
    crystal's sites are fixed in fractional coordinates, and multiplying by each frame's own cell would make
    atoms far from the origin diffuse with the barostat (von Bulow, Bullerjahn, Hummer, J. Chem. Phys. 153,
    021101 (2020)).

    Args:
        fractional: Wrapped (or not) fractional coordinates, (n_frames, n_atoms, 3).
        cells: Row vectors in Angstrom, (3, 3) or (n_frames, 3, 3).

    Returns:
        Positions in Angstrom, (n_frames, n_atoms, 3), float64; the first frame is where the input has it.

    Raises:
        StageError: shapes do not fit together.
    """
    check_cells(cells, len(fractional))
    unwrapped = np.array(fractional, dtype=np.float64)
    steps = np.diff(unwrapped, axis=0)
    shifts = np.cumsum(np.round(steps), axis=0)
    unwrapped[1:] -= shifts
    result: Floats = unwrapped @ mean_cell(cells)
    return result


def check_cells(cells: Floats, n_frames: int) -> None:
    """Refuse cells that are neither (3, 3) nor (n_frames, 3, 3), or have no volume.

    Raises:
        StageError: with the shape found.
    """
    if cells.shape not in ((3, 3), (n_frames, 3, 3)):
        raise StageError(f"cells have the shape {cells.shape}; expected (3, 3) or ({n_frames}, 3, 3)")
    if not np.all(np.abs(np.linalg.det(cells)) > 1e-6):
        raise StageError("a cell without volume: diffusivities need three periodic directions with lattice vectors")


def mean_cell(cells: Floats) -> Floats:
    """The cell averaged over frames, row vectors in Angstrom, (3, 3)."""
    return cells if cells.ndim == 2 else cells.mean(axis=0)


def in_mean_cell(trajectory: Trajectory) -> NDArray[np.floating]:
    """Positions with the breathing of the cell removed, in Angstrom, (n_frames, n_atoms, 3).

    Fixed volume: the positions themselves, not a copy. A cell per frame: r(t) = s(t) h(t) becomes s(t) <h>.
    """
    check_cells(trajectory.cells, trajectory.n_frames)
    if trajectory.cells.ndim == 2:
        return trajectory.positions
    maps = np.linalg.solve(trajectory.cells, np.broadcast_to(mean_cell(trajectory.cells), trajectory.cells.shape))
    result: NDArray[np.floating] = np.matmul(trajectory.positions, maps.astype(trajectory.positions.dtype))
    return result


def framework_drift(positions: NDArray[np.floating], symbols: Sequence[str], mobile: NDArray[np.intp]) -> Floats | None:
    """Path of the framework's centre of mass: mass-weighted mean of all atoms that are not mobile.

    Args:
        positions: Unwrapped positions in Angstrom, (n_frames, n_atoms, 3).
        symbols: Element of each atom.
        mobile: Indices of the mobile ions.

    Returns:
        Displacement of the centre of mass from the first frame in Angstrom, (n_frames, 3), or None where every
        atom is mobile: then there is no framework to refer to and nothing is removed.
    """
    masses = np.array([atomic_masses[atomic_numbers[symbol]] for symbol in symbols])
    masses[mobile] = 0.0
    if masses.sum() == 0.0:
        return None
    # Displacements are small, so their own precision is enough, and small blocks stay in the cache.
    weights = (masses / masses.sum()).astype(np.result_type(positions.dtype, np.float32))
    path = np.empty((len(positions), 3))
    for start in range(0, len(positions), _DRIFT_FRAMES):
        path[start : start + _DRIFT_FRAMES] = weights @ (positions[start : start + _DRIFT_FRAMES] - positions[0])
    return path


def framework_frame(trajectory: Trajectory, mobile: str) -> tuple[NDArray[np.floating], Floats]:
    """Positions in the mean cell with the framework's drift removed, and that cell.

    Returns:
        (n_frames, n_atoms, 3) in the input's precision or better, and (3, 3), Angstrom.
    """
    positions = in_mean_cell(trajectory)
    drift = framework_drift(positions, trajectory.symbols, trajectory.moving(mobile))
    if drift is not None:
        positions = positions - drift[:, None, :].astype(positions.dtype)
    return positions, mean_cell(trajectory.cells)
