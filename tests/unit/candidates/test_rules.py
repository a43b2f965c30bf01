"""Rules: charge, composition and clashes hold, and what cannot be made says why."""

import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.core.composition import Composition

from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.occupancies import FractionError, Occupancy
from screening.candidates.recipe import Recipe
from screening.candidates.rules import plan
from screening.candidates.selection import select
from screening.config.candidates import AutomaticSupercell, CandidatesConfig, SublatticeSelector
from screening.config.stages import EnumerateSettings
from screening.errors import StructureError
from screening.parents import library
from screening.parents.base import Parent
from screening.parents.wyckoff import wyckoff_labels

FREE_S = {"element": "S", "not_bonded_to": "P"}
STATES = {"Li": 1.0, "P": 5.0, "S": -2.0, "Cl": -1.0}


@pytest.fixture(scope="module")
def argyrodite():
    return library.load("Li6PS5Cl")


def settings(*rules: dict, **more) -> EnumerateSettings:
    candidates = CandidatesConfig.model_validate(
        {"supercell": (1, 1, 1), "rules": [{"parent": "p", **r} for r in rules], **more}
    )
    return EnumerateSettings(mobile_ion="Li", seed=1, oxidation_states={}, candidates=candidates)


def make(parent, *rules, **more):
    found = enumerate_candidates(settings(*rules, **more), {"p": parent}, {}).candidates
    return [c for c in found if "candidate" in c.roles]


def test_quickstart_compositions(argyrodite):
    made = make(
        argyrodite,
        {},
        {"exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": 0.5}},
        {"substitute": [{"sites": FREE_S, "dopant": "Cl", "fraction": 0.5}], "compensate": "vacancy"},
        {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}]},
        {"substitute": [{"sites": {"element": "P"}, "dopant": "Si", "fraction": 0.25}], "compensate": "interstitial"},
    )
    assert [Composition(c.formula) for c in made] == [
        Composition(f) for f in ("Li6PS5Cl", "Li6PS5Cl", "Li5.5PS4.5Cl1.5", "Li6PS5Cl0.5Br0.5", "Li6.25P0.75Si0.25S5Cl")
    ]
    for candidate in made:
        structure = candidate.structures[0]
        assert structure.composition == Composition(candidate.formula) * candidate.formula_units
        assert sum(candidate.states.charges[s.specie.symbol] for s in structure) == pytest.approx(0, abs=1e-9)
        distances = structure.distance_matrix + 99 * (structure.distance_matrix == 0)
        assert distances.min() > 1.4


def test_ids_are_content_hashes(argyrodite):
    first = make(argyrodite, {}, {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}]})
    swapped = make(argyrodite, {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}]}, {})
    assert {c.id for c in first} == {c.id for c in swapped}
    assert len({c.id for c in first}) == 2


def test_exchange_changes_no_composition_and_moves_as_many_as_asked(argyrodite):
    (candidate,) = make(argyrodite, {"exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": 0.25}})
    structure = candidate.structures[0]
    assert structure.composition == argyrodite.structure.composition
    chlorine_sites = [s for s in argyrodite.structure if s.specie.symbol == "Cl"]
    now = [next(t.specie.symbol for t in structure if t.distance(s) < 0.01) for s in chlorine_sites]
    assert sorted(now) == ["Cl", "Cl", "Cl", "S"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"substitute": [{"sites": FREE_S, "dopant": "Cl", "fraction": 0.5}]}, "set compensate: vacancy"),
        (
            {"substitute": [{"sites": FREE_S, "dopant": "Cl", "fraction": 0.5}], "compensate": "interstitial"},
            "set compensate: vacancy",
        ),
        (
            {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.5}], "compensate": "vacancy"},
            "already balanced",
        ),
        ({"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.3}]}, "nearest fractions"),
        ({"substitute": [{"sites": {"element": "Xx"}, "dopant": "Br", "fraction": 0.5}]}, "not a chemical element"),
        ({"substitute": [{"sites": {"element": "Na"}, "dopant": "K", "fraction": 0.5}]}, "no site is Na"),
        ({"substitute": [{"sites": {"element": "S"}, "dopant": "S", "fraction": 0.5}]}, "already there"),
        ({"substitute": [{"sites": {"element": "P"}, "dopant": "Fe", "fraction": 0.5}]}, "ambiguous"),
        ({"exchange": {"between": [{"element": "S"}, {"element": "S"}], "degree": 0.5}}, "both hold S"),
        ({"exchange": {"between": [{"element": "P"}, {"element": "Cl"}], "degree": 0.5}}, "a cation and an anion"),
        (
            {
                "substitute": [{"sites": FREE_S, "dopant": "Se", "fraction": 0.75}],
                "exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": 0.5},
            },
            "only 1 of its 4 sites holds S: the others are already changed",
        ),
    ],
)
def test_what_cannot_be_made_says_why(argyrodite, rule, expected):
    with pytest.raises(StructureError, match=expected):
        make(argyrodite, rule)


def test_wyckoff_labels_and_selectors(argyrodite):
    structure = argyrodite.structure
    assert {label[:-1] for label in wyckoff_labels(structure)} == {"4", "16", "24"}
    free = select(structure, SublatticeSelector(element="S", not_bonded_to="P"))
    bonded = select(structure, SublatticeSelector(element="S", bonded_to="P"))
    assert (len(free), len(bonded)) == (4, 16)
    label = wyckoff_labels(structure)[free[0]]
    assert select(structure, SublatticeSelector(wyckoff=label)) == free


@pytest.mark.slow
def test_partial_occupancies_are_ordered_exactly_or_refused():
    rock_salt = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.6), [{"Li": 0.5, "Na": 0.5}, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    planned = plan(Parent("p", rock_salt, "test"), Recipe("p"), mobile="Li", supercell=(1, 1, 1), user_states={})
    assert planned.decoration.composition() == {"Li": 2, "Na": 2, "Cl": 4}
    third = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.6), [{"Li": 1 / 3, "Na": 2 / 3}, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    with pytest.raises(StructureError, match="choose a supercell"):
        plan(Parent("p", third, "test"), Recipe("p"), mobile="Li", supercell=(1, 1, 1), user_states={})
    # 3 x 1 x 1 conventional cells hold thirds of 4 sites exactly, and the automatic choice finds such a cell.
    bounds = AutomaticSupercell(min_image_distance_A=5, max_atoms=100)
    automatic = plan(Parent("p", third, "test"), Recipe("p"), mobile="Li", supercell=bounds, user_states={})
    assert automatic.decoration.composition() == {"Li": 4, "Na": 8, "Cl": 12}


def test_supercell_multiplies_everything(argyrodite):
    rule = {
        "substitute": [{"sites": {"element": "P"}, "dopant": "Ge", "fraction": 0.125}],
        "compensate": "interstitial",
    }
    (candidate,) = make(argyrodite, rule, supercell=(2, 1, 1), orderings={"draws": 50, "max_enumerated": 10})
    assert Composition(candidate.formula) == Composition("Li6.125P0.875Ge0.125S5Cl")
    assert len(candidate.structures[0]) == 105


def test_ideal_entropies_of_the_argyrodites(argyrodite):
    """Per formula unit over the two anion sites: 50/50 S/Cl 2 ln 2; ordered 0 (two independent sublattices)."""
    half = make(argyrodite, {"exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": 0.5}})[0]
    ordered = make(argyrodite, {})[0]
    assert half.ideal_entropy == pytest.approx(1.386, rel=1e-3)
    assert half.mixing_sites == 8
    assert ordered.ideal_entropy == 0


def test_every_compensation_scheme_makes_its_own_candidate(argyrodite):
    """Si4+ for P5+: lithium interstitial, chlorine on free sulfur, or a sulfur vacancy for two of them."""
    silicon = {"sites": {"element": "P"}, "dopant": "Si", "fraction": 0.5}
    schemes = [
        "interstitial",
        {"scheme": "co_substitution", "sites": FREE_S, "dopant": "Cl"},
        {"scheme": "anion_vacancy", "sites": FREE_S},
    ]
    made = make(argyrodite, {"substitute": [silicon], "compensate": schemes})
    assert [Composition(c.formula) for c in made] == [
        Composition(f) for f in ("Li6.5P0.5Si0.5S5Cl", "Li6P0.5Si0.5S4.5Cl1.5", "Li6P0.5Si0.5S4.75Cl")
    ]


def test_lists_are_a_grid(argyrodite):
    rule = {"substitute": [{"sites": {"element": "Cl"}, "dopant": ["Br", "I"], "fraction": [0.25, 0.5]}]}
    assert len(make(argyrodite, rule)) == 4


def test_labelled_interstitial_sites_are_used_and_unknown_ones_refused(argyrodite):
    silicon = {"sites": {"element": "P"}, "dopant": "Si", "fraction": 0.25}
    label = next(name for name in argyrodite.vacant_sites if "T4" in name)
    rule = {"substitute": [silicon], "compensate": {"scheme": "interstitial", "vacant_sites": label}}
    (candidate,) = make(argyrodite, rule)
    added = [
        s
        for s in candidate.structures[0]
        if s.specie.symbol == "Li" and min(s.distance(t) for t in argyrodite.structure if t.specie.symbol == "Li") > 0.1
    ]
    (site,) = added
    points = argyrodite.vacant_sites[label]
    distances = argyrodite.structure.lattice.get_all_distances([site.frac_coords], points)
    assert distances.min() < 0.01
    rule["compensate"]["vacant_sites"] = "Li 99z"
    with pytest.raises(StructureError, match="has no empty sites"):
        make(argyrodite, rule)


def test_random_ensembles_hold_different_frameworks(argyrodite):
    rule = {"exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": 0.5}}
    (candidate,) = make(argyrodite, rule, orderings={"keep": 5, "select": "random"})
    # There are two symmetry-distinct frameworks, of degeneracy 12 and 24, and no more.
    assert sorted(o.degeneracy for o in candidate.orderings) == [12, 24]


def test_two_ways_to_the_same_crystal_are_one_candidate(argyrodite):
    silicon = {"sites": {"element": "P"}, "dopant": "Si", "fraction": 0.5}
    chlorine = {"sites": FREE_S, "dopant": "Cl", "fraction": 0.5}
    (candidate,) = make(
        argyrodite,
        {"substitute": [silicon], "compensate": {"scheme": "co_substitution", "sites": FREE_S, "dopant": "Cl"}},
        {
            "substitute": [chlorine],
            "compensate": {"scheme": "co_substitution", "sites": {"element": "P"}, "dopant": "Si"},
        },
    )
    assert "the same as" in candidate.done


def test_rounding_of_occupancies_only_within_the_named_tolerance_and_neutral():
    """Li0.66Na0.34 on 4 sites: 2.64 and 1.36 ions; 3 and 1 keep the crystal neutral, 0.09 away at most."""
    structure = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.6), [{"Li": 0.66, "Na": 0.34}, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    common = {"mobile": "Li", "supercell": (1, 1, 1), "user_states": {}}
    with pytest.raises(StructureError, match="occupancy_tolerance"):
        plan(Parent("p", structure, "test"), Recipe("p"), **common)
    with pytest.raises(StructureError, match="occupancy_tolerance"):
        plan(Parent("p", structure, "test"), Recipe("p"), **common, occupancy_tolerance=0.05)
    rounded = plan(Parent("p", structure, "test"), Recipe("p"), **common, occupancy_tolerance=0.1)
    assert rounded.decoration.composition() == {"Li": 3, "Na": 1, "Cl": 4}
    assert "Li 4a 0.66 as 0.75" in rounded.done


def test_the_tolerance_that_a_message_names_is_enough():
    """0.615 of 2 sites: 0.115 from a whole number, which two digits would round down."""
    sulfur = Occupancy(0, "S 4d", "S", 0.615, 2, -2.0)
    with pytest.raises(FractionError) as error:
        sulfur.counts(0.0)
    assert sulfur.counts(float(str(error.value).rpartition(": ")[2])) == [1]


def test_no_element_is_rounded_out_of_the_crystal():
    """0.2 lithium ions on 4 sites are nearest to none, which would be another compound, and one is too far."""
    structure = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.6), [{"Li": 0.05, "Na": 0.95}, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    common = {"mobile": "Li", "user_states": {}, "occupancy_tolerance": 0.1}
    with pytest.raises(StructureError, match="leave Li in it; choose a larger supercell"):
        plan(Parent("p", structure, "test"), Recipe("p"), supercell=(1, 1, 1), **common)
    larger = plan(Parent("p", structure, "test"), Recipe("p"), supercell=(1, 1, 2), **common)
    assert larger.decoration.composition() == {"Li": 1, "Na": 7, "Cl": 8}


@pytest.mark.parametrize("fraction", ["1/4", 0.25, "0.25"])
def test_fractions_may_be_written_as_ratios(argyrodite, fraction):
    rule = {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": fraction}]}
    (candidate,) = make(argyrodite, rule)
    assert Composition(candidate.formula) == Composition("Li6PS5Cl0.75Br0.25")


def test_digits_cut_off_in_print_are_forgiven():
    halide = library.load("Li3YCl6")
    rule = {"substitute": [{"sites": {"element": "Y"}, "dopant": "Zr", "fraction": 0.3333}], "compensate": "vacancy"}
    (candidate,) = make(halide, rule)
    assert candidate.structures[0].composition == Composition("Li8Y2Zr1Cl18")


@pytest.mark.parametrize(("max_atoms", "offered", "cells"), [(60, "0.25 or 0.5", "1x1x1"), (250, "0.25 or 0.3125", "")])
def test_the_nearest_fraction_of_all_reachable_supercells_is_offered(argyrodite, max_atoms, offered, cells):
    """0.3 of 4 sites is 1.2; in four cells 5 of 16 sites (0.3125) is nearer than 1 of 4 or, in three, 4 of 12."""
    rule = {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": 0.3}]}
    with pytest.raises(StructureError, match=f"no supercell of up to {max_atoms} atoms") as error:
        make(argyrodite, rule, supercell={"min_image_distance_A": 6, "max_atoms": max_atoms})
    assert f"nearest fractions in this supercell: {offered}" in str(error.value)
    assert f"nearest in {cells}" in str(error.value)
    assert "multiple of 10 such sites" in str(error.value)


def test_a_combination_that_cannot_be_made_is_left_out_with_its_reason(argyrodite):
    """A fifth of four sites is no whole number of them; a quarter is."""
    rule = {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": [0.2, 0.25]}]}
    found = enumerate_candidates(settings(rule), {"p": argyrodite}, {})
    assert [c.done for c in found.candidates if "candidate" in c.roles] == ["0.25 Br on Cl"]
    (refused,) = found.refused
    assert (refused.rule, refused.parent, refused.asked) == (0, argyrodite.id, "0.2 Br on Cl")
    assert "0.25" in refused.reason
    assert str(refused).startswith(f"candidates.rules.0 (parent {argyrodite.id}, 0.2 Br on Cl): ")


def test_where_no_combination_can_be_made_all_reasons_are_told(argyrodite):
    rule = {"substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": [0.2, 0.3]}]}
    with pytest.raises(StructureError, match=r"none of the 2 combinations of candidates.rules.0 can be made:") as told:
        enumerate_candidates(settings(rule), {"p": argyrodite}, {})
    assert "0.2 Br on Cl" in str(told.value)
    assert "0.3 Br on Cl" in str(told.value)
