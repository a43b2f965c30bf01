"""Diffusivities of students without and with a correction by first principles, beside ab initio molecular dynamics.

    python -m benchmarks.first_principles corrected FOLDER --reference REFERENCE [--teacher sevenn] [--labels 20]
    python -m benchmarks.first_principles corrected FOLDER --reference REFERENCE --teacher chgnet --lent sevenn
    python -m benchmarks.first_principles corrected FOLDER --halide --teacher sevenn

Half-exchanged Li6PS5Cl, 416 atoms, 500 K, in the cell of the ab initio run (REFERENCE, see benchmarks/ab_initio.py).
The 20 frames of the smaller correction are among the 50 of the larger one, so a teacher pays for 50 labels of 52
atoms: an hour and a half of a core, beside three distillations of some ten minutes. With `--lent` it pays for 20 of its
own student's frames, and takes the other 30 from what another teacher's student visited.
The halide is Li3YCl6 in its measured cell at 500 K (360 atoms), where no ab initio run is at hand: corrected by 12
labels of 30 atoms, with the mean volume at 400 K and no pressure beside the measured one; an hour.
What is done is kept in FOLDER, each label once it is known. The table is benchmarks/corrected.csv.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from benchmarks.ab_initio import CASES, HOTTEST_K, TIMESTEP_FS, _ab_initio, _first_frame, _row, _run, _settings
from benchmarks.lattices import Store, primitive
from benchmarks.student import orderings
from screening.config.potential import TeacherConfig
from screening.config.student import StudentConfig
from screening.dynamics.protocol import thermal_start
from screening.records import read_json, write_json, write_table
from screening.students.corrected import FOLDER, Family, corrected, distilled, evenly, frames_file, on_policy
from screening.students.corrected_teacher import with_correction
from screening.students.correction_record import Correction
from screening.students.labels import LabelStore, read_batch
from screening.students.pod import StudentPotential
from screening.students.production import WatchedStudent

CASE, MOST, OWN = "50 %", 50, 20
HALIDE, HALIDE_LABELS, REPEATS, VOLUME_K, VOLUME_PS = "Li3YCl6", 12, (2, 2, 3), 400.0, 40.0
# As long as the ab initio run, and what the slower halide needs.
SULFIDE_PS, HALIDE_PS = 70.0, 400.0
TABLE = Path(__file__).with_name("corrected.csv")
RESULTS = Path(__file__).with_name("results.json")
NAMES = {"sevenn": "sevenn_0", "chgnet": "chgnet"}
SULFIDE, TRUTH, ROWS = "Li6PS5Cl", "ab initio", "rows.json"
Measure = Callable[[WatchedStudent, Path], dict[str, Any]]
COLUMNS = (
    *("material", "source", "labels", "tracer_diffusivity_cm2_s", "tracer_diffusivity_error_cm2_s", "msd_10ps_A2"),
    *("volume_over_measured_400K", "kept", "reason", "slope_li_before", "slope_li_after", "mae_before_meV_A"),
    *("mae_after_meV_A", "cpu_s_per_label"),
)


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


def within(family: Family, student: StudentPotential, n: int, lent: Path | None) -> Family:
    """The family in a folder of its own, with `n` of its frames and what it is lent, and labels that all share.

    Args:
        family: With at least as many frames as it is asked for.
        student: Runs where they are not there yet.
        n: Frames.
        lent: Family folder of another teacher, of whose frames those are taken that the first `OWN` leave to do.
    """
    everything = on_policy(family, student, MOST if lent is None else OWN)
    if n == len(everything):
        return family
    own = replace(family, workdir=family.workdir / f"by_{n}")
    if not frames_file(own).exists():
        (own.workdir / "on_policy").mkdir(parents=True, exist_ok=True)
        for name in ("labels", "on_policy/reference"):
            (family.workdir / name).mkdir(parents=True, exist_ok=True)
            if not (own.workdir / name).exists():
                (own.workdir / name).symlink_to((family.workdir / name).resolve())
        frames = evenly([atoms for atoms, _ in everything], n)
        if lent is not None:
            frames += evenly([atoms for path in _frames_of(lent) for atoms, _ in read_batch(path)], n - len(frames))
        store = LabelStore(own.workdir / "on_policy", family.potential.calculator, family.potential.checksum)
        store.label(frames_file(own).stem, frames)
    return own


def _frames_of(folder: Path) -> list[Path]:
    return sorted((folder / "on_policy").glob("frames_*.npz"))


def _sharing(folder: Path, lent: Path | None) -> None:
    """Labels of first principles are by content: with the folder of another teacher none is made twice."""
    if lent is not None and not (own := folder / "on_policy" / "reference").exists():
        own.parent.mkdir(parents=True, exist_ok=True)
        own.symlink_to((lent / "on_policy" / "reference").resolve())


def family_of(teacher: str, structures: Callable[[Any], list[Atoms]], folder: Path) -> Family:
    """The teacher's family of these structures."""
    from screening.potentials.registry import load

    potential = load(TeacherConfig(name=teacher))
    made = structures(potential.calculator)
    return Family(made, potential, StudentConfig(), HOTTEST_K, folder, 1, ("Li",), lambda line: print(line, flush=True))


def add_rows(family: Family, numbers: Sequence[int], measured: Measure, lent: Path | None, made: Store) -> None:
    """What is measured of the student, without a correction and with each; rows that are there are not made again."""
    from screening.potentials.registry import load

    numbers = [n for n in (0, *numbers) if str(n) not in made.known]
    if not numbers:
        return
    reference, teacher = load(TeacherConfig(name="cp2k")), family.potential.name
    _sharing(family.workdir, lent)
    report = distilled(family)
    if not report.accepted:
        raise RuntimeError(f"{teacher}: {report.verdict.reason}")
    student = StudentPotential.load(family.workdir / "student")
    calculator = family.potential.calculator

    def uncorrected() -> dict[str, Any]:
        with closing(watched(student, family.workdir, calculator, family.potential.checksum)) as driver:
            return {"source": teacher, **measured(driver, family.workdir / "md"), **_said(0, None)}

    def by(n: int) -> dict[str, Any]:
        own = within(family, student, n, lent)
        _, found = corrected(own, report, reference, n, test=n == MOST and lent is None)
        print(f"{teacher}, {n} labels: {'kept' if found.kept else found.reason}", flush=True)
        row = {"source": teacher, **_said(n, found)}
        if not found.checksum:
            return row
        folder = own.workdir / FOLDER
        with (
            closing(with_correction(calculator, student, folder, found.checksum)) as better,
            closing(watched(StudentPotential.load(folder / "student"), folder, better, better.checksum)) as driver,
        ):
            return row | measured(driver, own.workdir / "md_corrected")

    for n in numbers:
        made.once(str(n), partial(by, n) if n else uncorrected)


def watched(student: StudentPotential, folder: Path, teacher: Calculator, checksum: str) -> WatchedStudent:
    """As campaigns run it: a student that leaves what it knows is taught by its teacher, and that part made again."""
    settings = _settings(1.0)
    return WatchedStudent(
        student,
        folder / "labels",
        lambda: teacher,
        checksum,
        settings.monitor,
        folder / "retraining",
        thermostat_time_fs=settings.thermostat_time_fs,
        frame_interval_fs=settings.sample_interval_fs,
        frames_per_chunk=settings.frames_per_chunk,
        mobile={"Li"},
    )


def _said(n: int, found: Correction | None) -> dict[str, Any]:
    """What a correction said of itself."""
    before, after = (None, None) if found is None else (found.before, found.after)
    return {
        "labels": n,
        "kept": "" if found is None else found.kept,
        "reason": "" if found is None else found.reason,
        "slope_li_before": None if before is None else before.force_slope_by_element["Li"],
        "slope_li_after": None if after is None else after.force_slope_by_element["Li"],
        "mae_before_meV_A": None if before is None else before.force_meV_A,
        "mae_after_meV_A": None if after is None else after.force_meV_A,
        "cpu_s_per_label": None if found is None else found.cpu_s_per_label,
    }


def of_sulfide(start: Atoms, length_ps: float) -> Measure:
    """Diffusivity from where the ab initio run began."""
    return lambda driver, folder: _kept(_row("", CASE, _run(driver.student, start, folder, length_ps, driver)[0], {}))


def of_halide(length_ps: float) -> Measure:
    """Diffusivity in the measured cell, and the mean volume at `VOLUME_K` without pressure over the measured one."""
    start = primitive(HALIDE).repeat(REPEATS)

    def measured(driver: WatchedStudent, folder: Path) -> dict[str, Any]:
        found = _kept(_row("", "", _run(driver.student, start, folder, length_ps, driver)[0], {}))
        with closing(driver.student.engine()) as engine:
            mean = engine.equilibrate_cell(
                thermal_start(start, VOLUME_K, 1),
                VOLUME_K,
                duration_ps=VOLUME_PS,
                discard_ps=VOLUME_PS / 4,
                timestep_fs=TIMESTEP_FS,
                shape="aniso",
                seed=1,
            )
        return {**found, "volume_over_measured_400K": float(np.linalg.det(mean.cell)) / start.get_volume()}

    return measured


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("tracer_diffusivity_cm2_s", "tracer_diffusivity_error_cm2_s", "msd_10ps_A2")}


def figures_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Diffusivities in the sulfide over the ab initio one, with errors; those of SevenNet-0 by the plain names too."""
    found: dict[str, float] = {}
    true = next(row for row in rows if row["source"] == TRUTH)
    for row in rows:
        if row.get("tracer_diffusivity_cm2_s") is None or row["source"] == TRUTH or row["material"] != SULFIDE:
            continue
        kind = "corrected" if row["labels"] else "uncorrected"
        teacher = NAMES.get(row["source"], row["source"])
        names = [f"{kind}_D_over_abinitio_{teacher}" + (f"_{row['labels']}" if row["labels"] else "")]
        if teacher == "sevenn_0":
            # The rows of a teacher are in the order of their labels: the last is of most.
            names.append(f"{kind}_D_over_abinitio")
        ratio, error = _over(row, true)
        for name in names:
            found |= {name: round(ratio, 3)} | ({} if error is None else {f"{name}_error": round(error, 3)})
    return found


def _over(row: dict[str, Any], true: dict[str, Any]) -> tuple[float, float | None]:
    """Ratio of two diffusivities, and its standard error; None where that of either is not known."""
    value, error = (f"tracer_diffusivity{kind}_cm2_s" for kind in ("", "_error"))
    ratio = row[value] / true[value]
    if row.get(error) is None or true.get(error) is None:
        return ratio, None
    return ratio, ratio * float(np.hypot(row[error] / row[value], true[error] / true[value]))


def main(arguments: list[str]) -> None:
    """Run what is missing, write the table and the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--reference", type=Path)
    which.add_argument("--halide", action="store_true")
    parser.add_argument("--teacher", action="append", default=[])
    parser.add_argument("--lent", metavar="TEACHER", help="whose student's frames follow the first 20")
    parser.add_argument("--labels", type=int, action="append", default=[], help=f"at most {MOST}")
    parser.add_argument("--ps", type=float, help=f"of each run; {SULFIDE_PS:g}, of the halide {HALIDE_PS:g}")
    asked = parser.parse_args(arguments)
    for teacher in asked.teacher or list(NAMES):
        name = teacher.replace(":", "_")
        if asked.halide:
            family = family_of(teacher, _halide_at_rest, asked.folder / f"{name}_{HALIDE}")
            numbers, measured, lent = asked.labels or [HALIDE_LABELS], of_halide(asked.ps or HALIDE_PS), None
        else:
            start = _first_frame(asked.reference / CASES[CASE])
            edge_A = float(start.cell.lengths().mean()) / 2
            family = family_of(teacher, partial(relaxed, edge_A=edge_A), asked.folder / name)
            numbers, measured = asked.labels or [OWN, MOST], of_sulfide(start, asked.ps or SULFIDE_PS)
            lent = asked.folder / asked.lent.replace(":", "_") if asked.lent else None
        add_rows(family, numbers, measured, lent, Store(family.workdir / ROWS))
        tabulate(asked.folder, asked.reference)


def _halide_at_rest(calculator: Any) -> list[Atoms]:
    from ase.optimize import FIRE

    atoms = primitive(HALIDE)
    atoms.rattle(0.05, seed=1)
    atoms.calc = calculator
    FIRE(atoms, logfile=None).run(fmax=0.1, steps=60)
    return [Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)]


def tabulate(folder: Path, reference: Path | None) -> None:
    """The table of all families in the folder and of the ab initio run, and the ratios to that."""
    true = Store(folder / "ab_initio.json")
    if reference is not None:
        true.once(SULFIDE, lambda: _kept(_row("", CASE, _ab_initio(reference / CASES[CASE]), {})))
    rows = [{"material": material, "source": TRUTH, **row} for material, row in true.known.items()]
    for path in sorted(folder.glob(f"*/{ROWS}")):
        material = HALIDE if path.parent.name.endswith(HALIDE) else SULFIDE
        known = read_json(path)
        rows += [{"material": material, **known[n]} for n in sorted(known, key=int)]
    write_table(TABLE, [{**dict.fromkeys(COLUMNS), **row} for row in rows])
    if true.known:
        figures = figures_of(rows)
        write_json(RESULTS, dict(sorted({**read_json(RESULTS), **figures}.items())))
        print(figures, flush=True)
