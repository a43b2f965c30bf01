"""The time step from the fastest vibration: the vibration against the whole Hessian, the step against the energy."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.lj import LennardJones

from screening.config.dynamics import Integration, MDConfig, MDProtocol
from screening.config.student import StudentConfig
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.lammps import LammpsEngine
from screening.dynamics.protocol import thermal_start
from screening.dynamics.timestep import fastest_period_fs, measured_step, step_fs
from screening.students.melter import for_melts
from tests.walkers import WalkingEngine

EPSILON, SIGMA, CUTOFF = 0.2, 2.2, 5.0


def crystal() -> Atoms:
    """Light and heavy atoms, off their places."""
    atoms = bulk("Ne", "fcc", a=3.4, cubic=True) * (2, 2, 2)
    rng = np.random.default_rng(0)
    atoms.numbers = rng.permutation([3] * 16 + [18] * 16)
    atoms.positions += rng.normal(scale=0.02, size=(32, 3))
    return atoms


def lennard_jones() -> AseEngine:
    return AseEngine(LennardJones(sigma=SIGMA, epsilon=EPSILON, rc=CUTOFF, smooth=False), 100.0)


def test_the_fastest_vibration_is_that_of_the_whole_hessian():
    atoms, engine, h = crystal(), lennard_jones(), 1e-3
    columns = []
    for k in range(96):
        moved = []
        for sign in (1, -1):
            frame = atoms.copy()
            frame.positions[k // 3, k % 3] += sign * h
            moved.append(frame)
        ahead, behind = engine.forces(moved)
        columns.append((behind - ahead).ravel() / (2 * h))
    roots = np.repeat(np.sqrt(atoms.get_masses()), 3)
    largest = np.linalg.eigvalsh(np.array(columns) / np.outer(roots, roots)).max()
    period = 2 * np.pi / np.sqrt(largest) / units.fs
    calls = []

    def forces(frames):
        calls.extend(frames)
        return engine.forces(frames)

    assert fastest_period_fs(atoms, forces) == pytest.approx(period, rel=0.02)
    assert len(calls) <= 80
    # Isotopes: a period grows with the root of the mass.
    heavy = atoms.copy()
    heavy.set_masses(4 * atoms.get_masses())
    assert fastest_period_fs(heavy, engine.forces) == pytest.approx(2 * period, rel=0.02)


def test_nothing_that_vibrates_sets_no_limit():
    apart = Atoms("Li2", positions=[[0, 0, 0], [10, 10, 10]], cell=[20, 20, 20], pbc=True)
    assert fastest_period_fs(apart, lennard_jones().forces) == np.inf
    assert step_fs(np.inf, 20) == 5


@pytest.mark.parametrize(
    ("period_fs", "sample_fs", "expected"),
    [
        (60.2, 20, 4),  # P-S stretching
        (57.2, 20, 4),  # the same within what students differ by
        (57.1, 20, 20 / 6),
        (70, 21, 21 / 5),
        (72, 21, 21 / 5),  # not 5.25
        (130, 20, 5),  # halides: no longer than 5
        (42, 20, 20 / 7),  # Zr-O
        (14, 20, 1),  # B-H: no shorter than 1
        (60.2, 10, 10 / 3),
        (130, 3, 3),  # every step is a frame
    ],
)
def test_a_fifteenth_of_the_period_rounded_down_to_a_part_of_the_time_between_frames(period_fs, sample_fs, expected):
    found = step_fs(period_fs, sample_fs)
    assert found == pytest.approx(expected)
    assert MDProtocol(timestep_fs=found, sample_interval_fs=sample_fs).step_fs == found


def energies(engine, atoms, step, picoseconds=4.0):
    """Total energy of each frame of a run without thermostat, eV per atom."""
    steps = round(picoseconds * 1000 / step / 4) * 4
    chunk = engine.run(
        thermal_start(atoms, 300.0, 1),
        steps=steps,
        sample_every=4,
        timestep_fs=step,
        temperature_K=300.0,
        seed=1,
        thermostat=False,
    )
    freedom = 3 * len(atoms) - 3
    return (chunk.potential_energy_eV + freedom / 2 * units.kB * chunk.temperature_K) / len(atoms)


def test_the_energy_is_conserved_with_the_measured_step_and_not_with_three_times_as_long_a_one():
    engine = LammpsEngine(
        ["Li", "Ar"],
        [f"pair_style lj/smooth/linear {CUTOFF}", f"pair_coeff * * {EPSILON} {SIGMA}"],
    )
    atoms = crystal()
    found = measured_step([atoms], engine, 20.0)
    assert 1 < found.step_fs < 5
    assert found.step_fs <= 1.05 * found.period_fs / 15
    kept, lost = energies(engine, atoms, found.step_fs), energies(engine, atoms, 3 * found.step_fs)
    engine.close()
    time = np.linspace(0, 4, len(kept))
    drift = np.polyfit(time, kept, 1)[0]
    kinetic = 1.5 * units.kB * 300
    assert abs(drift) < 1e-3 * kinetic
    assert kept.std() < 0.01 * kinetic
    assert lost.std() > 5 * kept.std()


def test_the_shortest_of_several_crystals_counts():
    stiff, soft = crystal(), crystal()
    soft.set_masses(4 * soft.get_masses())
    alone = measured_step([stiff], lennard_jones(), 20.0)
    assert measured_step([soft, stiff], lennard_jones(), 20.0) == alone
    assert measured_step([soft], lennard_jones(), 20.0).period_fs > 1.9 * alone.period_fs


def test_an_engine_that_knows_no_forces_says_so():
    with pytest.raises(TypeError, match=r"md\.timestep_fs"):
        measured_step([crystal()], WalkingEngine(), 20.0)


def test_a_step_that_was_not_measured_is_not_used():
    left = MDProtocol(timestep_fs="auto", sample_interval_fs=7)
    with pytest.raises(ValueError, match="not looked at yet"):
        _ = left.steps_per_sample
    assert (left.frames_per_chunk, left.frames) == (286, 2857)
    assert MDProtocol().step_fs == 2


def test_melts_keep_their_step():
    left = StudentConfig(timestep_fs="auto")
    assert for_melts(left, 1.5).step_fs == 2
    assert for_melts(StudentConfig(timestep_fs=1), 1.5).step_fs == 1
    assert Integration().step_fs == 2
    assert MDConfig(temperatures_K=(600,), timestep_fs="auto").integration.step_fs == 2
    assert MDConfig(temperatures_K=(600,), timestep_fs=1).integration.step_fs == 1
