"""The tests of trajectory formats notice faults of a reader, each its own."""

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from screening.trajectories.readers import read_trajectory
from screening.trajectories.trajectory import Trajectory
from tests.conformance import trajectory_format
from tests.conformance.failures import failures
from tests.unit.trajectories import test_formats

BACK, STRIDE = "the_walk_comes_back", "a_stride_keeps_every_so_many_frames"
CUT = "a_frame_that_was_cut_ends_the_trajectory"
INTERVAL, MSD = "the_interval_is_the_files_own_or_has_to_be_told", "its_msd_is_that_of_loops_over_origins"
MISSING, OTHER = "a_missing_file_is_named", "a_format_that_it_is_not_is_told"


def shuffled(found: Trajectory) -> Trajectory:
    return dataclasses.replace(found, symbols=found.symbols[::-1])


def wrapped(found: Trajectory) -> Trajectory:
    inside = (found.positions @ np.linalg.inv(found.cells)) % 1.0
    return dataclasses.replace(found, positions=inside @ found.cells)


def in_nanometres(found: Trajectory) -> Trajectory:
    return dataclasses.replace(found, positions=found.positions / 10)


def transposed(found: Trajectory) -> Trajectory:
    return dataclasses.replace(found, cells=found.cells.T)


def without_its_last(found: Trajectory) -> Trajectory:
    return dataclasses.replace(found, positions=found.positions[:-1])


def spoiling(spoil: Callable[[Trajectory], Trajectory]) -> Callable[..., Trajectory]:
    return lambda path, **more: spoil(read_trajectory(path, **more))


def forgetting_the_stride(path: Path, stride: int = 1, **more: Any) -> Trajectory:
    found = read_trajectory(path, stride=stride, **more)
    return dataclasses.replace(found, frame_interval_fs=found.frame_interval_fs / stride)


def guessing_the_interval(path: Path, frame_interval_fs: float = 20.0, **more: Any) -> Trajectory:
    return read_trajectory(path, frame_interval_fs=frame_interval_fs, **more)


def going_by_the_name(path: Path, format: str | None = None, **more: Any) -> Trajectory:  # noqa: ARG001
    return read_trajectory(path, **more)


def finding_nothing(path: Path, **more: Any) -> Trajectory:
    if not path.exists():
        raise OSError("cannot open")
    return read_trajectory(path, **more)


@pytest.mark.parametrize(
    ("reader", "noticed"),
    [
        (read_trajectory, set()),
        (spoiling(shuffled), {BACK, STRIDE, CUT}),
        (spoiling(wrapped), {BACK, STRIDE, MSD}),
        (spoiling(in_nanometres), {BACK, MSD}),
        (spoiling(transposed), {BACK}),
        (spoiling(without_its_last), {BACK, CUT}),
        (forgetting_the_stride, {STRIDE}),
        (guessing_the_interval, {INTERVAL}),
        (going_by_the_name, {OTHER}),
        (finding_nothing, {MISSING}),
    ],
    ids=["sound", "shuffled", "wrapped", "nanometres", "transposed", "short", "stride", "interval", "name", "missing"],
)
def test_each_fault_is_noticed(
    reader: Callable[..., Trajectory], noticed: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trajectory_format, "read_trajectory", reader)
    numbers = itertools.count()

    def path() -> Path:
        """Of a file that is not there yet."""
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return folder / "XDATCAR"

    given = {"cell": "breathing", "written": "wrapped", "at": "in a row"}
    found = failures(test_formats.TestXdatcar(), path=path, **given)
    assert found >= noticed
    assert bool(found) == bool(noticed)
