"""Sizes of the descriptors against what they cost, on the labels of a student that is there.

    python -m benchmarks.basis results/NAME/students/FAMILY

Fitted to all labels but those of the examinations, which judge. A step is timed in processor time, in short bursts that
take turns, and stated as speed over that of the default: other work on the machine weighs on all alike.
"""

import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from ase import Atoms

from screening.config.student import BasisConfig, StudentConfig
from screening.dynamics.engines.lammps_cell import CellMap
from screening.dynamics.engines.lammps_library import load_lammps
from screening.dynamics.engines.lammps_tasks import dynamics
from screening.dynamics.protocol import thermal_start
from screening.students.basis import Basis, elements_of
from screening.students.design import Designer, Label
from screening.students.fit import NormalEquations, add_known
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.students.seeds import confidence_in

# Changes of the default.
CASES: tuple[dict[str, Any], ...] = (
    {},
    {"bessel_degree": 3},
    {"bessel_degree": 3, "inverse_degree": 3},
    {"bessel_degree": 2, "inverse_degree": 4},
    {"bessel_degree": 2, "inverse_degree": 4, "angular_3body": 2},
    {"bessel_degree": 2, "inverse_degree": 4, "angular_3body": 2, "radial_3body": 5},
    {"bessel_degree": 2, "inverse_degree": 4, "angular_3body": 2, "radial_3body": 3},
    {"bessel_degree": 2, "inverse_degree": 4, "angular_3body": 1},
    {"bessel_degree": 2, "inverse_degree": 4, "angular_3body": 2, "radial_4body": 0, "angular_4body": 0},
)
ROUNDS, STEPS, KELVIN = 5, 200, 600.0

Known = list[tuple[Atoms, Label]]


def main(folder: Path) -> None:
    """Print a line for each case."""
    batches = {path: read_batch(path) for path in sorted(folder.glob("**/labels/*.npz"))}
    test = [pair for path, known in batches.items() if path.stem.startswith("examination") for pair in known]
    train = {path: known for path, known in batches.items() if not path.stem.startswith("examination")}
    students = [fitted(case, train) for case in CASES]
    errors = [_errors(student, test) for student in students]
    times = _times(students, next(iter(train.values()))[0][0])
    for case, student, (force, energy), taken in zip(CASES, students, errors, times, strict=True):
        ratio = median(reference / own for reference, own in zip(times[0], taken, strict=True))
        print(
            f"{case or 'default'}: {student.basis.n_coefficients} coefficients, {force:.1f} meV/A, "
            f"{energy:.2f} meV/atom, {median(taken):.2f} ms, {ratio:.2f} times as fast",
            flush=True,
        )


def fitted(case: dict[str, Any], train: dict[Path, Known]) -> StudentPotential:
    """A student of these batches of labels whose descriptors differ from the default by `case`."""
    settings = StudentConfig(basis=BasisConfig(**case))
    basis = Basis(elements_of([atoms for known in train.values() for atoms, _ in known]), settings.basis)
    equations = NormalEquations(basis, settings)
    with closing(Designer(basis, settings)) as designer:
        for path, known in train.items():
            add_known([equations], designer, known, confidence_in(path.stem))
    return StudentPotential(basis, settings, equations.solve(), min_distance_A=1.0)


def _errors(student: StudentPotential, test: Known) -> tuple[float, float]:
    """Mean absolute error of forces, meV/Angstrom, and of energies but for their mean, meV/atom."""
    with closing(student.engine()) as engine:
        answers = engine.evaluate([atoms for atoms, _ in test])
    pairs = list(zip(answers, test, strict=True))
    force = np.concatenate([np.abs(answer.forces - label.forces).ravel() for answer, (_, label) in pairs])
    energy = np.array([(answer.energy - label.energy) / len(atoms) for answer, (atoms, label) in pairs])
    return 1e3 * float(force.mean()), 1e3 * float(np.abs(energy - energy.mean()).mean())


def _times(students: list[StudentPotential], atoms: Atoms) -> list[list[float]]:
    """Processor time of a step of each student in each round, ms."""
    state, lammps = thermal_start(atoms, KELVIN, 1), load_lammps()
    taken: list[list[float]] = [[] for _ in students]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for _ in range(ROUNDS):
            for student, times in zip(students, taken, strict=True):
                for name, text in student.files.items():
                    Path(name).write_text(text)
                settings, arrays = _job(student, state)
                start = time.process_time()
                dynamics(lammps, settings, arrays, lambda _: None)
                times.append(1e3 * (time.process_time() - start) / STEPS)
        os.chdir("/")
    return taken


def _job(student: StudentPotential, state: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    engine, box = student.engine(), CellMap(state.cell)
    arrays = engine._arrays(state.symbols, state.positions, box)
    arrays["velocities"] = box.to_lammps(state.velocities) * 1000
    settings = {
        **engine._settings(),
        "fixes": ["fix integrate all nve", f"fix heat all temp/csvr {KELVIN} {KELVIN} 0.1 7"],
        "n_frames": 5,
        "sample_every": STEPS // 5,
        "timestep_ps": 0.002,
        "max_temperature_K": 1e9,
        "min_distance_A": 0,
        "first": True,
    }
    return settings, arrays


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
