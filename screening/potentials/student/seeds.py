"""The first training frames: the orderings, displaced and strained."""

from collections.abc import Sequence

import numpy as np
from ase import Atoms

from screening.config.student import StudentConfig
from screening.records import derive_seed


def seed_frames(structures: Sequence[Atoms], settings: StudentConfig, seed: int) -> list[Atoms]:
    """Copies of each structure, displaced more and more and strained at random.

    An atom moves by the inverse root of its mass, as it would at one temperature: the light mobile ions most.

    Args:
        structures: Relaxed orderings.
        settings: Number of copies, largest displacement and strain.
        seed: Of the displacements.
    """
    frames = []
    for index, atoms in enumerate(structures):
        rng = np.random.default_rng(derive_seed(seed, "seed frames", index))
        masses = atoms.get_masses()
        relative = np.sqrt(masses.min() / masses)
        for copy in range(settings.seed_frames):
            frame = Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
            frame = strained(frame, rng.uniform(-1, 1, (3, 3)) * settings.seed_strain)
            size = settings.seed_displacement_A * (copy + 1) / settings.seed_frames / np.sqrt(3)
            frame.positions += rng.normal(size=(len(frame), 3)) * (size * relative)[:, None]
            frames.append(frame)
    return frames


def strained(atoms: Atoms, strain: np.ndarray) -> Atoms:
    """A copy with cell and atoms deformed by the symmetric part of `strain`, (3, 3)."""
    copy: Atoms = atoms.copy()
    copy.set_cell(atoms.cell.array @ (np.eye(3) + (strain + strain.T) / 2), scale_atoms=True)
    return copy
