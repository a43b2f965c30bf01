"""The reference crystals against other sources, and which of them cover what."""

import numpy as np
import pytest
from ase.build import bulk
from pymatgen.core import Composition

from screening.parents import library
from screening.potentials.references import CORE, PROTOTYPES, crystals, sample, select

BY_NAME = {crystal.name: crystal for crystal in crystals()}
ELECTROLYTE_ELEMENTS = ["Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "Al", "Ga", "In", "Si", "Ge", "Sn", "P", "As", "Sb"]
ELECTROLYTE_ELEMENTS += ["O", "S", "Se", "Te", "F", "Cl", "Br", "I", "N", "H", "Y", "La", "Zr", "Ti", "Nb", "Ta", "W"]
CUBIC = [crystal for crystal in crystals() if crystal.a_A is not None]


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(crystals())


@pytest.mark.parametrize("crystal", crystals(), ids=lambda crystal: crystal.name)
def test_the_cell_has_the_formula(crystal: object) -> None:
    atoms = crystal.atoms()  # type: ignore[attr-defined]
    formula = crystal.name.split("-")[0]  # type: ignore[attr-defined]
    assert Composition(atoms.get_chemical_formula()).reduced_formula == Composition(formula).reduced_formula


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("NaCl", "rocksalt"),
        ("GaP", "zincblende"),
        ("CsCl", "cesiumchloride"),
        ("CaF2", "fluorite"),
        ("Si", "diamond"),
        ("Li", "bcc"),
    ],
)
def test_cells_agree_with_those_of_ase(name: str, structure: str) -> None:
    crystal = BY_NAME[name]
    ours, theirs = crystal.atoms(), bulk(name, structure, a=crystal.a_A)
    assert ours.get_volume() == pytest.approx(theirs.get_volume())
    np.testing.assert_allclose(_shells(ours), _shells(theirs), atol=1e-9)


def _shells(atoms: object) -> np.ndarray:
    """Sorted distances to the nearest neighbours in a large block, labelled by nothing: they fix the crystal."""
    block = atoms.repeat(4)  # type: ignore[attr-defined]
    return np.sort(block.get_all_distances(mic=True), axis=None)[: 40 * len(block)]


def test_antifluorite_is_fluorite_with_the_ions_exchanged() -> None:
    atoms = BY_NAME["Li2O"].atoms()
    distances = atoms.repeat(3).get_all_distances(mic=True)
    oxygen = [i for i, symbol in enumerate(atoms.repeat(3).symbols) if symbol == "O"]
    nearest = np.sort(distances[oxygen[0]])[1:9]
    # Eight lithium atoms at sqrt(3)/4 a.
    np.testing.assert_allclose(nearest, np.sqrt(3) / 4 * 4.619, atol=1e-6)


def test_perovskite_has_the_small_cation_in_an_octahedron() -> None:
    block = BY_NAME["SrTiO3"].atoms().repeat(3)
    titanium = next(i for i, symbol in enumerate(block.symbols) if symbol == "Ti")
    nearest = np.argsort(block.get_distances(titanium, range(len(block)), mic=True))[1:7]
    assert {block.symbols[i] for i in nearest} == {"O"}
    assert block.get_distance(titanium, nearest[0], mic=True) == pytest.approx(3.905 / 2)


@pytest.mark.parametrize("name", ["LiF", "LiCl", "LiBr", "LiI", "Li2O", "Li2S", "NaCl", "Na2S"])
def test_lattice_constants_agree_with_the_shipped_structures(name: str) -> None:
    """Two independent tables: the one here and the CIFs with their own sources."""
    conventional = library.load(name).structure.lattice.a
    assert BY_NAME[name].a_A == pytest.approx(conventional, rel=0.005)


@pytest.mark.parametrize("crystal", CUBIC, ids=lambda crystal: crystal.name)
def test_no_two_atoms_are_closer_than_ions_can_be(crystal: object) -> None:
    """A slip of the pen in a lattice constant shows as a bond far from the sum of atomic radii."""
    from ase.data import covalent_radii

    atoms = crystal.atoms()  # type: ignore[attr-defined]
    block = atoms.repeat(2)
    distances = block.get_all_distances(mic=True)
    radii = covalent_radii[block.numbers]
    ratio = distances / (radii[:, None] + radii)
    np.fill_diagonal(ratio, np.inf)
    assert 0.7 < ratio.min() < 1.4


def test_every_prototype_is_used() -> None:
    assert {crystal.prototype for crystal in crystals()} == {*PROTOTYPES, "shipped"}


class TestSelect:
    def test_crystals_inside_the_campaign_come_first(self) -> None:
        chosen = select(frozenset({"Li", "P", "S", "Cl"}), None)
        assert [crystal.name for crystal in chosen.crystals[:2]] == ["LiCl", "Li2S"]
        assert chosen.not_covered == frozenset()

    def test_every_element_has_two_compounds(self) -> None:
        elements = frozenset({"Li", "P", "S", "Cl", "Si", "Sn", "Br"})
        chosen = select(elements, None).crystals
        for element in elements:
            assert sum(element in crystal.elements and len(crystal.elements) > 1 for crystal in chosen) >= 2

    def test_the_core_is_always_there(self) -> None:
        assert set(CORE) <= {crystal.name for crystal in select(frozenset({"K"}), None).crystals}

    def test_a_potential_is_asked_only_what_it_knows(self) -> None:
        known = frozenset({"Li", "S", "P", "Cl"})
        chosen = select(known, known)
        assert all(crystal.elements <= known for crystal in chosen.crystals)
        assert chosen.not_covered == {"P"}

    def test_a_crystal_of_one_element_covers_nothing(self) -> None:
        chosen = select(frozenset({"Si"}), frozenset({"Si"}))
        assert [crystal.name for crystal in chosen.crystals] == ["Si"]
        assert chosen.not_covered == {"Si"}

    def test_rhenium_has_no_crystal(self) -> None:
        assert select(frozenset({"Li", "Re"}), None).not_covered == {"Re"}

    @pytest.mark.parametrize("element", ELECTROLYTE_ELEMENTS)
    def test_elements_of_solid_electrolytes_are_covered(self, element: str) -> None:
        assert select(frozenset({element}), None).not_covered == frozenset()


class TestSample:
    def test_it_has_the_campaigns_elements(self) -> None:
        assert set(sample(frozenset({"Li", "P", "S", "Cl"}), None).symbols) == {"Li", "P", "S", "Cl"}

    def test_it_keeps_to_what_the_potential_knows(self) -> None:
        known = frozenset({"Na", "Cl"})
        assert set(sample(frozenset({"Na", "Cl"}), known).symbols) == known
