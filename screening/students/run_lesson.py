"""A finished run whose spot check is beyond the limits teaches its student, which then makes the run again.

The frames of the check and neighbours of theirs are learnt. What the student then errs on other neighbours, before it
learns those too, is noted down; the run that it makes is examined by a spot check of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ase import Atoms

from screening.dynamics.driver import WHOLE
from screening.errors import PotentialError, StageError
from screening.log import tell
from screening.records import sha256_of
from screening.students.design import Designer
from screening.students.exploration import collided
from screening.students.journal import Journal
from screening.students.labels import LabelStore, labelled, read_batch, write_batch
from screening.students.pod import StudentPotential
from screening.students.refit import Refit, force_error_meV_A
from screening.students.spot_check import checked_indices, frames_at
from screening.trajectories.run_record import Retraining
from screening.trajectories.storage import read_chunk, read_chunks
from screening.trajectories.trajectory import Trajectory

# Neighbours are so far away in time: long enough for atoms to vibrate elsewhere, too short for most ions to hop.
NEIGHBOUR_FS = 250.0
# Batch of all that a run's student has learnt when the run is made again.
LABELS = "labels.npz"


@dataclass(frozen=True)
class Neighbours:
    """Frames beside those of a spot check, without those in which atoms have collided.

    Attributes:
        learnt: One beside each.
        unseen: Another beside each, for a judgement before they are learnt.
    """

    learnt: tuple[Atoms, ...]
    unseen: tuple[Atoms, ...]


def neighbours(trajectory: Trajectory, checked: Sequence[int]) -> Neighbours:
    """Neighbours in time of the frames of a spot check.

    Args:
        trajectory: The run.
        checked: Numbers of these frames.
    """
    far = max(1, round(NEIGHBOUR_FS / trajectory.frame_interval_fs))
    taken, found = set(checked), []
    for offset in (far, 2 * far):
        indices = sorted({max(0, index - offset) for index in checked} - taken)
        taken |= set(indices)
        found.append(tuple(frame for frame in frames_at(trajectory, indices) if not collided(frame)))
    return Neighbours(*found)


class RunLesson:
    """What a run teaches its student."""

    def __init__(self, chunks: Sequence[Path], n_checked: int, store: LabelStore, folder: Path) -> None:
        """Nothing is labelled yet.

        Args:
            chunks: Files of the run.
            n_checked: Frames of its spot check.
            store: Labels frames.
            folder: Of the run that is made again; its journal, student and labels are kept there.
        """
        self._chunks, self._n_checked, self._store, self._folder = chunks, n_checked, store, folder

    def learnt(
        self,
        why: str,
        student: StudentPotential,
        designer: Designer,
        refit: Callable[[], Refit],
        taught_with: Sequence[Path],
    ) -> tuple[Retraining, StudentPotential] | None:
        """Learn some frames, see what the others show, learn those too; on disk before it is returned.

        Args:
            why: What is beyond the limits.
            student: As it is.
            designer: Makes rows of its basis.
            refit: Fits all that it knows.
            taught_with: Files of what it knows beyond its family's labels.

        Returns:
            None where the potential can label nothing.
        """
        run = read_chunks(self._chunks)
        indices = checked_indices(run.n_frames, self._n_checked)
        beside = neighbours(run, indices)
        tell(f"the potential labels {len(beside.learnt) + len(beside.unseen)} neighbours of the frames")
        asked = (("spot_check", frames_at(run, indices)), ("neighbours", beside.learnt), ("unseen", beside.unseen))
        try:
            own, near, unseen = (labelled(of, self._store.label(name, of)) for name, of in asked)
            if not (known := [*own, *near]):
                raise PotentialError("the potential could label none of its frames")
            tell(f"the student learns {len(known) + len(unseen)} frames")
            fit = refit()
            earlier = [pair for path in taught_with for pair in read_batch(path)]
        except (PotentialError, StageError) as error:
            # No potential at hand, or labels that were deleted: what ran counts, and the doubt stays.
            tell(f"the run stays as it is: {error}")
            return None
        fit.add(known)
        judged = unseen or known
        before = force_error_meV_A(student, designer, judged)
        after = force_error_meV_A(fit.student(), designer, judged)
        fit.add(unseen)
        taught = fit.student()
        event = Retraining(
            chunk=WHOLE,
            time_ps=run.n_frames * run.frame_interval_fs / 1000,
            grade=None,
            element="",
            reason=why,
            labels=len(known) + len(unseen),
            force_error_before_meV_A=before,
            force_error_after_meV_A=after,
            checksum_before=student.checksum,
            checksum_after=taught.checksum,
            previous=sha256_of(self._chunks[-1]),
        )
        write_batch(self._folder / LABELS, [*earlier, *known, *unseen], event.checksum_after)
        Journal(self._folder).note(event, taught)
        return event, taught


def noted_lesson(folder: Path, chunks: Sequence[Path], protocol: str) -> tuple[Retraining, StudentPotential] | None:
    """The lesson that was learnt from the run of which these are the chunks, and what came of it; None for no such.

    Args:
        folder: Of the run that is made again.
        chunks: On disk, of the run before it.
        protocol: Of that.
    """
    journal = Journal(folder)
    event = journal.first_noted
    if event is None or not (folder / LABELS).exists():
        return None
    last = next((path for path in chunks if sha256_of(path) == event.previous), None)
    if last is None or read_chunk(last).protocol != protocol:
        return None
    student = journal.next_student(WHOLE, event.previous, event.checksum_before)
    return None if student is None else (event, student)
