"""A larger cell whose shared sublattices are filled anew: which these are, how many of each species, by what law."""

from collections import Counter

import numpy as np
import pytest
from pymatgen.core import Structure

from screening.candidates.decoration import Sublattice
from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.larger import _drawn, filled_anew, repeated, shared_sublattices
from screening.errors import StructureError
from screening.parents import library
from tests.unit.candidates.test_planning import FREE_S, by_name, settings

PARENT = library.load("Li6PS5Cl").structure


@pytest.fixture(scope="module")
def half():
    """Half-exchanged Li6PS5Cl, as it is made."""
    exchange = {"between": [FREE_S, {"element": "Cl"}], "degree": 0.5}
    found = enumerate_candidates(settings([{"parent": "Li6PS5Cl", "exchange": exchange}]), by_name("Li6PS5Cl"), {})
    (made,) = [c for c in found.candidates if c.exchange is not None]
    return made.structures[0]


def moved(structure, seed=1):
    """As after a relaxation: atoms off their places, in the same order, in a cell 3 % longer."""
    rng = np.random.default_rng(seed)
    places = structure.cart_coords + rng.normal(0, 0.1, (len(structure), 3))
    other = Structure(structure.lattice, structure.species, places, coords_are_cartesian=True)
    other.apply_strain(0.03)
    return other


def test_sublattices_that_exchange_shares_are_found_in_the_parent(half):
    shared = shared_sublattices(half, PARENT, (1, 1, 1), {"Li"})
    assert set(shared) == {"S 4d", "Cl 4a"}
    for atoms in shared.values():
        assert Counter(half[i].specie.symbol for i in atoms) == {"S": 2, "Cl": 2}
    double = half.copy()
    double.make_supercell([1, 2, 1])
    assert {name: len(atoms) for name, atoms in shared_sublattices(double, PARENT, (1, 2, 1), {"Li"}).items()} == {
        "S 4d": 8,
        "Cl 4a": 8,
    }
    assert shared_sublattices(PARENT, PARENT, (1, 1, 1), {"Li"}) == {}


def test_what_is_no_repeat_of_the_parent_is_refused(half):
    shifted = Structure(half.lattice, half.species, half.frac_coords + np.array([0.05, 0, 0]))
    with pytest.raises(StructureError, match="from any site of the parent Li24 P4 S20 Cl4"):
        shared_sublattices(shifted, PARENT, (1, 1, 1), {"Li"})


def test_a_repeat_is_that_of_the_crystal(half):
    mine, other = repeated(half, 2), half.copy()
    other.make_supercell([2, 2, 2])
    assert mine.composition == other.composition
    assert mine.lattice == other.lattice
    near = mine.lattice.get_all_distances(mine.frac_coords, other.frac_coords)
    assert near.min(axis=1).max() < 1e-6
    assert [mine[i].specie for i in range(len(mine))] == [other[int(j)].specie for j in near.argmin(axis=1)]


@pytest.mark.parametrize("way", ["random", "quasirandom"])
def test_each_sublattice_keeps_its_numbers_and_everything_else_its_place(half, way):
    relaxed = moved(half)
    shared = shared_sublattices(half, PARENT, (1, 1, 1), {"Li"})
    cells = [filled_anew(relaxed, half, shared, 2, draw, 7, way) for draw in range(2)]
    for cell in cells:
        assert np.allclose(cell.frac_coords, repeated(relaxed, 2).frac_coords)
        assert np.allclose(cell.lattice.matrix, 2 * relaxed.lattice.matrix)
        for atoms in shared.values():
            sites = [8 * i + k for i in atoms for k in range(8)]
            assert Counter(cell[i].specie.symbol for i in sites) == {"S": 16, "Cl": 16}
        others = set(range(len(cell))) - {8 * i + k for atoms in shared.values() for i in atoms for k in range(8)}
        assert all(cell[i].specie == repeated(relaxed, 2)[i].specie for i in others)
    assert cells[0].species != cells[1].species
    assert filled_anew(relaxed, half, shared, 2, 1, 7, way).species == cells[1].species
    assert filled_anew(relaxed, half, shared, 2, 0, 8, way).species != cells[0].species


def test_draws_are_uniform():
    """Every site is as likely to hold S as Cl, and a pair to hold S and S with (16 x 15) / (32 x 31)."""
    sublattice = Sublattice("S 4d", tuple(range(32)), (("Cl", 16), ("S", 16)))
    n = 4000
    draws = np.array([_drawn([sublattice], np.random.default_rng([3, draw])) for draw in range(n)]) == "S"
    assert np.abs(draws.mean(axis=0) - 0.5).max() < 4.5 * 0.5 / n**0.5
    both = (draws[:, 0] & draws[:, 1]).mean()
    expected = 16 * 15 / (32 * 31)
    assert abs(both - expected) < 4 * (expected * (1 - expected) / n) ** 0.5


def test_an_ordered_crystal_has_nothing_to_draw():
    with pytest.raises(StructureError, match="no sublattice of the framework holds several species"):
        filled_anew(PARENT, PARENT, {}, 2, 0, 1, "random")


def test_cells_whose_atoms_are_in_another_order_are_refused(half):
    other = Structure.from_sites(list(reversed(half.sites)))
    with pytest.raises(StructureError, match="different orders"):
        filled_anew(other, half, shared_sublattices(half, PARENT, (1, 1, 1), {"Li"}), 2, 0, 1, "random")
