"""Every kind of rule on an embedded structure: composition and charge counted here, only the named sites changed."""

from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Composition

from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.selection import select
from screening.config.candidates import CandidatesConfig, SublatticeSelector
from screening.config.parents import PackedConfig
from screening.config.stages import EnumerateSettings
from screening.errors import StructureError
from screening.parents import library
from screening.parents.packed import load_packed
from screening.records.origin import Provenance
from tests.blank import blank

CATIONS = {"Li": 1, "Na": 1, "Mg": 2, "Ca": 2, "Ba": 2, "Y": 3, "In": 3, "La": 3, "Zr": 4, "Hf": 4, "Si": 4, "Ge": 4}
CHARGES = CATIONS | {"P": 5, "Ta": 5, "O": -2, "S": -2, "Se": -2, "F": -1, "Cl": -1, "Br": -1}
FREE_S = {"element": "S", "not_bonded_to": "P"}
PS4_S = {"element": "S", "bonded_to": "P"}


def put(sites: dict, dopant: str, fraction: str) -> dict:
    return {"sites": sites, "dopant": dopant, "fraction": fraction}


# What it is: parent, mobile ion, rule, formula by hand, elements whose sites may change.
KINDS = {
    "isovalent cation": (
        "Li7La3Zr2O12-tetragonal",
        "Li",
        {"substitute": [put({"element": "Zr"}, "Hf", "1/4")]},
        "Li7La3Zr1.5Hf0.5O12",
        {"Zr"},
    ),
    "aliovalent cation, mobile vacancies": (
        "Li7La3Zr2O12-tetragonal",
        "Li",
        {"substitute": [put({"element": "Zr"}, "Ta", "1/4")], "compensate": "vacancy"},
        "Li6.5La3Zr1.5Ta0.5O12",
        {"Zr", "Li"},
    ),
    "aliovalent cation, mobile interstitials": (
        "Li3PS4-gamma",
        "Li",
        {"substitute": [put({"element": "P"}, "Ge", "1/2")], "compensate": "interstitial"},
        "Li3.5P0.5Ge0.5S4",
        {"P"},
    ),
    "aliovalent cation, sodium": (
        "Na3PS4-cubic",
        "Na",
        {"substitute": [put({"element": "P"}, "Si", "1/2")], "compensate": "interstitial"},
        "Na3.5P0.5Si0.5S4",
        {"P"},
    ),
    "anions mixed": (
        "Li3YCl6",
        "Li",
        {"substitute": [put({"element": "Cl"}, "Br", "1/3")]},
        "Li3YCl4Br2",
        {"Cl"},
    ),
    "several sublattices at once": (
        "Li6PS5Cl",
        "Li",
        {"substitute": [put({"element": "P"}, "Si", "1/2"), put(FREE_S, "Br", "1/2")]},
        "Li6P0.5Si0.5S4.5Br0.5Cl",
        {"P", "S"},
    ),
    "several sublattices and an exchange": (
        "Li6PS5Cl",
        "Li",
        {
            "substitute": [put({"element": "P"}, "Ge", "1/4")],
            "exchange": {"between": [FREE_S, {"element": "Cl"}], "degree": "1/4"},
            "compensate": "interstitial",
        },
        "Li6.25P0.75Ge0.25S5Cl",
        {"P", "S", "Cl"},
    ),
    "oxygen in the polyanion": (
        "Li6PS5Cl",
        "Li",
        {"substitute": [put(PS4_S, "O", "1/4")]},
        "Li6PS4OCl",
        {"S"},
    ),
    "the whole polyanion": (
        "Na3PS4-tetragonal",
        "Na",
        {"substitute": [put(PS4_S, "Se", "1")]},
        "Na3PSe4",
        {"S"},
    ),
    "cation site exchange": (
        "Li3YCl6",
        "Li",
        {"exchange": {"between": [{"element": "Y"}, {"element": "Li"}], "degree": "1/3"}},
        "Li3YCl6",
        {"Y", "Li"},
    ),
    "anion vacancies with the mobile ion's": (
        "Li3OCl",
        "Li",
        {"substitute": [put({"element": "Cl"}, "vacancy", "1/8")], "compensate": "vacancy"},
        "Li2.875OCl0.875",
        {"Cl", "Li"},
    ),
    "co-substitution": (
        "Li7La3Zr2O12-tetragonal",
        "Li",
        {
            "substitute": [put({"element": "La"}, "Ba", "1/24")],
            "compensate": {"scheme": "co_substitution", "sites": {"element": "Zr"}, "dopant": "Ta"},
        },
        "Li7La2.875Ba0.125Zr1.875Ta0.125O12",
        {"La", "Zr"},
    ),
    "anion vacancies": (
        "Li3YCl6",
        "Li",
        {
            "substitute": [put({"element": "Y"}, "Mg", "1/3")],
            "compensate": {"scheme": "anion_vacancy", "sites": {"element": "Cl"}},
        },
        "Li3Y0.6666667Mg0.3333333Cl5.6666667",
        {"Y", "Cl"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_rule(kind):
    name, mobile, rule, formula, touched = KINDS[kind]
    parent = library.load(name)
    supercell = (2, 2, 2) if name == "Li3OCl" else (1, 1, 1)
    candidates = CandidatesConfig.model_validate(
        {"supercell": supercell, "rules": [{"parent": "p", **rule}], "orderings": {"draws": 20, "max_enumerated": 100}}
    )
    settings = EnumerateSettings(mobile_ion=mobile, seed=1, oxidation_states={}, candidates=candidates)
    (candidate,) = [c for c in enumerate_candidates(settings, {"p": parent}, {}).candidates if "candidate" in c.roles]
    structure = candidate.structures[0]
    asked = Composition(formula)
    per_unit = structure.composition.num_atoms / asked.num_atoms
    for element in {*asked.elements, *structure.composition.elements}:
        assert structure.composition[element] == pytest.approx(per_unit * asked[element], abs=1e-3)
    assert sum(CHARGES[site.specie.symbol] for site in structure) == 0

    whole = parent.structure.copy()
    whole.make_supercell(supercell)
    kept = [site for site in whole if site.specie.symbol not in touched]
    distances = structure.lattice.get_all_distances([s.frac_coords for s in kept], structure.frac_coords)
    assert distances.min(axis=1).max() < 1e-3
    now = [structure[i].specie.symbol for i in distances.argmin(axis=1)]
    assert now == [site.specie.symbol for site in kept]


def test_only_the_sites_that_the_selector_names_are_changed():
    """Oxygen for a quarter of the sulfur of PS4: all free sulfur and three quarters of the rest stay."""
    parent = library.load("Li6PS5Cl")
    rule = {"parent": "p", "substitute": [put(PS4_S, "O", "1/4")]}
    candidates = CandidatesConfig.model_validate(
        {"supercell": (1, 1, 1), "rules": [rule], "orderings": {"draws": 20, "max_enumerated": 100}}
    )
    settings = EnumerateSettings(mobile_ion="Li", seed=1, oxidation_states={}, candidates=candidates)
    (candidate,) = [c for c in enumerate_candidates(settings, {"p": parent}, {}).candidates if c.roles == {"candidate"}]
    structure = candidate.structures[0]

    def held(selector: dict) -> list[str]:
        sites = [parent.structure[i] for i in select(parent.structure, SublatticeSelector(**selector))]
        distances = structure.lattice.get_all_distances([s.frac_coords for s in sites], structure.frac_coords)
        return sorted(structure[int(i)].specie.symbol for i in np.argmin(distances, axis=1))

    assert held(FREE_S) == ["S"] * 4
    assert held(PS4_S) == ["O"] * 4 + ["S"] * 12


def glass_candidates(parents: dict, rules: list, supercell: tuple[int, int, int] | dict = (1, 1, 1)) -> list:
    candidates = CandidatesConfig.model_validate({"supercell": supercell, "rules": rules})
    settings = EnumerateSettings(mobile_ion="Li", seed=1, oxidation_states={}, candidates=candidates)
    return enumerate_candidates(settings, parents, {}).candidates


def test_a_glass_is_another_candidate_than_its_crystal_and_has_as_many_samples_as_asked_for():
    parents = {"p": library.load("Li3PO4-beta")}
    crystal, glass, hotter, cell = glass_candidates(
        parents,
        [{"parent": "p"}, {"parent": "p", "glass": {"samples": 3}}, {"parent": "p", "glass": {"melt_K": 2500}}],
        supercell=(2, 2, 1),
    )
    assert len({crystal.id, glass.id, hotter.id}) == 3
    assert [len(c.structures) for c in (crystal, glass, hotter)] == [1, 3, 1]
    assert [c.row().glass for c in (crystal, glass, hotter)] == [False, True, True]
    # The crystal is the end member, glasses are measured against it.
    assert [c.end_member for c in (crystal, glass, hotter, cell)] == [False, False, False, True]
    assert hotter.record(blank(Provenance)).glass["melt_K"] == 2500
    assert "melted at 2000 K, quenched at 50 K/ps" in glass.done


def test_a_packing_is_no_crystal_and_no_reference():
    packing = load_packed(PackedConfig(groups={"Li": 40, "Cl": 40}, density_g_cm3=1.4), Path())
    with pytest.raises(StructureError, match="add `glass` to the rule"):
        glass_candidates({"p": packing}, [{"parent": "p"}])
    (only,) = glass_candidates({"p": packing}, [{"parent": "p", "glass": {}}])
    assert (only.roles, only.end_member) == ({"candidate"}, False)


def test_a_cell_too_small_to_tell_a_glass_is_refused_before_anything_runs():
    parents = {"p": library.load("Li3PO4-beta")}
    with pytest.raises(StructureError, match=r"rules\.0.*a glass of 30 atoms besides Li.*40 are needed"):
        glass_candidates(parents, [{"parent": "p", "glass": {}}], supercell=(3, 1, 1))


def test_an_automatic_supercell_is_large_enough_for_a_glass():
    parents = {"p": library.load("Li3PO4-beta")}
    rules = [{"parent": "p", "glass": {}}]
    glass, _ = glass_candidates(parents, rules, supercell={"min_image_distance_A": 5})
    assert 40 <= sum(site.specie.symbol != "Li" for site in glass.structures[0]) <= 60
