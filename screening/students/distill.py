"""Distillation: seed, fit, run, ask the teacher where it matters, refit, until it runs and agrees; then examine."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from screening.config.student import StudentConfig
from screening.errors import PotentialError
from screening.records import derive_seed, write_json
from screening.students.acceptance import Errors, Verdict, judge, measure
from screening.students.basis import Basis, elements_of
from screening.students.design import Designer, Label
from screening.students.exploration import (
    Run,
    closest_allowed_A,
    collided,
    informative_frames,
    run_student,
    spread_frames,
)
from screening.students.fit import NormalEquations
from screening.students.labels import LabelStore, ask_teacher, labelled
from screening.students.pod import StudentPotential
from screening.students.seeds import CONTACT, CONTACT_CONFIDENCE, contact_frames, seed_frames
from screening.students.side_by_side import SideBySide, run_beside

# The first training runs are this share of their full length, and double while they do not fail.
FIRST_RUN_SHARE = 1 / 16
# Orderings that run in one round; the next round takes the next ones.
RUNS_PER_ROUND = 6


@dataclass(frozen=True)
class Round:
    """One round of training.

    Attributes:
        run_ps: Length its runs were to reach.
        failures: Ordering, length reached and reason of those that failed.
        n_runs: How many there were.
        n_labels: Labels so far, after it.
        errors: Of the student of this round on its own runs.
        seconds: Wall time so far, after it.
    """

    run_ps: float
    failures: tuple[str, ...]
    n_runs: int
    n_labels: int
    errors: Errors | None
    seconds: float


@dataclass(frozen=True)
class DistillationReport:
    """What came out.

    Attributes:
        student: The last student, also when it was refused (then `student.accepted` is false).
        verdict: Of its examination.
        rounds: Training rounds.
        n_labels: Frames the teacher labelled.
        seconds: Wall time of this call (labels found from an earlier try cost none).
        teacher_s: Of it, labels and the teacher's own run beside the student's.
        fit_s: Of it, descriptors of what was labelled and the solution.
    """

    student: StudentPotential
    verdict: Verdict
    rounds: tuple[Round, ...]
    n_labels: int
    seconds: float
    teacher_s: float
    fit_s: float

    @property
    def accepted(self) -> bool:
        """Whether the student may be used."""
        return self.verdict.accepted

    def record(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "verdict": self.verdict.record(),
            "rounds": [asdict(r) for r in self.rounds],
            "n_labels": self.n_labels,
            "seconds": self.seconds,
            "teacher_s": self.teacher_s,
            "fit_s": self.fit_s,
            "checksum": self.student.checksum,
        }


def distill(
    structures: Sequence[Atoms],
    teacher: Calculator,
    settings: StudentConfig,
    hottest_K: float,
    workdir: Path,
    seed: int,
    progress: Callable[[str], None] | None = None,
) -> DistillationReport:
    """Distill a student for a family of structures.

    Everything it labels is kept in `workdir`; a killed call repeated with the same arguments gives the same student.
    The student is written to `workdir/student` whether accepted or not (loading refuses a refused one), the report
    to `workdir/report.json`.

    Args:
        structures: Relaxed orderings, periodic; they share the student.
        teacher: ASE calculator with energy, forces and stress.
        settings: Basis, training, examination.
        hottest_K: Highest temperature that the student is to run at; it is trained above it and examined there.
        workdir: Folder of labels and results.
        seed: Of everything random.
        progress: Called with a line now and then.

    Raises:
        PotentialError: the teacher does not answer, or no structure is given.
    """
    if not structures:
        raise PotentialError("distilling a student needs at least one structure")
    return _Distillation(structures, teacher, settings, hottest_K, workdir, seed, progress or _silent).run()


class _Distillation:
    """State of one distillation."""

    def __init__(
        self,
        structures: Sequence[Atoms],
        teacher: Calculator,
        settings: StudentConfig,
        hottest_K: float,
        workdir: Path,
        seed: int,
        tell: Callable[[str], None],
    ) -> None:
        self.structures = list(structures)
        self.settings = settings
        self.hottest_K = float(hottest_K)
        self.workdir = workdir
        self.seed = seed
        self.tell = tell
        self.started = time.perf_counter()
        self.spent_s = {"teacher": 0.0, "fit": 0.0}
        first = ask_teacher(teacher, self.structures[0])
        # What tells teachers apart is their answer; rounded, so that another machine gives the same one.
        self.fingerprint = f"{type(teacher).__name__} {first.energy:.2f} {np.abs(first.forces).sum():.1f}"
        self.labels = LabelStore(workdir / "labels", teacher, self.fingerprint)
        self.basis = Basis(elements_of(self.structures), settings.basis)
        self.designer = Designer(self.basis, settings)
        self.equations = NormalEquations(self.basis, settings)
        self.min_distance_A = closest_allowed_A([])
        self.rounds: list[Round] = []

    def run(self) -> DistillationReport:
        """Train and examine."""
        try:
            frames = [frame for frame in seed_frames(self.structures, self.settings, self.seed) if not collided(frame)]
            self._learn(frames, self._label("seed", frames))
            frames = contact_frames(self.structures, self.settings, self.seed)
            self._learn(frames, self._label(CONTACT, frames), CONTACT_CONFIDENCE)
            if not self.equations.n_frames:
                raise PotentialError("the teacher could label none of the seed frames")
            student, verdict = self._train()
        finally:
            self.designer.close()
        facts = {
            "accepted": verdict.accepted,
            "reason": verdict.reason,
            "teacher": self.fingerprint,
            "hottest_K": self.hottest_K,
            "n_labels": self.labels.n_labels,
            "errors": None if verdict.errors is None else asdict(verdict.errors),
        }
        student = StudentPotential(student.basis, student.settings, student.solution, student.min_distance_A, facts)
        student.save(self.workdir / "student")
        report = DistillationReport(
            student,
            verdict,
            tuple(self.rounds),
            self.labels.n_labels,
            self._seconds(),
            teacher_s=self.spent_s["teacher"],
            fit_s=self.spent_s["fit"],
        )
        write_json(self.workdir / "report.json", report.record())
        return report

    def _train(self) -> tuple[StudentPotential, Verdict]:
        """Rounds until a student passes, or there are no more."""
        settings = self.settings
        length = settings.run_ps * FIRST_RUN_SHARE
        student = self._student()
        verdict: Verdict | None = None
        for number in range(settings.rounds):
            failures = self._explore(student, number, length)
            student = self._student()
            if failures:
                continue
            if length < settings.run_ps:
                length = min(2 * length, settings.run_ps)
                continue
            verdict, lesson = self._examine(student, number)
            if verdict.accepted:
                return student, verdict
            self._learn(*lesson)
            student = self._student()
        if verdict is None:
            verdict, _ = self._examine(student, settings.rounds)
            return student, verdict
        # The last examination was of an earlier student: this one is refused with it.
        return student, replace(verdict, accepted=False)

    def _explore(self, student: StudentPotential, number: int, length_ps: float) -> int:
        """Run, label a fair sample and the most informative frames, learn; how many runs failed."""
        engine = student.engine()
        fair: list[Atoms] = []
        groups: list[int] = []
        picked: list[Atoms] = []
        failures: list[str] = []
        n_runs = min(RUNS_PER_ROUND, len(self.structures))
        n_fair = max(1, self.settings.frames_per_run // 3)
        for k in range(n_runs):
            ordering = (number * n_runs + k) % len(self.structures)
            run = run_student(
                student,
                engine,
                self.structures[ordering],
                self.hottest_K * self.settings.temperature_factor,
                length_ps,
                derive_seed(self.seed, "round", number, k),
                strain=self.settings.seed_strain,
                designer=self.designer,
            )
            if run.failure:
                failures.append(
                    f"ordering {ordering} at {run.temperature_K:.0f} K, {run.reached_ps:.1f} ps: {run.failure}"
                )
            sample = [frame for frame in spread_frames(run, n_fair) if not collided(frame)] if not run.failure else []
            fair += sample
            groups += [ordering] * len(sample)
            wanted = self.settings.frames_per_run - len(sample)
            picked += informative_frames(run, wanted, self.designer, student)
        frames = [*fair, *picked]
        labels = self._label(f"round_{number:02d}", frames)
        errors = measure(student, engine, self.designer, fair, labels[: len(fair)], groups)
        engine.close()
        self._learn(frames, labels)
        self.rounds.append(Round(length_ps, tuple(failures), n_runs, self.labels.n_labels, errors, self._seconds()))
        self.tell(
            f"round {number}: {n_runs - len(failures)} of {n_runs} runs of {length_ps:g} ps held, "
            f"{self.labels.n_labels} labels"
            + (f", force error {errors.force_meV_A:.0f} meV/A" if errors else "")
            + f", {self._seconds():.0f} s"
            + "".join(f"; {failure}" for failure in failures[:2])
        )
        return len(failures)

    def _examine(
        self, student: StudentPotential, number: int
    ) -> tuple[Verdict, tuple[list[Atoms], list[Label | None]]]:
        """Long runs of every ordering at the hottest temperature, and their frames relabelled."""
        engine = student.engine()
        runs: list[Run] = [
            run_student(
                student,
                engine,
                atoms,
                self.hottest_K,
                self.settings.stable_ps,
                derive_seed(self.seed, "examination", number, k),
            )
            for k, atoms in enumerate(self.structures)
        ]
        each = max(1, round(self.settings.acceptance_frames / len(runs)))
        frames, groups = [], []
        for k, run in enumerate(runs):
            sample = [frame for frame in spread_frames(run, each) if not collided(frame)]
            frames += sample
            groups += [k] * len(sample)
        labels = self._label(f"examination_{number:02d}", frames)
        errors = measure(student, engine, self.designer, frames, labels, groups)
        engine.close()
        verdict = judge(runs, range(len(runs)), errors, self.settings)
        failed = [run for run in runs if run.failure]
        if verdict.accepted and self.settings.teacher_run_ps:
            beside = self._beside(student, number)
            if isinstance(beside, Run):
                failed.append(beside)
                verdict = verdict.refused(
                    f"its run beside the teacher's ended after {beside.reached_ps:.2f} ps: {beside.failure}"
                )
            else:
                verdict = verdict.compared(beside)
        self.tell(f"examination: {'accepted' if verdict.accepted else verdict.reason}, {self._seconds():.0f} s")
        # Of a run that failed only what led there teaches; later frames are of no matter that exists.
        held = [k for k, group in enumerate(groups) if not runs[group].failure]
        onset = [
            frame
            for run in failed
            for frame in informative_frames(run, self.settings.frames_per_run, self.designer, student)
        ]
        learnt = [*(labels[k] for k in held), *self._label(f"failure_{number:02d}", onset)]
        return verdict, ([*(frames[k] for k in held), *onset], learnt)

    def _beside(self, student: StudentPotential, number: int) -> SideBySide | Run:
        """A run of the teacher at the hottest temperature beside the student's, of one ordering after the other."""
        with self._charged("teacher"):  # nearly all of it is
            return run_beside(
                student,
                self.labels.teacher,
                self.structures[number % len(self.structures)],
                self.hottest_K,
                self.settings.teacher_run_ps,
                self.workdir / f"beside_{number:02d}",
                derive_seed(self.seed, "beside", number),
            )

    def _label(self, name: str, frames: Sequence[Atoms]) -> list[Label | None]:
        with self._charged("teacher"):
            return self.labels.label(name, frames)

    def _learn(self, frames: Sequence[Atoms], labels: Sequence[Label | None], confidence: float = 1.0) -> None:
        known = labelled(frames, labels)
        with self._charged("fit"):
            self.equations.add_known(self.designer, known, confidence)
        self.min_distance_A = min(self.min_distance_A, closest_allowed_A([frame for frame, _ in known]))

    def _student(self) -> StudentPotential:
        with self._charged("fit"):
            solution = self.equations.solve()
        return StudentPotential(self.basis, self.settings, solution, self.min_distance_A)

    @contextmanager
    def _charged(self, to: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.spent_s[to] += time.perf_counter() - start

    def _seconds(self) -> float:
        return time.perf_counter() - self.started


def _silent(_line: str) -> None:
    """Tell nobody."""
