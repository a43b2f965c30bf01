"""Pairs of atoms are those of ASE's own search."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list

from screening.students.neighbours import pairs_within


@pytest.mark.parametrize("repeat", [1, 2])
def test_pairs_in_a_skewed_cell_that_the_reach_goes_around(repeat: int) -> None:
    atoms = bulk("NaCl", "rocksalt", a=4.2, cubic=True) * (repeat, 1, 1)
    atoms.set_cell(atoms.cell.array + np.array([[0, 0.3, 0], [0, 0, 0.2], [0.5, 0, 0]]), scale_atoms=True)
    # Far out of the cell, as unwrapped positions are.
    atoms.rattle(8.0, seed=1)
    first, second, distance = pairs_within(atoms, 6.0)
    i, j, d = neighbor_list("ijd", atoms, 6.0)
    assert Counter(zip(first.tolist(), second.tolist(), strict=True)) == Counter(
        zip(i.tolist(), j.tolist(), strict=True)
    )
    np.testing.assert_allclose(np.sort(distance), np.sort(d), rtol=1e-10, atol=0)


def test_two_atoms_in_one_place_are_a_pair_and_an_atom_is_none_with_itself() -> None:
    first, second, distance = pairs_within(Atoms("Li2", positions=np.zeros((2, 3)), cell=[9, 9, 9], pbc=True), 3.0)
    assert sorted(zip(first.tolist(), second.tolist(), distance.tolist(), strict=True)) == [(0, 1, 0.0), (1, 0, 0.0)]
