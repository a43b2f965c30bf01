"""Runs of molecular dynamics on disk: md.json and the chunks beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from screening.trajectories.run_record import RunRecord, RunStatus
from screening.trajectories.storage import read_trajectory
from screening.trajectories.trajectory import Trajectory


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        path: Of its md.json.
        record: What is in that.
    """

    path: Path
    record: RunRecord

    @property
    def name(self) -> str:
        """Ordering and replica, such as "o0_r1"."""
        return self.path.parent.name

    @property
    def status(self) -> RunStatus:
        """What it is worth."""
        return self.record.status

    def trajectory(self, *, dense: bool = False) -> Trajectory:
        """Its frames at equal intervals.

        Args:
            dense: As far as all were stored, where a long run stores fewer and fewer.

        Raises:
            StageError: a chunk is missing, damaged, or not the one that was written.
        """
        return read_trajectory(self.record.chunk_folder(self.path.parent), self.record.chunks, dense=dense)


def read_runs(paths: Iterable[Path]) -> list[Run]:
    """The runs of some md.json, in their order.

    Raises:
        StageError: one is missing or damaged.
    """
    return [Run(path, RunRecord.read(path)) for path in paths]
