"""Oxidation states: what is used, where it is from, and what is refused because it is not certain."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from typer.testing import CliRunner

from screening.candidates import oxidation
from screening.candidates.oxidation import (
    BOND_VALENCE,
    COMPOSITION,
    ONLY_COMMON,
    ONLY_COMMON_ALIKE,
    RECORD,
    UNCOMMON,
    USER,
    States,
)
from screening.cli.main import app
from screening.errors import StructureError
from screening.parents import library


def rock_salt(cation: str, anion: str, a: float) -> Structure:
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), [cation, anion], [[0, 0, 0], [0.5, 0.5, 0.5]])


@pytest.mark.parametrize("name", library.names())
def test_the_library_is_assigned_as_published_without_its_record(name):
    """Bond valences and composition find the states that the library records from the literature."""
    parent = library.load(name)
    found = oxidation.of_parent(parent.structure, None, {})
    assert found.charges == parent.oxidation_states
    assert set(found.sources.values()) <= {BOND_VALENCE, COMPOSITION}


def test_bond_valences_of_covalent_anion_groups_give_way_to_the_composition():
    """pymatgen splits P and S of Li10GeP2S12 into two states each; the composition has one answer."""
    assert set(oxidation.of_parent(library.load("Li10GeP2S12").structure, None, {}).sources.values()) == {COMPOSITION}
    assert set(oxidation.of_parent(library.load("Li3YCl6").structure, None, {}).sources.values()) == {BOND_VALENCE}


def test_bond_lengths_decide_where_the_composition_does_not():
    """Ce(III)Fe(III)O3 and Ce(IV)Fe(II)O3 are both neutral; Fe-O of 1.95 Angstrom is that of Fe(III) (Shannon)."""
    sites = [[0.5] * 3, [0] * 3, [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
    perovskite = Structure(Lattice.cubic(3.9), ["Ce", "Fe", "O", "O", "O"], sites)
    found = oxidation.of_parent(perovskite, None, {})
    assert found.charges == {"Ce": 3.0, "Fe": 3.0, "O": -2.0}
    assert set(found.sources.values()) == {BOND_VALENCE}


def test_several_assignments_are_an_error_that_lists_them():
    """The same composition with mixed sites, which have no bond valences."""
    mixed = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.3), [{"Ce": 0.5, "Fe": 0.5}, {"O": 0.75}], [[0, 0, 0], [0.25, 0.25, 0.25]]
    )
    with pytest.raises(StructureError, match=r"ambiguous \(Ce\+3 Fe\+3 O-2; Ce\+4 Fe\+2 O-2\)"):
        oxidation.of_parent(mixed, None, {})
    found = oxidation.of_parent(mixed, None, {"Ce": 4.0})
    assert found == States({"Ce": 4.0, "Fe": 2.0, "O": -2.0}, {"Ce": USER, "Fe": COMPOSITION, "O": COMPOSITION})


def test_the_users_word_goes_before_the_record_and_each_is_named():
    structure = rock_salt("Li", "Cl", 5.1)
    states = oxidation.of_parent(structure, {"Li": 1.0, "Cl": -1.0}, {"Cl": -1.0})
    assert states.sources == {"Li": RECORD, "Cl": USER}
    with_dopant = states.with_dopant("Mg", {}).with_dopant("Fe", {"Fe": 3.0})
    assert with_dopant.charges == {"Li": 1.0, "Cl": -1.0, "Mg": 2.0, "Fe": 3.0}
    assert with_dopant.sources["Mg"] == ONLY_COMMON
    shown = oxidation.describe_sources(with_dopant)
    assert "Li+1 (recorded with the parent)" in shown
    assert "Cl-1 Fe+3 (named in the config)" in shown
    with pytest.raises(StructureError, match="not neutral"):
        oxidation.of_parent(structure, None, {"Li": 2.0, "Cl": -1.0})
    assert states == States({"Li": 1.0, "Cl": -1.0}, {"Li": RECORD, "Cl": USER})


def test_bonds_and_composition_that_contradict_each_other_are_an_error_with_both():
    alone = oxidation._decide("MnO", [{"Mn": 2.0, "O": -2.0}], None)
    assert alone == ({"Mn": 2.0, "O": -2.0}, COMPOSITION)
    with pytest.raises(StructureError, match=r"Mn\+2 O-2, while its bond valences say Mn\+4 O-4"):
        oxidation._decide("MnO", [{"Mn": 2.0, "O": -2.0}], {"Mn": 4.0, "O": -4.0})


def test_parents_are_listed_with_their_states_even_where_these_are_not_certain(tmp_path):
    mixed = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.3), [{"Ce": 0.5, "Fe": 0.5}, {"O": 0.75}], [[0, 0, 0], [0.25, 0.25, 0.25]]
    )
    mixed.to(str(tmp_path / "mixed.cif"))
    config = tmp_path / "mine.yaml"
    parents = "parents: [{library: Li6PS5Cl}, {file: mixed.cif}]"
    rules = "candidates: {rules: [{parent: Li6PS5Cl}]}\nmd: {temperatures_K: [600], duration_ps: 10}"
    config.write_text(f"campaign: mine\nmobile_ion: Li\n{parents}\n{rules}\n")
    result = CliRunner().invoke(app, ["parents", str(config)])
    assert result.exit_code == 0, result.output
    first, second = result.output.splitlines()
    assert "Cl-1 Li+1 P+5 S-2 (recorded with the parent)" in first
    assert "ambiguous (Ce+3 Fe+3 O-2; Ce+4 Fe+2 O-2); set `oxidation_states`" in second
    checked = CliRunner().invoke(app, ["check", str(config)])
    assert "(recorded with the parent)" in checked.output


def test_a_dopant_has_a_state_of_the_sign_of_what_it_replaces():
    """Te has positive states beside oxygen, but not in its place; Fe has two of them either way."""
    states = States({"Li": 1.0, "P": 5.0, "O": -2.0}, dict.fromkeys("LiPO", RECORD))
    assert states.with_dopant("Te", {}, "O").charges["Te"] == -2
    assert states.with_dopant("Te", {}, "O").sources["Te"] == ONLY_COMMON_ALIKE
    with pytest.raises(StructureError, match=r"ambiguous \(common: -2, \+2, \+4, \+6\)"):
        states.with_dopant("Te", {})
    with pytest.raises(StructureError, match="ambiguous"):
        states.with_dopant("Fe", {}, "P")


@pytest.mark.parametrize(
    ("dopant", "host", "likely"),
    [
        *[("W", "P", 6), ("Sb", "P", 5), ("Fe", "Mg", 2), ("Fe", "P", 3), ("Sb", "O", -3)],
        # As in garnets; nearer to the host's charge is what is not made.
        *[("W", "Zr", 6), ("Fe", "Li", 3), ("Mo", "Nb", 6)],
    ],
)
def test_the_state_that_a_message_names_is_the_one_that_is_usually_meant(dopant, host, likely):
    states = States({"Li": 1.0, "Mg": 2.0, "Zr": 4.0, "P": 5.0, "Nb": 5.0, "O": -2.0}, {})
    if likely < 0:
        assert states.with_dopant(dopant, {}, host).charges[dopant] == likely
        return
    with pytest.raises(StructureError, match=rf"oxidation_states: \{{{dopant}: {likely}\}}$"):
        states.with_dopant(dopant, {}, host)


def perovskite_like(*species: str) -> Structure:
    sites = [[0.5] * 3, [0] * 3, [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
    structure = Structure(Lattice.cubic(3.9), species, sites)
    structure.replace(0, {species[0]: 0.999})  # mixed sites have no bond valences
    return structure


def test_a_metal_may_have_a_known_state_that_is_not_common_where_nothing_else_is_neutral():
    """Bi is +3 in most tables, and +5 in LiBiO3."""
    found = oxidation.of_parent(perovskite_like("Li", "Bi", "O", "O", "O"), None, {}, 0.01)
    assert found == States({"Li": 1.0, "Bi": 5.0, "O": -2.0}, dict.fromkeys(("Bi", "Li", "O"), UNCOMMON))


@pytest.mark.parametrize(
    ("species", "told"),
    [
        # Two of three lithium ions are missing in the file: +1 -1 -2.
        (("Li", "Br", "O"), r"Br-1 Li\+1 O-2 leave -2 e per formula unit\): are atoms or partial occupancies missing"),
        # Six charges on four of vanadium's: no whole number, and the message says which fraction is neutral.
        (("Li", "V", "V", "O", "O", "O"), r"set `oxidation_states: \{V: 2\.5\}`, a mixed valence"),
    ],
)
def test_what_is_not_neutral_is_told_with_what_is_missing(species, told):
    structure = Structure(Lattice.cubic(7), species, np.random.default_rng(1).random((len(species), 3)))
    structure.replace(0, {species[0]: 0.9999})
    with pytest.raises(StructureError, match=told):
        oxidation.of_parent(structure, None, {})
