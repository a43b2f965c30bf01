"""What the sites of a sublattice can hold at most, compared with all ways to fill them."""

from itertools import combinations

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.candidates.capacity import require_room
from screening.candidates.clash import CLASH_FACTOR
from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.occupancies import FractionError
from screening.candidates.recipe import Recipe, expand
from screening.candidates.rules import plan
from screening.config.candidates import Rule
from screening.errors import StructureError
from screening.parents import library
from screening.parents.base import Parent
from screening.parents.radii import ionic_radius

LATTICE = Lattice.cubic(20)
CHARGES = {"Li": 1.0, "O": -2.0, VACANCY: 0.0}


def holding(places, n: int, fixed=(), element: str = "O") -> Decoration:
    """Some places of which `n` hold an ion, and fixed oxide ions; all in Angstrom."""
    points = np.array([*places, *fixed], dtype=float)
    counts = ((element, n), (VACANCY, len(places) - n))
    sublattice = Sublattice(f"{element} 96g", tuple(range(len(places))), counts)
    species = (element,) * len(places) + ("O",) * len(fixed)
    return Decoration(LATTICE, points / 20 + 0.25, species, (sublattice,), CHARGES)


def triangle(x: float) -> list[tuple[float, float, float]]:
    return [(x, 0, 0), (x + 0.9, 0, 0), (x + 0.45, 0.78, 0)]


def test_of_three_thirds_of_a_site_one_is_filled():
    places = [*triangle(0), *triangle(4)]
    require_room(holding(places, 2), 0.0)
    message = r"O 96g: 3 of 6 sites are to hold O, but only 2 can: neighbours are 0\.90 Angstrom apart; "
    with pytest.raises(StructureError, match=message) as error:
        require_room(holding(places, 3), 0.0)
    assert not isinstance(error.value, FractionError)


def test_what_rounding_added_may_fit_a_larger_cell():
    with pytest.raises(FractionError) as error:
        require_room(holding([*triangle(0), *triangle(4)], 3), 0.2)
    assert error.value.miss == pytest.approx(1 / 6)


def test_sites_beside_an_atom_that_stays_are_lost():
    places = [(0, 0, 0), (4, 0, 0), (8, 0, 0)]
    beside = [(0, 1.0, 0), (4, 2.0, 0)]
    require_room(holding(places, 2, beside, "Li"), 0.0)
    with pytest.raises(
        StructureError,
        match=r"3 of 3 sites are to hold Li, but only 2 can: 1 are 1\.00 Angstrom from O, which is always there;",
    ):
        require_room(holding(places, 3, beside, "Li"), 0.0)


def test_a_crystal_without_room_is_refused_before_anything_is_enumerated():
    """The places of lithium, a sixth of them filled, are all 1 Angstrom from an anion."""
    structure = Structure.from_spacegroup("Pm-3m", Lattice.cubic(5), [{"Li": 1 / 6}, "Cl"], [(0.2, 0, 0), (0, 0, 0)])
    parent = Parent("p", structure, "made for a test", {"Li": 1.0, "Cl": -1.0})
    with pytest.raises(StructureError, match=r"Li 6e: 1 of 6 sites .* only 0 can: 6 are 1\.00 Angstrom from Cl"):
        plan(parent, Recipe("p"), mobile="Li", supercell=(1, 1, 1), user_states={}, occupancy_tolerance=0.0)


@pytest.mark.parametrize("also", [[], [{"sites": {"element": "O"}, "dopant": "S", "fraction": 1 / 8}]])
def test_a_dopant_without_room_is_refused_before_anything_is_enumerated(also):
    """K+ on P5+ is 1.5 Angstrom from oxygen, or from what a further change puts in its place."""
    parent = library.load("Li3PO4-beta")
    potassium = {"sites": {"element": "P"}, "dopant": "K", "fraction": 0.5}
    (recipe,) = expand(Rule.model_validate({"parent": "p", "substitute": [potassium, *also], "compensate": "auto"}))
    with pytest.raises(StructureError, match=r"P: 1 of 2 sites are to hold K, but only 0 can: 2 are 1\.\d+ Angstrom"):
        plan(parent, recipe, mobile="Li", supercell=(1, 1, 1), user_states={})


def test_what_has_an_arrangement_is_never_refused():
    """Places at random in a small box: whatever fits by trying all ways passes."""
    rng = np.random.default_rng(1)
    reach = 2 * CLASH_FACTOR * ionic_radius("O", -2.0)
    refused = 0
    for _ in range(60):
        places = rng.random((7, 3)) * 3.0
        near = np.linalg.norm(places[:, None] - places[None], axis=2) < reach
        most = max(
            n
            for n in range(8)
            if any(not near[np.ix_(c, c)][np.triu_indices(n, 1)].any() for c in combinations(range(7), n))
        )
        require_room(holding(places, most), 0.0)
        for n in range(most + 1, 7):
            try:
                require_room(holding(places, n), 0.0)
            except StructureError:
                refused += 1
    assert refused > 10
