"""Suggested dopants: known chemistry is found, charges and radii are right, the list is bounded and repeatable."""

import csv

import pytest
from pymatgen.core import Composition, Lattice, Structure
from typer.testing import CliRunner
from yaml import safe_load

from screening.candidates.dopants import considered, radius_in, rule_for, suggest, working_rule
from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.planning import plan_campaign
from screening.cli.main import app
from screening.config.candidates import CandidatesConfig, SublatticeSelector
from screening.config.stages import EnumerateSettings
from screening.errors import StructureError
from screening.parents import library
from screening.parents.base import Parent


def suggestions(parent: str, **selector):
    found = library.load(parent)
    return suggest(found.structure, found.oxidation_states, SublatticeSelector(**selector), "Li")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parent", "selector", "known"),
    [
        # Li6+xP1-xMxS5I with Si, Ge; Li6PS5Cl with Br and I; Li6PS5-xSexX; Li5.5PS4.5Cl1.5.
        ("Li6PS5Cl", {"element": "P"}, {"Si": -1, "Ge": -1, "As": 0}),
        ("Li6PS5Cl", {"element": "Cl"}, {"Br": 0, "I": 0}),
        ("Li6PS5Cl", {"element": "S", "not_bonded_to": "P"}, {"Se": 0, "Cl": 1, "Br": 1}),
        ("Li7La3Zr2O12-tetragonal", {"element": "Zr"}, {"Hf": 0, "Ti": 0, "Sn": 0}),
    ],
)
def test_dopants_that_have_been_made_are_suggested(parent, selector, known):
    found = {s.dopant: s.charge_difference for s in suggestions(parent, **selector)}
    assert {dopant: found.get(dopant) for dopant in known} == known
    assert "Li" not in found


@pytest.mark.slow
def test_reasons_add_up():
    (silicon,) = [s for s in suggestions("Li6PS5Cl", element="P") if s.dopant == "Si"]
    # Shannon: Si4+ IV 0.26, P5+ IV 0.17, S2- VI 1.84 Angstrom.
    assert silicon.radius_A == 0.26
    assert silicon.bond_change == pytest.approx((0.26 - 0.17) / (1.84 + 0.17), rel=0.08)
    assert silicon.compensation == "interstitial of 1 Li each"
    (chlorine,) = [s for s in suggestions("Li6PS5Cl", element="S", not_bonded_to="P") if s.dopant == "Cl"]
    assert chlorine.compensation == "vacancy of 1 Li each"


@pytest.mark.slow
def test_the_list_is_bounded_ordered_and_the_same_again():
    parent = library.load("Li3YCl6")
    selector = SublatticeSelector(element="Y")
    found = suggest(parent.structure, parent.oxidation_states, selector, "Li", limit=4)
    again = suggest(parent.structure, parent.oxidation_states, selector, "Li", limit=4)
    assert found == again
    assert len(found) == 4
    assert [s.probability for s in found] == sorted((s.probability for s in found), reverse=True)
    wide = suggest(parent.structure, parent.oxidation_states, selector, "Li", limit=100, max_charge_difference=2)
    narrow = suggest(parent.structure, parent.oxidation_states, selector, "Li", limit=100, max_charge_difference=0)
    assert {s.charge_difference for s in narrow} == {0}
    assert {s.dopant for s in narrow} < {s.dopant for s in wide}


def test_radii_of_the_nearest_tabulated_coordination():
    assert radius_in("P", 5, 4) == 0.17
    assert radius_in("Y", 3, 6) == 0.9
    assert radius_in("Y", 3, 7) == 0.96
    # Only six-coordinate chloride is tabulated, and no krypton.
    assert radius_in("Cl", -1, 4) == 1.81
    assert radius_in("Kr", 2, 6) is None


def test_sublattices_that_cannot_be_compared_are_refused():
    mixed = library.load("Li6PS5Cl").structure.copy()
    mixed.replace_species({"Cl": {"Cl": 0.5, "Br": 0.5}})
    charges = {"Li": 1.0, "P": 5.0, "S": -2.0, "Cl": -1.0, "Br": -1.0}
    with pytest.raises(StructureError, match="Br, Cl; name one of them"):
        suggest(mixed, charges, SublatticeSelector(wyckoff="4a"), "Li")
    with pytest.raises(StructureError, match="no radius"):
        suggest(library.load("Li6PS5Cl").structure, charges | {"P": 1.0}, SublatticeSelector(element="P"), "Li")


def test_the_rule_that_is_shown_makes_a_candidate():
    parent = library.load("Li6PS5Cl")
    selector = SublatticeSelector(element="P")
    (silicon,) = [s for s in suggest(parent.structure, parent.oxidation_states, selector, "Li") if s.dopant == "Si"]
    written = safe_load(rule_for("Li6PS5Cl", selector, silicon))
    settings = EnumerateSettings(
        mobile_ion="Li",
        seed=1,
        oxidation_states=written.get("oxidation_states", {}),
        candidates=CandidatesConfig.model_validate({**written["candidates"], "supercell": (1, 1, 1)}),
    )
    made = enumerate_candidates(settings, {"Li6PS5Cl": parent}, {}).candidates
    assert Composition(made[0].formula) == Composition("Li6.25P0.75Si0.25S5Cl")


def test_command_prints_reasons_and_writes_the_table(tmp_path):
    out = tmp_path / "dopants.csv"
    result = CliRunner().invoke(
        app, ["dopants", "Li6PS5Cl", "--element", "P", "--limit", "5", "--out", str(out)], env={"COLUMNS": "200"}
    )
    assert result.exit_code == 0, result.output
    assert "interstitial of 1 Li each" in result.output
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["dopant"] for row in rows][:2] == ["As", "Si"]
    assert all(float(row["probability"]) > 0 for row in rows)


def test_usual_dopants_below_the_limit_are_named():
    """Y and Sc in zirconia are far from the ten most probable ions."""
    result = CliRunner().invoke(app, ["dopants", "ZrO2-cubic", "--element", "Zr", "--mobile", "O"])
    (line,) = [line for line in result.output.splitlines() if line.startswith("less probable, shown with --limit")]
    assert {"Y+3", "Sc+3", "Yb+3"} <= set(line.partition(": ")[2].split(", "))
    assert "U+4" not in line


def split_garnet() -> Parent:
    """Cubic garnet with lithium on partially occupied sites, and strontium beside lanthanum."""
    structure = Structure.from_spacegroup(
        "Ia-3d",
        Lattice.cubic(12.97),
        [{"Li": 13 / 24}, {"Li": 43 / 96}, "La", "Zr", "O"],
        [(0.375, 0, 0.25), (0.0979, 0.6875, 0.5765), (0.125, 0, 0.25), (0, 0, 0), (0.0982, 0.1953, 0.2813)],
    )
    return Parent("24", structure, "made for a test", oxidation_states={"Li": 1.0, "La": 3.0, "Zr": 4.0, "O": -2.0})


def test_a_partially_occupied_parent_has_dopants_and_a_rule_that_can_be_made():
    """Al and Ga on the tetrahedra of garnet, whose coordination by oxygen is 4; the name of the parent is a number."""
    parent = split_garnet()
    selector = SublatticeSelector(element="Li", wyckoff="24d")
    found = suggest(parent.structure, parent.oxidation_states, selector, "Li", max_charge_difference=2, limit=40)
    by_name = {s.dopant: s for s in found if s.charge == 3}
    assert {"Al", "Ga"} <= set(by_name)
    # Shannon: Al3+ IV 0.39, Li+ IV 0.59, O2- 1.40 Angstrom.
    assert by_name["Al"].radius_A == 0.39
    assert by_name["Al"].compensation == "vacancy of 2 Li each"
    written = safe_load(working_rule(parent, selector, by_name["Al"], "Li", {}))
    config = CandidatesConfig.model_validate(written["candidates"])
    settings = EnumerateSettings(mobile_ion="Li", seed=1, oxidation_states={}, candidates=config)
    (made,) = plan_campaign(settings, {"24": parent}, {}).candidates
    composition = made.plan.decoration.composition()
    assert composition["Li"] + 3 * composition["Al"] == 56


@pytest.mark.parametrize(
    ("parent", "element", "ion", "reason"),
    [
        ("Li6PS5Cl", "P", ("Sn", 4), "bonds would be"),
        ("Li6PS5Cl", "P", ("Sb", 5), "bonds would be"),
        ("Li3PS4-beta", "S", ("O", -2), "bonds would be"),
        ("Li6PS5Cl", "P", ("Al", 3), "charge differs by -2"),
    ],
)
def test_textbook_dopants_that_are_left_out_have_their_reason(parent, element, ion, reason):
    loaded = library.load(parent)
    every = considered(loaded.structure, loaded.oxidation_states, SublatticeSelector(element=element), "Li")
    (left_out,) = [s for s in every if (s.dopant, s.charge) == ion]
    assert reason in left_out.excluded


def test_nothing_absurd_is_listed():
    """N5+ has a negative radius in Shannon's table; berkelium is nobody's dopant."""
    loaded = library.load("Li6PS5Cl")
    every = considered(loaded.structure, loaded.oxidation_states, SublatticeSelector(element="P"), "Li")
    assert all(s.radius_A > 0 for s in every)
    assert not {("N", 5), ("Bk", 4), ("Am", 4), ("Pu", 4)} & {(s.dopant, s.charge) for s in every}


def test_the_element_that_is_named_is_the_host_on_shared_sites():
    mixed = library.load("Li6PS5Cl").structure.copy()
    mixed.replace_species({"Cl": {"Cl": 0.5, "Br": 0.5}})
    charges = {"Li": 1.0, "P": 5.0, "S": -2.0, "Cl": -1.0, "Br": -1.0}
    found = suggest(mixed, charges, SublatticeSelector(element="Cl"), "Li")
    assert {"Br": -1, "I": -1}.items() <= {s.dopant: s.charge for s in found}.items()
