"""Mixing enthalpy: end members, balanced reactions and honest absences."""

import pytest

from screening.stability.mixing import Phase, mixing_enthalpy


def phase(name, composition, energy_per_atom, end=False):
    return Phase(name, name, composition, energy_per_atom * sum(composition.values()), end)


CL = phase("LiCl", {"Li": 4, "Cl": 4}, -3.0, end=True)
BR = phase("LiBr", {"Li": 4, "Br": 4}, -2.6, end=True)


def test_half_way_between_end_members():
    mixed = phase("LiClBr", {"Li": 4, "Cl": 2, "Br": 2}, -2.79)
    result = mixing_enthalpy(mixed, [CL, BR])
    assert result.kind == "end members"
    assert result.enthalpy_eV_atom == pytest.approx(-2.79 + 2.8, rel=1e-9)


def test_an_end_member_is_its_own_reference():
    assert mixing_enthalpy(CL, [CL, BR]).kind == "itself"
    assert mixing_enthalpy(CL, [CL, BR]).enthalpy_eV_atom == pytest.approx(0, abs=1e-12)


def test_same_composition_as_the_parent_is_measured_against_it():
    """Site exchange changes no composition: the ordered parent is the reference."""
    exchanged = phase("exchanged", {"Li": 4, "Cl": 4}, -2.95)
    result = mixing_enthalpy(exchanged, [CL, BR])
    assert result.kind == "end members"
    assert result.enthalpy_eV_atom == pytest.approx(0.05, rel=1e-9)


def test_off_the_line_the_cheapest_balance_counts():
    """Li3ClO against LiCl + Li2O, both ways of getting the lithium oxide offered."""
    target = phase("Li3ClO", {"Li": 3, "Cl": 1, "O": 1}, -3.5)
    stable = phase("Li2O", {"Li": 8, "O": 4}, -4.0)
    metastable = phase("Li2O2-ish", {"Li": 2, "O": 1}, -3.8)
    result = mixing_enthalpy(target, [CL, BR, metastable, stable])
    assert result.kind == "competing phases"
    assert result.enthalpy_eV_atom == pytest.approx(-3.5 - (0.4 * -3.0 + 0.6 * -4.0), rel=1e-9)
    assert "Li2O2" not in result.reaction


def test_what_cannot_be_balanced_has_no_value():
    doped = phase("LiClSi", {"Li": 4, "Cl": 4, "Si": 1}, -3.0)
    result = mixing_enthalpy(doped, [CL, BR])
    assert result.enthalpy_eV_atom is None
    assert "no reference contains Si" in result.reason
