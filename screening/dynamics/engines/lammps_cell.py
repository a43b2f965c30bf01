"""Between the caller's cell and the lower-triangular, little-tilted one that LAMMPS wants."""

import numpy as np
from ase.calculators.lammps import Prism
from numpy.typing import NDArray

Array = NDArray[np.float64]


class CellMap:
    """Rotation to LAMMPS' frame and back, for any periodic cell, right- or left-handed.

    LAMMPS' cell spans the same lattice as the caller's with shorter, less tilted vectors; positions are only
    rotated (and reflected for a left-handed cell), so unwrapped positions come back as they were.
    """

    def __init__(self, cell: Array) -> None:
        """`cell`: row vectors in Angstrom, (3, 3)."""
        self._prism = Prism(np.asarray(cell, dtype=float), pbc=True, reduce_cell=True)
        self.lammps_cell: Array = self._prism.lammps_cell.copy()
        self._rotation: Array = self._prism.rot_mat
        # Row vectors of the caller's lattice in units of LAMMPS' vectors: integers.
        self._combination: Array = np.round(self._prism.lammps_tilt @ np.linalg.inv(self.lammps_cell))

    def to_lammps(self, vectors: Array) -> Array:
        """Rotate row vectors, (..., 3), to LAMMPS' frame."""
        return vectors @ self._rotation

    def to_caller(self, vectors: Array) -> Array:
        """Rotate row vectors, (..., 3), back to the caller's frame."""
        return vectors @ self._rotation.T

    def tensor_to_caller(self, tensor: Array) -> Array:
        """Rotate tensors, (..., 3, 3), back to the caller's frame."""
        rotated: Array = self._rotation @ tensor @ self._rotation.T
        return rotated

    def tensor_to_lammps(self, tensor: Array) -> Array:
        """Rotate tensors, (..., 3, 3), to LAMMPS' frame."""
        rotated: Array = self._rotation.T @ tensor @ self._rotation
        return rotated

    def cell_to_caller(self, lammps_cell: Array) -> Array:
        """The caller's three lattice vectors when LAMMPS' cell has become `lammps_cell`, (3, 3), rows."""
        caller: Array = self._combination @ lammps_cell @ self._rotation.T
        return caller

    def wrapped(self, positions: Array) -> tuple[Array, NDArray[np.int32]]:
        """Positions (n, 3) of the caller inside LAMMPS' cell, and how many cells each was moved by, (n, 3)."""
        fractional = self.to_lammps(positions) @ np.linalg.inv(self.lammps_cell)
        images = np.floor(fractional)
        inside = fractional - images
        # An atom on the far face would be outside by rounding, and LAMMPS would drop it.
        at_face = inside > 1 - 1e-12
        inside[at_face] = 0.0
        images[at_face] += 1
        return inside @ self.lammps_cell, images.astype(np.int32)
