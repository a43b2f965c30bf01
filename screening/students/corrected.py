"""Correcting a family's student: frames of its own runs, labels of first principles, the verdict, a student anew.

A corrected student is a student of the corrected teacher in every way: it is distilled and examined as any other, from
the teacher's labels with the correction added, which cost nothing, and taught in production by the corrected teacher.
Everything is kept as it is made: a killed call that is repeated asks for no label twice.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from screening.config.student import StudentConfig
from screening.errors import PotentialError, StageError
from screening.potentials.base import Potential
from screening.potentials.comparison import Labelled, compared, labelled
from screening.potentials.convergence import converged, doubt
from screening.potentials.disagreement import Evaluated, disagreement
from screening.potentials.reference_record import Convergence
from screening.records import derive_seed
from screening.records.origin import PotentialFacts
from screening.students.colder import ladder_K
from screening.students.corrected_teacher import CorrectedTeacher, keep, summed
from screening.students.correction import FEWEST_LABELS, Fit, Lesson, Trial, cross_validated
from screening.students.correction_record import Correction
from screening.students.design import Designer, Label
from screening.students.distill import distill
from screening.students.exploration import fair_sample, run_student
from screening.students.fit import NormalEquations, add_known
from screening.students.labels import LabelStore, frames_in_batch, read_batch
from screening.students.pod import StudentPotential
from screening.students.report import DistillationReport
from screening.students.seeds import CONTACT, EARLIER_CONTACT, confidence_in
from screening.students.shared_labels import SharedLabels

# Runs that frames are taken of, at most: one start at every temperature, and as many more as fit.
RUNS = 12
# Forces of two methods that correlate less, or differ by a larger factor, are not of one crystal; nor are stresses.
# Those of CHGNet and SevenNet-0 in Li6PS5Cl, Li3YCl6, LiCl have 0.9 and more, and slopes of 0.6 to 0.9.
LEAST_CORRELATION, LARGEST_FACTOR = 0.7, 3.0
# How much counts that nothing is corrected where atoms nearly touch. CHGNet of half-exchanged Li6PS5Cl, corrected by 20
# labels: without it 3 of 6 runs of 8 ps at 747 K held, with a tenth of this 4, with it all, and a correction takes away
# 86 % of the squared force error in place of 87; with 1 75 %. All atoms of these frames are held: with those alone that
# touch the correction still pulled their neighbours by up to 10 eV/Angstrom, with all by 1.
CONFIDENCE_AT_CONTACT = 0.3
FOLDER = "corrected"


@dataclass(frozen=True)
class Family:
    """A family with its student.

    Attributes:
        structures: Relaxed orderings.
        potential: The teacher.
        settings: Of the student.
        hottest_K: At which it runs.
        workdir: Of its distillation.
        seed: Of everything random.
        mobile: Elements of the mobile ions.
        tell: Called with a line now and then.
    """

    structures: Sequence[Atoms]
    potential: Potential
    settings: StudentConfig
    hottest_K: float
    workdir: Path
    seed: int
    mobile: tuple[str, ...]
    tell: Callable[[str], None]


def distilled(family: Family) -> DistillationReport:
    """The family's student, or committee of them, by its potential."""
    return distill(
        family.structures,
        family.potential.calculator,
        family.settings,
        family.hottest_K,
        family.workdir,
        family.seed,
        progress=family.tell,
        committee=family.settings.committee,
        shared=SharedLabels.of(family.settings, family.potential.checksum),
        mobile=family.mobile,
        coldest_K=family.settings.coldest_K,
    )


def corrected(
    family: Family, report: DistillationReport, reference: Potential, n_labels: int, test: bool
) -> tuple[DistillationReport, Correction]:
    """Correct a student, if that helps.

    Args:
        family: Whose student it is.
        report: Of its distillation.
        reference: First principles.
        n_labels: Frames that they label.
        test: Whether the convergence of the labels is tested.

    Returns:
        The distillation of the corrected student, or `report` where there is none, and why.
    """
    if not report.accepted:
        return report, _refused(family, reference, "there is no student to correct")
    known = on_policy(family, report.student, n_labels)
    folder = family.workdir / "on_policy" / "reference"
    try:
        labels = labelled([atoms for atoms, _ in known], reference, folder)
    except StageError as error:
        return report, _refused(family, reference, str(error))
    facts: dict[str, Any] = {
        "n_labels": len(labels.frames),
        "lost": labels.lost,
        "cpu_s_per_label": labels.seconds or None,
    }
    why = _implausible(labels, [known[k][1] for k in labels.which], family.potential.name)
    if why:
        return report, _refused(family, reference, why, facts)
    if test:
        facts["convergence"] = converged(reference, labels.frames[0], labels.values[0], folder)
        if why := _unconverged(facts["convergence"], labels, family.potential):
            return report, _refused(family, reference, why, facts)
    trial = _tried(family, report.student, labels, [known[k][1] for k in labels.which])
    facts |= {
        "pull": trial.fitted.pull,
        "bodies": trial.fitted.bodies,
        "before": trial.before,
        "after": trial.after,
        "gain": trial.gain,
        "gain_error": trial.gain_error,
    }
    if why := trial.harm():
        return report, _refused(family, reference, why, facts)
    family.tell(f"correction by {reference.name}: takes away {trial.gain:.0%} of the squared force error")
    anew, checksum = _taught(family, report.student, trial)
    if not anew.accepted:
        why = f"the corrected student is refused: {anew.verdict.reason}"
        return report, _refused(family, reference, why, facts)
    return anew, replace(_untried(reference), kept=True, checksum=checksum, **facts)


def _untried(reference: Potential) -> Correction:
    by = PotentialFacts.from_dict(reference.record())
    return Correction(kept=False, reason="", reference=by, n_labels=0, lost=(), cpu_s_per_label=None)


def _refused(family: Family, reference: Potential, reason: str, facts: Mapping[str, Any] | None = None) -> Correction:
    family.tell(f"correction by {reference.name} is not kept: {reason}")
    return replace(_untried(reference), reason=reason, **facts or {})


def frames_file(family: Family) -> Path:
    """Frames with the potential's labels; weights that changed under the same name have others."""
    of = hashlib.sha256(family.potential.checksum.encode()).hexdigest()[:12]
    return family.workdir / "on_policy" / f"frames_{of}.npz"


def on_policy(family: Family, student: StudentPotential, wanted: int) -> list[tuple[Atoms, Label]]:
    """Frames of the student's own runs with the teacher's labels: all that are there, and others where more are wanted.

    Each batch is named by how many frames came before it, and stays as it was made.
    """
    first = frames_file(family)
    known: list[tuple[Atoms, Label]] = []
    n = 0
    while True:
        path = first.with_name(f"{first.stem}_{n}.npz") if n else first
        if not path.exists() and (n >= wanted or not _made(path, family, student, wanted - n, n)):
            return known
        known += read_batch(path)
        n += frames_in_batch(path)


def _made(path: Path, family: Family, student: StudentPotential, wanted: int, before: int) -> bool:
    """Whether there is a batch of further frames now.

    Raises:
        PotentialError: the teacher fails on all of the first batch.
    """
    frames = _visited(family, student, wanted, ("on policy", before) if before else ("on policy",))
    if not frames:
        return False
    store = LabelStore(path.parent, family.potential.calculator, family.potential.checksum)
    try:
        store.label(path.stem, frames)
    except PotentialError:
        if not before:
            raise
        return False
    return True


def _visited(family: Family, student: StudentPotential, wanted: int, about: tuple[str | int, ...]) -> list[Atoms]:
    """So many frames of runs at all temperatures, or as many as are sound; `about` are the seeds of these runs."""
    temperatures = (family.hottest_K, *ladder_K(family.hottest_K, family.settings.coldest_K))
    starts = evenly(list(family.structures), max(1, RUNS // len(temperatures)))
    each = -(-wanted // (len(starts) * len(temperatures)))
    frames: list[Atoms] = []
    with closing(student.engine()) as engine:
        for k, atoms in enumerate(starts):
            for temperature in temperatures:
                seed = derive_seed(family.seed, *about, k, temperature)
                run = run_student(student, engine, atoms, temperature, family.settings.stable_ps, seed)
                frames += fair_sample(run, each)
    return evenly(frames, wanted)


def evenly(frames: Sequence[Atoms], n: int) -> list[Atoms]:
    """`n` of the frames, or all, with the same distance between them."""
    chosen = np.linspace(0, len(frames) - 1, min(n, len(frames))).round().astype(int)
    return [frames[k] for k in np.unique(chosen)]


def _implausible(labels: Labelled, teacher: Sequence[Label], name: str) -> str:
    """Why both methods cannot have computed the same crystal, "" where they may have."""
    if len(labels.frames) < FEWEST_LABELS:
        return f"{len(labels.frames)} frames have a label, at least {FEWEST_LABELS} are needed to hold some out"
    found = disagreement(
        [atoms.get_chemical_symbols() for atoms in labels.frames],
        labels.values,
        [Evaluated(label.energy, label.forces) for label in teacher],
    )
    slope, correlation = found.force_slope, found.force_correlation
    if slope is None or correlation is None:
        return "no force acts in its frames"
    if why := _unlike("forces", "units, elements or spins", name, slope, correlation):
        return why
    stresses = [value.stress_eV_A3 for value in labels.values if value.stress_eV_A3 is not None]
    if len(stresses) < len(labels.values):
        return ""
    # About their means: pressures of two methods differ.
    true, own = (np.array(of) - np.mean(of, axis=0) for of in (stresses, [label.stress for label in teacher]))
    if not true.any() or not own.any():
        return "stresses of the reference, or of the potential, are the same in all frames"
    slope = float((own * true).sum() / (true**2).sum())
    return _unlike("stresses", "signs or units", name, slope, float(np.corrcoef(own.ravel(), true.ravel())[0, 1]))


def _unlike(what: str, wrong: str, name: str, slope: float, correlation: float) -> str:
    if correlation >= LEAST_CORRELATION and 1 / LARGEST_FACTOR < slope < LARGEST_FACTOR:
        return ""
    return (
        f"{what} of {name} have a slope of {slope:.2f} and a correlation of {correlation:.2f} on those of the "
        f"reference: look for wrong {wrong} before anything is learnt from it"
    )


def _unconverged(convergence: Convergence | None, labels: Labelled, potential: Potential) -> str:
    return doubt(convergence, compared(labels, potential))


def _tried(family: Family, student: StudentPotential, labels: Labelled, teacher: Sequence[Label]) -> Trial:
    equations, contacts = (NormalEquations(student.basis, student.settings) for _ in range(2))
    stress = all(value.stress_eV_A3 is not None for value in labels.values)
    with closing(Designer(student.basis, student.settings)) as designer:
        for path in sorted((family.workdir / "labels").glob("*.npz")):
            known = read_batch(path)
            add_known([equations], designer, known, confidence_in(path.stem))
            if path.stem in (CONTACT, EARLIER_CONTACT):
                add_known([contacts], designer, known, CONFIDENCE_AT_CONTACT)
        made = designer.tolerant_rows(labels.frames, stress=stress)
        lessons = []
        for rows, atoms, value, own in zip(made, labels.frames, labels.values, teacher, strict=True):
            if rows is None:
                continue
            tensor = np.zeros((3, 3)) if value.stress_eV_A3 is None else value.stress_eV_A3
            true = Label(value.energy_eV, value.forces_eV_A, tensor)
            lessons.append(
                Lesson(
                    rows=rows.rows[1:],
                    weights=rows.weights(student.settings, true)[1:],
                    reference=rows.targets(true)[1:],
                    teacher=rows.targets(own)[1:],
                    student=(rows.rows @ student.solution.coefficients)[1:],
                    elements=np.array(atoms.get_chemical_symbols()),
                )
            )
    function = student.basis.function_of_coefficient
    pairs = (function > 0) & (function <= student.basis.settings.radial_2body)
    return cross_validated(Fit(lessons, equations.precision(), pairs, contacts.hold()))


def _taught(family: Family, student: StudentPotential, trial: Trial) -> tuple[DistillationReport, str]:
    """A student of the corrected teacher, from the teacher's labels with the correction added; its checksum."""
    workdir = family.workdir / FOLDER
    coefficients = trial.fitted.coefficients
    keep(workdir, coefficients)
    with closing(CorrectedTeacher(family.potential.calculator, student.basis, coefficients)) as teacher:
        store = SharedLabels(workdir / "known", f"{teacher.checksum[:16]}{family.potential.checksum}")
        for path in sorted((family.workdir / "labels").glob("*.npz")):
            known = read_batch(path)
            added = teacher.engine.evaluate([atoms for atoms, _ in known]) if known else []
            for (atoms, label), more in zip(known, added, strict=True):
                store.keep(atoms, summed(label, more), path.stem in (CONTACT, EARLIER_CONTACT))
        anew = distill(
            family.structures,
            teacher,
            family.settings,
            family.hottest_K,
            workdir,
            family.seed,
            progress=family.tell,
            committee=family.settings.committee,
            shared=store,
            mobile=family.mobile,
            coldest_K=family.settings.coldest_K,
        )
        return anew, teacher.checksum
