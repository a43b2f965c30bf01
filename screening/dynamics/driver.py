"""What makes the chunks of a run: an engine that stays, or one that is watched and may be taught on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ase import Atoms

from screening.dynamics.engines.base import Engine, EngineFailure
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.run_record import SpotCheck, Watch

#: Stands for the number of a chunk while the cell of a run is found, before its first.
CELL = -1
#: The same for a whole run, which is made again after its last.
WHOLE = -2


@dataclass(frozen=True)
class Accepted:
    """A chunk that counts.

    Attributes:
        chunk: As the engine made it.
        grade: Largest extrapolation grade of its frames; None where nothing is watched.
    """

    chunk: Chunk
    grade: float | None


@dataclass(frozen=True)
class Changed:
    """What drives the run has changed, so what was just made is thrown away and made again.

    Attributes:
        reason: Why, for the log.
    """

    reason: str


@dataclass(frozen=True)
class Taught:
    """What drives a run that is made again, because that which drove it was wrong where it went.

    Attributes:
        driver: That has learnt.
        reason: Why, for the log.
    """

    driver: "Driver"
    reason: str


class Driver(Protocol):
    """An engine that may change between chunks, in a way that a restarted run can follow."""

    @property
    def engine(self) -> Engine:
        """In force now."""
        ...

    @property
    def checksum(self) -> str:
        """Of what is in force now, "" for what never changes; every chunk names it."""
        ...

    def enter(self, index: int, previous: str) -> None:
        """Be what chunk `index` was or is to be made with; called for every chunk in turn.

        Args:
            index: Number of the chunk.
            previous: SHA-256 of the file of the chunk before, "" for the first.
        """
        ...

    def accept(self, start: MDState, result: Chunk | EngineFailure) -> Accepted | Changed:
        """Look at the chunk entered before it counts.

        Args:
            start: State it started from.
            result: The chunk, or why there is none.

        Returns:
            The chunk if it counts, `Changed` if it is to be made again from the same state.

        Raises:
            EngineFailure: the run cannot go on.
        """
        ...

    def accept_cell(self, frames: Sequence[Atoms]) -> dict[str, float] | Changed:
        """Look at the cell that was found at constant pressure before it counts; `enter` was called with `CELL`.

        Args:
            frames: As good as independent, of a run in that cell.

        Returns:
            `pressure_error_GPa` and `pressure_error_uncertainty_GPa` of what drives, nothing where nothing is watched;
            `Changed` if the cell is to be found again.

        Raises:
            EngineFailure: the run cannot go on.
        """
        ...

    def spot_check(self, chunks: Sequence[Path]) -> SpotCheck | None:
        """Compare what drove a finished run with the potential on a few of its frames; None where nothing is asked.

        Args:
            chunks: Files of the run, in their order.
        """
        ...

    def taught_before(self, chunks: Path, protocol: str, folder: Path) -> Taught | None:
        """What an earlier try of the run was to be made again with; None where it was not, or its chunks are others.

        Args:
            chunks: Folder of the chunks that it was taught after.
            protocol: Hash of all that frames depend on besides the length.
            folder: Where what it learnt is kept.
        """
        ...

    def taught_by(self, check: SpotCheck, chunks: Sequence[Path], folder: Path) -> Taught | None:
        """Learn from the spot check of a finished run; None where nothing is wrong, or nothing more can be learnt.

        Args:
            check: Of the run.
            chunks: Files of the run, in their order.
            folder: Where what it learns is kept.
        """
        ...

    def watch(self, largest_grade: float | None) -> Watch | None:
        """How it was watched and what happened; None where nothing is watched.

        Args:
            largest_grade: Of the chunks that count.
        """
        ...

    def close(self) -> None:
        """End the processes it has started; nothing is run with it afterwards."""
        ...


@dataclass(frozen=True)
class Unwatched:
    """An engine that stays as it is."""

    engine: Engine
    checksum: str = ""

    def enter(self, index: int, previous: str) -> None:
        """Nothing changes."""

    def accept(self, start: MDState, result: Chunk | EngineFailure) -> Accepted:  # noqa: ARG002
        """A chunk counts as it is, a failure is one."""
        if isinstance(result, EngineFailure):
            raise result
        return Accepted(result, None)

    def accept_cell(self, frames: Sequence[Atoms]) -> dict[str, float]:  # noqa: ARG002
        """The potential itself has no error here."""
        return {}

    def spot_check(self, chunks: Sequence[Path]) -> None:
        """The potential is what it would be compared with."""

    def taught_before(self, chunks: Path, protocol: str, folder: Path) -> None:
        """Nothing is taught."""

    def taught_by(self, check: SpotCheck, chunks: Sequence[Path], folder: Path) -> None:
        """Nothing is taught."""

    def watch(self, largest_grade: float | None) -> None:
        """Nothing is watched."""

    def close(self) -> None:
        """The engine ends with this process."""
