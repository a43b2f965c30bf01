"""Long runs store fewer and fewer frames; what is stored is what a run that stores all has at the same times."""

from pathlib import Path

import numpy as np
import pytest

from screening.config.dynamics import CHOSEN_MAX_FRAMES, MDConfig, MDProtocol
from screening.dynamics.driver import Unwatched
from screening.dynamics.protocol import run_chunks
from screening.trajectories.storage import read_chunk, read_trajectory, stored_chunks
from tests.walkers import WalkingEngine, start

# 1000 frames in chunks of 25, an odd number: chunks begin between the frames that are kept.
FULL = MDProtocol(duration_ps=20.0, timestep_fs=4, sample_interval_fs=20, chunk_ps=0.5)
THIN = FULL.model_copy(update={"max_frames": 100})


def run(folder: Path, settings: MDProtocol):
    return run_chunks(folder, start(), Unwatched(WalkingEngine()), settings, 600.0, 5, "p")


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name, settings in (("full", FULL), ("thin", THIN)):
        run(folder / name, settings)
    return folder


def test_frames_are_those_of_the_whole_run_at_equal_intervals(runs):
    full, thin = read_trajectory(runs / "full"), read_trajectory(runs / "thin")
    # From 800 frames on every 16th is stored.
    assert thin.frame_interval_fs == 16 * 20
    assert np.array_equal(thin.positions, full.positions[15::16])
    assert np.array_equal(thin.energies_eV, full.energies_eV[15::16])
    assert np.array_equal(thin.temperatures_K, full.temperatures_K[15::16])


def test_the_beginning_is_there_with_all_its_frames(runs):
    full, dense = read_trajectory(runs / "full"), read_trajectory(runs / "thin", dense=True)
    assert dense.frame_interval_fs == 20
    assert np.array_equal(dense.positions, full.positions[:100])
    assert np.array_equal(read_trajectory(runs / "full", dense=True).positions, full.positions)


def test_what_is_stored_grows_with_the_logarithm_of_the_length(runs):
    stored = [read_chunk(path) for path in stored_chunks(runs / "thin")]
    counts = np.array([len(one.chunk.positions) for one in stored])
    # 100 of the first hundred, 50 of the second, then 50 of the next 200, of the next 400, and 12 of the last 200.
    assert [int(part.sum()) for part in np.split(counts, [4, 8, 16, 32])] == [100, 50, 50, 50, 12]
    assert sum(one.length_fs for one in stored) == pytest.approx(20_000)


def test_length_and_frames_are_those_that_are_read(tmp_path, runs):
    outcome = run(runs / "thin", THIN)
    assert (outcome.time_ps, outcome.n_frames) == (20.0, len(read_trajectory(runs / "thin").positions))
    assert run(tmp_path, FULL.model_copy(update={"duration_ps": 1.0})).n_frames == 50


def test_a_longer_run_continues_a_shorter_one_to_the_byte(tmp_path, runs):
    run(tmp_path, THIN.model_copy(update={"duration_ps": 7.0}))
    before = {path.name: path.read_bytes() for path in stored_chunks(tmp_path)}
    run(tmp_path, THIN)
    after = {path.name: path.read_bytes() for path in stored_chunks(tmp_path)}
    assert all(after[name] == content for name, content in before.items())
    assert after == {path.name: path.read_bytes() for path in stored_chunks(runs / "thin")}


def test_a_chunk_has_a_frame_at_least():
    assert THIN.model_copy(update={"duration_ps": 1e5}).thinning(10**7) == 16
    assert [THIN.thinning(n) for n in (0, 99, 100, 199, 200, 400)] == [1, 1, 2, 2, 4, 8]
    assert FULL.thinning(10**7) == 1


def test_runs_of_unlike_lengths_are_brought_to_one_interval(runs):
    full, thin = read_trajectory(runs / "full"), read_trajectory(runs / "thin")
    assert np.array_equal(full.at_interval(thin.frame_interval_fs).positions, thin.positions)
    assert thin.at_interval(thin.frame_interval_fs) is thin


def test_all_frames_are_stored_unless_temperatures_are_chosen_or_it_is_said():
    assert MDConfig(temperatures_K=[600]).protocol.max_frames is None
    assert MDConfig(temperatures_K="auto").protocol.max_frames == CHOSEN_MAX_FRAMES
    assert MDConfig(temperatures_K="auto", max_frames=500).protocol.max_frames == 500
