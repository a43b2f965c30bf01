"""Interfaces as candidates: both crystals whole, each beside it in a cell alike, strain recorded, one message each."""

import numpy as np
import pytest
from pydantic import ValidationError
from pymatgen.core import Composition, Lattice, Structure

from screening.boundaries.whole import units
from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.planning import plan_campaign
from screening.candidates.roles import Role
from screening.config.boundaries import InterfaceConfig
from screening.config.candidates import CandidatesConfig
from screening.config.stages import EnumerateSettings
from screening.errors import StructureError
from screening.parents import library
from screening.parents.base import Parent

SMALL = {"slab_A": 10, "min_width_A": 6}
ARGYRODITE = {"with": "LiCl", "planes": [[1, 1, 0], [1, 1, 0]], **SMALL}


def settings(interface, parent="Li6PS5Cl", **rule):
    rules = [{"parent": parent, "interface": interface, **rule}]
    return EnumerateSettings(
        mobile_ion="Li", seed=1, oxidation_states={}, candidates=CandidatesConfig.model_validate({"rules": rules})
    )


def parents(*names):
    return {name: library.load(name) for name in names}


def made(interface, parent="Li6PS5Cl", **rule):
    return enumerate_candidates(settings(interface, parent, **rule), parents(parent, interface["with"]), {})


def test_a_crystal_without_mobile_ions_is_compared_with_and_has_no_dynamics():
    oxide = {"with": "Al2O3", "planes": [[1, 0, 0], [0, 0, 1]], "max_strain": 0.1, "polar": "allow", **SMALL}
    found = made({**oxide, "min_width_A": 5, "keep": 1, "single_points": 0}, "LiCl")
    interface, lower, upper = (c for c in found.candidates if c.boundary is not None)
    assert interface.boundary.other_bulk == upper.id
    assert (interface.roles, lower.roles) == ({Role.CANDIDATE}, {Role.CANDIDATE})
    assert upper.roles == {Role.REFERENCE}
    assert not upper.end_member


@pytest.mark.slow
def test_an_interface_and_both_crystals_beside_it():
    found = made(ARGYRODITE)
    assert not found.refused
    by_kind = [c for c in found.candidates if c.boundary is not None]
    interface, lower, upper = by_kind
    assert [c.boundary.kind for c in by_kind] == ["interface", "bulk", "bulk"]
    assert (interface.boundary.bulk, interface.boundary.other_bulk) == (lower.id, upper.id)
    assert interface.boundary.other == "LiCl"
    assert set(interface.end_members) == {c.id for c in found.candidates if c.end_member}
    # Half of each crystal's own cell, and nothing else.
    (own,), (other,) = lower.structures, upper.structures
    for structure in interface.structures:
        assert structure.composition * 2 == own.composition + other.composition
        for bulk in (own, other):
            assert structure.lattice.matrix[:2] == pytest.approx(bulk.lattice.matrix[:2])
        assert units(structure, interface.states.charges, "Li").names == interface.boundary.whole
        assert set(interface.boundary.whole) == {"PS4"}
    # LiCl is strained, by as much as its volume says; the electrolyte is not.
    bulk = library.load("LiCl").structure
    per_atom = (other.volume / len(other)) / (bulk.volume / len(bulk))
    assert np.prod(interface.boundary.stretches) == pytest.approx(per_atom)
    assert own.volume / len(own) == pytest.approx(
        library.load("Li6PS5Cl").structure.volume / len(library.load("Li6PS5Cl").structure)
    )
    assert max(abs(s - 1) for s in interface.boundary.stretches) <= 0.05
    assert all(abs(way.upper_dipole_e_per_A) < 0.05 for way in interface.joined)
    assert all(way.closest_contact >= 0.85 for way in interface.joined)
    assert {c.row().family for c in by_kind} == {"Cl-Li-P-S", "Cl-Li"}
    assert lower.formula == "Li6PS5Cl"
    assert upper.formula == "LiCl"


def test_the_plan_knows_sizes_elements_and_strain():
    plan = plan_campaign(
        settings({"with": "LiI", "planes": [[1, 0, 0], [1, 0, 0]], **SMALL}, "Li3PS4-beta"),
        parents("Li3PS4-beta", "LiI"),
        {},
    )
    interface, lower, upper = (planned.plan for planned in plan.candidates)
    assert "strain 3.8 %" in interface.done
    assert 2 * interface.n_atoms == lower.n_atoms + upper.n_atoms
    assert set(interface.composition()) == {"Li", "P", "S", "I"}
    assert Composition(dict(upper.composition())).reduced_formula == "LiI"
    assert Composition(dict(lower.composition())).reduced_formula == "Li3PS4"


def test_a_polar_cut_is_refused_unless_allowed():
    polar = {"with": "LiCl", "planes": [[1, 1, 0], [1, 1, 1]], **SMALL}
    there = parents("Li6PS5Cl", "LiCl")
    with pytest.raises(StructureError, match=r"every cut along \(1 1 1\) of LiCl is polar: .* set polar: allow"):
        plan_campaign(settings(polar), there, {})
    plan = plan_campaign(settings(polar | {"polar": "allow"}), there, {})
    assert len(plan.candidates) == 3


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"with": "LiBr"}, r"interface\.with: LiBr is none of the campaign's parents \(Li6PS5Cl, LiCl\)"),
        ({"max_strain": 0.001}, r"matches within a strain of 0\.1 % \(max_strain\): the nearest has"),
        ({"max_atoms": 90}, r"the smallest cell of this interface has \d+ atoms|no cell of up to \d+ A2 matches"),
    ],
)
def test_what_cannot_be_made_is_told_once(changed, says):
    with pytest.raises(StructureError, match=says) as raised:
        plan_campaign(settings(ARGYRODITE | changed), parents("Li6PS5Cl", "LiCl"), {})
    assert str(raised.value).count("\n") == 0


def test_the_other_crystal_must_be_ordered():
    half = Structure(Lattice.cubic(5.1), [{"Li": 0.5}, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    disordered = Parent("half", half, "made for a test", oxidation_states={"Li": 2.0, "Cl": -1.0})
    there = parents("Li6PS5Cl") | {"half": disordered}
    with pytest.raises(StructureError, match=r"half is partially occupied|is \+1 here and \+2 in half"):
        plan_campaign(settings(ARGYRODITE | {"with": "half"}), there, {})


def test_the_key_is_written_as_it_is_read():
    config = InterfaceConfig.model_validate(ARGYRODITE)
    assert config.model_dump()["with"] == "LiCl"
    assert InterfaceConfig.model_validate(config.model_dump()) == config
    with pytest.raises(ValidationError, match=r"planes\.1: write \[1, 1, 0\] instead of"):
        InterfaceConfig.model_validate(ARGYRODITE | {"planes": [[1, 1, 0], [2, 2, 0]]})


def test_a_degree_that_is_still_to_be_found_has_no_boundary():
    exchange = {"between": [{"element": "S", "not_bonded_to": "P"}, {"element": "Cl"}], "degree": "equilibrium(823)"}
    with pytest.raises(
        ValidationError, match=r"equilibrium\(T\) is of the crystal; give the degree in a rule with `interface`"
    ):
        settings(ARGYRODITE, exchange=exchange)


def test_a_crystal_beside_itself_along_one_plane_is_no_interface():
    itself = {"with": "Li6PS5Cl", "planes": [[1, 1, 0], [-1, -1, 0]], **SMALL}
    with pytest.raises(StructureError, match=r"Li6PS5Cl along \(1 1 0\) beside itself along the same plane is one"):
        plan_campaign(settings(itself), parents("Li6PS5Cl"), {})
    # What an exchange makes of it is another crystal, and so is another plane.
    exchange = {"between": [{"element": "S", "not_bonded_to": "P"}, {"element": "Cl"}], "degree": "1/2"}
    assert plan_campaign(settings(itself, exchange=exchange), parents("Li6PS5Cl"), {})
    turned = itself | {"planes": [[1, 1, 0], [1, 0, 0]], "polar": "allow"}
    assert plan_campaign(settings(turned), parents("Li6PS5Cl"), {})
