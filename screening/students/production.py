"""A student in production: watched after every chunk, and taught where a run leads it out of its training.

Everything is on disk before it counts: labels by the content of their frames, each version of the student in a folder
of its own, the events in a journal. A run that is killed and restarted repeats at most one chunk and one fit.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from screening.config.dynamics import MonitorConfig
from screening.dynamics.driver import CELL, Changed
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.engines.lammps import LammpsEngine, LammpsFailure
from screening.errors import PotentialError, ScreeningError, StageError
from screening.records import read_json, write_json
from screening.students.design import GPA, Designer, Label
from screening.students.distill import CONTACT_CONFIDENCE, DISTANCE_MARGIN
from screening.students.exploration import Run, grades, informative_frames, shortest_distance
from screening.students.fit import NormalEquations
from screening.students.labels import LabelStore, read_batch
from screening.students.pod import StudentPotential
from screening.trajectories.chunk import Chunk, MDState

JOURNAL = "journal.json"
#: Times that a run's student is taught the pressure in its cell; what error is left then stands in the record.
CELL_TEACHINGS = 3


@dataclass(frozen=True)
class Retraining:
    """One time a run was stopped to teach its student.

    Attributes:
        chunk: Number of the chunk that was thrown away and made again; `driver.CELL` for the cell of the run.
        time_ps: From the start of the run to the frame that was too far outside.
        grade: Largest extrapolation grade there; None where the student failed before one was seen.
        element: Of the atom that had it, "" where there is no grade.
        reason: What happened, in words.
        labels: Frames the teacher labelled and the student learnt.
        force_error_before_meV_A: Mean absolute force error on them before.
        force_error_after_meV_A: And after.
        checksum_before: Of the student.
        checksum_after: Of the student that made the chunk again.
        previous: SHA-256 of the chunk file that the chunk continues, "" for the first.
    """

    chunk: int
    time_ps: float
    grade: float | None
    element: str
    reason: str
    labels: int
    force_error_before_meV_A: float
    force_error_after_meV_A: float
    checksum_before: str
    checksum_after: str
    previous: str


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
        """
        self._earlier = tuple(earlier)
        self._family_labels, self._folder = family_labels, folder
        self._load_teacher, self._teacher_checksum = teacher, teacher_checksum
        self._settings = settings
        self._thermostat_time_fs, self._ranks = thermostat_time_fs, ranks
        self._interval_fs, self._frames_per_chunk = frame_interval_fs, frames_per_chunk
        self._designer = Designer(student.basis, student.settings)
        self._index, self._previous = 0, ""
        self._journal = _read_journal(folder / JOURNAL)
        self.events: list[Retraining] = []
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
    def taught_with(self) -> list[Path]:
        """Files of labels that the student in force knows beyond its family's."""
        own = [f"{_labels_name(k, event.chunk)}.npz" for k, event in enumerate(self.events)]
        return [*self._earlier, *(self._folder / "labels" / name for name in own)]

    def enter(self, index: int, previous: str) -> None:
        """Take over the student that the journal names for this chunk; forget events of another course."""
        self._index, self._previous = index, previous
        while len(self.events) < len(self._journal):
            event = self._journal[len(self.events)]
            if (event.chunk, event.previous, event.checksum_before) != (index, previous, self.checksum):
                return
            try:
                student = StudentPotential.load(self._version(len(self.events)))
            except ScreeningError:
                return
            if student.checksum != event.checksum_after:
                return
            self.events.append(event)
            self._use(student)

    def accept(self, start: MDState, result: Chunk | EngineFailure) -> float | None:
        """The chunk's largest grade; beyond the bound, or after a failure, the student is taught.

        Raises:
            Changed: it was taught.
            EngineFailure: it was taught as often as is allowed, or could not be.
        """
        if isinstance(result, LammpsFailure):
            self._teach(start, result.positions.astype(np.float32), None, "", f"the run failed {result}", result)
        if isinstance(result, EngineFailure):
            raise result
        every = max(1, round(self._settings.interval_ps * 1000 / self._interval_fs))
        looked = sorted({*range(every - 1, len(result.positions), every), len(result.positions) - 1})
        found = self._grades(start, result.positions[looked])
        beyond = [k for k, (grade, _) in enumerate(found) if not grade <= self._settings.max_grade]
        if beyond:
            grade, element = found[beyond[0]]
            reason = f"an atom of {element or 'unknown element'} has the grade {grade:.1f}"
            frames = result.positions[: looked[beyond[0]] + 1]
            self._teach(start, frames, grade if np.isfinite(grade) else None, element, reason, None)
        return max(grade for grade, _ in found)

    def accept_cell(self, frames: Sequence[Atoms]) -> dict[str, float]:
        """The student's mean pressure over the teacher's; beyond the bound the student is taught, three times at most.

        Raises:
            Changed: it was taught.
            EngineFailure: the teacher could label no frame.
        """
        name = _labels_name(len(self.events), CELL)
        known = self._labelled(name, frames, "its cell cannot be judged")
        answers = self._engine.evaluate([frame for frame, _ in known])
        errors = [
            -float(np.trace(answer.stress - label.stress)) / 3 / GPA
            for answer, (_, label) in zip(answers, known, strict=True)
        ]
        error, uncertainty = float(np.mean(errors)), float(np.std(errors, ddof=1) / np.sqrt(len(errors)))
        taught = sum(event.chunk == CELL for event in self.events)
        if abs(error) > self._settings.max_pressure_error_GPa and taught < CELL_TEACHINGS:
            reason = f"the student's pressure in the cell is off by {error:+.2f} GPa"
            self._learn(known, CELL, 0.0, None, "", reason)
        return {"pressure_error_GPa": error, "pressure_error_uncertainty_GPa": uncertainty}

    def record(self) -> dict[str, Any]:
        """What was set and what happened, JSON-able."""
        return {**self._settings.model_dump(mode="json"), "events": [asdict(event) for event in self.events]}

    def close(self) -> None:
        """End the LAMMPS processes."""
        self._designer.close()
        self._engine.close()

    def _use(self, student: StudentPotential) -> None:
        self._student = student
        self._engine = student.engine(self._thermostat_time_fs, self._ranks)

    def _version(self, number: int) -> Path:
        return self._folder / f"student_{number + 1:02d}"

    def _grades(self, start: MDState, positions: np.ndarray) -> list[tuple[float, str]]:
        """Largest grade of each frame, infinite where it has none, and the element of the atom that has it."""
        frames = [Atoms(start.symbols, positions=p.astype(float), cell=start.cell, pbc=True) for p in positions]
        result = []
        for rows in self._designer.tolerant_rows(frames, stress=False):
            if rows is None:
                result.append((float("inf"), ""))
                continue
            leverage = self._student.solution.leverage(rows, self._student.settings)
            result.append((float(leverage.max()), start.symbols[int(leverage.argmax())]))
        return result

    def _teach(
        self,
        start: MDState,
        positions: np.ndarray,
        grade: float | None,
        element: str,
        reason: str,
        failure: LammpsFailure | None,
    ) -> None:
        """Label frames of the thrown-away chunk, fit again, note it down; then raise `Changed`."""
        number = sum(event.chunk != CELL for event in self.events)
        time_ps = (self._index * self._frames_per_chunk + len(positions)) * self._interval_fs / 1000
        happened = f"at {time_ps:g} ps {reason}"
        if number >= self._settings.max_retrainings:
            raise EngineFailure(
                f"the student left its training: {happened}, after it was taught {number} times; "
                "potential.student: none runs the potential itself"
            ) from failure
        run = Run(
            start.symbols, start.cell, positions, 0.0, time_ps, time_ps, failure.reason if failure is not None else ""
        )
        picked = informative_frames(run, self._settings.frames, self._designer, self._student)
        # A frame without descriptors cannot be learnt from.
        seen = grades(self._student, self._designer, picked)
        frames = [frame for frame, value in zip(picked, seen, strict=True) if np.isfinite(value)]
        name = _labels_name(len(self.events), self._index)
        known = self._labelled(name, frames, f"the student left its training: {happened}")
        self._learn(known, self._index, time_ps, grade, element, reason)

    def _labelled(self, name: str, frames: Sequence[Atoms], happened: str) -> list[tuple[Atoms, Label]]:
        """Frames with the teacher's answers.

        Raises:
            EngineFailure: there is none.
        """
        store = LabelStore(self._folder / "labels", self._load_teacher(), self._teacher_checksum)
        try:
            labels = store.label(name, frames)
        except PotentialError as error:
            raise EngineFailure(f"{happened}, and {error}") from error
        known = [(frame, label) for frame, label in zip(frames, labels, strict=True) if label is not None]
        if not known:
            raise EngineFailure(f"{happened}, and the teacher could label none of the frames")
        return known

    def _learn(
        self,
        known: Sequence[tuple[Atoms, Label]],
        chunk: int,
        time_ps: float,
        grade: float | None,
        element: str,
        reason: str,
    ) -> NoReturn:
        """Fit again, note it down; then raise `Changed`."""
        number = len(self.events)
        taught = self._refitted(known)
        event = Retraining(
            chunk,
            time_ps,
            grade,
            element,
            reason,
            len(known),
            _force_error(self._student, self._designer, known),
            _force_error(taught, self._designer, known),
            self.checksum,
            taught.checksum,
            self._previous,
        )
        self.events.append(event)
        self._journal = list(self.events)
        taught.save(self._version(number))
        write_json(self._folder / JOURNAL, {"events": [asdict(e) for e in self._journal]})
        self._engine.close()
        self._use(taught)
        again = "the cell is sought again" if chunk == CELL else f"chunk {chunk} is made again"
        raise Changed(f"at {time_ps:g} ps {reason}: taught with {len(known)} labels, {again}")

    def _refitted(self, new: Sequence[tuple[Atoms, Label]]) -> StudentPotential:
        """The student fitted to the family's labels, those of this run so far, and the new ones."""
        student = self._student
        equations = NormalEquations(student.basis, student.settings)
        batches = sorted(self._family_labels.glob("*.npz"))
        if not batches:
            raise StageError(f"{self._family_labels} holds no labels: delete student.json beside it and run again")
        for path in [*batches, *self.taught_with]:
            confidence = CONTACT_CONFIDENCE if path == self._family_labels / "contact.npz" else 1.0
            _add(equations, self._designer, read_batch(path), confidence)
        _add(equations, self._designer, new, 1.0)
        closest = DISTANCE_MARGIN * shortest_distance([frame for frame, _ in new])
        facts = {**student.facts, "taught_from": student.checksum, "n_labels_of_run": len(new)}
        return StudentPotential(
            student.basis, student.settings, equations.solve(), min(student.min_distance_A, closest), facts
        )


def _labels_name(number: int, chunk: int) -> str:
    """Of the labels that a run's event `number` is taught with; a cell that is accepted leaves labels and no event."""
    return f"{'cell_' if chunk == CELL else ''}{number + 1:02d}"


def _add(
    equations: NormalEquations, designer: Designer, pairs: Sequence[tuple[Atoms, Label]], confidence: float
) -> None:
    frames = [frame for frame, _ in pairs]
    for rows, (_, label) in zip(designer.tolerant_rows(frames), pairs, strict=True):
        if rows is not None:
            equations.add(rows, label, confidence)


def _force_error(student: StudentPotential, designer: Designer, pairs: Sequence[tuple[Atoms, Label]]) -> float:
    """Mean absolute error of a force component, meV/Angstrom."""
    errors = []
    for rows, (frame, label) in zip(
        designer.tolerant_rows([frame for frame, _ in pairs], stress=False), pairs, strict=True
    ):
        if rows is not None:
            forces = student.solution.predict(rows)[1:].reshape(len(frame), 3)
            errors.append(np.abs(rows.box.to_caller(forces) - label.forces).ravel())
    return 1000.0 * float(np.concatenate(errors).mean())


def _read_journal(path: Path) -> list[Retraining]:
    """Events of an earlier try; none where there is no journal or it cannot be read."""
    try:
        return [Retraining(**event) for event in read_json(path)["events"]]
    except (StageError, KeyError, TypeError):
        return []
