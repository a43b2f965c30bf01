"""What is planned is made, what cannot be made is left out with its reason, and each series has its own end members."""

import pytest
from pymatgen.core import Lattice, Structure

from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.planning import plan_campaign
from screening.candidates.record import CandidateRecord
from screening.candidates.series import in_series, proportional
from screening.candidates.steps import degrees_of
from screening.config.candidates import CandidatesConfig
from screening.config.stages import EnumerateSettings
from screening.errors import StageError, StructureError
from screening.parents import library
from screening.parents.base import Parent

FREE_S = {"element": "S", "not_bonded_to": "P"}


def settings(rules, mobile="Li", supercell=(1, 1, 1), **more):
    candidates = CandidatesConfig.model_validate({"supercell": supercell, "rules": rules, **more})
    return EnumerateSettings(mobile_ion=mobile, seed=1, oxidation_states={}, candidates=candidates)


def by_name(*names):
    return {name: library.load(name) for name in names}


def metal(element="Li", a=3.5):
    structure = Structure.from_spacegroup("Im-3m", Lattice.cubic(a), [element], [[0, 0, 0]])
    return Parent(element, structure, "made for a test")


def rock_salt(name, anions, a=5.3):
    structure = Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), ["Li", anions], [[0, 0, 0], [0.5, 0.5, 0.5]])
    return Parent(name, structure, "made for a test", oxidation_states={"Li": 1, "Cl": -1, "Br": -1})


BROMIDE = {
    "parent": "LiCl",
    "substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": "1/2"}],
}


def test_elements_and_alloys_are_references_without_oxidation_states():
    alloy = Structure(Lattice.cubic(3.2), ["Li", "Al"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    references = {"Li": metal(), "LiAl": Parent("LiAl", alloy, "made for a test")}
    found = enumerate_candidates(settings([BROMIDE]), by_name("LiCl", "LiBr"), references)
    assert not found.refused
    by_parent = {c.parent: c for c in found.candidates if c.roles == {"reference"}}
    assert by_parent["Li"].formula == "Li"
    assert by_parent["Li"].states.charges == {"Li": 0.0}
    assert by_parent["LiAl"].states.charges == {"Li": 0.0, "Al": 0.0}


def test_molecules_are_references_though_their_atoms_are_closer_than_ions():
    """Cl-Cl of 1.98 Angstrom is half of two ionic radii."""
    pair = Structure(Lattice.cubic(6), ["Cl", "Cl"], [[0.5, 0.5, 0.335], [0.5, 0.5, 0.665]])
    found = enumerate_candidates(settings([BROMIDE]), by_name("LiCl"), {"Cl2": Parent("Cl2", pair, "made for a test")})
    assert not found.refused
    assert {c.parent for c in found.candidates} == {"LiCl", "Cl2"}


def test_a_reference_that_cannot_be_made_is_left_out_and_check_says_so():
    """0.7 of four sites is no whole number in one cell, and rounding is not allowed."""
    mixed = rock_salt("mixed", {"Cl": 0.7, "Br": 0.3})
    asked = settings([BROMIDE])
    for parents, references in ((by_name("LiCl"), {"mixed": mixed}), (by_name("LiCl") | {"mixed": mixed}, {})):
        (planned,) = plan_campaign(asked, parents, references).refused
        (refused,) = enumerate_candidates(asked, parents, references).refused
        assert planned == refused
        assert (refused.rule, refused.parent, refused.asked) == (None, "mixed", "as a reference")
        assert str(refused).startswith("mixed as a reference: Cl 4b: occupancy 0.7")


def test_a_partially_occupied_reference_is_made_as_candidates_are():
    mixed = rock_salt("mixed", {"Cl": 0.75, "Br": 0.25})
    found = enumerate_candidates(settings([BROMIDE]), by_name("LiCl"), {"mixed": mixed})
    (made,) = [c for c in found.candidates if c.parent == "mixed"]
    assert made.structures[0].composition.as_dict() == {"Li": 4, "Cl": 3, "Br": 1}


def ring_of_six() -> Parent:
    """Four lithium ions on six places in a ring, 1.0 Angstrom apart: three can be there, which no plan sees."""
    places = [(0.1, 0, 0), (0, 0, 0.5), (0.5, 0, 0.5)]
    structure = Structure.from_spacegroup("P6/mmm", Lattice.hexagonal(10, 6), [{"Li": 2 / 3}, "Cl", "Cl"], places)
    return Parent("ring", structure, "made for a test", {})


def test_arrangements_that_clash_lose_their_candidate_and_nothing_else():
    rules = [
        {"parent": "ring"},
        {"parent": "Li3PO4-beta", "substitute": [{"sites": {"element": "O"}, "dopant": "S", "fraction": "1/8"}]},
    ]
    parents = by_name("Li3PO4-beta") | {"ring": ring_of_six()}
    found = enumerate_candidates(settings(rules), parents, {})
    assert [c.formula for c in found.candidates if c.roles == {"candidate"}] == ["Li3PS0.5O3.5"]
    (refused,) = found.refused
    assert (refused.rule, refused.asked) == (0, "as is")
    assert "closer than 0.6" in refused.reason


@pytest.mark.parametrize(
    ("start", "other", "moves", "expected"),
    [
        ({"Li": 1, "Cl": 1}, {"Li": 4, "Br": 4}, [("Cl", "Br")], True),
        ({"Li": 1, "Cl": 1}, {"Li": 2, "S": 1}, [("Cl", "Br")], False),
        ({"Li": 1, "Cl": 1}, {"Li": 1, "Br": 1}, [], False),
        # Li3PS4 to Li4GeS4: germanium for phosphorus, lithium added.
        ({"Li": 3, "P": 1, "S": 4}, {"Li": 4, "Ge": 1, "S": 4}, [("P", "Ge"), ("vacancy", "Li")], True),
        ({"Li": 3, "P": 1, "S": 4}, {"Li": 2, "S": 1}, [("P", "Ge"), ("vacancy", "Li")], False),
        # The parts of a series of two substitutions.
        ({"Li": 1, "Cl": 1}, {"Na": 1, "Br": 1}, [("Li", "Na"), ("Cl", "Br")], True),
        ({"Li": 1, "Cl": 1}, {"Na": 1, "Cl": 1}, [("Li", "Na"), ("Cl", "Br")], True),
    ],
)
def test_what_is_in_a_series(start, other, moves, expected):
    assert in_series(start, other, moves) is expected


def test_proportional_compositions():
    assert proportional({"Li": 2, "S": 1}, {"Li": 8, "S": 4})
    assert not proportional({"Li": 2, "S": 1}, {"Li": 8, "S": 3})
    assert not proportional({"Li": 2, "S": 1}, {"Li": 2, "O": 1})


def ends_of(found, done):
    candidate = next(c for c in found.candidates if c.done == done)
    parents = {c.id: c.parent for c in found.candidates}
    return {parents[id] for id in candidate.end_members}


def test_end_members_are_those_of_the_series():
    """Li2S, LiBr and Li3PS4 are parents too, and could make the exchanged argyrodite, but are not in its series."""
    parents = by_name("Li6PS5Cl", "Li6PS5Br", "Li2S", "LiCl", "LiBr", "Li3PS4-gamma")
    rules = [
        {"parent": "Li6PS5Cl", "exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": "1/2"}},
        {"parent": "Li6PS5Cl", "substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": "1/4"}]},
    ]
    found = enumerate_candidates(settings(rules), parents, {})
    assert ends_of(found, "0.5 exchanged between S not bonded to P and Cl") == {"Li6PS5Cl"}
    assert ends_of(found, "0.25 Br on Cl") == {"Li6PS5Cl", "Li6PS5Br"}


def test_an_ordered_parent_of_the_same_composition_is_the_end_member_of_a_disordered_one():
    halved = {"Cl": 0.5, "Br": 0.5}
    ordered = Structure(
        Lattice.tetragonal(3.7, 5.3), ["Li", "Li", "Cl", "Br"], [[0, 0, 0], [0.5] * 3, [0.5, 0.5, 0], [0, 0, 0.5]]
    )
    parents = {
        "disordered": rock_salt("disordered", halved),
        "ordered": Parent("ordered", ordered, "made for a test"),
    }
    rules = [{"parent": "disordered"}]
    found = enumerate_candidates(settings(rules), parents, {})
    (mixed,) = [c for c in found.candidates if c.parent == "disordered"]
    assert mixed.roles == {"candidate", "reference"}
    assert ends_of(found, mixed.done) == {"disordered", "ordered"} - {"disordered"}
    # Alone it is measured against itself.
    (alone,) = enumerate_candidates(settings(rules), {"disordered": parents["disordered"]}, {}).candidates
    assert alone.end_members == (alone.id,)


def test_the_end_member_of_a_candidate_in_a_large_cell_is_made_in_a_large_cell_too():
    """LiCl has images 3.6 Angstrom apart; as a candidate it is its own reference in both cells."""
    mixed = {**BROMIDE, "parent": "LiCl"}
    parents = by_name("LiCl")
    found = enumerate_candidates(settings([mixed], supercell=(2, 2, 2)), parents, {}).candidates
    sizes = sorted(len(c.structures[0]) for c in found if c.roles == {"reference"})
    assert sizes == [8, 64]
    (candidate,) = [c for c in found if c.roles == {"candidate"}]
    assert set(candidate.end_members) == {c.id for c in found if c.roles == {"reference"}}
    found = enumerate_candidates(settings([mixed, {"parent": "LiCl"}], supercell=(2, 2, 2)), parents, {}).candidates
    assert sorted((*c.roles, len(c.structures[0])) for c in found) == [
        ("candidate", 64),
        ("candidate", 64),
        ("reference", 8),
    ]
    as_it_is = next(c for c in found if c.roles == {"candidate"} and c.done == "as is")
    assert as_it_is.id in as_it_is.end_members


def test_a_damaged_candidate_file_is_made_anew_with_the_table(tmp_path):
    """Deleting the file itself helps nothing: no rule makes it without candidates.csv."""
    file = tmp_path / "candidate.json"
    file.write_text("{")
    with pytest.raises(StageError, match=r"delete candidates\.csv and run again"):
        CandidateRecord.read(file)


def test_each_candidate_has_the_first_of_the_mobile_ions_that_it_holds():
    """A rule that replaces all of one by another makes a conductor of the other."""
    exchanged = {"parent": "LiCl", "substitute": [{"sites": {"element": "Li"}, "dopant": "Na", "fraction": 1}]}
    mixed = {"parent": "NaCl", "substitute": [{"sites": {"element": "Na"}, "dopant": "Li", "fraction": "1/4"}]}
    rules = [{"parent": "LiCl"}, {"parent": "NaCl"}, exchanged, mixed]
    found = enumerate_candidates(settings(rules, mobile=("Li", "Na")), by_name("LiCl", "NaCl"), by_name("Na2S"))
    ions = {c.formula: c.row().mobile_ion for c in found.candidates if "candidate" in c.roles}
    assert ions == {"LiCl": "Li", "NaCl": "Na", "Na0.75Li0.25Cl": "Li"}
    assert {c.parent: c.mobile for c in found.candidates}["Na2S"] == "Na"
    alone = enumerate_candidates(settings([{"parent": "LiCl"}]), by_name("LiCl"), {})
    assert {c.id for c in alone.candidates} <= {c.id for c in found.candidates}, "growing a campaign renames nothing"
    with pytest.raises(StructureError, match=r"it holds no K or Na \(mobile_ion\); its elements are Cl, Li"):
        plan_campaign(settings([{"parent": "LiCl"}], mobile=("K", "Na")), by_name("LiCl"), {})


def _equilibrium(kelvin, sites=FREE_S):
    return {
        "parent": "Li6PS5Cl",
        "exchange": {"between": [sites, {"element": "Cl"}], "degree": f"equilibrium({kelvin})"},
    }


def test_an_equilibrium_is_every_step_that_the_cell_allows():
    found = enumerate_candidates(settings([_equilibrium(823)]), by_name("Li6PS5Cl"), {}).candidates
    steps = [c for c in found if c.equilibrium_K]
    assert [None if c.exchange is None else c.exchange.degree for c in steps] == [None, 0.25, 0.5, 0.75, 1.0]
    assert {c.equilibrium_K for c in steps} == {(823.0,)}
    assert all("candidate" in c.roles for c in steps)
    assert steps[1].row().equilibrium_K == ("823",)
    assert steps[1].done.endswith("exchanged between S not bonded to P and Cl (step of equilibrium(823))")


def test_large_cells_have_eight_steps():
    assert degrees_of(4) == [0.25, 0.5, 0.75, 1.0]
    assert degrees_of(8) == [k / 8 for k in range(1, 9)]
    assert degrees_of(32) == [k / 8 for k in range(1, 9)]
    assert degrees_of(1) == [1.0]
    # Nine sites have no eight equal steps: every second one, and all.
    assert degrees_of(9) == [2 / 9, 4 / 9, 6 / 9, 8 / 9, 1.0]
    plan = plan_campaign(settings([_equilibrium(823)], supercell=(2, 1, 1)), by_name("Li6PS5Cl"), {})
    assert [p.plan.supercell for p in plan.candidates] == [(2, 1, 1)] * 9


def test_the_automatic_cell_of_an_equilibrium_is_that_of_its_crystal():
    automatic = {"min_image_distance_A": 9.0, "max_atoms": 120}
    plan = plan_campaign(settings([_equilibrium(823)], supercell=automatic), by_name("Li6PS5Cl"), {})
    assert {p.plan.supercell for p in plan.candidates} == {(1, 1, 1)}
    assert len(plan.candidates) == 5


def test_steps_that_the_sublattices_cannot_hold_are_not_asked_for():
    """Half of the free sulfur is chlorine already: two of four sites are left to exchange."""
    substitute = [{"sites": FREE_S, "dopant": "Cl", "fraction": 0.5}]
    rule = _equilibrium(823) | {"substitute": substitute, "compensate": "vacancy"}
    plan = plan_campaign(settings([rule]), by_name("Li6PS5Cl"), {})
    degrees = [[exchange.degree for exchange in one.recipe.exchanges] for one in plan.candidates]
    assert degrees == [[], [0.25], [0.5]]
    assert not plan.refused


def test_a_degree_that_is_asked_for_too_is_no_step():
    half = _equilibrium(823) | {"exchange": _equilibrium(823)["exchange"] | {"degree": 0.5}}
    for rules in ([_equilibrium(823), half], [half, _equilibrium(823)]):
        found = enumerate_candidates(settings(rules), by_name("Li6PS5Cl"), {}).candidates
        steps = {c.exchange.degree: c.equilibrium_K for c in found if c.exchange is not None}
        assert steps == {0.25: (823.0,), 0.5: (), 0.75: (823.0,), 1.0: (823.0,)}
    found = enumerate_candidates(settings([_equilibrium(823), _equilibrium(600)]), by_name("Li6PS5Cl"), {}).candidates
    assert {c.equilibrium_K for c in found if c.exchange is not None} == {(823.0, 600.0)}


def test_an_equilibrium_between_sites_that_are_not_there_is_refused_with_the_reason():
    with pytest.raises(StructureError, match="no site is Br"):
        plan_campaign(settings([_equilibrium(823, {"element": "Br"})]), by_name("Li6PS5Cl"), {})
