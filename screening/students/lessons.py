"""What a teacher was asked and a student has learnt so far, and the time that took."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from screening.config.student import StudentConfig
from screening.students.basis import Basis, elements_of
from screening.students.design import Designer, Label
from screening.students.exploration import closest_allowed_A
from screening.students.fit import NormalEquations, add_known
from screening.students.labels import LabelStore, ask_teacher, labelled
from screening.students.pod import StudentPotential
from screening.students.seeds import EARLIER_CONTACT, confidence_in
from screening.students.shared_labels import KnownFrame, SharedLabels, frame_key


class Lessons:
    """Labels on disk, and the fit to them.

    Attributes:
        teacher: ASE calculator.
        fingerprint: Tells teachers apart.
        designer: Makes the rows of frames.
        settings: Of the students that are made.
        spent_s: Seconds spent on labels and the teacher's own runs ("teacher"), and on descriptors and the solution
            ("fit").
    """

    def __init__(
        self,
        structures: Sequence[Atoms],
        teacher: Calculator,
        settings: StudentConfig,
        folder: Path,
        committee: int = 1,
        shared: SharedLabels | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """Ask the teacher once.

        Args:
            structures: Of the family; their elements are the student's.
            teacher: ASE calculator with energy, forces and stress.
            settings: Basis and fit.
            folder: Of the labels.
            committee: Students that are fitted to them.
            shared: Labels that campaigns share; None where they do not.
            tell: Told what is waited for; None tells nobody.

        Raises:
            PotentialError: the teacher does not answer.
        """
        self._tell = tell
        self._started = time.perf_counter()
        self.spent_s = {"teacher": 0.0, "fit": 0.0}
        self.teacher = teacher
        first = ask_teacher(teacher, structures[0])
        # What tells teachers apart is their answer; rounded, so that another machine gives the same one.
        self.fingerprint = f"{type(teacher).__name__} {first.energy:.2f} {np.abs(first.forces).sum():.1f}"
        self._labels = LabelStore(folder, teacher, self.fingerprint, shared)
        self._labels.forget_others()
        self.settings = settings
        self._basis = Basis(elements_of(structures), settings.basis)
        self.designer = Designer(self._basis, settings)
        self._equations = [NormalEquations(self._basis, settings, member) for member in range(committee)]
        self._min_distance_A = closest_allowed_A([])

    @property
    def n_labels(self) -> int:
        """Frames with a label of the teacher."""
        return self._labels.n_labels

    @property
    def n_shared(self) -> int:
        """Of them, those that came from the labels that campaigns share."""
        return self._labels.n_shared

    @property
    def n_learnt(self) -> int:
        """Frames in the fit."""
        return self._equations[0].n_frames

    @property
    def seconds(self) -> float:
        """Wall time since the start."""
        return time.perf_counter() - self._started

    def label(self, name: str, frames: Sequence[Atoms]) -> list[Label | None]:
        """The teacher's answers, see `LabelStore.label`."""
        if self._tell is not None and self._labels.asks(name, frames):
            self._tell(f"the potential labels {len(frames)} frames")
        with self.charged("teacher"):
            return self._labels.label(name, frames)

    def learn(self, frames: Sequence[Atoms], labels: Sequence[Label | None], confidence: float = 1.0) -> None:
        """Add what has a label to the fit."""
        known = labelled(frames, labels)
        if self._tell is not None and known:
            self._tell(f"the student learns {len(known)} frames")
        with self.charged("fit"):
            add_known(self._equations, self.designer, known, confidence)
        self._min_distance_A = min(self._min_distance_A, closest_allowed_A([frame for frame, _ in known]))

    def take(self, name: str, frames: Sequence[Atoms], confidence: float = 1.0) -> None:
        """Label and learn."""
        self.learn(frames, self.label(name, frames), confidence)

    def start_from(self, name: str, choose: Callable[[], Sequence[KnownFrame]]) -> list[KnownFrame]:
        """Learn from frames that are shared, as they were chosen at the first call."""
        contact = name == EARLIER_CONTACT
        known = self._labels.adopt(name, lambda: [(one.atoms, one.label) for one in choose()])
        self.learn([atoms for atoms, _ in known], [label for _, label in known], confidence_in(name))
        return [KnownFrame(frame_key(atoms), atoms, label, contact) for atoms, label in known]

    def student(self, member: int = 0) -> StudentPotential:
        """A student that knows all lessons so far; members of the committee count from 0."""
        with self.charged("fit"):
            solution = self._equations[member].solve()
        facts = {"member": member} if member else {}
        return StudentPotential(self._basis, self.settings, solution, self._min_distance_A, facts)

    @contextmanager
    def charged(self, to: str) -> Iterator[None]:
        """Count the time within as the teacher's or the fit's."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.spent_s[to] += time.perf_counter() - start

    def close(self) -> None:
        """End the LAMMPS process."""
        self.designer.close()
