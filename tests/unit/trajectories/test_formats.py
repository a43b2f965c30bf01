"""Every format of trajectories, as `TrajectoryFormatTests` wants it."""

import bz2
import gzip
import lzma
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from screening.errors import StageError
from screening.records import write_json
from screening.trajectories.export import export_trajectory
from screening.trajectories.readers import read_trajectory
from tests.conformance.trajectory_format import INTERVAL_FS, TrajectoryFormatTests, Walk, walk
from tests.trajectory_files import (
    write_dump,
    write_extxyz,
    write_own,
    write_through_mdanalysis,
    write_topology,
    write_traj,
    write_vasprun,
    write_xdatcar,
)


class TestXdatcar(TrajectoryFormatTests):
    file_name = "XDATCAR"
    format = "xdatcar"
    # VASP puts every atom back into the cell.
    positions = ("wrapped",)

    def write(self, path: Path, walk: Walk) -> None:
        write_xdatcar(path, walk.wrapped)


class TestVasprun(TrajectoryFormatTests):
    file_name = "vasprun.xml"
    format = "vasprun"
    positions = ("wrapped",)
    knows_interval = True

    def write(self, path: Path, walk: Walk) -> None:
        write_vasprun(path, walk.wrapped)

    def cut(self, path: Path, at: str) -> None:
        whole = path.read_bytes()
        path.write_bytes(whole[:-300] if at == "in a row" else b"".join(whole.splitlines(keepends=True)[:-10]))


class TestExtendedXyz(TrajectoryFormatTests):
    file_name = "run.extxyz"
    format = "extxyz"

    def write(self, path: Path, walk: Walk) -> None:
        write_extxyz(path, walk)


class TestAseTraj(TrajectoryFormatTests):
    file_name = "run.traj"
    format = "traj"

    def write(self, path: Path, walk: Walk) -> None:
        write_traj(path, walk)


class Compressed(TrajectoryFormatTests):
    """A file of another format, packed by a program that its beginning tells."""

    format = ""
    ends_where_cut = False

    def write(self, path: Path, walk: Walk) -> None:
        plain = path.with_suffix("")
        {"XDATCAR": write_xdatcar, "run.extxyz": write_extxyz, "run.traj": write_traj}[plain.name](plain, walk)
        packers = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
        path.write_bytes(packers[path.suffix](plain.read_bytes()))


class TestXdatcarInGzip(Compressed):
    file_name = "XDATCAR.gz"


class TestExtendedXyzInBzip2(Compressed):
    file_name = "run.extxyz.bz2"


class TestTrajInXz(Compressed):
    file_name = "run.traj.xz"


class NamedByATopology(TrajectoryFormatTests):
    """Written by MDAnalysis; elements come from a POSCAR."""

    # Single precision, and the cell as lengths and angles.
    tolerance_A = 2e-4

    def write(self, path: Path, walk: Walk) -> None:
        write_through_mdanalysis(path, walk)
        write_topology(path.with_name("POSCAR"), walk)

    def read(self, path: Path, **more: object):
        return super().read(path, **{"topology": path.with_name("POSCAR")} | more)

    def cut(self, path: Path, at: str) -> None:
        whole = path.read_bytes()
        path.write_bytes(whole[: -12 if at == "in a row" else -40])


class TestDcd(NamedByATopology):
    file_name = "run.dcd"
    format = "dcd"

    def test_the_interval_is_the_files_own_or_has_to_be_told(self, path: Path) -> None:
        """Its times are in a unit that it does not say: CHARMM's here, ps or fs by LAMMPS."""
        self.write(path, walk("fixed"))
        assert self.read(path, frame_interval_fs=INTERVAL_FS).frame_interval_fs == INTERVAL_FS
        with pytest.raises(StageError, match="50 fs in no unit"):
            self.read(path, frame_interval_fs=50.0)
        with pytest.raises(StageError, match="--frame-interval-fs"):
            self.read(path)


class TestTrr(NamedByATopology):
    file_name = "run.trr"
    format = "trr"
    knows_interval = True


class TestXtc(NamedByATopology):
    """Three digits of a nanometre."""

    file_name = "run.xtc"
    format = "xtc"
    knows_interval = True
    tolerance_A = 2e-2


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
