"""What the time step of `md.timestep_fs: auto` gains, and what it changes: beside 2 fs, with a student that is there.

    python -m benchmarks.time_step STUDENT.json RELAXED.json [--runs 4] [--ps 120]
    python -m benchmarks.time_step STUDENT.json RELAXED.json --smaller      with it, the default basis at 2 fs

Both steps take turns with the same starts; what counts is processor time.
"""

import argparse
import json
import resource
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase import Atoms, units

from benchmarks.basis import fitted
from benchmarks.workflow import SMALLER
from screening.config.transport import TransportConfig
from screening.dynamics.protocol import thermal_start
from screening.dynamics.timestep import measured_step
from screening.records.structures import atoms_of
from screening.stability.phases import best
from screening.stability.record import RelaxedRecord
from screening.students.family import FamilyStudent
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.trajectory import Trajectory
from screening.transport.analysis import analyse_temperature

SAMPLE_FS, GIVEN_FS = 20.0, 2.0
WARM_PS, CONSERVED_PS = 4.0, 20.0


@dataclass
class Measured:
    """What one step gave."""

    step_fs: float
    student: StudentPotential
    temperature_K: float
    trajectories: list[Trajectory] = field(default_factory=list)
    seconds: float = 0.0
    drifts: list[float] = field(default_factory=list)

    @property
    def diffusivity(self) -> tuple[float, float]:
        """D* of all its runs and its error, cm2/s."""
        record = analyse_temperature(
            self.trajectories, mobile="Li", charge=1.0, temperature_K=self.temperature_K, settings=TransportConfig()
        )
        if record.tracer_diffusivity_cm2_s is None or record.tracer_diffusivity_error_cm2_s is None:
            raise RuntimeError(f"D* at {self.step_fs:g} fs is not resolved: {record.reason}")
        return record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s

    @property
    def ns_per_core_hour(self) -> float:
        """Simulated time over processor time."""
        frames = sum(trajectory.n_frames for trajectory in self.trajectories)
        return frames * SAMPLE_FS * 1e-6 / self.seconds * 3600


def main() -> None:
    """Run and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("student", type=Path)
    parser.add_argument("relaxed", type=Path)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--first", type=int, default=0, help="seed of the first run")
    parser.add_argument("--ps", type=float, default=120.0)
    parser.add_argument("--steps", type=float, nargs="*", help="time steps in fs; default: 2 and the measured one")
    parser.add_argument("--kelvin", type=float, default=800.0)
    parser.add_argument("--smaller", action="store_true", help="both bases, refitted to the family's labels")
    arguments = parser.parse_args()
    atoms = atoms_of(best(RelaxedRecord.read(arguments.relaxed)).structure)
    family = FamilyStudent.read(arguments.student)
    before = student = family.load()
    if arguments.smaller:
        batches = {path: read_batch(path) for path in sorted(family.labels.glob("*.npz"))}
        before, student = fitted({}, batches), fitted(SMALLER, batches)
    with closing(student.engine()) as engine:
        found = measured_step([atoms], engine, SAMPLE_FS)
    print(f"period {found.period_fs:.1f} fs, step {found.step_fs:.3g} fs", flush=True)
    steps = arguments.steps or (GIVEN_FS, found.step_fs)
    measured = [Measured(step, before if k == 0 else student, arguments.kelvin) for k, step in enumerate(steps)]
    for seed in range(arguments.first, arguments.first + arguments.runs):
        for one in measured:
            _run(one, one.student, atoms, arguments.ps, seed)
            print(f"{one.step_fs:.3g} fs, run {seed}: {one.ns_per_core_hour:.3f} ns per core hour", flush=True)
        try:
            print(json.dumps(_figures(measured)), flush=True)
        except RuntimeError as error:
            print(error, flush=True)


def _run(one: Measured, student: StudentPotential, atoms: Atoms, length_ps: float, seed: int) -> None:
    every = round(SAMPLE_FS / one.step_fs)

    def steps(picoseconds: float) -> int:
        return round(picoseconds * 1000 / SAMPLE_FS) * every

    def run(state: MDState, picoseconds: float, thermostat: bool = True) -> tuple[Chunk, float]:
        """The run, and the processor time of its LAMMPS, its start included: wall time is other people's too."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with closing(student.engine()) as engine:
            chunk = engine.run(
                state,
                steps=steps(picoseconds),
                sample_every=every,
                timestep_fs=one.step_fs,
                temperature_K=one.temperature_K,
                seed=seed + 1,
                thermostat=thermostat,
            )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return chunk, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    warm = run(thermal_start(atoms, one.temperature_K, seed), WARM_PS)[0].end
    chunk, seconds = run(warm, length_ps)
    one.seconds += seconds
    one.trajectories.append(Trajectory(warm.symbols, chunk.positions, warm.cell, SAMPLE_FS))
    free, _ = run(chunk.end, CONSERVED_PS, thermostat=False)
    kinetic = 1.5 * (len(atoms) - 1) * units.kB * free.temperature_K
    total = 1e3 * (free.potential_energy_eV + kinetic) / len(atoms)
    one.drifts.append(float(np.polyfit(np.arange(len(total)) * SAMPLE_FS / 1000, total, 1)[0]))


def _figures(measured: list[Measured]) -> dict[str, float]:
    given = measured[0]
    figures: dict[str, float] = {}
    (base, base_error) = given.diffusivity
    for one in measured:
        value, error = one.diffusivity
        name = f"{one.step_fs:.3g}_fs"
        ratio = value / base
        figures |= {
            f"{name}_diffusivity_cm2_s": value,
            f"{name}_diffusivity_error_cm2_s": error,
            f"{name}_diffusivity_ratio": ratio,
            f"{name}_diffusivity_ratio_error": ratio * float(np.hypot(error / value, base_error / base)),
            f"{name}_drift_meV_atom_ps": float(np.mean(one.drifts)),
            f"{name}_ns_per_core_hour": one.ns_per_core_hour,
            f"{name}_ns_per_core_hour_ratio": one.ns_per_core_hour / given.ns_per_core_hour,
        }
    return figures


if __name__ == "__main__":
    main()
