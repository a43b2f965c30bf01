"""The framework's bonds: torn and made ones are found, ordinary relaxation is not a change."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.stability import RelaxConfig
from screening.parents import library
from screening.stability.relax import relax
from screening.stability.topology import Framework

THIOPHOSPHATE = Framework("Li", frozenset({"S", "Cl", "Br", "I"}))


def crystal(name: str) -> Atoms:
    return AseAtomsAdaptor.get_atoms(library.load(name).structure, msonable=False)


def bonds(atoms: Atoms, one: str, other: str, longest: float) -> list[tuple[int, int]]:
    distances = atoms.get_all_distances(mic=True)
    return [
        (i, j)
        for i in range(len(atoms))
        for j in range(len(atoms))
        if atoms.symbols[i] == one and atoms.symbols[j] == other and distances[i, j] < longest
    ]


def test_a_sulfur_pulled_off_its_phosphorus_is_named():
    before = crystal("Li6PS5Cl")
    i, j = bonds(before, "P", "S", 2.5)[0]
    after = before.copy()
    after.positions[j] += 0.6 * before.get_distance(i, j, mic=True, vector=True)
    told = THIOPHOSPHATE.changes(before, after)
    assert "1 bonds broken" in told
    assert f"P{i}-S{j}" in told


def test_a_polysulfide_is_a_bond_made():
    before = crystal("Li6PS5Cl")
    i, j = next((i, j) for i, j in bonds(before, "S", "S", 3.6) if i < j)
    after = before.copy()
    half = before.get_distance(i, j, mic=True, vector=True)
    after.positions[j] -= half * (1 - 2.05 / np.linalg.norm(half))
    assert "bonds made" in THIOPHOSPHATE.changes(before, after)


@pytest.mark.parametrize(
    "name",
    [
        "Li6PS5Cl",
        "Li3PS4-beta",
        "Li10GeP2S12",
        "Li3YCl6",
        "Li7La3Zr2O12-tetragonal",
        "Li3PO4-gamma",
        "LiTaO3",
        "Li3OCl",
    ],
)
def test_swelling_shear_and_displacements_are_no_change(name):
    """15 % more volume, 3 % shear and 0.1 Angstrom a coordinate: more than relaxations with a sound potential do."""
    structure = library.load(name).structure
    if not structure.is_ordered:
        structure = structure.copy()
        for i, site in enumerate(structure):
            structure[i] = max(site.species.items(), key=lambda item: item[1])[0]
    before = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    framework = Framework("Li", frozenset({"S", "Cl", "Br", "I", "O"}))
    rng = np.random.default_rng(0)
    for strain in (1.15 ** (1 / 3), 0.95 ** (1 / 3)):
        after = before.copy()
        shear = np.eye(3) * strain
        shear[0, 1] = 0.03
        after.set_cell(before.cell @ shear, scale_atoms=True)
        after.positions += rng.normal(0, 0.1, after.positions.shape)
        assert framework.changes(before, after) == ""


def test_turning_a_tetrahedron_and_moving_the_mobile_ions_anywhere_is_no_change():
    before = crystal("Li6PS5Cl")
    centre = next(i for i in range(len(before)) if before.symbols[i] == "P")
    after = before.copy()
    angle = np.radians(40)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    for i, j in bonds(before, "P", "S", 2.5):
        if i == centre:
            vector = before.get_distance(i, j, mic=True, vector=True)
            after.positions[j] += turn @ vector - vector
    lithium = after.symbols == "Li"
    after.positions[lithium] = np.random.default_rng(1).uniform(0, 10, (lithium.sum(), 3))
    assert THIOPHOSPHATE.changes(before, after) == ""


def test_a_bond_to_an_image_counts():
    """A chain -Si-S-Si-S- of one Si and one S: tearing it leaves the other bond of the same pair."""
    before = Atoms("SiS", positions=[[0, 0, 0], [2.1, 0, 0]], cell=[4.2, 12, 12], pbc=True)
    after = Atoms("SiS", positions=[[0, 0, 0], [2.1, 0, 0]], cell=[6.0, 12, 12], pbc=True)
    assert "1 bonds broken" in Framework("Li", frozenset({"S"})).changes(before, after)


def test_frameworks_of_other_atoms_are_refused():
    with pytest.raises(ValueError, match="different atoms"):
        THIOPHOSPHATE.changes(crystal("LiCl"), crystal("LiBr"))


def test_a_potential_without_bonds_tears_thiophosphate_apart():
    """One Lennard-Jones well for every pair: PS4 does not survive, and has no energy to compare."""
    atoms = crystal("Li6PS5Cl")
    everything_alike = LennardJones(sigma=2.9, epsilon=0.05, rc=5.0, smooth=True)
    settings = RelaxConfig(cell=False, max_steps=60)
    done = relax(atoms, everything_alike, settings, seed=1, framework=THIOPHOSPHATE)
    assert done.status == "framework_changed"
    assert done.energy_eV is None
    assert "P" in done.reason


@pytest.mark.long
def test_a_sound_potential_keeps_the_framework():
    from screening.config.potential import TeacherConfig
    from screening.potentials.registry import load

    potential = load(TeacherConfig(name="chgnet"), 1)
    done = relax(crystal("Li3PS4-beta"), potential.calculator, RelaxConfig(max_steps=150), 1, THIOPHOSPHATE)
    assert done.status == "converged"
