"""The tests of sources of parents notice faults of a source, each its own."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from screening.parents import library, registry
from screening.parents.base import Parent
from tests.conformance.failures import failures
from tests.unit.parents import test_every_source

CRYSTAL = "it_is_the_crystal_that_was_asked_for"
SPECIES = "its_species_are_elements_and_its_charges_stand_apart"
SOURCE, RECORD = "it_says_where_it_is_from", "its_record_goes_through_json"
AGAIN, UNKNOWN = "loaded_again_it_is_the_same_and_its_own", "what_it_has_not_is_an_error_that_names_key_and_value"
SHARED = library.load("LiCl")


def another_crystal(_: str) -> Parent:
    return library.load("LiBr")


def charged(name: str) -> Parent:
    parent = library.load(name)
    parent.structure.add_oxidation_state_by_element({"Li": 1, "Cl": -1})
    return parent


def unbalanced(name: str) -> Parent:
    return dataclasses.replace(library.load(name), oxidation_states={"Li": 1.0, "Cl": -2.0})


def from_nowhere(name: str) -> Parent:
    return dataclasses.replace(library.load(name), source="")


def of_a_database(name: str) -> Parent:
    return dataclasses.replace(library.load(name), origin={"database": "made up"})


def never_a_number(name: str) -> Parent:
    return dataclasses.replace(library.load(name), energy_above_hull_eV_atom=float("nan"))


def shared(name: str) -> Parent:
    return SHARED if name == "LiCl" else library.load(name)


def silent(name: str) -> Parent:
    return library.load("LiCl" if name not in library.names() else name)


@pytest.mark.parametrize(
    ("load", "noticed"),
    [
        (library.load, set()),
        (another_crystal, {CRYSTAL}),
        (charged, {SPECIES}),
        (unbalanced, {SPECIES}),
        (from_nowhere, {SOURCE}),
        (of_a_database, {SOURCE}),
        (never_a_number, {RECORD, AGAIN}),
        (shared, {AGAIN}),
        (silent, {UNKNOWN}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_fault_is_noticed(
    load: Callable[[str], Parent], noticed: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.SOURCES, "library", lambda value, _: load(value))
    found = failures(test_every_source.TestLibrary(), base=tmp_path)
    assert found >= noticed
    assert bool(found) == bool(noticed)
