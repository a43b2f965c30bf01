"""The students' weighted least squares for other kinds of descriptors: energies and forces, stresses left out."""

from collections.abc import Callable, Sequence

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from screening.config.student import StudentConfig
from screening.students.design import LARGE_FORCE_EV_A, Label

Floats = NDArray[np.float64]
Frame = tuple[Atoms, Label, float]


def fit(
    frames: Sequence[Frame],
    rows_of: Callable[[Atoms], tuple[Floats, Floats]],
    size: int,
    settings: StudentConfig,
    ridge: float,
) -> Floats:
    """Coefficients that fit best.

    Args:
        frames: (structure, label, confidence).
        rows_of: Gives the rows of energy (eV) and forces (eV/Angstrom), (1 + 3 n_atoms, size), and what the nuclear
            repulsion adds to them, (1 + 3 n_atoms,).
        size: Number of coefficients.
        settings: The students' errors, which weigh the rows.
        ridge: Pull to zero, relative to what the data pull.
    """
    gram, moment = np.zeros((size, size)), np.zeros(size)
    for atoms, label, confidence in frames:
        rows, repulsion = rows_of(atoms)
        target = np.concatenate([[label.energy], label.forces.ravel()]) - repulsion
        large = np.sqrt(1 + (np.linalg.norm(label.forces, axis=1) / LARGE_FORCE_EV_A) ** 2)
        energy = settings.energy_error_meV_atom * len(atoms)
        error = 1e-3 * np.concatenate([[energy], settings.force_error_meV_A * np.repeat(large, 3)])
        weighted = rows * (confidence / error)[:, None]
        gram += weighted.T @ weighted
        moment += weighted.T @ (target * confidence / error)
    scale = 1 / np.sqrt(np.maximum(np.diagonal(gram), 1e-12 * gram.diagonal().max()))
    matrix = gram * scale[:, None] * scale[None, :] + ridge * np.eye(size)
    coefficients: Floats = scale * np.linalg.solve(matrix, scale * moment)
    return coefficients
