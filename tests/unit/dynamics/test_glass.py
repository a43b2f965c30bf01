"""Melt and quench with a Lennard-Jones potential: told from crystals, restartable, and with a reason where it fails."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk

from screening.config.candidates import GlassConfig
from screening.config.dynamics import Integration
from screening.config.potential import TeacherConfig
from screening.config.student import StudentConfig
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.glass import CRYSTALLINE, _slowest, _why_not_melted, melt_and_quench, strongest_reflection
from screening.parents import library
from screening.potentials.registry import load
from screening.students.melter import for_melts
from screening.trajectories.trajectory import Trajectory

FAST = {"melt_K": 2000, "melt_ps": 0.4, "quench_K_per_ps": 3000, "volume_ratio": 1.1}
MD = Integration(chunk_ps=0.2)


def crystal():
    return bulk("LiCl", "rocksalt", a=5.0, cubic=True) * (3, 2, 2)


def quench(folder, atoms=None, **changes):
    driver = Unwatched(AseEngine(load(TeacherConfig(name="lj"), 1).calculator, 100.0))
    settings = GlassConfig(**{**FAST, **changes})
    start = crystal() if atoms is None else atoms
    return melt_and_quench(start, lambda *_: driver, settings, MD, "Li", folder, 1, "key", print)


def order(symbols, positions, cell, mobile="Li"):
    trajectory = Trajectory(tuple(symbols), np.asarray(positions)[None], np.asarray(cell), 1.0)
    return strongest_reflection(trajectory, np.array([s != mobile for s in symbols]))


def test_a_perfect_lattice_scatters_as_one():
    atoms = crystal()
    assert order(atoms.symbols, atoms.positions, atoms.cell) == pytest.approx(1.0)


def test_the_debye_waller_factor_is_found():
    """Displacements of 0.15 A per axis lower the (111) reflection of the chloride sublattice by exp(-k^2 u^2)."""
    atoms = crystal() * (2, 2, 2)
    rng = np.random.default_rng(1)
    moved = atoms.positions + rng.normal(0, 0.15, atoms.positions.shape)
    wave_vector = 2 * np.pi / 5.0 * 3**0.5
    assert order(atoms.symbols, moved, atoms.cell) == pytest.approx(np.exp(-((wave_vector * 0.15) ** 2)), rel=0.02)


@pytest.mark.parametrize("name", ["Li3PO4-gamma", "Li6PS5Cl", "Li3PS4-beta", "Li10GeP2S12", "Li3OCl"])
def test_warm_crystals_are_crystalline_and_ideal_gases_are_not(name):
    structure = library.load(name).structure.copy()
    structure.make_supercell([max(1, int(np.ceil(11 / edge))) for edge in structure.lattice.abc])
    symbols = [site.specie.symbol for site in structure]
    rng = np.random.default_rng(1)
    warm = structure.cart_coords + rng.normal(0, 0.15, structure.cart_coords.shape)
    assert order(symbols, warm, structure.lattice.matrix) > CRYSTALLINE
    gas = rng.uniform(size=structure.cart_coords.shape) @ structure.lattice.matrix
    assert order(symbols, gas, structure.lattice.matrix) < CRYSTALLINE


@pytest.mark.slow
def test_a_melt_quenched_fast_is_amorphous_and_a_restart_gives_the_same(tmp_path: Path):
    glass = quench(tmp_path / "a")
    assert (glass.status, glass.reason) == ("amorphous", "")
    assert glass.framework_displacement_A > 2
    assert glass.strongest_reflection < CRYSTALLINE
    assert glass.atoms.get_volume() == pytest.approx(1.1 * crystal().get_volume())
    for path in sorted(tmp_path.glob("a/step_0[5-9]/*.h5")):
        path.unlink()
    again = quench(tmp_path / "a")
    assert np.array_equal(again.atoms.positions, glass.atoms.positions)


@pytest.mark.slow
def test_what_stays_solid_has_not_melted(tmp_path: Path):
    close_packed = bulk("Cl", "fcc", a=3.45, cubic=True) * (3, 3, 3)
    close_packed.symbols[::2] = "Li"
    glass = quench(tmp_path, close_packed, melt_K=350, volume_ratio=1.0)
    assert glass.status == "not_melted"
    assert "raise glass.melt_K" in glass.reason
    assert not (tmp_path / "step_01").exists(), "nothing is quenched that has not melted"


def test_groups_that_turn_on_a_lattice_have_not_melted():
    """P stays, its O are found at one another's places after the run: 2.5 Angstrom away."""
    rng = np.random.default_rng(1)
    centres = bulk("P", "sc", a=6.0).repeat(3).positions
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * 1.54 / 3**0.5
    before, after = [], []
    for centre in centres:
        before += [centre, *(centre + corners)]
        after += [centre + rng.normal(0, 0.2, 3), *(centre + corners[[1, 0, 3, 2]])]
    symbols = ("P", "O", "O", "O", "O") * len(centres)
    melt = Trajectory(symbols, np.array([before, after]), np.eye(3) * 18.0, 1.0)
    displaced, slowest = _slowest(melt, np.ones(len(symbols), dtype=bool))
    assert slowest == "P"
    assert displaced == pytest.approx(0.2 * 3**0.5, rel=0.2)
    assert "P moved" in _why_not_melted(displaced, slowest)


def test_a_student_of_a_melt_may_err_more_in_everything_and_is_trained_no_hotter() -> None:
    usual, melt = StudentConfig(), for_melts(StudentConfig(), 2.0)
    errors = {name for name in StudentConfig.model_fields if "_mae_" in name or name.endswith("_error")}
    limits = {name for name in errors if name.startswith("max_")}
    assert all(getattr(melt, name) == 2 * getattr(usual, name) for name in limits)
    changed = {name for name in StudentConfig.model_fields if getattr(melt, name) != getattr(usual, name)}
    assert changed == {*limits, "temperature_factor"}
    assert melt.temperature_factor == 1.0
