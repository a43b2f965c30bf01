"""`screening layers` on files: a profile and what a boundary adds, and one message for what does not go together."""

import json

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from typer.testing import CliRunner

from screening.cli.main import app
from screening.meso.record import LayersRecord
from tests.layered import walk
from tests.trajectory_files import Walk, write_own

RATES = np.array([0.1, 0.5, 0.5, 0.1, 0.1, 0.5, 0.5, 0.1])


def file(path, rates, n_ions=60, n_frames=400, seed=1):
    run = walk(np.random.default_rng(seed), rates, n_ions, n_frames)
    # Framework atoms that stay, which the ions' positions are relative to.
    still = np.array([[0.0, 0, 0], [12, 12, 0], [0, 12, 16]])
    frames = [Atoms("Li" * n_ions + "O3", [*p, *still], cell=run.cells, pbc=True) for p in run.positions]
    write(path, frames)
    return str(path)


def run(*arguments):
    return CliRunner().invoke(app, ["layers", *map(str, arguments), "--temperature", "600", "--mobile", "Li"])


LAGS = ("--lags-ps", "0.5", "2.5", "--width", "4", "--frame-interval-fs", "100")


@pytest.mark.slow
def test_files_of_a_boundary_and_the_crystal(tmp_path):
    boundary, crystal = file(tmp_path / "gb.extxyz", RATES), file(tmp_path / "bulk.extxyz", np.full(8, 0.5), seed=2)
    out = tmp_path / "layers.json"
    done = run(boundary, "--crystal", crystal, "--out", out, *LAGS)
    assert done.exit_code == 0, done.output
    assert "one boundary adds G = -" in done.output
    assert "space charge is not in these numbers" in done.output
    record = LayersRecord.read(out)
    assert [layer.to_A for layer in record.layers] == pytest.approx([4.0, 8.0])
    assert record.layers[0].tracer_cm2_s < record.layers[1].tracer_cm2_s
    assert record.excess.resistance_ohm_cm2 > 0
    drawn = tmp_path / "profile.svg"
    assert run(boundary, "--crystal", crystal, "--out", drawn, *LAGS).exit_code == 0
    figure = drawn.read_text(encoding="utf-8")
    assert figure.startswith("<?xml")
    assert "</svg>" in figure
    table = tmp_path / "profile.csv"
    done = run(boundary, "--apart", "--json", "--out", table, *LAGS)
    assert json.loads(done.stdout)["excess"] is None
    assert len(table.read_text().splitlines()) == 1 + 4


@pytest.mark.slow
def test_options_that_say_nothing_are_refused(tmp_path):
    boundary = file(tmp_path / "gb.extxyz", RATES, n_ions=20, n_frames=150)
    few = [boundary, *LAGS[:1], "0.2", "1", *LAGS[3:]]
    for option, value, told in (
        ("--charge", "0", "ions with a charge of 0 e carry no current"),
        ("--charge", "nan", "ions with a charge of nan e carry no current"),
        ("--plane", "nan", "a boundary at a height of nan is none"),
        ("--out", "x.png", "x.png: its name must end in .json, .csv, .svg"),
    ):
        done = run(*few, option, value)
        assert done.exit_code != 0
        assert told in " ".join((done.output + str(done.exception)).replace("│", "").split())
    assert not (tmp_path / "x.png").exists()


@pytest.mark.slow
def test_what_a_run_says_of_itself_is_not_taken_otherwise(tmp_path):
    """A run of 500 K as one of 600 K, frames nearer than ions can move, and a boundary as its own crystal."""
    boundary = file(tmp_path / "gb.extxyz", RATES, n_ions=20, n_frames=150)
    few = [*LAGS[:1], "0.2", "1", *LAGS[3:]]
    twice = run(boundary, "--crystal", boundary, *few)
    assert "is given as a run of the boundary and of a crystal" in str(twice.exception)
    near = run(boundary, "--lags-ps", "0.002", "0.01", "--width", "4", "--frame-interval-fs", "1")
    assert "times as fast as at 600 K" in str(near.exception)
    doubtful = run(boundary, "--lags-ps", "0.02", "0.1", "--width", "4", "--frame-interval-fs", "10")
    assert "check the frame interval and the temperature" in doubtful.output
    own = walk(np.random.default_rng(1), RATES, 20, 150)
    cells = np.broadcast_to(own.cells, (own.n_frames, 3, 3))
    fractional = own.positions @ np.linalg.inv(own.cells)
    (tmp_path / "campaign").mkdir()
    made = Walk(symbols=own.symbols, fractional=fractional, cells=cells, interval_fs=100.0)
    write_own(tmp_path / "campaign" / "md.json", made)
    done = run(tmp_path / "campaign", *few[:5])
    assert "was at 500 K, and 600 K is said of it" in str(done.exception)


@pytest.mark.slow
def test_a_crystal_of_another_cell_is_refused(tmp_path):
    boundary = file(tmp_path / "gb.extxyz", RATES, n_ions=20, n_frames=150)
    crystal = file(tmp_path / "bulk.extxyz", np.full(8, 0.5), n_ions=30, n_frames=150)
    done = run(boundary, "--crystal", crystal, *LAGS[:1], "0.2", "1", *LAGS[3:])
    assert done.exit_code != 0
    assert "give runs of the crystal in a cell alike" in str(done.exception or done.output)
