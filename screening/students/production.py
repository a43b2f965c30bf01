"""A student in production: watched after every chunk, and taught where a run leads it out of its training.

Everything is on disk before it counts: labels by the content of their frames, each version of the student in a folder
of its own, the events in a journal. A run that is killed and restarted repeats at most one chunk and one fit.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from screening.config.dynamics import LATER_MONITOR, MonitorConfig
from screening.constants import GPA
from screening.dynamics.driver import CELL, Accepted, Changed, Taught
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.engines.lammps import LammpsEngine, LammpsFailure
from screening.errors import PotentialError
from screening.log import tell
from screening.students.calibration import error_at, grade_bound
from screening.students.design import Designer, Label
from screening.students.exploration import Run, grades, informative_frames, worst_atoms
from screening.students.journal import Journal
from screening.students.labels import LabelStore, labelled
from screening.students.pod import StudentPotential
from screening.students.refit import Refit, force_error_meV_A, refitted
from screening.students.run_lesson import LABELS, RunLesson, noted_lesson
from screening.students.shared_labels import SharedLabels
from screening.students.spot_check import frames_over, spot_check
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.run_record import Retraining, SpotCheck, Watch
from screening.trajectories.storage import stored_chunks

#: Times that a run's student is taught the pressure in its cell; what error is left then stands in the record.
CELL_TEACHINGS = 3


@dataclass(frozen=True)
class _Trouble:
    """What a student is taught for.

    Attributes:
        reason: In words.
        grade: Its largest extrapolation grade; None where it failed before one was seen.
        element: Of the atom that had it, "" where there is no grade.
        failure: Of the run; None where it only left its training.
    """

    reason: str
    grade: float | None = None
    element: str = ""
    failure: LammpsFailure | None = None


class WatchedStudent:
    """A `Driver` that runs a student, looks at its extrapolation and has it taught where that is too large."""

    def __init__(
        self,
        student: StudentPotential,
        family_labels: Path,
        teacher: Callable[[], Calculator],
        teacher_checksum: str,
        settings: MonitorConfig,
        folder: Path,
        *,
        thermostat_time_fs: float,
        frame_interval_fs: float,
        frames_per_chunk: int,
        ranks: int = 1,
        earlier: Sequence[Path] = (),
        barrier_error_eV: float | None = None,
        made_again: Sequence[Retraining] = (),
        mobile: Collection[str] = (),
    ) -> None:
        """Nothing is started or loaded before it is needed.

        Args:
            student: As the family has it.
            family_labels: Folder of the labels it was fitted to.
            teacher: Loads the teacher.
            teacher_checksum: Tells teachers apart: labels of another one are not used.
            settings: How often to look, how far is too far, how often to teach.
            folder: Of this run's journal, labels and versions of the student.
            thermostat_time_fs: Of the engine.
            frame_interval_fs: Time between frames of a chunk.
            frames_per_chunk: Frames of a whole chunk.
            ranks: Processes that share the atoms.
            earlier: Files of labels that the student was taught with after its family's, by runs before this one.
            barrier_error_eV: What its examination says that its barriers may err; noted down.
            made_again: What it learnt from spot checks of the run before this try.
            mobile: Elements whose forces count in spot checks.
        """
        self._mobile = mobile
        self._made_again = tuple(made_again)
        self._earlier, self._barrier_error_eV = tuple(earlier), barrier_error_eV
        self._family_labels, self._folder = family_labels, folder
        # Once for all looks, lessons and checks of the run.
        self._load_teacher, self._teacher_checksum = cache(teacher), teacher_checksum
        self._shared = SharedLabels.of(student.settings, teacher_checksum)
        self._settings = settings
        self._thermostat_time_fs, self._ranks = thermostat_time_fs, ranks
        self._interval_fs, self._frames_per_chunk = frame_interval_fs, frames_per_chunk
        self._designer = Designer(student.basis, student.settings)
        self._index, self._previous = 0, ""
        self._journal = Journal(folder)
        self._use(student)

    @property
    def engine(self) -> LammpsEngine:
        """Runs the student in force."""
        return self._engine

    @property
    def checksum(self) -> str:
        """Of the student in force."""
        return self._student.checksum

    @property
    def student(self) -> StudentPotential:
        """The one in force."""
        return self._student

    @property
    def events(self) -> list[Retraining]:
        """Each time it was taught, in this course of the run."""
        return self._journal.events

    @property
    def taught_with(self) -> list[Path]:
        """Files of labels that the student in force knows beyond its family's."""
        own = [f"{_labels_name(k, event.chunk)}.npz" for k, event in enumerate(self.events)]
        return [*self._earlier, *(self._folder / "labels" / name for name in own)]

    def enter(self, index: int, previous: str) -> None:
        """Take over the student that the journal names for this chunk; forget events of another course."""
        self._index, self._previous = index, previous
        while (student := self._journal.next_student(index, previous, self.checksum)) is not None:
            self._use(student)

    def accept(self, start: MDState, result: Chunk | EngineFailure) -> Accepted | Changed:
        """The chunk with its largest grade; beyond the bound, or after a failure, the student is taught.

        Raises:
            EngineFailure: it was taught as often as is allowed, or could not be.
        """
        if isinstance(result, LammpsFailure):
            trouble = _Trouble(f"the run failed {result}", failure=result)
            return self._teach(start, result.positions.astype(np.float32), trouble)
        if isinstance(result, EngineFailure):
            raise result
        every = max(1, round(self._settings.interval_ps * 1000 / self._interval_fs))
        looked = sorted({*range(every - 1, len(result.positions), every), len(result.positions) - 1})
        found = worst_atoms(self._student, self._designer, result.frames(looked))
        bound = grade_bound(self._settings, self._student.facts)
        beyond = [k for k, (grade, _) in enumerate(found) if not grade <= bound]
        if beyond:
            grade, element = found[beyond[0]]
            known = error_at(grade, self._student.facts)
            means = "" if known is None or not np.isfinite(known) else f", about {known:.0f} meV/A in its force"
            reason = f"an atom of {element or 'unknown element'} has the grade {grade:.1f}{means}"
            trouble = _Trouble(reason, grade if np.isfinite(grade) else None, element)
            return self._teach(start, result.positions[: looked[beyond[0]] + 1], trouble)
        return Accepted(result, max(grade for grade, _ in found))

    def accept_cell(self, frames: Sequence[Atoms]) -> dict[str, float] | Changed:
        """The student's mean pressure over the teacher's; beyond the bound the student is taught, three times at most.

        Raises:
            EngineFailure: the teacher could label no frame.
        """
        name = _labels_name(len(self.events), CELL)
        known = self._labelled(name, frames, "its cell cannot be judged")
        answers = self._engine.evaluate([frame for frame, _ in known])
        errors = [
            -float(np.trace(answer.stress - label.stress)) / 3 / GPA
            for answer, (_, label) in zip(answers, known, strict=True)
        ]
        error = float(np.mean(errors))
        taught = sum(event.chunk == CELL for event in self.events)
        if abs(error) > self._settings.max_pressure_error_GPa and taught < CELL_TEACHINGS:
            reason = f"the student's pressure in the cell is off by {error:+.2f} GPa"
            return self._learn(known, CELL, 0.0, _Trouble(reason))
        found = {"pressure_error_GPa": error}
        # One label says nothing of how frames scatter.
        if len(errors) > 1:
            found["pressure_error_uncertainty_GPa"] = float(np.std(errors, ddof=1) / np.sqrt(len(errors)))
        return found

    def spot_check(self, chunks: Sequence[Path]) -> SpotCheck | None:
        """A few frames of the run labelled; what the student in force errs there.

        Where the potential cannot be loaded the check says so and the run counts; that it fails on all is a doubt.
        """
        if not self._settings.spot_check_frames:
            return None
        frames = frames_over(chunks, self._settings.spot_check_frames)
        tell(f"spot check: the potential labels {len(frames)} frames of the run")
        store, failed = self._store(), ""
        try:
            if store.asks("spot_check", frames):
                self._load_teacher()
        except PotentialError as error:
            tell(f"spot check: none is made: {error}")
            return SpotCheck(n_frames=0, n_unlabelled=len(frames), reason=str(error))
        try:
            labels = store.label("spot_check", frames)
        except PotentialError as error:
            labels, failed = [None] * len(frames), str(error)
        known = labelled(frames, labels)
        seen = [frame for frame, _ in known]
        own = self._engine.evaluate(seen) if seen else []
        missing = len(frames) - len(known)
        settings, true = self._student.settings, [label for _, label in known]
        return replace(spot_check(seen, own, true, missing, settings, self._mobile), reason=failed)

    def taught_before(self, chunks: Path, protocol: str, folder: Path) -> Taught | None:
        """The student of an earlier try, or of a shorter run, that had learnt from these chunks."""
        if len(self._made_again) >= self._settings.spot_check_rounds:
            return None
        found = noted_lesson(folder, stored_chunks(chunks), protocol)
        return None if found is None else self._following(folder, *found)

    def taught_by(self, check: SpotCheck, chunks: Sequence[Path], folder: Path) -> Taught | None:
        """Learn from a run whose spot check is beyond the limits, unless that was done as often as is allowed."""
        if not check.doubt:
            return None
        if len(self._made_again) >= self._settings.spot_check_rounds:
            tell(f"spot check: {check.doubt}; the run stays, it was made again {len(self._made_again)} times")
            return None
        tell(f"spot check: {check.doubt}; the student is taught about the run")
        lesson = RunLesson(chunks, self._settings.spot_check_frames, self._store(), folder)
        refit = partial(Refit, self._student, self._designer, self._family_labels, self.taught_with)
        event = lesson.learnt(check.doubt, self._student, self._designer, refit, self.taught_with)
        return None if event is None else self._following(folder, *event)

    def _following(self, folder: Path, event: Retraining, student: StudentPotential) -> Taught:
        """What makes the run again."""
        self.close()
        made_again = [*self._made_again, event]
        driver = WatchedStudent(
            student,
            self._family_labels,
            self._load_teacher,
            self._teacher_checksum,
            self._settings,
            folder / "retraining",
            thermostat_time_fs=self._thermostat_time_fs,
            frame_interval_fs=self._interval_fs,
            frames_per_chunk=self._frames_per_chunk,
            ranks=self._ranks,
            earlier=[folder / LABELS],
            barrier_error_eV=self._barrier_error_eV,
            made_again=made_again,
            mobile=self._mobile,
        )
        return Taught(
            driver,
            f"taught on {event.labels} frames, force error {event.force_error_before_meV_A:.0f} to "
            f"{event.force_error_after_meV_A:.0f} meV/A on frames that it had not learnt; the run is made again "
            f"({len(made_again)} of at most {self._settings.spot_check_rounds} times)",
        )

    def watch(self, largest_grade: float | None) -> Watch:
        """What was set and what happened."""
        bound = grade_bound(self._settings, self._student.facts)
        return Watch(
            largest_grade=largest_grade,
            **self._settings.model_dump(exclude={*LATER_MONITOR, "max_grade"}),
            max_grade=bound,
            error_at_max_grade_meV_A=error_at(bound, self._student.facts),
            events=tuple(self.events),
            barrier_error_eV=self._barrier_error_eV,
            made_again=self._made_again or None,
        )

    def close(self) -> None:
        """End the LAMMPS processes."""
        self._designer.close()
        self._engine.close()

    def _use(self, student: StudentPotential) -> None:
        self._student = student
        self._engine = student.engine(self._thermostat_time_fs, self._ranks)

    def _teach(self, start: MDState, positions: np.ndarray, trouble: _Trouble) -> Changed:
        """Label frames of the thrown-away chunk and learn from them.

        Raises:
            EngineFailure: it was taught as often as is allowed, or the teacher could label no frame.
        """
        number = sum(event.chunk != CELL for event in self.events)
        time_ps = (self._index * self._frames_per_chunk + len(positions)) * self._interval_fs / 1000
        happened = f"at {time_ps:g} ps {trouble.reason}"
        if number >= self._settings.max_retrainings:
            raise EngineFailure(
                f"the student still leaves its training after {number} retrainings: {happened}; "
                "potential.student: none runs the potential itself"
            ) from trouble.failure
        ended = "" if trouble.failure is None else trouble.failure.reason
        run = Run(start.symbols, start.cell, positions, 0.0, time_ps, time_ps, ended)
        picked = informative_frames(run, self._settings.frames, self._designer, self._student)
        # A frame without descriptors cannot be learnt from.
        seen = grades(self._student, self._designer, picked)
        frames = [frame for frame, value in zip(picked, seen, strict=True) if np.isfinite(value)]
        name = _labels_name(len(self.events), self._index)
        known = self._labelled(name, frames, f"the student left its training: {happened}")
        return self._learn(known, self._index, time_ps, trouble)

    def _labelled(self, name: str, frames: Sequence[Atoms], happened: str) -> list[tuple[Atoms, Label]]:
        """Frames with the teacher's answers.

        Raises:
            EngineFailure: there is none.
        """
        store = self._store()
        if store.asks(name, frames):
            tell(f"{happened}; the potential labels {len(frames)} frames")
            self._load_teacher()  # here, where what cannot be loaded is no failure of the run
        try:
            labels = store.label(name, frames)
        except PotentialError as error:
            raise EngineFailure(f"{happened}, and {error}") from error
        known = labelled(frames, labels)
        if not known:
            raise EngineFailure(f"{happened}, and the teacher could label none of the frames")
        return known

    def _store(self) -> LabelStore:
        """The labels of this run; loads the teacher where it is asked."""
        return LabelStore(self._folder / "labels", self._load_teacher, self._teacher_checksum, self._shared)

    def _learn(self, known: Sequence[tuple[Atoms, Label]], chunk: int, time_ps: float, trouble: _Trouble) -> Changed:
        """Fit again, note it down, and go on with the new student."""
        tell(f"the student learns {len(known)} frames")
        taught = refitted(self._student, self._designer, self._family_labels, self.taught_with, known)
        event = Retraining(
            chunk=chunk,
            time_ps=time_ps,
            grade=trouble.grade,
            element=trouble.element,
            reason=trouble.reason,
            labels=len(known),
            force_error_before_meV_A=force_error_meV_A(self._student, self._designer, known),
            force_error_after_meV_A=force_error_meV_A(taught, self._designer, known),
            checksum_before=self.checksum,
            checksum_after=taught.checksum,
            previous=self._previous,
        )
        self._journal.note(event, taught)
        self._engine.close()
        self._use(taught)
        again = "the cell is sought again" if chunk == CELL else f"chunk {chunk} is made again"
        return Changed(f"at {time_ps:g} ps {trouble.reason}: retrained on {len(known)} labels, {again}")


def _labels_name(number: int, chunk: int) -> str:
    """Of the labels that a run's event `number` is taught with; a cell that is accepted leaves labels and no event."""
    return f"{'cell_' if chunk == CELL else ''}{number + 1:02d}"
