"""Runs: right temperature, right length, and the same after a kill."""

import dataclasses
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from screening.config.dynamics import MDProtocol
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.base import EngineFailure, blown_up_above_K
from screening.dynamics.protocol import run_chunks
from screening.errors import StageError
from screening.records import sha256_of
from screening.trajectories.storage import (
    StoredChunk,
    chunk_path,
    read_chunk,
    read_trajectory,
    stored_chunks,
    write_chunk,
)
from tests.walkers import WalkingEngine, start

# What moves is of no consequence here: tests/unit/dynamics/test_engines.py restarts every engine.
SETTINGS = MDProtocol(duration_ps=1.0, timestep_fs=4, sample_interval_fs=20, chunk_ps=0.3)


def run(folder: Path, settings: MDProtocol = SETTINGS, protocol: str = "p", seed: int = 5, engine=None):
    engine = engine or WalkingEngine()
    return run_chunks(folder, start(), Unwatched(engine), settings, 600.0, seed, protocol)


def test_length_temperature_and_storage(tmp_path):
    outcome = run(tmp_path)
    assert (outcome.status, outcome.n_frames, outcome.n_chunks) == ("complete", 50, 4)
    trajectory = read_trajectory(tmp_path)
    assert trajectory.positions.shape == (50, 89, 3)
    assert trajectory.positions.dtype == np.float32
    # The walk's 30 K of noise: the mean over 50 frames is good to 1 %.
    assert trajectory.temperatures_K.mean() == pytest.approx(600, rel=0.03)


def test_a_longer_run_continues_a_shorter_one_and_equals_a_fresh_one(tmp_path):
    longer = SETTINGS.model_copy(update={"duration_ps": 1.5})
    run(tmp_path / "grown")
    run(tmp_path / "grown", longer)
    run(tmp_path / "fresh", longer)
    assert np.array_equal(read_trajectory(tmp_path / "grown").positions, read_trajectory(tmp_path / "fresh").positions)


def test_another_protocol_does_not_continue_the_old_chunks(tmp_path):
    run(tmp_path, seed=5)
    run(tmp_path, seed=6, protocol="other")
    run(tmp_path / "fresh", seed=6, protocol="other")
    assert np.array_equal(read_trajectory(tmp_path).positions, read_trajectory(tmp_path / "fresh").positions)


@pytest.mark.parametrize("damage", [b"not hdf5", b"", None])
def test_a_damaged_chunk_is_named_by_its_reader_and_remade_by_the_run(tmp_path, damage, capsys):
    run(tmp_path / "whole")
    run(tmp_path / "broken")
    path = chunk_path(tmp_path / "broken", 2)
    path.write_bytes(path.read_bytes()[:1500] if damage is None else damage)
    with pytest.raises(StageError, match=r"chunk_00002.*damaged.*delete it and .*md\.json"):
        read_trajectory(tmp_path / "broken")
    run(tmp_path / "broken")
    assert "recomputed" in capsys.readouterr().err
    for one, other in zip(stored_chunks(tmp_path / "whole"), stored_chunks(tmp_path / "broken"), strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_chunk_that_is_not_the_one_written_is_refused(tmp_path):
    run(tmp_path)
    checksums = {path.name: sha256_of(path) for path in stored_chunks(tmp_path)}
    read_trajectory(tmp_path, checksums)
    checksums["chunk_00001.h5"] = "0" * 64
    with pytest.raises(StageError, match=r"chunk_00001.*checksum"):
        read_trajectory(tmp_path, checksums)


def test_a_chunk_that_does_not_continue_the_one_before_is_remade(tmp_path):
    """As when two runs of different luck had written in turn into one folder."""
    run(tmp_path / "a")
    run(tmp_path / "b", seed=6)
    chunk_path(tmp_path / "b", 1).replace(chunk_path(tmp_path / "a", 1))
    run(tmp_path / "a")
    run(tmp_path / "whole")
    assert np.array_equal(read_trajectory(tmp_path / "a").positions, read_trajectory(tmp_path / "whole").positions)


class Rival:
    """An engine during whose chunk another process writes a chunk of its own."""

    name = "rival"

    def __init__(self, folder: Path, protocol: str) -> None:
        self.folder, self.protocol, self.engine, self.done = folder, protocol, WalkingEngine(), 0

    def run(self, state, **arguments):
        chunk = self.engine.run(state, **arguments)
        path = chunk_path(self.folder, self.done)
        previous = sha256_of(chunk_path(self.folder, self.done - 1)) if self.done else ""
        # The rival's chunk differs a little, as on another processor.
        end = dataclasses.replace(chunk.end, positions=chunk.end.positions + 1e-9)
        assert write_chunk(path, StoredChunk(dataclasses.replace(chunk, end=end), 20.0, self.protocol, previous))
        self.done += 1
        return chunk


def test_two_processes_on_one_run_share_it(tmp_path):
    outcome = run(tmp_path, engine=Rival(tmp_path, "p"))
    assert outcome.n_frames == 50
    paths = stored_chunks(tmp_path)
    for path, after in itertools.pairwise(paths):
        assert read_chunk(after).previous == sha256_of(path)


def test_a_rival_with_other_settings_is_an_error(tmp_path):
    with pytest.raises(StageError, match=r"chunk_00000.*other settings"):
        run(tmp_path, engine=Rival(tmp_path, "q"))


def test_a_run_that_blows_up_is_a_recorded_failure(tmp_path):
    class Hopeless:
        name = "hopeless"

        def run(self, *_arguments, **_keywords):
            raise EngineFailure("the run blew up at 40 fs of its chunk")

    outcome = run(tmp_path, engine=Hopeless())
    assert outcome.status == "failed"
    assert "blew up" in outcome.reason


def test_noise_alone_blows_up_no_cell_however_small():
    velocities = np.random.default_rng(0).normal(size=(200_000, 5, 3))
    velocities -= velocities.mean(axis=1, keepdims=True)
    hottest = 300.0 * (velocities**2).sum(axis=(1, 2)).max() / 12
    # Five atoms are three times too hot once in some thousand frames.
    assert 3 * 300.0 < hottest < blown_up_above_K(300.0, 5)
    assert blown_up_above_K(300.0, 52) == 3 * 300.0


SCRIPT = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import tests.unit.dynamics.test_protocol as t
class Slow(t.WalkingEngine):
    def run(self, *args, **kwargs):
        time.sleep(0.5)
        return super().run(*args, **kwargs)
t.run(Path(sys.argv[1]), engine=Slow())
"""


@pytest.mark.slow
def test_kill_minus_nine_then_rerun_is_identical(tmp_path):
    killed = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(killed), str(Path(__file__).parents[3])])
    deadline = time.monotonic() + 60
    while not chunk_path(killed, 1).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 2 <= len(stored_chunks(killed)) < 4
    run(killed)
    run(tmp_path / "whole")
    assert np.array_equal(read_trajectory(killed).positions, read_trajectory(tmp_path / "whole").positions)
    assert not list(killed.glob(".*")) or all(p.suffix == ".h5" for p in killed.glob(".*"))
