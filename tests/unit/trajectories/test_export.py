"""Exported trajectories, read back by other programs' readers."""

import ase.io
import numpy as np
import pytest
from ase.geometry import cellpar_to_cell
from scipy.io import FortranFile
from typer.testing import CliRunner

from screening.cli.main import app
from screening.config.dynamics import MDProtocol
from screening.dynamics.driver import Unwatched
from screening.dynamics.protocol import run_chunks
from screening.errors import ConfigError
from screening.records import sha256_of
from screening.trajectories.chunk import MDState
from screening.trajectories.export import FORMATS, export_trajectory
from screening.trajectories.run_record import RunRecord
from screening.trajectories.storage import read_trajectory, stored_chunks
from tests.blank import blank
from tests.walkers import WalkingEngine, start

SETTINGS = MDProtocol(duration_ps=6, sample_interval_fs=100, chunk_ps=2)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A run in a cell that is turned and skewed, its ions far from where they began; folder and trajectory."""
    folder = tmp_path_factory.mktemp("run")
    plain = start()
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.linalg.det(turn)
    cell = (plain.cell + np.array([[0, 0, 0], [5, 0, 0], [-3, 4, 0]])) @ turn
    state = MDState(plain.symbols, plain.positions @ turn, plain.velocities, cell)
    run_chunks(folder / "chunks", state, Unwatched(WalkingEngine(rate=0.5)), SETTINGS, 600.0, 1, "p")
    chunks = {path.name: sha256_of(path) for path in stored_chunks(folder / "chunks")}
    blank(RunRecord, chunks=chunks).write(folder / "md.json")
    return folder, read_trajectory(folder / "chunks")


@pytest.mark.parametrize("format", ["extxyz", "xyz", "traj"])
def test_ase_reads_back_what_was_written(exported, tmp_path, format):
    run, trajectory = exported
    path = tmp_path / f"out.{format}"
    assert export_trajectory(run, path, format, stride=3) == (20, 89)
    frames = ase.io.read(path, index=":", format=format)
    kept = trajectory.positions[2::3]
    np.testing.assert_allclose([atoms.positions for atoms in frames], kept, atol=1e-5)
    assert frames[0].get_chemical_symbols() == list(trajectory.symbols)
    if format != "xyz":
        np.testing.assert_allclose(frames[0].cell.array, trajectory.cells, atol=1e-6)
        assert [atoms.info["time_ps"] for atoms in frames[:2]] == pytest.approx([0.3, 0.6])
        assert frames[1].info["temperature_K"] == pytest.approx(trajectory.temperatures_K[5])


def test_mobile_ions_alone_stay_unwrapped(exported, tmp_path):
    run, trajectory = exported
    assert export_trajectory(run, tmp_path / "li.extxyz", "extxyz", element="Li") == (60, 25)
    frames = ase.io.read(tmp_path / "li.extxyz", index=":")
    np.testing.assert_allclose([a.positions for a in frames], trajectory.positions[:, :25], atol=1e-5)
    # 0.5 hops of 3 Angstrom a frame lead out of the cell; a wrapped path would jump.
    assert np.abs(np.diff([a.positions for a in frames], axis=0)).max() < 5.0


def test_dcd_keeps_distances_and_cell(exported, tmp_path):
    """Turned, since the format has lengths and angles only: what no rotation changes must be as it was."""
    run, trajectory = exported
    export_trajectory(run, tmp_path / "out.dcd", "dcd")
    file = FortranFile(tmp_path / "out.dcd")
    header = file.read_ints("<i4")
    assert (header[:1].tobytes(), header[1], header[11], header[20]) == (b"CORD", 60, 1, 24)
    assert header[10:11].view("<f4")[0] * 0.0488882129 == pytest.approx(0.1)
    assert b"unwrapped" in file.read_record("S84")[0]
    assert file.read_ints("<i4") == [89]
    for k in range(60):
        a, gamma, b, beta, alpha, c = file.read_reals("<f8")
        cell = cellpar_to_cell([a, b, c, alpha, beta, gamma])
        positions = np.stack([file.read_reals("<f4") for _ in range(3)], axis=1)
        fractional = trajectory.positions[k].astype(float) @ np.linalg.inv(trajectory.cells)
        np.testing.assert_allclose(positions, fractional @ cell, atol=2e-4)
    np.testing.assert_allclose(cell @ cell.T, trajectory.cells @ trajectory.cells.T, atol=1e-4)


def test_vasp_and_pdb_hold_every_frame(exported, tmp_path):
    run, _ = exported
    for name, format in (("xdatcar", "vasp-xdatcar"), ("pdb", "proteindatabank")):
        export_trajectory(run, tmp_path / name, name, stride=20)
        assert len(ase.io.read(tmp_path / name, index=":", format=format)) == 3


def test_mistakes_are_named(exported, tmp_path):
    run, _ = exported
    with pytest.raises(ConfigError, match=f"gro.*use one of {', '.join(FORMATS)}"):
        export_trajectory(run, tmp_path / "x", "gro")
    with pytest.raises(ConfigError, match="no Na; its elements are Li, O"):
        export_trajectory(run, tmp_path / "x", "xyz", element="Na")
    with pytest.raises(ConfigError, match=r"no md\.json in it.*800K/o0_r0"):
        export_trajectory(tmp_path, tmp_path / "x", "xyz")


def test_the_command_says_what_it_wrote(exported, tmp_path, monkeypatch):
    run, _ = exported
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["export-trajectory", str(run), "--format", "xyz", "--stride", "6"])
    assert done.exit_code == 0
    assert "trajectory.xyz: 10 frames of 89 atoms" in done.output
    assert len(ase.io.read(tmp_path / "trajectory.xyz", index=":")) == 10
