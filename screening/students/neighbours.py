"""Pairs of atoms within a distance, by pymatgen: a hundred times as fast as ASE's in cells of tens of atoms."""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

# Nearer, an atom and a point are the same.
SAME_A = 1e-8


def pairs_within(atoms: Atoms, reach_A: float) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Every atom with every image of an atom nearer than `reach_A` (Angstrom), in both directions.

    Returns:
        Indices of first and second atom and their distance in Angstrom, (n_pairs,) each.
    """
    from pymatgen.optimization.neighbors import find_points_in_spheres

    positions = np.ascontiguousarray(atoms.positions, dtype=np.float64)
    cell = np.ascontiguousarray(atoms.cell.array, dtype=np.float64)
    first, second, images, distance = find_points_in_spheres(
        positions, positions, r=reach_A, pbc=np.ones(3, dtype=np.int64), lattice=cell, tol=SAME_A
    )
    other = (first != second) | images.any(axis=1)
    return first[other], second[other], distance[other]
