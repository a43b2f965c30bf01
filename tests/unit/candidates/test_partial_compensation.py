"""Charge balanced in parents whose mobile ions lie on partially occupied sites, counted by hand."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.candidates.compensation import in_proportion
from screening.candidates.recipe import expand
from screening.candidates.rules import plan
from screening.config.candidates import Rule
from screening.errors import StructureError
from screening.parents.base import Parent

FREE_S = {"element": "S", "not_bonded_to": "P"}
SILICON = {"sites": {"element": "P"}, "dopant": "Si", "fraction": 0.25}
CHLORIDE = {"sites": FREE_S, "dopant": "Cl", "fraction": 0.5}


def argyrodite(*lithium: tuple[float, tuple[float, float, float]]) -> Parent:
    """Li6PS5Cl, 52 atoms where lithium adds up to 24: P 4b, S 16e and 4d, Cl 4a, Li as given."""
    species = [*({"Li": x} for x, _ in lithium), "P", "S", "S", "Cl"]
    places = [*(place for _, place in lithium), (0, 0, 0.5), (0.118, -0.118, 0.618), (0.25, 0.25, 0.75), (0, 0, 0)]
    structure = Structure.from_spacegroup("F-43m", Lattice.cubic(9.86), species, places)
    return Parent("p", structure, "made for a test", {})


def composition(parent: Parent, tolerance: float = 0.0, **rule: object) -> tuple[dict[str, int], str]:
    (recipe,) = expand(Rule.model_validate({"parent": "p", **rule}))
    made = plan(parent, recipe, mobile="Li", supercell=(1, 1, 1), user_states={}, occupancy_tolerance=tolerance)
    assert made.decoration.charge() == pytest.approx(0)
    return dict(made.decoration.composition()), made.done


HALF = (0.5, (0.317, 0.024, 0.683))  # 48h


def test_vacancies_and_interstitials_on_half_occupied_sites():
    parent = argyrodite(HALF)
    assert composition(parent)[0] == {"Li": 24, "P": 4, "S": 20, "Cl": 4}
    made, done = composition(parent, substitute=[SILICON], compensate="interstitial")
    assert made == {"Li": 25, "P": 3, "Si": 1, "S": 20, "Cl": 4}
    assert done == "0.25 Si on P; 1 Li interstitial"
    made, done = composition(parent, substitute=[CHLORIDE], compensate="vacancy")
    assert made == {"Li": 22, "P": 4, "S": 18, "Cl": 6}
    assert done == "0.5 Cl on S not bonded to P; 2 Li vacancies"


def test_what_is_rounded_is_the_parent_s_and_the_scheme_balances_the_rest():
    """0.48 of 48 sites is 23.04 ions: 24 are neutral; the silicon's charge is not hidden in the rounding."""
    parent = argyrodite((0.48, HALF[1]))
    made, done = composition(parent, 0.05, substitute=[SILICON], compensate="interstitial")
    assert made["Li"] == 25
    assert "occupancies rounded: Li 48h 0.48 as 0.5" in done
    assert done.endswith("1 Li interstitial")


def test_several_sites_share_in_proportion():
    """18 ions on one orbit and 6 on another: four vacancies are three and one."""
    parent = argyrodite((18 / 48, (0.317, 0.024, 0.683)), (6 / 16, (0.16, 0.16, 0.16)))
    rule = Rule.model_validate({"parent": "p", "substitute": [{**CHLORIDE, "fraction": 1.0}], "compensate": "vacancy"})
    made = plan(parent, expand(rule)[0], mobile="Li", supercell=(1, 1, 1), user_states={})
    counts = {len(s.sites): dict(s.counts)["Li"] for s in made.decoration.sublattices if "Li" in dict(s.counts)}
    assert counts == {48: 15, 16: 5}


def test_interstitials_go_to_what_is_empty_where_rounding_fills_other_sites():
    """0.97 of 16 sites become all of them, so that the 48 sites beside them take the extra ion."""
    parent = argyrodite((0.97, (0.16, 0.16, 0.16)), (8 / 48, (0.317, 0.024, 0.683)))
    rule = Rule.model_validate({"parent": "p", "substitute": [SILICON], "compensate": "interstitial"})
    made = plan(
        parent, expand(rule)[0], mobile="Li", supercell=(1, 1, 1), user_states={}, occupancy_tolerance=0.05
    )  # fmt: skip
    counts = {len(s.sites): dict(s.counts)["Li"] for s in made.decoration.sublattices if "Li" in dict(s.counts)}
    assert counts == {48: 9, 16: 16}


def test_a_number_is_shared_out_whole():
    assert in_proportion(5, [18, 6]) == [4, 1]
    assert in_proportion(24, [18, 6]) == [18, 6]
    rng = np.random.default_rng(1)
    for _ in range(200):
        room = rng.integers(0, 9, 4).tolist()
        if sum(room):
            count = int(rng.integers(0, sum(room) + 1))
            shares = in_proportion(count, room)
            assert sum(shares) == count
            assert all(0 <= share <= most for share, most in zip(shares, room, strict=True))
            assert all(abs(s - count * r / sum(room)) < 1 for s, r in zip(shares, room, strict=True))


def test_where_no_partially_occupied_site_has_room_it_is_said():
    """Li on full sites, S and Cl mixed: nothing of lithium's is partially occupied."""
    structure = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.2), [{"Cl": 0.75, "Br": 0.25}, "Li"], [(0, 0, 0), (0.5, 0.5, 0.5)]
    )
    parent = Parent("p", structure, "made for a test", {})
    rule = {"substitute": [{"sites": {"element": "Li"}, "dopant": "Na", "fraction": 0.25}]}
    assert composition(parent, **rule)[0] == {"Li": 3, "Na": 1, "Cl": 3, "Br": 1}
    with pytest.raises(StructureError, match="already balanced"):
        composition(parent, **rule, compensate="interstitial")
