"""A student of CHGNet for Li6PS5Cl0.5Br0.5, five orderings: time until accepted, errors, speed beside its teacher."""

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from ase import Atoms

from screening.dynamics.engines.base import Engine
from screening.dynamics.protocol import thermal_start

HOTTEST_K = 1000.0
# Halides on the free sulphur's sites, of four, in the five orderings.
EXCHANGED = (0, 1, 2, 3, 4)
# A student's chunk is about a thousand steps; what starting it costs is part of the figure.
TEACHER_STEPS, STUDENT_STEPS, REPEATS = 15, 1000, 3


def main() -> dict[str, float]:
    """Distill, examine, and time both in turns, so that a busy machine slows both alike."""
    from screening.config.potential import PotentialConfig
    from screening.config.student import StudentConfig
    from screening.dynamics.engines.ase import AseEngine
    from screening.potentials.registry import load
    from screening.students.distill import distill

    teacher = load(PotentialConfig(name="chgnet")).calculator
    structures = [relaxed(atoms, teacher) for atoms in mixed_orderings()]
    with tempfile.TemporaryDirectory() as folder:
        report = distill(structures, teacher, StudentConfig(), HOTTEST_K, Path(folder), 1)
    if not report.accepted or report.verdict.errors is None:
        raise RuntimeError(f"the student was refused: {report.verdict.reason}")
    slow, fast = AseEngine(teacher, 100.0), report.student.engine()
    pairs = [
        (seconds_per_step(slow, structures[0], TEACHER_STEPS), seconds_per_step(fast, structures[0], STUDENT_STEPS))
        for _ in range(REPEATS + 1)
    ][1:]
    return {
        "md_student_speedup_52": median(a / b for a, b in pairs),
        "md_student_us_per_atom_step": 1e6 * median(b for _, b in pairs) / len(structures[0]),
        "student_force_mae_meV_A": report.verdict.errors.force_meV_A,
        "student_energy_mae_meV_atom": report.verdict.errors.energy_meV_atom,
        "student_accept_s": report.seconds,
        "student_accept_teacher_s": report.teacher_s,
        "student_accept_fit_s": report.fit_s,
        "student_accept_student_s": report.seconds - report.teacher_s - report.fit_s,
        "student_labels": float(report.n_labels),
    }


def orderings() -> list[Atoms]:
    """Li6PS5Cl, 52 atoms, ordered and with half of its free S and Cl exchanged; not relaxed."""
    import numpy as np
    from ase.io import read

    import screening

    path = Path(screening.__file__).parent / "parents" / "structures" / "Li6PS5Cl.cif"
    ordered = read(path)
    assert isinstance(ordered, Atoms)
    ordered = Atoms(ordered.symbols, positions=ordered.positions, cell=ordered.cell, pbc=True)
    symbols = np.array(ordered.get_chemical_symbols())
    to_p = ordered.get_all_distances(mic=True)[:, symbols == "P"].min(axis=1)
    free = np.flatnonzero((symbols == "S") & (to_p > 3))
    exchanged = ordered.copy()
    symbols[np.flatnonzero(symbols == "Cl")[:2]] = "S"
    symbols[free[:2]] = "Cl"
    exchanged.set_chemical_symbols(symbols.tolist())
    return [ordered, exchanged]


def mixed_orderings() -> list[Atoms]:
    """52 atoms each: two Cl and two Br, of which so many as EXCHANGED says sit where free sulphur was; not relaxed."""
    import numpy as np

    ordered = orderings()[0]
    symbols = np.array(ordered.get_chemical_symbols())
    to_p = ordered.get_all_distances(mic=True)[:, symbols == "P"].min(axis=1)
    sulphur, halide = np.flatnonzero((symbols == "S") & (to_p > 3)), np.flatnonzero(symbols == "Cl")
    found = []
    for n in EXCHANGED:
        rng = np.random.default_rng(n)
        halides = [*rng.choice(sulphur, n, replace=False), *rng.choice(halide, 4 - n, replace=False)]
        mixed = symbols.copy()
        mixed[[*sulphur, *halide]] = "S"
        mixed[halides] = rng.permutation(["Cl", "Cl", "Br", "Br"])
        atoms = ordered.copy()
        atoms.set_chemical_symbols(mixed.tolist())
        found.append(atoms)
    return found


def relaxed(atoms: Atoms, teacher: Any) -> Atoms:
    """Cell and positions, loosely."""
    from ase.filters import FrechetCellFilter
    from ase.optimize import FIRE

    work = atoms.copy()
    work.rattle(0.05, seed=1)
    work.calc = teacher
    FIRE(FrechetCellFilter(work), logfile=None).run(fmax=0.1, steps=100)
    return Atoms(work.symbols, positions=work.positions, cell=work.cell, pbc=True)


def seconds_per_step(engine: Engine, atoms: Atoms, steps: int) -> float:
    """Wall time of a step of NVT at 600 K, start of the engine included."""
    state = thermal_start(atoms, 600.0, 1)
    start = time.perf_counter()
    engine.run(state, steps=steps, sample_every=steps, timestep_fs=2.0, temperature_K=600.0, seed=1)
    return (time.perf_counter() - start) / steps
