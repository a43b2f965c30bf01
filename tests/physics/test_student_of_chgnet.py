"""A student of CHGNet for half-exchanged Li6PS5Cl: accepted, stable on other seeds, true to its teacher, fast."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units

from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import LammpsFailure
from screening.dynamics.protocol import thermal_start
from screening.students.distill import distill
from screening.students.labels import ask_teacher
from screening.students.pod import StudentPotential
from screening.students.uncertainty import monitor

pytestmark = pytest.mark.long
# Hotter, training takes twice as long.
HOTTEST_K = 700.0


@pytest.fixture(scope="module")
def teacher():
    from screening.config.potential import PotentialConfig
    from screening.potentials.registry import load

    return load(PotentialConfig(name="chgnet")).calculator


@pytest.fixture(scope="module")
def structure(teacher) -> Atoms:
    from ase.filters import FrechetCellFilter
    from ase.io import read
    from ase.optimize import FIRE

    import screening

    path = Path(screening.__file__).parent / "parents" / "structures" / "Li6PS5Cl.cif"
    ordered = read(path)
    ordered = Atoms(ordered.symbols, positions=ordered.positions, cell=ordered.cell, pbc=True)
    exchanged = ordered.copy()
    symbols = np.array(ordered.get_chemical_symbols())
    to_p = ordered.get_all_distances(mic=True)[:, symbols == "P"].min(axis=1)
    free = np.flatnonzero((symbols == "S") & (to_p > 3))
    symbols[np.flatnonzero(symbols == "Cl")[:2]] = "S"
    symbols[free[:2]] = "Cl"
    exchanged.set_chemical_symbols(symbols.tolist())
    exchanged.rattle(0.05, seed=1)
    exchanged.calc = teacher
    FIRE(FrechetCellFilter(exchanged), logfile=None).run(fmax=0.1, steps=60)
    return Atoms(exchanged.symbols, positions=exchanged.positions, cell=exchanged.cell, pbc=True)


@pytest.fixture(scope="module")
def student(teacher, structure, tmp_path_factory) -> StudentPotential:
    folder = tmp_path_factory.mktemp("student")
    settings = StudentConfig(run_ps=4.0, acceptance_frames=20, teacher_run_ps=0.5)
    report = distill([structure], teacher, settings, HOTTEST_K, folder, 1)
    assert report.accepted, report.verdict.reason
    assert report.verdict.errors.force_meV_A < 0.15 * report.verdict.errors.force_rms_meV_A
    return StudentPotential.load(folder / "student")


def test_it_runs_on_seeds_it_was_not_examined_with_and_stays_where_it_was_taught(student, structure):
    engine = student.engine()
    failed = 0
    for seed in range(101, 105):
        state = thermal_start(structure, HOTTEST_K, seed)
        steps = {"steps": 2500, "sample_every": 250, "timestep_fs": 2.0}
        try:
            chunk = engine.run(state, **steps, temperature_K=HOTTEST_K, seed=seed)
        except LammpsFailure:
            failed += 1
            continue
        frames = [Atoms(state.symbols, positions=x, cell=state.cell, pbc=True) for x in chunk.positions[-2:]]
        assert max(monitor(student, frames).grades) < 2
    # An examination of 20 ps bounds the rate of failures, it does not make it zero; production retrains after one.
    assert failed <= 1


def test_it_gives_the_teachers_pressure_and_energy(student, structure, teacher):
    (answer,) = student.engine().evaluate([structure])
    truth = ask_teacher(teacher, structure)
    np.testing.assert_allclose(answer.stress, truth.stress, atol=0.5 * 0.00624)
    assert answer.energy == pytest.approx(truth.energy, abs=0.006 * 52)


def test_the_cell_at_a_temperature_has_no_pressure_by_the_teacher_either(student, structure, teacher):
    engine = student.engine()
    average = engine.equilibrate_cell(thermal_start(structure, 300.0, 1), 300.0, duration_ps=8.0, discard_ps=3.0)
    volume = abs(np.linalg.det(average.cell))
    assert 0.95 < volume / structure.get_volume() < 1.10
    atoms = structure.copy()
    atoms.set_cell(average.cell, scale_atoms=True)
    state = thermal_start(atoms, 300.0, 2)
    chunk = engine.run(state, steps=1500, sample_every=100, timestep_fs=2.0, temperature_K=300.0, seed=2)
    frames = [Atoms(state.symbols, positions=x.astype(float), cell=state.cell, pbc=True) for x in chunk.positions[-10:]]
    own = -np.mean([np.trace(answer.stress) / 3 for answer in engine.evaluate(frames)]) / units.GPa
    truth = -np.mean([np.trace(ask_teacher(teacher, frame).stress) / 3 for frame in frames]) / units.GPa
    ideal_gas = len(atoms) * units.kB * 300.0 / volume / units.GPa
    # Ten frames of 52 atoms scatter by 0.1 GPa in the mean.
    assert abs(truth - own) < 0.3
    assert abs(truth + ideal_gas) < 0.6
