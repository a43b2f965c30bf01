"""The times a run's student was taught, on disk before they count: what happened, and the student that came of it."""

from pathlib import Path

from screening.errors import ScreeningError, StageError
from screening.students.pod import StudentPotential
from screening.students.record import JournalRecord
from screening.trajectories.run_record import Retraining


class Journal:
    """Events of a run in their order, and a folder for each version of its student.

    Attributes:
        events: Of this course of the run, so far.
    """

    def __init__(self, folder: Path) -> None:
        """`folder` may hold the journal of an earlier try of the run."""
        self._folder = folder
        self._noted = _read(folder / JournalRecord.FILE)
        self.events: list[Retraining] = []

    @property
    def first_noted(self) -> Retraining | None:
        """The first event of the earlier try; None where nothing was noted."""
        return self._noted[0] if self._noted else None

    def next_student(self, chunk: int, previous: str, checksum: str) -> StudentPotential | None:
        """The student that the next noted event made.

        Args:
            chunk: Number of the chunk that is made now, `driver.CELL` for the cell.
            previous: SHA-256 of the chunk file before it.
            checksum: Of the student in force.

        Returns:
            None where no event was noted here, in this course of the run, or its student is lost.
        """
        number = len(self.events)
        if number >= len(self._noted):
            return None
        event = self._noted[number]
        if (event.chunk, event.previous, event.checksum_before) != (chunk, previous, checksum):
            return None
        try:
            student = StudentPotential.load(self._version(number))
        except ScreeningError:
            return None
        if student.checksum != event.checksum_after:
            return None
        self.events.append(event)
        return student

    def note(self, event: Retraining, taught: StudentPotential) -> None:
        """Add an event and its student; events of another course are forgotten."""
        taught.save(self._version(len(self.events)))
        self.events.append(event)
        self._noted = list(self.events)
        JournalRecord(events=tuple(self._noted)).write(self._folder / JournalRecord.FILE)

    def _version(self, number: int) -> Path:
        return self._folder / f"student_{number + 1:02d}"


def _read(path: Path) -> list[Retraining]:
    """Events of an earlier try; none where there is no journal or it cannot be read."""
    try:
        return list(JournalRecord.read(path).events)
    except StageError:
        return []
