"""The LAMMPS engine against ASE's own Lennard-Jones, on awkward cells."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.lj import LennardJones

from screening.dynamics.engines.lammps import LammpsEngine, LammpsFailure
from screening.dynamics.engines.lammps_cell import CellMap
from screening.dynamics.protocol import thermal_start
from screening.errors import PotentialError
from screening.trajectories.chunk import MDState

EPSILON, SIGMA, CUTOFF = 0.0104, 3.40, 6.5
LJ = [f"pair_style lj/cut {CUTOFF}", "pair_modify shift yes", f"pair_coeff * * {EPSILON} {SIGMA}"]
# Rows of a cell without any symmetry, strongly tilted; its mirror image is left-handed.
SKEWED = np.array([[11.0, 0.5, -0.7], [7.5, 10.5, 1.0], [-6.0, 5.5, 12.0]])
LEFT_HANDED = SKEWED[[1, 0, 2]]


@pytest.fixture(scope="module")
def engine():
    engine = LammpsEngine(["Ar", "Kr"], LJ)
    yield engine
    engine.close()


def gas(cell: np.ndarray, seed: int = 3, n: int = 12) -> Atoms:
    """Atoms on a jittered grid, some of them cells away from the origin."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), -1).reshape(-1, 3)[:n] / 3.0
    atoms = Atoms("Ar" * (n // 2) + "Kr" * (n - n // 2), cell=cell, pbc=True)
    atoms.set_scaled_positions(grid + rng.uniform(-0.03, 0.03, (n, 3)))
    atoms.positions += rng.integers(-3, 4, (n, 3)) @ cell
    return atoms


@pytest.mark.parametrize("cell", [np.diag([11.0, 12.0, 13.0]), SKEWED, LEFT_HANDED])
def test_energy_forces_and_stress_are_those_of_ase(engine, cell):
    atoms = gas(cell)
    atoms.calc = LennardJones(epsilon=EPSILON, sigma=SIGMA, rc=CUTOFF)
    (result,) = engine.evaluate([atoms])
    assert result.energy == pytest.approx(atoms.get_potential_energy(), rel=1e-10)
    np.testing.assert_allclose(result.forces, atoms.get_forces(), atol=1e-10)
    np.testing.assert_allclose(result.stress, atoms.get_stress(voigt=False), rtol=1e-6, atol=1e-11)


@pytest.mark.parametrize("cell", [SKEWED, LEFT_HANDED])
def test_a_cell_and_its_vectors_come_back_as_they_were(cell):
    box = CellMap(cell)
    rng = np.random.default_rng(0)
    positions = rng.normal(scale=40, size=(50, 3))
    inside, images = box.wrapped(positions)
    np.testing.assert_allclose(box.to_caller(inside + images @ box.lammps_cell), positions, atol=1e-11)
    np.testing.assert_allclose(box.cell_to_caller(box.lammps_cell), cell, atol=1e-11)
    np.testing.assert_allclose(box.cell_to_caller(1.02 * box.lammps_cell), 1.02 * cell, atol=1e-11)
    fractional = inside @ np.linalg.inv(box.lammps_cell)
    assert fractional.min() >= 0
    assert fractional.max() < 1


def test_dynamics_without_thermostat_is_velocity_verlet_and_keeps_the_energy(engine):
    from ase.md.verlet import VelocityVerlet

    atoms = gas(SKEWED)
    start = thermal_start(atoms, 200.0, seed=1)
    chunk = engine.run(
        start, steps=200, sample_every=20, timestep_fs=2.0, temperature_K=200.0, seed=1, thermostat=False
    )
    atoms.set_velocities(start.velocities / units.fs)
    atoms.calc = LennardJones(epsilon=EPSILON, sigma=SIGMA, rc=CUTOFF)
    VelocityVerlet(atoms, 2.0 * units.fs).run(200)
    np.testing.assert_allclose(chunk.end.positions, atoms.positions, atol=2e-4)
    np.testing.assert_allclose(chunk.end.velocities, atoms.get_velocities() * units.fs, atol=1e-6)
    np.testing.assert_array_equal(chunk.end.cell, SKEWED)
    kinetic = 1.5 * (len(atoms) - 1) * units.kB * chunk.temperature_K
    total = chunk.potential_energy_eV + kinetic
    assert np.ptp(total) < 2e-4 * len(atoms)


def test_positions_stay_unwrapped_across_the_boundary(engine):
    lone = Atoms("Ar2", positions=[[1.0, 1, 1], [8.0, 8, 8]], cell=[14.0, 14, 14], pbc=True)
    velocities = np.array([[0.03, 0, 0], [0.03, 0, 0]])
    state = MDState(("Ar", "Ar"), lone.positions, velocities, lone.cell.array)
    chunk = engine.run(
        state, steps=2000, sample_every=500, timestep_fs=1.0, temperature_K=2e4, seed=1, thermostat=False
    )
    np.testing.assert_allclose(chunk.end.positions.mean(axis=0)[0], 4.5 + 0.03 * 2000, atol=1e-3)


def test_atoms_too_close_end_the_run_with_step_and_frames():
    engine = LammpsEngine(["Ar"], [*LJ[:2], "pair_coeff * * -0.5 2.0"], min_distance_A=1.5)
    state = thermal_start(gas(np.diag([11.0, 12.0, 13.0]), n=12), 300.0, seed=1)
    state = MDState(("Ar",) * 12, state.positions, state.velocities, state.cell)
    with pytest.raises(LammpsFailure) as caught:
        engine.run(state, steps=20000, sample_every=5, timestep_fs=1.0, temperature_K=3000.0, seed=1)
    assert caught.value.step >= 0
    assert caught.value.positions.shape == (caught.value.step // 5, 12, 3)
    assert "apart" in caught.value.reason or "temperature" in caught.value.reason or "lost" in caught.value.reason


def test_lost_atoms_are_a_failure_not_a_crash():
    engine = LammpsEngine(["Ar"], LJ, min_distance_A=0)
    state = MDState(
        ("Ar", "Ar"),
        np.array([[1.0, 1, 1], [4.0, 1, 1]]),
        np.array([[9e5, 0, 0], [-9e5, 0, 0.0]]),
        np.eye(3) * 14,
    )
    with pytest.raises(LammpsFailure):
        engine.run(state, steps=100, sample_every=10, timestep_fs=5.0, temperature_K=1e30, seed=1)


@pytest.mark.slow
def test_a_crash_of_the_process_is_a_failure_and_the_next_run_works():
    # The shell is a child of LAMMPS' process, so this ends that process as a fault in it would.
    engine = LammpsEngine(
        ["Ar", "Kr"],
        ["include crash.in"],
        {"crash.in": "shell sh crash.sh\n", "crash.sh": "kill -SEGV $PPID\n"},
    )
    state = thermal_start(gas(SKEWED), 100.0, seed=1)
    arguments = {"steps": 10, "sample_every": 5, "timestep_fs": 1.0, "temperature_K": 100.0, "seed": 1}
    with pytest.raises(LammpsFailure, match="SIGSEGV"):
        engine.run(state, **arguments)
    engine.pair_commands = LJ
    assert len(engine.run(state, **arguments).positions) == 2


@pytest.mark.slow
def test_what_lammps_refuses_is_named():
    state = thermal_start(gas(SKEWED), 100.0, seed=1)
    arguments = {"steps": 10, "sample_every": 5, "timestep_fs": 1.0, "temperature_K": 100.0, "seed": 1}
    with pytest.raises(PotentialError, match="nonsense"):
        LammpsEngine(["Ar", "Kr"], ["pair_style nonsense"]).run(state, **arguments)
    with pytest.raises(PotentialError, match="Kr"):
        LammpsEngine(["Ar"], LJ).run(state, **arguments)


@pytest.mark.slow
def test_cell_at_a_temperature_expands_and_keeps_its_orientation(engine):
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    atoms = bulk("Ar", "fcc", a=5.3, cubic=True) * (3, 3, 3)
    atoms.set_cell(atoms.cell.array @ rotation, scale_atoms=True)
    cold, warm = (
        engine.equilibrate_cell(thermal_start(atoms, T, seed=1), T, duration_ps=40, discard_ps=15, timestep_fs=4.0)
        for T in (5.0, 40.0)
    )
    volumes = [abs(np.linalg.det(average.cell)) for average in (cold, warm)]
    assert volumes[1] > 1.02 * volumes[0]
    a = (volumes[1] ** (1 / 3) / 3) * 3
    np.testing.assert_allclose(warm.cell, a * rotation, atol=0.25)
    assert (warm.standard_error < 0.3).all()
    with pytest.raises(ValueError, match="cells to average"):
        engine.equilibrate_cell(thermal_start(atoms, 5.0, seed=1), 5.0, duration_ps=5.0, discard_ps=5.0)
