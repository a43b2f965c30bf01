"""The cell of a run: kept, or the mean at constant pressure, found once."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.lj import LennardJones
from pydantic import ValidationError

from screening.config.dynamics import MDProtocol
from screening.dynamics.cell import ParentLattice, run_cell
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.engines.lammps import LammpsEngine

ARGON = bulk("Ar", "fcc", a=5.26, cubic=True) * (3, 3, 3)
NPT = MDProtocol(cell_equilibration_ps=8, timestep_fs=4, duration_ps=1, sample_interval_fs=20)


def lammps() -> Unwatched:
    commands = ["pair_style lj/cut 8.5", "pair_coeff 1 1 0.0104 3.4"]
    return Unwatched(LammpsEngine(["Ar"], commands, min_distance_A=0))


def test_the_relaxed_cell_is_kept_without_a_length(tmp_path):
    kept, record = run_cell(ARGON, lammps(), MDProtocol(), 40, 1, "p", tmp_path / "cell.json")
    assert kept is ARGON
    assert record.volume_ratio == 1.0


def test_an_engine_without_constant_pressure_says_so(tmp_path):
    engine = Unwatched(AseEngine(LennardJones(), 100.0))
    _, record = run_cell(ARGON, engine, NPT, 40, 1, "p", tmp_path / "cell.json")
    assert "does not equilibrate" in record.cell


@pytest.mark.slow
def test_argon_expands_and_the_mean_is_found_once(tmp_path):
    """Solid argon, LJ: about 2 % more volume at 60 K than at 0 K here; cubic stays cubic with `iso`."""
    engine = lammps()
    cold, _ = run_cell(ARGON, engine, NPT, 5, 1, "cold", tmp_path / "cold.json")
    warm, record = run_cell(ARGON, engine, NPT, 60, 1, "warm", tmp_path / "warm.json")
    assert 1.01 < warm.get_volume() / cold.get_volume() < 1.12
    np.testing.assert_allclose(warm.cell.array, np.eye(3) * warm.cell[0, 0], atol=1e-8)
    before = (tmp_path / "warm.json").read_bytes()
    again, _ = run_cell(ARGON, engine, NPT, 60, 1, "warm", tmp_path / "warm.json")
    assert (tmp_path / "warm.json").read_bytes() == before
    assert np.array_equal(again.cell.array, warm.cell.array)
    assert record.volume_ratio == pytest.approx(warm.get_volume() / ARGON.get_volume(), rel=1e-12)


def test_the_lattice_as_given_takes_the_potentials_error_of_the_parent_back(tmp_path):
    """A parent that relaxes to 8 % more than measured: its own runs are in the measured cell, others beside it."""
    given = ParentLattice("argon", 0.08)
    parent = ARGON.copy()
    parent.set_cell(ARGON.cell.array * 1.08 ** (1 / 3), scale_atoms=True)
    scaled, record = run_cell(parent, lammps(), MDProtocol(cell="measured"), 40, 1, "p", tmp_path / "c.json", given)
    np.testing.assert_allclose(scaled.cell.array, ARGON.cell.array, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(scaled.get_scaled_positions(), parent.get_scaled_positions(), atol=1e-12)
    assert record.volume_ratio == pytest.approx(1 / 1.08)
    assert (record.measured_in, record.mean) == ("argon", None)
    # 3 % smaller than the relaxed parent with this potential, so 3 % smaller than the measured one.
    other = parent.copy()
    other.set_cell(parent.cell.array @ np.diag([0.97, 1, 1]), scale_atoms=True)
    scaled, _ = run_cell(other, lammps(), MDProtocol(cell="measured"), 40, 1, "p", tmp_path / "c.json", given)
    assert scaled.get_volume() / ARGON.get_volume() == pytest.approx(0.97)
    assert not (tmp_path / "c.json").exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"cell": "equilibrated"}, "needs the length of that run, such as cell_equilibration_ps: 20"),
        ({"cell": "measured", "cell_equilibration_ps": 5}, r"remove cell_equilibration_ps \(5\)"),
        ({"cell": "relaxed", "cell_equilibration_ps": 5}, r"remove cell_equilibration_ps \(5\)"),
        ({"cell_temperature_K": 300}, "give cell_equilibration_ps, such as 20"),
        ({"cell": "right"}, "'relaxed', 'equilibrated' or 'measured'"),
    ],
)
def test_contradictions_are_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        MDProtocol(**settings)


@pytest.mark.parametrize(("factor", "word"), [(1.2, "collapsed"), (0.85, "blew up")])
def test_a_lattice_that_collapses_or_blows_up_is_a_failure(tmp_path, factor, word):
    """From a start at quite another volume than the potential's own."""
    other = ARGON.copy()
    other.set_cell(ARGON.cell.array * factor, scale_atoms=True)
    with pytest.raises(EngineFailure, match=word):
        run_cell(other, lammps(), NPT, 5, 1, "p", tmp_path / "cell.json")
    assert not (tmp_path / "cell.json").exists()
