"""Simulated time of a core hour: what `screening new` writes beside the defaults of before, on one crystal.

    python -m benchmarks.student_speed results/NAME/students/FAMILY/student.json RELAXED.json [--name halide] [--ps 20]

Two students are fitted to the family's labels: the default descriptors, run with 2 fs, and the smaller ones, run with a
fifteenth of the fastest vibration's period. They take turns in processor time. That D* does not depend on the step is
`benchmarks.time_step`'s to show, accuracy `benchmarks.basis`'.
"""

import argparse
import json
import resource
from contextlib import closing
from pathlib import Path
from statistics import median

from ase import Atoms

from benchmarks.basis import fitted
from benchmarks.workflow import SMALLER
from screening.dynamics.protocol import thermal_start
from screening.dynamics.timestep import measured_step
from screening.records.structures import atoms_of
from screening.stability.phases import best
from screening.stability.record import RelaxedRecord
from screening.students.family import FamilyStudent
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.trajectories.chunk import MDState

BEFORE_FS, SAMPLE_FS, KELVIN, WARM_PS, TURNS = 2.0, 20.0, 600.0, 1.0, 5


def main(student: Path, relaxed: Path, name: str, length_ps: float) -> dict[str, float]:
    """Fit, find the step, and time both in turns."""
    family = FamilyStudent.read(student)
    batches = {path: read_batch(path) for path in sorted(family.labels.glob("*.npz"))}
    atoms = _about_52(atoms_of(best(RelaxedRecord.read(relaxed)).structure))
    before, now = fitted({}, batches), fitted(SMALLER, batches)
    with closing(now.engine()) as engine:
        step_fs = measured_step([atoms], engine, SAMPLE_FS).step_fs
    print(f"{len(atoms)} atoms, {step_fs:.3g} fs for {BEFORE_FS:g}", flush=True)
    start = thermal_start(atoms, KELVIN, 1)
    turns = []
    for turn in range(TURNS):
        old, new = (_ns_per_core_hour(*one, start, length_ps) for one in ((before, BEFORE_FS), (now, step_fs)))
        print(f"turn {turn}: {old:.2f} and {new:.2f} ns", flush=True)
        turns.append((old, new))
    # Time of a step is as good as proportional to the atoms.
    per_52 = len(atoms) / 52
    return {
        f"student_ns_per_core_hour_52_{name}": per_52 * median(new for _, new in turns),
        f"student_ns_per_core_hour_52_{name}_ratio": median(new / old for old, new in turns),
    }


def _ns_per_core_hour(student: StudentPotential, step_fs: float, start: MDState, length_ps: float) -> float:
    """The start of LAMMPS included; a short run before warms the crystal up and the processor's memory."""
    every = round(SAMPLE_FS / step_fs)

    def steps(picoseconds: float) -> int:
        return round(picoseconds * 1000 / SAMPLE_FS) * every

    with closing(student.engine()) as engine:
        warm = engine.run(
            start, steps=steps(WARM_PS), sample_every=every, timestep_fs=step_fs, temperature_K=KELVIN, seed=1
        ).end
    before = _processor_s()
    with closing(student.engine()) as engine:
        engine.run(warm, steps=steps(length_ps), sample_every=every, timestep_fs=step_fs, temperature_K=KELVIN, seed=2)
    return length_ps * 1e-3 / (_processor_s() - before) * 3600


def _about_52(atoms: Atoms) -> Atoms:
    """Repeated along its shortest vector while it is small: what a step takes besides the atoms would count twice."""
    while len(atoms) < 40:
        repeats = [1, 1, 1]
        repeats[int(atoms.cell.lengths().argmin())] = 2
        atoms = atoms.repeat(repeats)
    return atoms


def _processor_s() -> float:
    """Of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("student", type=Path)
    parser.add_argument("relaxed", type=Path)
    parser.add_argument("--name", default="sulfide")
    parser.add_argument("--ps", type=float, default=20.0)
    arguments = parser.parse_args()
    print(json.dumps(main(arguments.student, arguments.relaxed, arguments.name, arguments.ps), indent=2))
