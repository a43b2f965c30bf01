"""A trajectory in memory, the one form every analysis takes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Trajectory:
    """Unwrapped positions at equal time steps.

    Attributes:
        symbols: Element of each atom, n_atoms.
        positions: Unwrapped Cartesian positions in Angstrom, (n_frames, n_atoms, 3), float32 or float64.
        cells: Row vectors in Angstrom, (3, 3) for fixed volume or (n_frames, 3, 3).
        frame_interval_fs: Time between frames in fs.
        temperatures_K: Instantaneous temperature of each frame, (n_frames,), or None if not known.
        energies_eV: Potential energy of each frame, (n_frames,), or None if not known.
    """

    symbols: tuple[str, ...]
    positions: NDArray[np.floating]
    cells: NDArray[np.float64]
    frame_interval_fs: float
    temperatures_K: NDArray[np.float64] | None = None
    energies_eV: NDArray[np.float64] | None = None

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.positions)

    def indices(self, element: str) -> NDArray[np.intp]:
        """Indices of the atoms of `element`."""
        return np.flatnonzero(np.array(self.symbols) == element)
