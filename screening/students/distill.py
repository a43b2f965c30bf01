"""Distillation: seed, fit, run, ask the teacher where it matters, refit, until it runs and agrees; then examine."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ase import Atoms
from ase.calculators.calculator import Calculator

from screening.config.student import StudentConfig
from screening.dynamics.timestep import MeasuredStep, measured_step
from screening.errors import PotentialError
from screening.records import derive_seed
from screening.students.acceptance import judge, measure
from screening.students.barriers import wrong_barriers
from screening.students.beginning import begin
from screening.students.colder import ColderLessons, ladder_K
from screening.students.design import Label
from screening.students.exploration import (
    SAMPLE_FS,
    Run,
    collided,
    fair_sample,
    informative_frames,
    run_student,
    spread_frames,
)
from screening.students.hop_lessons import HopLessons
from screening.students.lessons import Lessons
from screening.students.pod import StudentPotential
from screening.students.record import DistillationRecord, Examination, Member, Round, SideBySide, member_folder
from screening.students.report import DistillationReport
from screening.students.shared_labels import SharedLabels
from screening.students.side_by_side import run_beside, run_beside_again

# The first training runs are this share of their full length, and double while they do not fail.
FIRST_RUN_SHARE = 1 / 16
# Examinations of a further member of the committee; each that it fails teaches it.
MEMBER_EXAMINATIONS = 3
# Orderings that run in one round; the next round takes the next ones.
RUNS_PER_ROUND = 6


def distill(
    structures: Sequence[Atoms],
    teacher: Calculator,
    settings: StudentConfig,
    hottest_K: float,
    workdir: Path,
    seed: int,
    progress: Callable[[str], None] | None = None,
    committee: int = 1,
    shared: SharedLabels | None = None,
    mobile: tuple[str, ...] = (),
    coldest_K: float | None = None,
) -> DistillationReport:
    """Distill a student for a family of structures, or a committee of them from the same labels.

    Everything it labels is kept in `workdir`; a killed call repeated with the same arguments gives the same student.
    The student is written to `workdir/student` whether accepted or not (loading refuses a refused one), further members
    to `workdir/student1` and so on, the report to `workdir/report.json`.

    Args:
        structures: Relaxed orderings, periodic; they share the student.
        teacher: ASE calculator with energy, forces and stress.
        settings: Basis, training, examination.
        hottest_K: Highest temperature that the student is to run at; it is trained above it and examined there.
        workdir: Folder of labels and results.
        seed: Of everything random.
        progress: Called with a line now and then.
        committee: Students; those beyond the first are made once that is accepted.
        shared: Labels of the same potential that campaigns share: asked first, added to, and started from.
        mobile: Elements whose hops are taught and examined.
        coldest_K: Coldest temperature at which it is taught and examined too; None for the hottest alone.

    Raises:
        PotentialError: the teacher does not answer, or no structure is given.
    """
    if not structures:
        raise PotentialError("distilling a student needs at least one structure")
    lessons = Lessons(structures, teacher, settings, workdir / "labels", committee, shared, progress)
    hops = HopLessons(structures, mobile, settings, lessons, seed)
    ladder = () if coldest_K is None else ladder_K(hottest_K, coldest_K)
    colder = ColderLessons(structures, ladder, settings, lessons, seed, mobile)
    return _Distillation(
        structures, lessons, hops, colder, settings, hottest_K, workdir, seed, progress or _silent, committee, shared
    ).run()


class _Distillation:
    """State of one distillation."""

    def __init__(
        self,
        structures: Sequence[Atoms],
        lessons: Lessons,
        hops: HopLessons,
        colder: ColderLessons,
        settings: StudentConfig,
        hottest_K: float,
        workdir: Path,
        seed: int,
        tell: Callable[[str], None],
        committee: int,
        shared: SharedLabels | None,
    ) -> None:
        self.structures = list(structures)
        self.settings = settings
        self.hottest_K = float(hottest_K)
        self.workdir = workdir
        self.seed = seed
        self.tell = tell
        self.lessons, self.shared, self.experienced = lessons, shared, False
        self.hops, self.colder = hops, colder
        self.rounds: list[Round] = []
        self.committee = committee
        self.taught_beside = workdir
        self.step: MeasuredStep | None = None

    def run(self) -> DistillationReport:
        """Train and examine."""
        with closing(self.lessons):
            self.experienced = begin(self.lessons, self.structures, self.settings, self.seed, self.shared, self.tell)
            if not self.lessons.n_learnt:
                raise PotentialError("the teacher could label none of the seed frames")
            self._choose_step()
            first, verdict = self._train()
            student = self._save(first, verdict)
            members = tuple(self._member(k) for k in range(1, self.committee)) if verdict.accepted else ()
        report = DistillationReport(
            student,
            verdict,
            members,
            tuple(self.rounds),
            self.lessons.n_labels,
            self.lessons.seconds,
            teacher_s=self.lessons.spent_s["teacher"],
            fit_s=self.lessons.spent_s["fit"],
            step=self.step,
            n_shared=None if self.shared is None else self.lessons.n_shared,
        )
        DistillationRecord.of(report.record()).write(self.workdir / DistillationRecord.FILE)
        return report

    def _choose_step(self) -> None:
        """The time step of all runs from here on, where it is left to the crystals; a student of the seeds tells it."""
        if self.settings.timestep_fs != "auto":
            return
        with closing(self.lessons.student().engine()) as engine:
            self.step = measured_step(self.structures[:RUNS_PER_ROUND], engine, SAMPLE_FS)
        self.settings = self.settings.model_copy(update={"timestep_fs": self.step.step_fs})
        self.lessons.settings = self.settings
        self.tell(f"time step {self.step.step_fs:.3g} fs: the fastest vibration takes {self.step.period_fs:.0f} fs")

    def _save(self, student: StudentPotential, verdict: Examination) -> StudentPotential:
        """The student with all that is known of it, on disk."""
        facts = {
            **student.facts,
            "accepted": verdict.accepted,
            "reason": verdict.reason,
            "teacher": self.lessons.fingerprint,
            "hottest_K": self.hottest_K,
            "n_labels": self.lessons.n_labels,
            "errors": None if verdict.errors is None else verdict.errors.as_dict(),
        }
        student = replace(student, facts=facts)
        student.save(self.workdir / member_folder(student.member))
        return student

    def _member(self, member: int) -> Member:
        """A further student of the committee, examined as the first was; what it fails on teaches it."""
        self.tell(f"student {member + 1} of {self.committee}: the same labels, weighed at random")
        for attempt in range(MEMBER_EXAMINATIONS):
            student = self.lessons.student(member)
            number = self.settings.rounds + 1 + (member - 1) * MEMBER_EXAMINATIONS + attempt
            verdict, lesson = self._examine(student, number)
            if verdict.accepted:
                break
            self.lessons.learn(*lesson)
        student = self._save(student, verdict)
        return Member(number=member, checksum=student.checksum, verdict=verdict)

    def _train(self) -> tuple[StudentPotential, Examination]:
        """Rounds until a student passes, or there are no more."""
        settings = self.settings
        length = settings.run_ps * (1 if self.experienced else FIRST_RUN_SHARE)
        student = self.lessons.student()
        verdict: Examination | None = None
        for number in range(settings.rounds):
            failures = self._explore(student, number, length)
            student = self.lessons.student()
            if failures:
                continue
            if length < settings.run_ps:
                length = min(2 * length, settings.run_ps)
                continue
            student = self._taught_rare(student)
            verdict, lesson = self._examine(student, number)
            if verdict.accepted:
                return student, verdict
            self.lessons.learn(*lesson)
            student = self.lessons.student()
        if verdict is None:
            student = self._taught_rare(student)
            verdict, _ = self._examine(student, settings.rounds)
            return student, verdict
        # The last examination was of an earlier student: this one is refused with it.
        return student, replace(verdict, accepted=False)

    def _taught_rare(self, student: StudentPotential) -> StudentPotential:
        """Shown what hot runs do not hold, once: hops and colder frames."""
        with closing(student.engine()) as engine:
            changed = self.colder.teach(student, engine)
        changed |= self.hops.teach(student)
        return self.lessons.student() if changed else student

    def _explore(self, student: StudentPotential, number: int, length_ps: float) -> int:
        """Run, label a fair sample and the most informative frames, learn; how many runs failed."""
        fair: list[Atoms] = []
        groups: list[int] = []
        picked: list[Atoms] = []
        failures: list[str] = []
        n_runs = min(RUNS_PER_ROUND, len(self.structures))
        n_fair = max(1, self.settings.frames_per_run // 3)
        lessons, engine = self.lessons, student.engine()
        hot_K = self.hottest_K * self.settings.temperature_factor
        self.tell(f"round {number}: the student runs {length_ps:g} ps of {n_runs} orderings at {hot_K:.0f} K")
        with closing(engine):
            for k in range(n_runs):
                ordering = (number * n_runs + k) % len(self.structures)
                run = run_student(
                    student,
                    engine,
                    self.structures[ordering],
                    hot_K,
                    length_ps,
                    derive_seed(self.seed, "round", number, k),
                    strain=self.settings.seed_strain,
                    designer=lessons.designer,
                )
                if run.failure:
                    failures.append(
                        f"ordering {ordering} at {run.temperature_K:.0f} K, {run.reached_ps:.1f} ps: {run.failure}"
                    )
                sample = [] if run.failure else fair_sample(run, n_fair)
                fair += sample
                groups += [ordering] * len(sample)
                wanted = self.settings.frames_per_run - len(sample)
                picked += informative_frames(run, wanted, lessons.designer, student)
            frames = [*fair, *picked]
            labels = lessons.label(f"round_{number:02d}", frames)
            errors = measure(student, engine, lessons.designer, fair, labels[: len(fair)], groups)
        lessons.learn(frames, labels)
        done = Round(
            run_ps=length_ps,
            failures=tuple(failures),
            n_runs=n_runs,
            n_labels=lessons.n_labels,
            errors=errors,
            seconds=lessons.seconds,
        )
        self.rounds.append(done)
        self.tell(f"round {number}: {done}")
        return len(failures)

    def _examine(
        self, student: StudentPotential, number: int
    ) -> tuple[Examination, tuple[list[Atoms], list[Label | None]]]:
        """Long runs of every ordering at the hottest temperature, and their frames relabelled.

        Returns:
            The verdict, and frames with labels to learn from where it is a refusal.
        """
        lessons, engine = self.lessons, student.engine()
        self.tell(
            f"examination: the student runs {self.settings.stable_ps:g} ps of {len(self.structures)} orderings at "
            f"{self.hottest_K:g} K"
        )
        with closing(engine):
            runs = [
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
            samples = [spread_frames(run, each) for run in runs]
            frames = [frame for sample in samples for frame in sample]
            groups = [k for k, sample in enumerate(samples) for _ in sample]
            labels = self._label_sound(f"examination_{number:02d}", frames)
            errors = measure(student, engine, lessons.designer, frames, labels, groups)
            verdict = judge(runs, range(len(runs)), errors, self.settings)
            cold: tuple[list[Atoms], list[Label | None]] = ([], [])
            if verdict.accepted and self.colder.temperatures_K:
                named = " and ".join(f"{temperature:.0f} K" for temperature in self.colder.temperatures_K)
                self.tell(f"examination: the student runs at {named}")
                found = self.colder.examine(student, engine, runs, number)
                verdict = verdict.cooled(found, self.colder.shortcomings(found))
                cold = self.colder.lesson()
        failed = [run for run in runs if run.failure]
        hops: tuple[list[Atoms], list[Label | None]] = ([], [])
        if verdict.accepted and self.hops.asked:
            self.tell("examination: hops of mobile ions into empty places")
            barriers = self.hops.examine(student, number)
            wrong = wrong_barriers(barriers, self.settings)
            verdict = verdict.hopped(barriers, wrong)
            hops = self.hops.lesson() if wrong else hops
        if verdict.accepted and self.settings.teacher_run_ps:
            self.tell(f"examination: {self.settings.teacher_run_ps:g} ps of the potential beside the student")
            beside = self._beside(student, number)
            if isinstance(beside, Run):
                failed.append(beside)
                verdict = verdict.refused(
                    f"its run beside the teacher's failed after {beside.reached_ps:.2f} ps: {beside.failure}"
                )
            else:
                verdict = verdict.compared(beside)
        self.tell(f"examination: {'accepted' if verdict.accepted else verdict.reason}, {lessons.seconds:.0f} s")
        # Of a run that failed only what led there teaches; later frames are of no matter that exists.
        held = [k for k, group in enumerate(groups) if not runs[group].failure]
        onset = [
            frame
            for run in failed
            for frame in informative_frames(run, self.settings.frames_per_run, lessons.designer, student)
        ]
        learnt = [*(labels[k] for k in held), *cold[1], *hops[1], *lessons.label(f"failure_{number:02d}", onset)]
        return verdict, ([*(frames[k] for k in held), *cold[0], *hops[0], *onset], learnt)

    def _label_sound(self, name: str, frames: Sequence[Atoms]) -> list[Label | None]:
        """The teacher's answers; it is not asked about frames in which atoms have collided."""
        sound = [not collided(frame) for frame in frames]
        answers = iter(self.lessons.label(name, [frame for frame, good in zip(frames, sound, strict=True) if good]))
        return [next(answers) if good else None for good in sound]

    def _beside(self, student: StudentPotential, number: int) -> SideBySide | Run:
        """A run of the teacher at the hottest temperature beside the student's, of one ordering after the other.

        Further members run beside the run that the teacher has made.
        """
        if student.member:
            seed = derive_seed(self.seed, "beside", number)
            return run_beside_again(student, self.taught_beside, self.hottest_K, seed)
        self.taught_beside = self.workdir / f"beside_{number:02d}"
        with self.lessons.charged("teacher"):  # nearly all of it is
            return run_beside(
                student,
                self.lessons.teacher,
                self.structures[number % len(self.structures)],
                self.hottest_K,
                self.settings.teacher_run_ps,
                self.taught_beside,
                derive_seed(self.seed, "beside", number),
            )


def _silent(_line: str) -> None:
    """Tell nobody."""
