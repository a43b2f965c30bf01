"""Runs of molecular dynamics on disk: md.json and the chunks beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from screening.records import read_json
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
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """Ordering and replica, such as "o0_r1"."""
        return self.path.parent.name

    @property
    def status(self) -> str:
        """How it ended: "complete", "melted", "failed" or "left_out"."""
        return str(self.record["status"])

    def trajectory(self) -> Trajectory:
        """Its frames.

        Raises:
            StageError: a chunk is missing, damaged, or not the one that was written.
        """
        return read_trajectory(self.path.parent / "chunks", self.record["chunks"])


def read_runs(paths: Iterable[Path]) -> list[Run]:
    """The runs of some md.json, in their order."""
    return [Run(path, read_json(path)) for path in paths]
