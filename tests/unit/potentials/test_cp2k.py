"""First principles as a potential: its recipe, what it refuses, and one small crystal where the program is there."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from screening.config.potential import TeacherConfig
from screening.errors import PotentialError
from screening.potentials import cp2k
from screening.potentials.registry import check, load

BASES = """\
 Li TZVP-MOLOPT-PBE-GTH-q1 TZVP-MOLOPT-GGA-GTH-q1
 Li TZVP-MOLOPT-PBE-GTH-q3 TZVP-MOLOPT-GGA-GTH-q3
Li DZVP-MOLOPT-PBE-GTH-q9
 Cl TZVP-MOLOPT-PBE-GTH-q7
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that does nothing, with data of two elements."""
    program = tmp_path / "cp2k_shell.psmp"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    (tmp_path / "cp2k.psmp").write_text("#!/bin/sh\necho ' CP2K version 9.9'\n")
    (tmp_path / "cp2k.psmp").chmod(0o755)
    (tmp_path / cp2k.BASIS_FILE).write_text(BASES)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("CP2K_DATA_DIR", str(tmp_path))
    return tmp_path


def test_the_deepest_core_is_taken() -> None:
    assert cp2k.basis_charges(BASES) == {"Li": 3, "Cl": 7}


@pytest.mark.parametrize(("edge", "points"), [(5.1, 3), (7.5, 2), (9.86, 2), (15.0, 1), (20.0, 1)])
def test_short_cells_have_k_points(edge: float, points: int) -> None:
    assert cp2k.k_points(Atoms(cell=[edge, 15.0, 30.0], pbc=True)) == (points, 1, 1)


def test_the_recipe_names_bases_and_points() -> None:
    text = cp2k.recipe(bulk("LiCl", "rocksalt", a=5.1, cubic=True), {"Li": 3, "Cl": 7, "S": 6})
    assert "&KIND Li\n      BASIS_SET TZVP-MOLOPT-PBE-GTH-q3\n      POTENTIAL GTH-PBE-q3" in text
    assert "KIND S" not in text
    assert "SCHEME MONKHORST-PACK 3 3 3" in text
    assert "KPOINTS" not in cp2k.recipe(Atoms("LiCl", cell=[15, 15, 15], pbc=True), {"Li": 3, "Cl": 7})


def test_each_finer_recipe_is_another_one(installed: Path) -> None:
    (installed / cp2k.BASIS_FILE).write_text(BASES + BASES.replace("TZVP", "TZV2P"))
    calculator = load(TeacherConfig(name="cp2k")).calculator
    finer = calculator.finer()
    assert list(finer) == ["grid of 600 Ry", "one more k point along each axis", "TZV2P"]
    assert len({calculator.checksum, *(one.checksum for one in finer.values())}) == 4
    crystal = bulk("LiCl", "rocksalt", a=5.1, cubic=True)
    denser = cp2k.recipe(crystal, {"Li": 3, "Cl": 7}, finer["one more k point along each axis"].setting)
    assert "SCHEME MONKHORST-PACK 4 4 4" in denser
    assert "BASIS_SET TZV2P-MOLOPT-PBE-GTH-q3" in cp2k.recipe(crystal, {"Li": 3, "Cl": 7}, finer["TZV2P"].setting)
    assert finer["TZV2P"].elements == ("Cl", "Li")


def test_what_it_cannot_compute_is_refused() -> None:
    with pytest.raises(PotentialError, match="no TZVP-MOLOPT-PBE-GTH for La"):
        cp2k.recipe(Atoms("LaCl", cell=[9, 9, 9], pbc=True), {"Cl": 7})
    with pytest.raises(PotentialError, match="7 electrons, an odd number"):
        cp2k.recipe(Atoms("Cl", cell=[9, 9, 9], pbc=True), {"Cl": 7})


def test_a_density_that_does_not_converge_is_no_label(tmp_path: Path) -> None:
    output = tmp_path / "frame.out"
    output.write_text(
        "*** SCF run converged in 9 steps ***\n*** WARNING in qs_scf.F:601 :: SCF run NOT converged ***\n"
    )
    with pytest.raises(PotentialError, match="did not converge"):
        cp2k._require_converged(output)
    output.write_text("*** SCF run converged in 9 steps ***\n")
    cp2k._require_converged(output)


def test_a_program_that_ends_is_a_failure_with_its_words(installed: Path) -> None:  # noqa: ARG001
    potential = load(TeacherConfig(name="cp2k"))
    assert (potential.version, potential.functional, potential.precision) == ("9.9", "PBE (CP2K)", "double")
    with pytest.raises(PotentialError, match="cp2k failed"):
        potential.calculator.get_potential_energy(bulk("LiCl", "rocksalt", a=5.1, cubic=True))


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PotentialError, match="apt install cp2k"):
        check(TeacherConfig(name="cp2k"))


def test_wrong_data_wrong_names_and_gpus_are_refused(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (installed / cp2k.BASIS_FILE).unlink()
    with pytest.raises(PotentialError, match="BASIS_MOLOPT_UZH is not in"):
        check(TeacherConfig(name="cp2k"))
    with pytest.raises(PotentialError, match="use cp2k, or module:factory"):
        check(TeacherConfig(name="cp2k:fast"))
    monkeypatch.setattr(cp2k, "_data", lambda: installed)
    with pytest.raises(PotentialError, match="runs on CPUs"):
        load(TeacherConfig(name="cp2k", device="cuda"))


@pytest.mark.long
@pytest.mark.skipif(shutil.which("cp2k_shell.psmp") is None, reason="CP2K is not installed")
def test_forces_and_stress_are_derivatives_of_the_energy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two atoms off their places, at the measured lattice constant of LiCl; few k points have derivatives too."""
    monkeypatch.setattr(cp2k, "LENGTH_A", 7.0)
    calculator = load(TeacherConfig(name="cp2k")).calculator
    atoms = bulk("LiCl", "rocksalt", a=5.13)
    atoms.positions[1] += [0.12, 0.05, 0.0]

    def energy(moved: Atoms) -> float:
        return float(calculator.get_potential_energy(moved))

    step, displaced = 0.01, [atoms.copy(), atoms.copy()]
    for sign, moved in zip((1, -1), displaced, strict=True):
        moved.positions[1, 0] += sign * step
    slope = (energy(displaced[0]) - energy(displaced[1])) / (2 * step)
    forces = calculator.get_forces(atoms)
    assert forces[1, 0] == pytest.approx(-slope, rel=0.01)
    np.testing.assert_allclose(forces.sum(axis=0), 0, atol=2e-3)
    strained = [atoms.copy(), atoms.copy()]
    for sign, moved in zip((1, -1), strained, strict=True):
        moved.set_cell(atoms.cell.array * (1 + sign * 0.003), scale_atoms=True)
    pressure = (energy(strained[0]) - energy(strained[1])) / (strained[0].get_volume() - strained[1].get_volume())
    assert calculator.get_stress(atoms)[:3].mean() == pytest.approx(pressure, rel=0.1)
