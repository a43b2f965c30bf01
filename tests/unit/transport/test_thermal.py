"""A wrong frame interval or temperature shows in how far atoms move in a frame."""

import re
from dataclasses import replace

import numpy as np
import pytest

from screening.errors import StageError
from screening.trajectories.trajectory import Trajectory
from screening.transport.thermal import check_interval, require_temperature
from tests.walks import brownian, make, rattling_framework

# Of lithium (6.94 u) at 600 K, A/fs: the root of kT/m = 1.380649e-23 * 600 / (6.94 * 1.66054e-27) m^2/s^2, times 1e-5.
LI_600K = 8.478e-3


def wells(rng, lowest_THz, highest_THz):
    """Lithium at 600 K in harmonic wells, frames 10 fs apart: x = A cos(wt + phase), exact."""
    w = 2 * np.pi * rng.uniform(lowest_THz, highest_THz, size=(1, 60, 3)) * 1e-3
    # Each a sample of the canonical ensemble: amplitude Rayleigh distributed about the thermal one.
    amplitude = LI_600K / w * np.sqrt(2 * rng.exponential(size=w.shape))
    phase = rng.uniform(0, 2 * np.pi, size=w.shape)
    time = 10.0 * np.arange(400)[:, None, None]
    rest = rng.uniform(0, 20, size=(1, 60, 3))
    return rest + amplitude * np.cos(w * time + phase)


@pytest.fixture
def oscillators(rng):
    """As lithium vibrates."""
    return wells(rng, 8, 15)


def checked(positions, fs, temperature_K=600.0):
    return check_interval(
        Trajectory(("Li",) * positions.shape[1], positions, np.eye(3) * 20, fs), ["Li"], temperature_K, "x"
    )


def test_right_intervals_pass(oscillators):
    assert checked(oscillators, 10.0) is None
    assert checked(oscillators[::2], 20.0) is None
    assert checked(oscillators[::10], 100.0) is None


@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_a_frame_interval_ten_times_wrong_is_refused(oscillators, factor):
    with pytest.raises(StageError, match=r"frames (9|10|11)(\.\d)? fs apart would fit"):
        checked(oscillators, 10.0 * factor)


def test_a_frame_interval_three_times_wrong_is_remarked_on(oscillators):
    assert re.search(r"moves (2\.[89]|3|3\.1) times", checked(oscillators, 10.0 / 3))
    assert re.search(r"moves 0\.3[1-5]? times", checked(oscillators, 30.0))


def test_a_wrong_temperature_shows_as_well(oscillators):
    assert "at 60 K" in checked(oscillators, 10.0, 60.0)


def test_frames_too_far_apart_to_show_the_velocity_show_that_it_is_at_least_so(rng):
    """Frames 100 fs apart that are said to be 10 fs apart, in wells narrower than a free atom's way in 100 fs."""
    sparse = wells(rng, 4, 8)[::10]
    assert "moves at least" in checked(sparse, 10.0)
    assert checked(sparse, 1000.0) is None


def test_a_walk_faster_than_any_atom_is_refused(rng):
    """D = 4 A^2/ps at 20 fs is 2.4 times the thermal bound, remarked on; told as 2 fs 24 times, refused."""
    walk = make(brownian(rng, 400, 20, (0.4,) * 3), framework=rattling_framework(rng, 400, 0.05), interval_fs=20.0)
    assert re.search(r"Li moves at least 2\.[345] times as fast", check_interval(walk, ["Li"], 600.0, "x"))
    walk = make(brownian(rng, 400, 20, (0.4,) * 3), framework=rattling_framework(rng, 400, 0.05), interval_fs=2.0)
    with pytest.raises(StageError, match=r"Li moves at least 2[345] times as fast"):
        check_interval(walk, ["Li"], 600.0, "x")


def test_drift_is_no_velocity(oscillators):
    """A framework that drifts: in its own frame of reference it is as slow as it should be."""
    drifting = oscillators + 0.5 * np.arange(400)[:, None, None]
    symbols = ("Li",) * 30 + ("S",) * 30
    heavy = drifting.copy()
    heavy[:, 30:] = drifting[:, 30:].mean(axis=0) + 0.5 * (np.arange(400)[:, None, None] - 199.5)
    assert check_interval(Trajectory(symbols, heavy, np.eye(3) * 20, 10.0), ["Li"], 600.0, "x") is None


def test_a_framework_that_still_vibrates_after_a_picosecond_is_remarked_on(rng):
    """Frames of 100 fs told as 1000 fs: vibrations of 2.5 THz go on from frame to frame at 100 fs, not at 1000 fs."""
    w = 2 * np.pi * rng.uniform(2, 3, size=(1, 40, 3)) * 1e-3
    time = 100.0 * np.arange(400)[:, None, None]
    framework = rng.uniform(0, 20, size=(1, 40, 3)) + 0.1 * np.cos(w * time + rng.uniform(0, 6, size=w.shape))
    ions = brownian(rng, 400, 20, (0.4,) * 3)
    told = make(ions, framework=framework, interval_fs=1000.0)
    assert "O still vibrates from frame to frame" in check_interval(told, ["Li"], 600.0, "x")
    slow = make(ions, framework=rattling_framework(rng, 400), interval_fs=1000.0)
    assert check_interval(slow, ["Li"], 600.0, "x") is None


def test_a_run_that_knows_its_temperature_is_not_taken_for_another():
    run = Trajectory(("Li",), np.zeros((400, 1, 3)), np.eye(3) * 10.0, 10.0)
    hot = np.full(run.n_frames, 610.0)
    hot[:50] = 300.0  # while it is heated
    known = replace(run, temperatures_K=hot)
    require_temperature(known, 600.0, "md.json")
    with pytest.raises(StageError, match=r"md\.json was at 610 K, and 700 K is said of it \(--temperature\)"):
        require_temperature(known, 700.0, "md.json")
    require_temperature(run, 700.0, "md.json")
