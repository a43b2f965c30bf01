"""Accuracy against cost of a student's descriptors, on the labels that distillations left behind.

    python -m benchmarks.descriptors OUT.csv NAME=results/CAMPAIGN/students/FAMILY/KEY/labels [NAME=...]

Every set of descriptors, and SNAP and UF3 for comparison, is fitted to the frames of the training and judged on those
of the last examination, which were not fitted. Times are of one core, all sets in turns in one run, so that their
ratios hold on a busy machine.
"""

import argparse
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from ase import Atoms

from benchmarks.least_squares import Frame
from benchmarks.snap import Snap
from benchmarks.uf3 import Uf3
from screening.config.student import BasisConfig, StudentConfig
from screening.dynamics.engines.lammps import LammpsFailure
from screening.dynamics.protocol import thermal_start
from screening.records import write_table
from screening.students.basis import Basis, elements_of
from screening.students.design import Designer, Label
from screening.students.fit import NormalEquations, add_known
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.students.seeds import CONTACT, CONTACT_CONFIDENCE

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
# Range of pairs and the parts it is cut into, range of triplets' short edges and the same.
UF3S = ((5.0, 16, 4.0, 3), (5.0, 16, 4.0, 4))
STEPS, REPEATS = 300, 3

Fittable = StudentPotential | Snap | Uf3


@dataclass(frozen=True)
class Fitted:
    """A fitted set of descriptors with its errors and the times of its runs (s a step)."""

    row: dict[str, Any]
    potential: Fittable
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
    others = [
        (atoms, label, CONTACT_CONFIDENCE if batch == CONTACT else 1.0)
        for batch, pairs in frames.items()
        for atoms, label in pairs
    ]
    fitted += [_fit_snap(name, sizes, others, batches[last]) for sizes in SNAPS]
    fitted += [_fit_uf3(name, sizes, others, batches[last]) for sizes in UF3S]
    atoms = batches[last][0][0]
    for _ in range(REPEATS):
        for one in fitted:
            # Fitted well on frames, a potential can still throw its atoms out at once: then it has no time.
            with suppress(LammpsFailure):
                one.seconds.append(_seconds_per_step(one.potential, atoms))
    return [{**one.row, "ms_per_step": 1e3 * median(one.seconds) if one.seconds else None} for one in fitted]


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
            confidence = CONTACT_CONFIDENCE if batch == CONTACT else 1.0
            add_known([equations], designer, pairs, confidence)
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


def _fit_snap(name: str, sizes: tuple[float, int, bool], train: list[Frame], test: list[tuple[Atoms, Label]]) -> Fitted:
    cutoff, twojmax, chem = sizes
    snap = Snap(elements_of([atoms for atoms, _, _ in train]), cutoff, twojmax, chem, StudentConfig())
    snap.fit(train)
    kind = "SNAP, by pair of elements" if chem else "SNAP"
    return _fitted(name, kind, snap, len(train), test, cutoff_A=cutoff, twojmax=twojmax)


def _fit_uf3(
    name: str, sizes: tuple[float, int, float, int], train: list[Frame], test: list[tuple[Atoms, Label]]
) -> Fitted:
    uf3 = Uf3(elements_of([atoms for atoms, _, _ in train]), *sizes, StudentConfig())
    uf3.fit(train)
    kind = f"UF3, pairs {sizes[1]}, triplets {sizes[3]} to {sizes[2]:g} A"
    return _fitted(name, kind, uf3, len(train), test, cutoff_A=sizes[0])


def _fitted(
    name: str, kind: str, potential: Snap | Uf3, labels: int, test: list[tuple[Atoms, Label]], **sizes: Any
) -> Fitted:
    row = {
        "system": name,
        "kind": kind,
        **dict.fromkeys(_named((0,) * 6)),
        "twojmax": None,
        **sizes,
        "coefficients": len(potential.coefficients),
        "labels": labels,
        **_errors(potential, test),
    }
    print(row, flush=True)
    return Fitted(row, potential, [])


def _errors(potential: Fittable, test: list[tuple[Atoms, Label]]) -> dict[str, Any]:
    engine = potential.engine()
    answers = engine.evaluate([atoms for atoms, _ in test])
    engine.close()
    judged = list(zip(answers, test, strict=True))
    # LAMMPS' UF3 has no room for the energies of single atoms.
    constants = potential.constants if isinstance(potential, Uf3) else {}
    force = np.mean([np.abs(answer.forces - label.forces).mean() for answer, (_, label) in judged])
    energy = np.mean(
        [
            abs(answer.energy + sum(constants.get(s, 0.0) for s in atoms.symbols) - label.energy) / len(atoms)
            for answer, (atoms, label) in judged
        ]
    )
    return {
        "atoms": len(test[0][0]),
        "force_mae_meV_A": 1e3 * float(force),
        "energy_mae_meV_atom": 1e3 * float(energy),
    }


def _seconds_per_step(potential: Fittable, atoms: Atoms) -> float:
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
