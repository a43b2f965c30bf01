"""Diffusivities of students without and with a correction by first principles, beside ab initio molecular dynamics.

    python -m benchmarks.first_principles corrected FOLDER --reference REFERENCE [--teacher sevenn] [--labels 20]

Half-exchanged Li6PS5Cl, 416 atoms, 500 K, in the cell of the ab initio run (REFERENCE, see benchmarks/ab_initio.py).
The 20 frames of the smaller correction are among the 50 of the larger one, so each teacher pays for 50 labels of 52
atoms: an hour and a half of a core, beside three distillations of about half an hour. Both teachers take five hours of
one core. What is done is kept in FOLDER, each label once it is known. The table is benchmarks/corrected.csv.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from benchmarks.ab_initio import CASES, HOTTEST_K, _ab_initio, _first_frame, _row, _run
from benchmarks.student import orderings
from screening.config.potential import TeacherConfig
from screening.config.student import StudentConfig
from screening.records import read_json, write_json, write_table
from screening.students.corrected import FOLDER, Family, corrected, distilled, frames_file, on_policy
from screening.students.labels import LabelStore
from screening.students.pod import StudentPotential

CASE, MOST = "50 %", 50
TABLE = Path(__file__).with_name("corrected.csv")
RESULTS = Path(__file__).with_name("results.json")
NAMES = {"sevenn": "sevenn_0", "chgnet": "chgnet"}


def relaxed(calculator: Any, edge_A: float) -> list[Atoms]:
    """Both orderings of 52 atoms in a cube of this edge, at rest."""
    from ase.optimize import FIRE

    structures = []
    for atoms in orderings():
        atoms.set_cell(np.eye(3) * edge_A, scale_atoms=True)
        atoms.rattle(0.05, seed=1)
        atoms.calc = calculator
        FIRE(atoms, logfile=None).run(fmax=0.1, steps=60)
        structures.append(Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True))
    return structures


def within(family: Family, student: StudentPotential, n: int) -> Family:
    """The family in a folder of its own, with `n` of its `MOST` frames, and labels that all share."""
    everything = on_policy(family, student, MOST)
    if n >= MOST:
        return family
    own = replace(family, workdir=family.workdir / f"by_{n}")
    if not frames_file(own).exists():
        (own.workdir / "on_policy").mkdir(parents=True, exist_ok=True)
        for name in ("labels", "on_policy/reference"):
            (family.workdir / name).mkdir(parents=True, exist_ok=True)
            if not (own.workdir / name).exists():
                (own.workdir / name).symlink_to((family.workdir / name).resolve())
        chosen = np.unique(np.linspace(0, len(everything) - 1, n).round().astype(int))
        store = LabelStore(own.workdir / "on_policy", family.potential.calculator, family.potential.checksum)
        store.label(frames_file(own).stem, [everything[k][0] for k in chosen])
    return own


def rows_of(teacher: str, folder: Path, start: Atoms, numbers: list[int], length_ps: float) -> list[dict[str, Any]]:
    """Without a correction, and with each."""
    from screening.potentials.registry import load

    potential, reference = load(TeacherConfig(name=teacher)), load(TeacherConfig(name="cp2k"))
    structures = relaxed(potential.calculator, float(start.cell.lengths().mean()) / 2)
    settings = StudentConfig()
    family = Family(structures, potential, settings, HOTTEST_K, folder, 1, "Li", lambda line: print(line, flush=True))
    report = distilled(family)
    if not report.accepted:
        raise RuntimeError(f"{teacher}: {report.verdict.reason}")
    student = StudentPotential.load(folder / "student")
    rows = [_measured(teacher, 0, student, start, folder / "md", length_ps, None)]
    for n in numbers:
        own = within(family, student, n)
        _, found = corrected(own, report, reference, n, test=n == MOST)
        print(f"{teacher}, {n} labels: {'kept' if found.kept else found.reason}", flush=True)
        better = StudentPotential.load(own.workdir / FOLDER / "student") if found.kept else None
        rows.append(_measured(teacher, n, better, start, own.workdir / "md_corrected", length_ps, found))
    return rows


def _measured(
    teacher: str, n: int, student: StudentPotential | None, start: Atoms, folder: Path, length_ps: float, found: Any
) -> dict[str, Any]:
    """Diffusivity of a student, and what its correction said of itself."""
    said = {
        "labels": n,
        "kept": "" if found is None else found.kept,
        "reason": "" if found is None else found.reason,
        "slope_li_before": None if found is None or found.before is None else found.before.force_slope_by_element["Li"],
        "slope_li_after": None if found is None or found.after is None else found.after.force_slope_by_element["Li"],
        "mae_before_meV_A": None if found is None or found.before is None else found.before.force_meV_A,
        "mae_after_meV_A": None if found is None or found.after is None else found.after.force_meV_A,
        "cpu_s_per_label": None if found is None else found.cpu_s_per_label,
    }
    if student is None:
        return {"source": teacher, "tracer_diffusivity_cm2_s": None, "tracer_diffusivity_error_cm2_s": None, **said}
    trajectory, _ = _run(student, start, folder, length_ps)
    return {**_kept(_row(teacher, CASE, trajectory, {})), **said}


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("source", "tracer_diffusivity_cm2_s", "tracer_diffusivity_error_cm2_s")}


def figures_of(rows: list[dict[str, Any]], true: float) -> dict[str, float]:
    """Diffusivities over that of the ab initio run; those of SevenNet-0 by the plain names."""
    found: dict[str, float] = {}
    for row in rows:
        if (value := row["tracer_diffusivity_cm2_s"]) is None:
            continue
        kind = "corrected" if row["labels"] else "uncorrected"
        ratio, teacher = round(value / true, 3), NAMES.get(row["source"], row["source"])
        found[f"{kind}_D_over_abinitio_{teacher}" + (f"_{row['labels']}" if row["labels"] else "")] = ratio
        if teacher == "sevenn_0" and row["labels"] in (0, MOST):
            found[f"{kind}_D_over_abinitio"] = ratio
    return found


def main(arguments: list[str]) -> None:
    """Run what is missing, write the table and the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--teacher", action="append", default=[])
    parser.add_argument("--labels", type=int, action="append", default=[], help=f"at most {MOST}")
    parser.add_argument("--ps", type=float, default=70.0)
    asked = parser.parse_args(arguments)
    path = asked.reference / CASES[CASE]
    truth = _row("ab initio", CASE, _ab_initio(path), {})
    rows: list[dict[str, Any]] = []
    for teacher in asked.teacher or list(NAMES):
        folder, numbers = asked.folder / teacher.replace(":", "_"), asked.labels or [20, MOST]
        rows += rows_of(teacher, folder, _first_frame(path), numbers, asked.ps)
        blank = dict.fromkeys(rows[0])
        write_table(TABLE, [{**blank, **_kept(truth)}, *rows])
        figures = figures_of(rows, truth["tracer_diffusivity_cm2_s"])
        write_json(RESULTS, dict(sorted({**read_json(RESULTS), **figures}.items())))
        print(figures, flush=True)
