"""What chemists ask of doping: compositions, charges and sites counted here by hand."""

from collections import Counter

import pytest
from pymatgen.core import Composition, Lattice, Structure

from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.recipe import expand
from screening.candidates.rules import plan
from screening.candidates.selection import describe
from screening.config.candidates import CandidatesConfig, Rule, SublatticeSelector
from screening.config.stages import EnumerateSettings
from screening.errors import StructureError
from screening.parents import library
from screening.parents.base import Parent

CHARGES = {
    **{"Li": 1, "Na": 1, "Mg": 2, "Ca": 2, "Al": 3, "Ga": 3, "Y": 3, "La": 3, "Zr": 4, "Si": 4, "Ge": 4, "Sn": 4},
    **{"P": 5, "Sb": 5, "W": 6, "O": -2, "S": -2, "F": -1, "Cl": -1, "Br": -1, "I": -1},
}
FREE_S = {"element": "S", "not_bonded_to": "P"}
FEW = {"draws": 20, "max_enumerated": 500}


def put(sites: dict, dopant: str, fraction: str) -> dict:
    return {"sites": sites, "dopant": dopant, "fraction": fraction}


def made(parents, rules, mobile="Li", supercell=(1, 1, 1), states=None, **more):
    candidates = CandidatesConfig.model_validate({"supercell": supercell, "rules": rules, "orderings": FEW, **more})
    settings = EnumerateSettings(mobile_ion=mobile, seed=1, oxidation_states=states or {}, candidates=candidates)
    return enumerate_candidates(settings, {parent.id: parent for parent in parents}, {})


def only(name, rule, mobile="Li", supercell=(1, 1, 1), states=None) -> Structure:
    parent = library.load(name) if isinstance(name, str) else name
    found = made([parent], [{"parent": parent.id, **rule}], mobile, supercell, states).candidates
    (candidate,) = [c for c in found if "candidate" in c.roles]
    (structure,) = candidate.structures
    assert sum(CHARGES[site.specie.symbol] for site in structure) == 0
    return structure


def counted(decoration) -> list[dict[str, int]]:
    return [dict(sublattice.counts) for sublattice in decoration.sublattices]


def planned(parent, rule, mobile="Li", tolerance=0.0, states=None):
    recipes = expand(Rule.model_validate({"parent": parent.id, **rule}))
    (recipe,) = recipes
    return plan(
        parent,
        recipe,
        mobile=mobile,
        supercell=(1, 1, 1),
        user_states=states or {},
        occupancy_tolerance=tolerance,
    )


@pytest.mark.parametrize(
    ("name", "mobile", "rule", "cell", "formula"),
    [
        # Two of 56 lithium ions; each dopant leaves two more places empty.
        ("Li7La3Zr2O12-cubic", "Li", put({"element": "Li"}, "Al", "1/28"), (1, 1, 1), "Li50Al2La24Zr16O96"),
        ("Li7La3Zr2O12-cubic", "Li", put({"element": "Li"}, "Ga", "1/28"), (1, 1, 1), "Li50Ga2La24Zr16O96"),
        ("Li7La3Zr2O12-tetragonal", "Li", put({"element": "Li"}, "Al", "1/28"), (1, 1, 1), "Li50Al2La24Zr16O96"),
        ("Li6PS5Cl", "Li", put({"element": "Li"}, "Mg", "1/24"), (1, 1, 1), "Li22Mg1P4S20Cl4"),
        ("Na3PS4-cubic", "Na", put({"element": "Na"}, "Ca", "1/12"), (2, 2, 2), "Na40Ca4P16S64"),
        ("Na3PS4-tetragonal", "Na", put({"element": "Na"}, "Ca", "1/6"), (1, 1, 1), "Na4Ca1P2S8"),
    ],
)
def test_dopants_on_the_mobile_ions_own_sites(name, mobile, rule, cell, formula):
    structure = only(name, {"substitute": [rule], "compensate": "vacancy"}, mobile, cell)
    assert structure.composition == Composition(formula)


def test_vacancies_are_on_the_sites_that_the_dopant_is_on():
    """Nowhere else is lithium: 56 sites hold 2 Al, 50 Li and nothing four times."""
    rule = {"substitute": [put({"element": "Li"}, "Al", "1/28")], "compensate": "vacancy"}
    decoration = planned(library.load("Li7La3Zr2O12-cubic"), rule).decoration
    assert counted(decoration) == [{"Al": 2, "Li": 50, "vacancy": 4}]


def garnet() -> Parent:
    """Cubic garnet with lithium on both of its partially occupied sites: 13 on 24d, 43 on 96h."""
    structure = Structure.from_spacegroup(
        "Ia-3d",
        Lattice.cubic(12.97),
        [{"Li": 13 / 24}, {"Li": 43 / 96}, "La", "Zr", "O"],
        [
            (0.375, 0, 0.25),
            (0.0979, 0.6875, 0.5765),
            (0.125, 0, 0.25),
            (0, 0, 0),
            (0.0982, 0.1953, 0.2813),
        ],
    )
    return Parent("garnet", structure, "made for a test", oxidation_states={"Li": 1, "La": 3, "Zr": 4, "O": -2})


def test_a_dopant_on_one_of_several_partially_occupied_sites():
    """Of 13 ions on 24d two make way for Al; 4 vacancies in proportion of 11 to 43 are 1 and 3."""
    rule = {"substitute": [put({"element": "Li", "wyckoff": "24d"}, "Al", "1/12")], "compensate": "vacancy"}
    found = planned(garnet(), rule)
    assert found.decoration.composition() == {"Li": 50, "Al": 2, "La": 24, "Zr": 16, "O": 96}
    assert found.decoration.charge() == 0
    assert sorted(counted(found.decoration), key=len) == [
        {"Li": 40, "vacancy": 56},
        {"Al": 2, "Li": 10, "vacancy": 12},
    ]


def test_a_dopant_on_all_lithium_sites_is_shared_out_by_what_they_hold():
    """1/60 of 120 sites: two Al for 13 and 43 Li, which is nearest to 0 and 2."""
    rule = {"substitute": [put({"element": "Li"}, "Al", "1/60")], "compensate": "auto"}
    found = planned(garnet(), rule)
    assert found.decoration.composition() == {"Li": 50, "Al": 2, "La": 24, "Zr": 16, "O": 96}
    on_24d = next(c for c in counted(found.decoration) if sum(c.values()) == 24)
    assert "Al" not in on_24d


def test_an_isovalent_dopant_on_partially_occupied_sites_needs_no_compensation():
    rule = {"substitute": [put({"element": "Li", "wyckoff": "24d"}, "Na", "1/8")]}
    assert planned(garnet(), rule).decoration.composition() == {"Li": 53, "Na": 3, "La": 24, "Zr": 16, "O": 96}


@pytest.mark.parametrize(
    ("name", "mobile", "rule", "cell", "formula"),
    [
        (
            "Na3PS4-cubic",
            "Na",
            {
                "substitute": [{"sites": {"element": "P"}, "dopants": {"Sb": "7/8", "W": "1/8"}}],
                "compensate": "vacancy",
            },
            (2, 2, 2),
            "Na46Sb14W2S64",
        ),
        (
            "Na3PS4-cubic",
            "Na",
            {
                "substitute": [put({"element": "P"}, "Sb", "7/8"), put({"element": "P"}, "W", "1/8")],
                "compensate": "auto",
            },
            (2, 2, 2),
            "Na46Sb14W2S64",
        ),
        (
            "Li6PS5I",
            "Li",
            {
                "substitute": [{"sites": {"element": "P"}, "dopants": {"Si": "1/4", "Ge": "1/4", "Sb": "1/4"}}],
                "compensate": "auto",
            },
            (1, 1, 1),
            "Li26P1Si1Ge1Sb1S20I4",
        ),
        (
            "Na3PS4-cubic",
            "Na",
            {"substitute": [put({"element": "Na"}, "Ca", "1/12"), put({"element": "Na"}, "vacancy", "1/12")]},
            (2, 2, 2),
            "Na40Ca4P16S64",
        ),
        (
            "Li6PS5Cl",
            "Li",
            {
                "substitute": [put(FREE_S, "Cl", "1/2")],
                "exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": "1/4"},
                "compensate": "vacancy",
            },
            (1, 1, 1),
            "Li22P4S18Cl6",
        ),
    ],
    ids=["two dopants", "two entries", "high entropy", "dopant and vacancies", "substitution and exchange"],
)
def test_several_changes_of_one_sublattice(name, mobile, rule, cell, formula):
    assert only(name, rule, mobile, cell, {"Sb": 5, "W": 6}).composition == Composition(formula)


def test_substitution_and_exchange_share_the_sites():
    """4d: half of four S is Cl, then one S goes to 4a and a Cl comes: S1 Cl3 there, and S1 Cl3 on 4a."""
    rule = {
        "substitute": [put(FREE_S, "Cl", "1/2")],
        "exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": "1/4"},
        "compensate": "vacancy",
    }
    found = counted(planned(library.load("Li6PS5Cl"), rule).decoration)
    assert found == [{"Cl": 3, "S": 1}, {"Cl": 3, "S": 1}, {"Li": 22, "vacancy": 2}]


def test_sites_that_two_changes_name_in_part_are_shared_in_proportion():
    """A quarter of 20 S is Se: 4 of the 16 in PS4 and 1 of the 4 free ones; half of the free ones is Cl."""
    rule = {"substitute": [put({"element": "S"}, "Se", "1/4"), put(FREE_S, "Cl", "1/2")], "compensate": "vacancy"}
    decoration = planned(library.load("Li6PS5Cl"), rule).decoration
    assert Counter(decoration.composition()) == {"Li": 22, "P": 4, "S": 13, "Se": 5, "Cl": 6}
    by_size = {sum(c.values()): c for c in counted(decoration)}
    assert by_size[16] == {"S": 12, "Se": 4}
    assert by_size[4] == {"Cl": 2, "S": 1, "Se": 1}


def test_shares_that_are_more_than_all_sites_are_refused():
    with pytest.raises(ValueError, match=r"add up to 1\.125"):
        Rule.model_validate({"parent": "p", "substitute": [{"sites": FREE_S, "dopants": {"Cl": "7/8", "Br": "1/4"}}]})
    rule = {"substitute": [put(FREE_S, "Cl", "3/4"), put(FREE_S, "Br", "1/2")], "compensate": "vacancy"}
    with pytest.raises(StructureError, match="2 Br are to take the place of S on S not bonded to P, where only 1 of"):
        planned(library.load("Li6PS5Cl"), rule)


@pytest.mark.parametrize(
    ("dopant", "scheme", "oxygen"), [("Y", "vacancy", 7), ("Y", "auto", 7), ("Nb", "interstitial", 9)]
)
def test_an_anion_conductor_is_balanced_by_its_own_sign(dopant, scheme, oxygen):
    """Zr4O8: two Y3+ take an O2- away, two Nb5+ bring one."""
    rule = {"substitute": [put({"element": "Zr"}, dopant, "1/2")], "compensate": scheme}
    decoration = planned(library.load("ZrO2"), rule, "O", states={"Nb": 5}).decoration
    assert decoration.composition() == {"Zr": 2, dopant: 2, "O": oxygen}
    assert decoration.charge() == 0


@pytest.mark.parametrize(
    ("dopant", "right", "wrong"), [("Y", "vacancy", "interstitial"), ("Nb", "interstitial", "vacancy")]
)
def test_what_an_anion_conductor_is_advised_works(dopant, right, wrong):
    rule = {"substitute": [put({"element": "Zr"}, dopant, "1/2")]}
    for first in ({}, {"compensate": wrong}):
        with pytest.raises(StructureError, match=f"set compensate: {right}"):
            planned(library.load("ZrO2"), {**rule, **first}, "O", states={"Nb": 5})


def test_auto_takes_for_each_dopant_what_balances_it():
    rule = {
        "parent": "Na3PS4-cubic",
        "substitute": [put({"element": "P"}, ["W", "Si", "Sb"], "1/8")],
        "compensate": "auto",
    }
    found = made([library.load("Na3PS4-cubic")], [rule], "Na", (2, 2, 2), {"W": 6, "Sb": 5})
    sodium = {c.done: c.structures[0].composition["Na"] for c in found.candidates if c.roles == {"candidate"}}
    assert list(sodium.values()) == [46, 50, 48]
    assert not found.refused


def test_lists_are_a_grid():
    """Two parents, two sublattices, two second dopants; what a parent does not have is left out with its reason."""
    rule = Rule.model_validate(
        {
            "parent": ["a", "b"],
            "substitute": [{"sites": [{"element": "P"}, {"element": "As"}], "dopant": ["Si", "Ge"], "fraction": "1/2"}],
            "compensate": {"scheme": "co_substitution", "sites": FREE_S, "dopant": ["Cl", "Br"]},
        }
    )
    recipes = expand(rule)
    assert len(recipes) == len(set(recipes)) == 16
    assert [r.parent for r in recipes] == ["a"] * 8 + ["b"] * 8
    assert {(r.replacements[0].dopant, r.balance.dopant) for r in recipes} == {
        (one, other) for one in ("Si", "Ge") for other in ("Cl", "Br")
    }


def test_one_rule_for_several_parents():
    parents = [library.load("Li6PS5Cl"), library.load("Li6PS5Br"), library.load("Li3PS4-gamma")]
    rule = {
        "parent": [p.id for p in parents],
        "substitute": [put(FREE_S, "Cl", "1/2")],
        "compensate": "vacancy",
    }
    found = made(parents, [rule])
    compositions = [c.structures[0].composition for c in found.candidates if c.roles == {"candidate"}]
    assert compositions == [Composition("Li22P4S18Cl6"), Composition("Li22P4S18Cl2Br4")]
    (refused,) = found.refused
    assert refused.parent == "Li3PS4-gamma"
    assert "no site is S not bonded to P" in refused.reason


def test_a_mobile_ion_may_take_the_place_of_the_parents():
    """The lithium analogue of a sodium parent, and its vacancies."""
    rule = {"substitute": [put({"element": "Na"}, "Li", "1"), put({"element": "S"}, "Cl", "1/8")], "compensate": "auto"}
    assert only("Na3PS4-cubic", rule, "Li").composition == Composition("Li5P2S7Cl1")


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ({"element": "Li", "label": "Li1"}, "Li (Li1)"),
        ({"label": "Li1"}, "Li1"),
        ({"element": "Li", "wyckoff": "24d", "label": "Li1"}, "Li (24d, Li1)"),
        ({"wyckoff": "4d", "not_bonded_to": "P"}, "any element (4d) not bonded to P"),
    ],
)
def test_sites_are_told_as_they_were_named(selector, words):
    assert describe(SublatticeSelector(**selector)) == words


def half_filled_sodium(share: float = 0.5) -> Parent:
    """Na4Cl4: eight tetrahedra of the fcc chloride, half of them filled."""
    structure = Structure.from_spacegroup("Fm-3m", Lattice.cubic(6), [{"Na": share}, "Cl"], [(0.25,) * 3, (0,) * 3])
    return Parent("p", structure, "made for a test", {})


@pytest.mark.slow
def test_all_that_partially_occupied_sites_hold_is_replaced_by_a_share_of_one():
    """The lithium analogue of a refined sodium parent: no share of the sites has to be worked out."""
    found = planned(half_filled_sodium(), {"substitute": [put({"element": "Na"}, "Li", "1")]})
    assert found.decoration.composition() == {"Li": 4, "Cl": 4}
    rule = {"substitute": [put({"element": "Na"}, "Li", "1"), put({"element": "Cl"}, "S", "1/4")]}
    found = planned(half_filled_sodium(), {**rule, "compensate": "interstitial"})
    assert found.decoration.composition() == {"Li": 5, "Cl": 3, "S": 1}
    # Zn for Na, with the sites' share as before, and with what is left of them.
    rule = {"substitute": [put({"element": "Na"}, "Zn", "1/8"), put({"element": "Na"}, "Li", "1")]}
    found = planned(half_filled_sodium(), {**rule, "compensate": "vacancy"})
    assert found.decoration.composition() == {"Li": 2, "Zn": 1, "Cl": 4}


@pytest.mark.slow
def test_what_a_refused_share_of_partially_occupied_sites_is_advised_works():
    with pytest.raises(StructureError, match=r"empty, or hold something else; lower a share, this one to 0\.5 at most"):
        planned(half_filled_sodium(), {"substitute": [put({"element": "Na"}, "Li", "3/4")]})
    found = planned(half_filled_sodium(), {"substitute": [put({"element": "Na"}, "Li", "0.5")]})
    assert found.decoration.composition() == {"Li": 4, "Cl": 4}
    twice = {"substitute": [put({"element": "Na"}, "Li", "1"), put({"element": "Na"}, "K", "1")]}
    with pytest.raises(StructureError, match="where none of its 8 sites hold Na"):
        planned(half_filled_sodium(), twice)
    with pytest.raises(StructureError, match="name a scheme in `compensate`, or the share"):
        planned(half_filled_sodium(), {"substitute": [put({"element": "Na"}, "Zn", "1")]})


def test_that_nothing_can_move_is_said_before_anything_else():
    """A misspelt mobile ion, and a file that lacks it and is not neutral for that reason."""
    with pytest.raises(StructureError, match=r"it holds no LI \(mobile_ion\); its elements are Cl, Li"):
        made([library.load("LiCl")], [{"parent": "LiCl"}], mobile="LI")
    titanate = Structure.from_spacegroup(
        "Pm-3m", Lattice.cubic(3.9), [{"La": 0.56}, "Ti", "O"], [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)]
    )
    with pytest.raises(StructureError, match=r"it holds no Li \(mobile_ion\); its elements are La, O, Ti"):
        made([Parent("p", titanate, "made for a test", {})], [{"parent": "p"}])


def test_a_candidate_without_the_mobile_ion_is_refused():
    rule = {"parent": "LiCl", "substitute": [put({"element": "Li"}, "Na", "1")]}
    with pytest.raises(StructureError, match=r"it holds no Li \(mobile_ion\)"):
        made([library.load("LiCl")], [rule])


def test_the_mobile_ion_of_a_partially_occupied_parent_is_added_to_voids_where_its_own_sites_are_full():
    structure = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.2), [{"Cl": 0.75, "Br": 0.25}, "Li"], [(0, 0, 0), (0.5, 0.5, 0.5)]
    )
    parent = Parent("mixed", structure, "made for a test", {})
    rule = {"substitute": [put({"element": "Cl"}, "S", "1/4")], "compensate": "interstitial"}
    assert planned(parent, rule).decoration.composition() == {"Li": 5, "Cl": 2, "Br": 1, "S": 1}


def test_what_exchanged_sites_held_before_is_recorded_where_they_were_mixed():
    exchange = {"between": [FREE_S, {"element": "Cl"}], "degree": "1/4"}
    mixed = {"substitute": [put(FREE_S, "Cl", "1/2")], "exchange": exchange, "compensate": "vacancy"}
    rules = [{"parent": "Li6PS5Cl", **rule} for rule in ({"exchange": exchange}, mixed)]
    found = made([library.load("Li6PS5Cl")], rules).candidates
    pure, both = [c.exchange for c in found if c.roles == {"candidate"}]
    assert pure.held is None
    assert both.held == ({"S": 2, "Cl": 2}, {"Cl": 4})
