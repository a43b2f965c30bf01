"""What every format of trajectories keeps: a walk that is known comes back from a file of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from screening.config.transport import TransportConfig
from screening.errors import StageError
from screening.trajectories.readers import read_trajectory
from screening.trajectories.trajectory import Trajectory
from screening.transport import analyse_temperature
from screening.transport.msd import lag_grid

Floats = NDArray[np.float64]
# Lower triangular, as every format can hold it, and tilted.
CELL = np.array([[8.0, 0.0, 0.0], [2.0, 7.5, 0.0], [-1.5, 1.0, 9.0]])
SYMBOLS = ("Li", "Li", "Li", "P", "S", "S")
INTERVAL_FS = 20.0
N_FRAMES = 40


@dataclass(frozen=True)
class Walk:
    """A trajectory to be written.

    Attributes:
        fractional: Coordinates in the cell of their frame, (n_frames, n_atoms, 3).
        cells: Row vectors in Angstrom, (n_frames, 3, 3).
        symbols: Element of each atom.
        interval_fs: Between frames.
    """

    fractional: Floats
    cells: Floats
    symbols: tuple[str, ...] = SYMBOLS
    interval_fs: float = INTERVAL_FS

    @property
    def wrapped(self) -> "Walk":
        """The same walk with every atom put back into the cell."""
        return replace(self, fractional=self.fractional % 1.0)

    def __getitem__(self, frames: slice) -> "Walk":
        return replace(self, fractional=self.fractional[frames], cells=self.cells[frames])

    @property
    def changes_its_cell(self) -> bool:
        """Whether the cell is another in every frame."""
        return bool(np.ptp(self.cells, axis=0).max() > 0)

    def positions(self, frames: slice = slice(None)) -> Floats:
        """Unwrapped, in the mean cell of these frames, Angstrom, (n_frames, n_atoms, 3)."""
        moved: Floats = self.fractional[frames] @ self.cells[frames].mean(axis=0)
        return moved


def walk(cell: str, n_frames: int = N_FRAMES) -> Walk:
    """Six atoms that wander out of their cell, "fixed" or "breathing", in steps far below half of it."""
    rng = np.random.default_rng(20240607)
    path = rng.uniform(size=(1, 6, 3)) + np.cumsum(rng.normal(scale=0.05, size=(n_frames, 6, 3)), axis=0)
    # Lengths and angles each on their own, as under a fully flexible barostat.
    scale = np.ones((n_frames, 3, 3)) if cell == "fixed" else 1 + 0.02 * rng.normal(size=(n_frames, 3, 3))
    assert n_frames == 1 or np.abs(path).max() > 1.0
    return Walk(path, CELL * scale)


def drifting_walk(cell: str) -> Walk:
    """Three ions that walk in a framework, of P and S, that drifts by one and a half cells and rests in itself."""
    whole = walk(cell, 160)
    path = whole.fractional.copy()
    path[:, 3:] = path[:1, 3:] + np.linspace(0, 1.5, len(path))[:, None, None]
    return replace(whole, fractional=path)


def msd_by_loops(ions: Floats, lags: Iterable[int]) -> tuple[Floats, Floats]:
    """Tracer and collective MSD per ion, Angstrom^2, over all origins of time, one after the other."""
    tracer, collective = [], []
    for lag in lags:
        moved = [ions[t + lag] - ions[t] for t in range(len(ions) - lag)]
        tracer.append(np.mean([(d**2).sum(axis=1).mean() for d in moved]))
        collective.append(np.mean([(d.sum(axis=0) ** 2).sum() / ions.shape[1] for d in moved]))
    return np.array(tracer), np.array(collective)


def same(found: Trajectory, wanted: Floats, tolerance: float) -> None:
    """The atoms, in their order, moved as wanted; where the origin lies is each format's own."""
    assert found.symbols == SYMBOLS
    moved = found.positions - found.positions[0]
    np.testing.assert_allclose(moved, wanted - wanted[0], rtol=0, atol=tolerance)


class TrajectoryFormatTests(ABC):
    """Override `file_name`, `write` and what the format cannot."""

    #: A name by which the format is recognised.
    file_name: ClassVar[str]
    #: What `--format` calls it; "" where only the name can tell.
    format: ClassVar[str]
    #: The cells that it can hold.
    cells: ClassVar[tuple[str, ...]] = ("fixed", "breathing")
    #: What may be done to atoms that leave the cell: put back, with the way round it lost, or followed.
    positions: ClassVar[tuple[str, ...]] = ("wrapped", "unwrapped")
    #: Whether it says the time between frames.
    knows_interval: ClassVar[bool] = False
    #: Whether a frame that was cut while it was written is left out, and those before it are read.
    ends_where_cut: ClassVar[bool] = True
    #: Of positions that were written, Angstrom.
    tolerance_A: ClassVar[float] = 1e-4

    @abstractmethod
    def write(self, path: Path, walk: Walk) -> None:
        """Write the walk to `path`, its positions as they are."""

    def read(self, path: Path, **more: Any) -> Trajectory:
        """As a user reads it who says nothing that the file says."""
        return read_trajectory(path, **more)

    def read_whole(self, path: Path, **more: Any) -> Trajectory:
        """With the interval, where the file does not know it."""
        told = {} if self.knows_interval else {"frame_interval_fs": INTERVAL_FS}
        return self.read(path, **told | more)

    def cut(self, path: Path, at: str) -> None:
        """Take away the end of the last frame, up to the middle of a row or whole rows."""
        whole = path.read_bytes()
        path.write_bytes(whole[:-12] if at == "in a row" else b"".join(whole.splitlines(keepends=True)[:-2]))

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        for name, values in (("cell", self.cells), ("written", self.positions)):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, values)

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """Of the file."""
        return tmp_path / self.file_name

    def test_the_walk_comes_back(self, path: Path, cell: str, written: str) -> None:
        """Symbols, positions, cell and interval."""
        whole = walk(cell)
        self.write(path, whole.wrapped if written == "wrapped" else whole)
        found = self.read_whole(path)
        same(found, whole.positions(), self.tolerance_A)
        np.testing.assert_allclose(found.cells, whole.cells.mean(axis=0), rtol=0, atol=1e-5)
        assert found.frame_interval_fs == pytest.approx(INTERVAL_FS, rel=1e-6)

    def test_a_stride_keeps_every_so_many_frames(self, path: Path, written: str) -> None:
        """Those that are left out are followed all the same: from one that is kept to the next is a long way."""
        whole = walk(self.cells[-1])
        kept = slice(None, None, 3)
        self.write(path, whole.wrapped if written == "wrapped" else whole)
        found = self.read_whole(path, stride=3)
        same(found, whole.positions(kept), self.tolerance_A)
        assert found.frame_interval_fs == pytest.approx(3 * INTERVAL_FS, rel=1e-6)

    def test_its_msd_is_that_of_loops_over_origins(self, path: Path, written: str) -> None:
        """Ions that walk and a framework that drifts: nine tenths of it, the rest is equilibration."""
        whole = drifting_walk(self.cells[-1])
        self.write(path, whole.wrapped if written == "wrapped" else whole)
        record = analyse_temperature(
            [self.read_whole(path)], mobile="Li", charge=1.0, temperature_K=600.0, settings=TransportConfig()
        )
        kept = whole.positions()[16:]
        ions = kept[:, :3] - kept[:, 3:4]
        tracer, collective = msd_by_loops(ions, lag_grid(len(kept), 0.5))
        np.testing.assert_allclose(record.msd.tracer_A2, tracer, rtol=2e-4, atol=0)
        np.testing.assert_allclose(record.msd.collective_A2, collective, rtol=2e-4, atol=0)
        assert record.framework_msd_A2 < 1e-4

    def test_the_interval_is_the_files_own_or_has_to_be_told(self, path: Path) -> None:
        self.write(path, walk("fixed"))
        if self.knows_interval:
            assert self.read(path, frame_interval_fs=INTERVAL_FS).frame_interval_fs == pytest.approx(INTERVAL_FS)
            with pytest.raises(StageError, match="20 fs apart, not 50 fs"):
                self.read(path, frame_interval_fs=50.0)
        else:
            assert self.read(path, frame_interval_fs=50.0).frame_interval_fs == 50.0
            with pytest.raises(StageError, match="--frame-interval-fs"):
                self.read(path)

    @pytest.mark.parametrize("at", ["in a row", "between rows"])
    def test_a_frame_that_was_cut_ends_the_trajectory(self, path: Path, at: str) -> None:
        if not self.ends_where_cut:
            return
        whole = walk(self.cells[-1])
        self.write(path, whole.wrapped if "wrapped" in self.positions else whole)
        self.cut(path, at)
        same(self.read_whole(path), whole.positions(slice(-1)), self.tolerance_A)

    def test_one_frame_is_no_trajectory(self, path: Path) -> None:
        self.write(path, walk("fixed", 1))
        with pytest.raises(StageError, match="1 frames; a trajectory needs two") as caught:
            self.read(path, frame_interval_fs=INTERVAL_FS)
        assert path.name in str(caught.value)

    def test_wrapped_steps_that_could_lead_either_way_are_refused(self, path: Path) -> None:
        whole = walk("fixed")
        if "wrapped" not in self.positions:
            return
        anywhere = np.random.default_rng(1).uniform(size=whole.fractional.shape)
        self.write(path, replace(whole, fractional=anywhere))
        with pytest.raises(StageError, match="write frames more often"):
            self.read_whole(path)

    def test_a_format_that_it_is_not_is_told(self, path: Path) -> None:
        """The message names the file and the format that was asked for."""
        if not self.format:
            return
        self.write(path, walk("fixed"))
        other = "xdatcar" if self.format != "xdatcar" else "lammps-dump"
        with pytest.raises(StageError, match=f"{path.name} cannot be read as {other}"):
            self.read_whole(path, format=other)

    def test_a_format_that_is_told_needs_no_name(self, path: Path) -> None:
        if not self.format:
            return
        whole = walk("fixed")
        self.write(path, whole)
        odd = path.rename(path.with_name("run.out"))
        same(self.read_whole(odd, format=self.format), whole.positions(), self.tolerance_A)

    def test_a_missing_file_is_named(self, path: Path) -> None:
        with pytest.raises(StageError, match=f"{path.name} is missing"):
            self.read_whole(path)
