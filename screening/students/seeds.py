"""The first training frames: the orderings displaced and strained, and every pair of elements brought together."""

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.geometry import get_distances
from numpy.typing import NDArray

from screening.config.student import StudentConfig
from screening.records import derive_seed

# Distances at which pairs are brought together, over the sum of their covalent radii.
CONTACTS = (0.75, 0.9, 1.05, 1.25)
# Directions of approach tried for each.
DIRECTIONS = 60
# Name of the batch of these frames' labels. They need only be roughly right, and in full they cost a sixth of the
# accuracy where atoms really are: on runs of CHGNet 48 meV/Angstrom without them, 56 with, 48 at this weight.
CONTACT, CONTACT_CONFIDENCE = "contact", 0.2
# Names of the batches of what a student starts from where labels are shared.
EARLIER, EARLIER_CONTACT = "earlier", "earlier_contact"


def confidence_in(batch: str) -> float:
    """How much the labels of a batch count."""
    return CONTACT_CONFIDENCE if batch in (CONTACT, EARLIER_CONTACT) else 1.0


def contact_frames(structures: Sequence[Atoms], settings: StudentConfig, seed: int) -> list[Atoms]:
    """For each pair of elements, frames in which two such atoms are close, the rest as in a relaxed ordering.

    Pairs that never meet in a crystal (P and Cl, two P) are where a fitted potential invents attraction, and the first
    collision in a long hot run then falls into the hole. An atom is put beside another from the side where
    there is most room; it leaves a vacancy behind.

    Args:
        structures: Relaxed orderings.
        settings: Displacement of all atoms on top.
        seed: Of places and directions.
    """
    elements = sorted({symbol for atoms in structures for symbol in atoms.get_chemical_symbols()})
    frames = []
    for first, second in combinations_with_replacement(elements, 2):
        rng = np.random.default_rng(derive_seed(seed, "contact", first, second))
        hosts = [atoms for atoms in structures if _has_pair(atoms, first, second)]
        radii = covalent_radii[atomic_numbers[first]] + covalent_radii[atomic_numbers[second]]
        for k, contact in enumerate(CONTACTS if hosts else ()):
            host = hosts[k % len(hosts)]
            frame = _in_contact(host, first, second, contact * radii, rng)
            frame.positions += rng.normal(size=(len(frame), 3)) * settings.seed_displacement_A / 6
            frames.append(frame)
    return frames


def _has_pair(atoms: Atoms, first: str, second: str) -> bool:
    symbols = atoms.get_chemical_symbols()
    return symbols.count(first) > (first == second) and second in symbols


def _in_contact(atoms: Atoms, first: str, second: str, distance: float, rng: np.random.Generator) -> Atoms:
    """A copy in which some atom `first` sits at `distance` from some atom `second`."""
    symbols = np.array(atoms.get_chemical_symbols())
    moved = int(rng.choice(np.flatnonzero(symbols == first)))
    others = np.flatnonzero(symbols == second)
    beside = int(rng.choice(others[others != moved]))
    directions = rng.normal(size=(DIRECTIONS, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    places = atoms.positions[beside] + distance * directions
    rest = np.array([k for k in range(len(atoms)) if k not in (moved, beside)])
    room = _room(atoms, places, rest)
    copy = Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
    copy.positions[moved] = places[int(np.argmax(room))]
    return copy


def _room(atoms: Atoms, places: NDArray[np.float64], rest: NDArray[np.intp]) -> NDArray[np.float64]:
    """Distance of each place to the nearest of the other atoms, over their covalent radius, (n_places,)."""
    if not len(rest):
        return np.zeros(len(places))
    _, distances = get_distances(places, atoms.positions[rest], cell=atoms.cell, pbc=True)
    nearest: NDArray[np.float64] = (distances / covalent_radii[atoms.numbers[rest]]).min(axis=1)
    return nearest


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
