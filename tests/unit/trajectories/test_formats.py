"""Every format of trajectories, as `TrajectoryFormatTests` wants it."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from screening.errors import StageError
from screening.records import write_json
from screening.trajectories.export import export_trajectory
from screening.trajectories.readers import read_trajectory
from tests.conformance.trajectory_format import INTERVAL_FS, TrajectoryFormatTests, Walk, walk
from tests.trajectory_files import write_dump, write_extxyz, write_own, write_traj, write_xdatcar


class TestXdatcar(TrajectoryFormatTests):
    file_name = "XDATCAR"
    format = "xdatcar"
    # VASP puts every atom back into the cell.
    positions = ("wrapped",)

    def write(self, path: Path, walk: Walk) -> None:
        write_xdatcar(path, walk.wrapped)


class TestExtendedXyz(TrajectoryFormatTests):
    file_name = "run.extxyz"
    format = "extxyz"
    ends_where_cut = False

    def write(self, path: Path, walk: Walk) -> None:
        write_extxyz(path, walk)


class TestAseTraj(TrajectoryFormatTests):
    file_name = "run.traj"
    format = "traj"
    ends_where_cut = False

    def write(self, path: Path, walk: Walk) -> None:
        write_traj(path, walk)


class OneDump(TrajectoryFormatTests):
    """LAMMPS writes the columns it is told to."""

    file_name = "run.lammpstrj"
    format = "lammps-dump"
    columns: ClassVar[str]

    def write(self, path: Path, walk: Walk) -> None:
        write_dump(path, walk, self.columns)

    def read(self, path: Path, **more: object):
        return super().read(path, **{"elements": {1: "Li", 2: "P", 3: "S"}} | more)


class TestDumpOfPlaces(OneDump):
    columns = "type x y z"
    positions = ("wrapped",)


class TestDumpOfFractions(OneDump):
    columns = "element xs ys zs"
    positions = ("wrapped",)


class TestDumpOfUnwrappedPlaces(OneDump):
    columns = "type xu yu zu"
    positions = ("unwrapped",)


class TestDumpOfUnwrappedFractions(OneDump):
    columns = "element xsu ysu zsu"
    positions = ("unwrapped",)


class TestDumpOfPlacesAndImages(OneDump):
    columns = "type x y z ix iy iz"
    positions = ("unwrapped",)


class TestOwnRun(TrajectoryFormatTests):
    """Found by its record; a frame is in a chunk that is whole, or in none."""

    file_name = "md.json"
    format = ""
    cells = ("fixed",)
    positions = ("unwrapped",)
    knows_interval = True
    ends_where_cut = False

    def write(self, path: Path, walk: Walk) -> None:
        write_own(path, walk)

    def test_one_frame_is_no_trajectory(self, path: Path) -> None:
        """A run that has hardly begun is one all the same: its verdict says what is missing."""
        write_own(path, walk("fixed", 1))
        assert self.read(path).n_frames == 1
        write_json(path, {"status": "failed"})
        with pytest.raises(StageError, match="chunks"):
            self.read(path)

    def test_temperatures_come_with_the_frames(self, path: Path) -> None:
        write_own(path, walk("fixed"))
        np.testing.assert_array_equal(self.read(path, stride=3).temperatures_K, [500.0] * 14)


@pytest.mark.parametrize("format", ["extxyz", "traj"])
def test_exported_runs_keep_their_interval(tmp_path: Path, format: str) -> None:
    write_own(tmp_path / "md.json", walk("fixed"))
    file = tmp_path / f"out.{format}"
    export_trajectory(tmp_path, file, format, stride=2)
    assert read_trajectory(file).frame_interval_fs == pytest.approx(2 * INTERVAL_FS)
    assert read_trajectory(file, stride=3, frame_interval_fs=40.0).frame_interval_fs == pytest.approx(120.0)
    with pytest.raises(StageError, match="40 fs apart, not 20 fs"):
        read_trajectory(file, frame_interval_fs=20.0)
