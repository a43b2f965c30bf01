"""The shipped structures against what was published about them."""

import subprocess
import sys

import numpy as np
import pytest
from pymatgen.core import Composition
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from screening.errors import StructureError
from screening.parents import library

PARENTS = {
    "Li6PS5Cl", "Li6PS5Br", "Li6PS5I", "Li3PS4-beta", "Li3PO4-beta", "Li3PO4-gamma", "Li3YCl6", "Li3OCl", "Li3OBr",
    "Li10GeP2S12", "Li7La3Zr2O12-tetragonal", "Li7La3Zr2O12-cubic", "Na3PS4-tetragonal", "Na3PS4-cubic", "ZrO2-cubic",
}  # fmt: skip
REFERENCES = {
    "Li2S", "Li2O", "Na2S", "LiF", "LiCl", "LiBr", "LiI", "NaCl", "SiS2", "SnS2", "YCl3", "ZrO2", "La2O3", "Al2O3",
    "LiTaO3", "Li3PS4-gamma", "Li4GeS4",
}  # fmt: skip
# Centre, ligand, cutoff in Å: how many ligands every centre must have, and the mean bond published for such groups.
COORDINATION = [
    ("Li6PS5Cl", "P", "S", 2.4, 4, 2.03),
    ("Li6PS5Br", "P", "S", 2.4, 4, 2.05),
    ("Li6PS5I", "P", "S", 2.4, 4, 2.05),
    ("Li3PS4-beta", "P", "S", 2.4, 4, 2.07),
    ("Li3PS4-gamma", "P", "S", 2.4, 4, 2.04),
    ("Li10GeP2S12", "P", "S", 2.4, 4, 2.08),
    ("Na3PS4-tetragonal", "P", "S", 2.4, 4, 2.06),
    ("Na3PS4-cubic", "P", "S", 2.4, 4, 2.06),
    ("Li3PO4-beta", "P", "O", 1.8, 4, 1.545),
    ("Li3PO4-gamma", "P", "O", 1.8, 4, 1.545),
    ("Li3YCl6", "Y", "Cl", 3.0, 6, 2.62),
    ("YCl3", "Y", "Cl", 3.0, 6, 2.63),
    ("Li4GeS4", "Ge", "S", 2.6, 4, 2.21),
    ("Li7La3Zr2O12-tetragonal", "Zr", "O", 2.5, 6, 2.11),
    ("Li7La3Zr2O12-cubic", "Zr", "O", 2.5, 6, 2.11),
    ("Li7La3Zr2O12-cubic", "La", "O", 3.0, 8, 2.53),
    ("SiS2", "Si", "S", 2.6, 4, 2.14),
    ("SnS2", "Sn", "S", 3.0, 6, 2.56),
    ("ZrO2", "Zr", "O", 2.6, 7, 2.16),
    ("ZrO2-cubic", "Zr", "O", 2.6, 8, 2.2),
    ("La2O3", "La", "O", 3.0, 7, 2.55),
    ("Al2O3", "Al", "O", 2.3, 6, 1.913),
    ("LiTaO3", "Ta", "O", 2.4, 6, 1.98),
    ("LiTaO3", "Li", "O", 2.6, 6, 2.17),
    ("Li3OCl", "O", "Li", 2.3, 6, 1.95),
    ("Li2S", "S", "Li", 2.8, 8, 2.47),
]


def test_holds_what_it_should():
    assert set(library.names("parent")) == PARENTS
    assert set(library.names("reference")) == REFERENCES
    assert set(library.names()) == PARENTS | REFERENCES


def test_every_cif_has_an_entry():
    assert {path.stem for path in library.FOLDER.glob("*.cif")} == set(library.names())


@pytest.mark.parametrize("name", sorted(PARENTS | REFERENCES))
def test_entry_is_what_it_states(name):
    parent, facts = library.load(name), library.describe(name)
    structure = parent.structure
    assert parent.id == name
    assert structure.is_ordered
    assert structure.composition.reduced_formula == Composition(facts["formula"]).reduced_formula
    analyzer = SpacegroupAnalyzer(structure, symprec=0.01)
    assert analyzer.get_space_group_number() == facts["space_group"]
    assert parent.space_group == analyzer.get_space_group_symbol()
    assert structure.density == pytest.approx(facts["density"], rel=0.02)
    assert parent.source.strip()
    assert parent.notes.strip()
    charge = sum(parent.oxidation_states[site.specie.symbol] for site in structure)
    assert charge == 0
    guesses = structure.composition.reduced_composition.oxi_state_guesses()
    assert parent.oxidation_states in [dict(guess) for guess in guesses]


@pytest.mark.parametrize("name", sorted(PARENTS | REFERENCES))
def test_shortest_distance_is_the_stated_pair(name):
    structure, facts = library.load(name).structure, library.describe(name)
    first, second, _, distances = structure.get_neighbor_list(3.2, exclude_self=True)
    shortest = int(np.argmin(distances))
    assert distances[shortest] == pytest.approx(facts["shortest"]["distance"], abs=0.001)
    pair = {structure[int(first[shortest])].specie.symbol, structure[int(second[shortest])].specie.symbol}
    assert pair == set(facts["shortest"]["pair"].split("-"))


@pytest.mark.parametrize(("name", "centre", "ligand", "cutoff", "count", "mean"), COORDINATION)
def test_coordination(name, centre, ligand, cutoff, count, mean):
    structure = library.load(name).structure
    bonds = [
        [n.nn_distance for n in structure.get_neighbors(site, cutoff) if n.specie.symbol == ligand]
        for site in structure
        if site.specie.symbol == centre
    ]
    assert bonds
    assert {len(lengths) for lengths in bonds} == {count}
    assert np.mean(bonds) == pytest.approx(mean, rel=0.02)


@pytest.mark.parametrize("halogen", ["Cl", "Br", "I"])
def test_argyrodite_setting(halogen):
    structure = library.load(f"Li6PS5{halogen}").structure
    letters = SpacegroupAnalyzer(structure, symprec=0.01).get_symmetry_dataset().wyckoffs
    found = {}
    for site, letter in zip(structure, letters, strict=True):
        found.setdefault(f"{site.specie.symbol} {letter}", []).append(site.frac_coords)
    # A halide at the origin and a free sulfide at (3/4, 3/4, 3/4): 4a and 4d, the letters the configs use.
    positions = {label.split()[0]: coords for label, coords in found.items() if len(coords) == 4}
    assert np.allclose(min(positions[halogen], key=sum) % 1, 0, atol=1e-6)
    assert any(np.allclose(c % 1, 0.75, atol=1e-6) for c in positions["S"])
    assert {f"{halogen} a", "S d", "S e"} <= set(found)


@pytest.mark.parametrize("name", sorted(PARENTS))
def test_vacant_sites_are_whole_empty_and_near_the_anions(name):
    parent = library.load(name)
    for label, positions in parent.vacant_sites.items():
        element, wyckoff = label.split()[:2]
        assert element in {"Li", "Na"}
        assert len(positions) <= int("".join(c for c in wyckoff if c.isdigit()))
        distances = parent.structure.lattice.get_all_distances(positions, parent.structure.frac_coords)
        assert distances.min() > 0.9
        anions = [i for i, s in enumerate(parent.structure) if parent.oxidation_states[s.specie.symbol] < 0]
        nearest = distances[:, anions].min(axis=1)
        assert (nearest > 1.75).all()
        assert (nearest < 3.0).all()
        own = parent.structure.lattice.get_all_distances(positions, positions) + 9 * np.eye(len(positions))
        assert own.min() > 0.5


def test_vacant_orbits_are_expanded():
    counts = {n: {k: len(v) for k, v in library.load(n).vacant_sites.items()} for n in library.names("parent")}
    assert counts["Li6PS5Cl"] == {"Li 48h": 48, "Li 48h T2": 48, "Li 16e T4": 16}
    assert counts["Li7La3Zr2O12-tetragonal"] == {"Li 16e": 16}
    assert counts["Na3PS4-cubic"] == {"Na 12d": 12}
    # 24 tetrahedra and 48 octahedra less the 13 and 43 that hold the 56 lithium ions
    assert counts["Li7La3Zr2O12-cubic"] == {"Li 24d": 11, "Li 96h": 5}


def test_garnet_sites_add_up():
    parent = library.load("Li7La3Zr2O12-tetragonal")
    # Filled 8a and empty 16e are the 24 tetrahedra of the garnet: each has four oxygen neighbours.
    oxygen = parent.structure.frac_coords[list(parent.structure.indices_from_symbol("O"))]
    distances = parent.structure.lattice.get_all_distances(parent.vacant_sites["Li 16e"], oxygen)
    assert (np.sort(distances, axis=1)[:, 3] < 2.1).all()
    assert (np.sort(distances, axis=1)[:, 4] > 3.0).all()


def test_unknown_name_gives_the_nearest():
    with pytest.raises(StructureError, match=r"did you mean Li6PS5Cl"):
        library.load("li6ps5cl2")
    with pytest.raises(StructureError, match=r"it holds Al2O3, .*ZrO2"):
        library.load("@@@")


def test_loads_are_independent():
    library.load("LiCl").structure.replace_species({"Cl": "Br"})
    assert library.load("LiCl").structure.composition.reduced_formula == "LiCl"


def test_import_is_light():
    heavy = ("pymatgen.core", "ase", "yaml")
    code = f"import sys, screening.parents.registry; print([m for m in {heavy} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
