"""The shipped campaigns of doping make what their text says: composition, charge and sites, counted by hand."""

from collections import Counter
from pathlib import Path

import pytest
from pymatgen.core import Composition, Structure

from screening.campaign.preflight import check_campaign, enumerate_settings
from screening.candidates.enumerate import enumerate_candidates
from screening.config.load import load_campaign
from screening.parents.registry import load_parents

FOLDER = Path(__file__).parents[3] / "configs" / "doping"
CHARGES = {
    **{
        "Li": 1,
        "Na": 1,
        "Al": 3,
        "Ga": 3,
        "Y": 3,
        "La": 3,
        "Zr": 4,
        "P": 5,
        "Sb": 5,
        "W": 6,
        "O": -2,
        "S": -2,
        "Cl": -1,
    }
}
WANTED = {
    "al-llzo": ("Li50Al2La24Zr16O96", "Li47Al3La24Zr16O96", "Li50Ga2La24Zr16O96"),
    "na3sbs4-w": ("Na48Sb16S64", "Na46Sb14W2S64"),
    "li5.5ps4.5cl1.5": ("Li22P4S18Cl6", "Li22P4S18Cl6"),
    "ysz": ("Zr28Y4O62", "Zr24Y8O60"),
}


def test_all_of_them_are_tested():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_check_passes_with_the_compositions_of_the_text(name):
    file = FOLDER / f"{name}.yaml"
    found = check_campaign(load_campaign(file), file.parent)
    decorations = [planned.plan.decoration for planned in found.candidates]
    assert [Composition(dict(d.composition())) for d in decorations] == [Composition(f) for f in WANTED[name]]
    assert not any("skipped" in line for line in found.lines)


def made(name: str) -> list[tuple[Structure, ...]]:
    file = FOLDER / f"{name}.yaml"
    campaign = load_campaign(file)
    quick = campaign.candidates.orderings.model_copy(update={"draws": 50})
    campaign = campaign.model_copy(update={"candidates": campaign.candidates.model_copy(update={"orderings": quick})})
    parents = load_parents(campaign.parents, file.parent).parents
    found = enumerate_candidates(enumerate_settings(campaign), parents, {})
    assert not found.refused
    return [candidate.structures for candidate in found.candidates if "candidate" in candidate.roles]


@pytest.mark.slow
@pytest.mark.parametrize("name", WANTED)
def test_every_structure_is_neutral_and_of_the_composition(name):
    for structures, formula in zip(made(name), WANTED[name], strict=True):
        for structure in structures:
            assert structure.composition == Composition(formula)
            assert sum(CHARGES[site.specie.symbol] for site in structure) == 0


def near(structure: Structure, points: list[tuple[float, float, float]], reach: float = 0.3) -> Counter[str]:
    """What is at these places."""
    distances = structure.lattice.get_all_distances(points, structure.frac_coords)
    return Counter(structure[int(row.argmin())].specie.symbol if row.min() < reach else "" for row in distances)


def test_sulfur_and_chloride_are_on_both_sites():
    """4d is (3/4, 3/4, 3/4) and its face centrings, 4a the origin's."""
    centrings = [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]
    ordered, disordered = made("li5.5ps4.5cl1.5")
    for structures, on_4d, on_4a in (
        (ordered, {"S": 2, "Cl": 2}, {"Cl": 4}),
        (disordered, {"S": 1, "Cl": 3}, {"S": 1, "Cl": 3}),
    ):
        for structure in structures:
            assert near(structure, [(x + 0.75, y + 0.75, z + 0.75) for x, y, z in centrings]) == on_4d
            assert near(structure, centrings) == on_4a


@pytest.mark.slow
def test_aluminium_and_gallium_are_on_the_tetrahedra():
    """Al and Ga have four O at 2 Angstrom or less; La and Zr are all there; 96h and 24d hold the lithium."""
    for structures, dopant, count in zip(made("al-llzo"), ("Al", "Al", "Ga"), (2, 3, 2), strict=True):
        (structure,) = structures
        sites = [site for site in structure if site.specie.symbol == dopant]
        assert len(sites) == count
        for site in sites:
            oxygen = [n for n in structure.get_neighbors(site, 2.3) if n.specie.symbol == "O"]
            assert len(oxygen) == 4


def test_zirconia_loses_oxygen_from_its_own_sites():
    for (structure,), vacancies in zip(made("ysz"), (2, 4), strict=True):
        cell = structure.lattice.a / 2
        oxygen = [site for site in structure if site.specie.symbol == "O"]
        assert len(oxygen) == 64 - vacancies
        for site in oxygen:
            assert ((site.coords / cell - 0.25) % 0.5 % 0.4999 < 1e-3).all()
