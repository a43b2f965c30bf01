"""Accuracy against cost of a student's descriptors, on the labels that distillations left behind.

    python -m benchmarks.descriptors OUT.csv NAME=results/CAMPAIGN/students/FAMILY/KEY/labels [NAME=...]

Every set of descriptors, and SNAP for comparison, is fitted to the frames of the training and judged on those of the
last examination, which were not fitted. Times are of one core, all sets in turns in one run, so that their ratios hold
on a busy machine.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from ase import Atoms

from benchmarks.snap import Snap
from screening.config.student import BasisConfig, StudentConfig
from screening.dynamics.protocol import thermal_start
from screening.potentials.student.basis import Basis, elements_of
from screening.potentials.student.design import Designer, Label
from screening.potentials.student.distill import CONTACT_CONFIDENCE
from screening.potentials.student.fit import NormalEquations
from screening.potentials.student.labels import read_batch
from screening.potentials.student.pod import StudentPotential
from screening.records import write_table

# Cutoff (Angstrom); radial functions of pairs; radial and angular of triplets; radial and angular of quadruplets.
SETS = (
    (5.0, 6, 4, 3, 0, 0),
    (4.5, 6, 4, 3, 0, 0),
    (5.5, 6, 4, 3, 0, 0),
    (5.0, 6, 3, 2, 0, 0),
    (5.0, 8, 5, 4, 0, 0),
    (5.0, 8, 6, 5, 0, 0),
    (5.0, 6, 4, 3, 2, 1),
    (5.0, 6, 4, 3, 3, 2),
)
# Range (Angstrom), 2j and whether neighbours of each element have bispectrum components of their own.
SNAPS = ((5.0, 6, False), (5.0, 8, False), (5.0, 4, True))
STEPS, REPEATS = 300, 3


@dataclass(frozen=True)
class Fitted:
    """A fitted set of descriptors with its errors and the times of its runs (s a step)."""

    row: dict[str, Any]
    potential: StudentPotential | Snap
    seconds: list[float]


def main() -> None:
    """Fit and judge all sets on all systems, then write one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("systems", nargs="+", metavar="NAME=FOLDER")
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for name, _, folder in (system.partition("=") for system in arguments.systems):
        rows += _system(name, Path(folder))
        write_table(arguments.out, rows)


def _system(name: str, folder: Path) -> list[dict[str, Any]]:
    batches = {path.stem: read_batch(path) for path in sorted(folder.glob("*.npz"))}
    last = max(batch for batch in batches if batch.startswith("examination"))
    frames = {batch: pairs for batch, pairs in batches.items() if batch != last}
    fitted = [_fit(name, BasisConfig(**_named(sizes)), frames, batches[last]) for sizes in SETS]
    fitted += [_fit_snap(name, sizes, frames, batches[last]) for sizes in SNAPS]
    atoms = batches[last][0][0]
    for _ in range(REPEATS):
        for one in fitted:
            one.seconds.append(_seconds_per_step(one.potential, atoms))
    return [{**one.row, "ms_per_step": 1e3 * median(one.seconds)} for one in fitted]


def _named(sizes: tuple[float, ...]) -> dict[str, Any]:
    names = ("cutoff_A", "radial_2body", "radial_3body", "angular_3body", "radial_4body", "angular_4body")
    return dict(zip(names, sizes, strict=True))


def _fit(
    name: str, config: BasisConfig, train: dict[str, list[tuple[Atoms, Label]]], test: list[tuple[Atoms, Label]]
) -> Fitted:
    settings = StudentConfig(basis=config)
    basis = Basis(elements_of([atoms for pairs in train.values() for atoms, _ in pairs]), config)
    designer, equations = Designer(basis, settings), NormalEquations(basis, settings)
    try:
        for batch, pairs in train.items():
            confidence = CONTACT_CONFIDENCE if batch == "contact" else 1.0
            rows = designer.tolerant_rows([atoms for atoms, _ in pairs])
            for frame, (_, label) in zip(rows, pairs, strict=True):
                if frame is not None:
                    equations.add(frame, label, confidence)
    finally:
        designer.close()
    student = StudentPotential(basis, settings, equations.solve(), 0.5)
    row = {
        "system": name,
        "kind": "POD",
        **_named(
            (
                config.cutoff_A,
                config.radial_2body,
                config.radial_3body,
                config.angular_3body,
                config.radial_4body,
                config.angular_4body,
            )
        ),
        "twojmax": None,
        "coefficients": basis.n_coefficients,
        "labels": equations.n_frames,
        **_errors(student, test),
    }
    print(row, flush=True)
    return Fitted(row, student, [])


def _fit_snap(
    name: str,
    sizes: tuple[float, int, bool],
    train: dict[str, list[tuple[Atoms, Label]]],
    test: list[tuple[Atoms, Label]],
) -> Fitted:
    settings, frames = (
        StudentConfig(),
        [
            (atoms, label, CONTACT_CONFIDENCE if batch == "contact" else 1.0)
            for batch, pairs in train.items()
            for atoms, label in pairs
        ],
    )
    cutoff, twojmax, chem = sizes
    snap = Snap(elements_of([atoms for atoms, _, _ in frames]), cutoff, twojmax, chem, settings)
    snap.fit(frames)
    row = {
        "system": name,
        "kind": "SNAP, by pair of elements" if chem else "SNAP",
        **dict.fromkeys(_named((0,) * 6)),
        "cutoff_A": cutoff,
        "twojmax": twojmax,
        "coefficients": len(snap.coefficients),
        "labels": len(frames),
        **_errors(snap, test),
    }
    print(row, flush=True)
    return Fitted(row, snap, [])


def _errors(potential: StudentPotential | Snap, test: list[tuple[Atoms, Label]]) -> dict[str, Any]:
    engine = potential.engine()
    answers = engine.evaluate([atoms for atoms, _ in test])
    engine.close()
    judged = list(zip(answers, test, strict=True))
    force = np.mean([np.abs(answer.forces - label.forces).mean() for answer, (_, label) in judged])
    energy = np.mean([abs(answer.energy - label.energy) / len(atoms) for answer, (atoms, label) in judged])
    return {
        "atoms": len(test[0][0]),
        "force_mae_meV_A": 1e3 * float(force),
        "energy_mae_meV_atom": 1e3 * float(energy),
    }


def _seconds_per_step(potential: StudentPotential | Snap, atoms: Atoms) -> float:
    engine, state = potential.engine(), thermal_start(atoms, 300.0, 1)
    arguments: dict[str, Any] = {"timestep_fs": 1.0, "temperature_K": 300.0, "seed": 1}
    try:
        # The first call starts the process.
        engine.run(state, steps=2, sample_every=2, **arguments)
        start = time.perf_counter()
        engine.run(state, steps=STEPS, sample_every=STEPS, **arguments)
        return (time.perf_counter() - start) / STEPS
    finally:
        engine.close()


if __name__ == "__main__":
    main()
