"""Runs end when the answer is known, at the same place whatever happened on the way, and the answer stays true."""

import numpy as np
import pytest

from screening.config.dynamics import MDProtocol
from screening.config.transport import TransportConfig
from screening.dynamics.convergence import StoppingRule, equilibration_cut, runaway_reason, statistical_inefficiency
from screening.dynamics.driver import Unwatched
from screening.dynamics.protocol import run_chunks
from screening.trajectories.storage import stored_chunks
from screening.trajectories.trajectory import Trajectory
from screening.transport import analyse_temperature
from tests.walkers import WalkingEngine, start

SETTINGS = MDProtocol(
    duration_ps=200, min_duration_ps=20, sample_interval_fs=100, chunk_ps=4, target_relative_error=0.1
)
# a^2 / 6 times hops per ps, in cm2/s, with a = 3 Angstrom and ten frames a ps.
D_OF_RATE = 10 * 9.0 / 6.0 * 1e-4


def correlated(rng, n, memory):
    """AR(1) series of unit variance."""
    values = np.empty(n)
    values[0] = rng.normal()
    kicks = rng.normal(size=n) * np.sqrt(1 - memory**2)
    for k in range(1, n):
        values[k] = memory * values[k - 1] + kicks[k]
    return values


def run(folder, engine=None, settings=SETTINGS, seed=3):
    engine = engine or WalkingEngine()
    rule = StoppingRule("Li", 600.0, settings, TransportConfig())
    return run_chunks(folder, start(), Unwatched(engine), settings, 600.0, seed, "p", stop=rule)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_inefficiency_of_an_autoregressive_series(memory):
    series = correlated(np.random.default_rng(1), 100_000, memory)
    assert statistical_inefficiency(series) == pytest.approx((1 + memory) / (1 - memory), rel=0.1)
    assert statistical_inefficiency(np.ones(50)) == 1.0


def test_the_cut_leaves_out_a_transient_and_nothing_else():
    rng = np.random.default_rng(2)
    n, stationary = 2000, []
    for _ in range(40):
        noise = correlated(rng, n, 0.9)
        stationary.append(equilibration_cut(noise))
        cut = equilibration_cut(noise + 20 * np.exp(-np.arange(n) / 100))
        assert cut is not None
        assert 200 <= cut <= 800
        assert equilibration_cut(noise + np.linspace(0, 40, n)) is None
    assert np.mean([cut == 0 for cut in stationary]) > 0.9


def test_a_temperature_that_ran_away_is_told_from_noise():
    rng = np.random.default_rng(3)
    noise = 600 + 60 * correlated(rng, 1000, 0.9)
    assert runaway_reason(noise, 600.0) == ""
    assert "the energy is not conserved" in runaway_reason(noise * 1.4, 600.0)
    # Eight frames of a few atoms fluctuate by more than the limit and prove nothing.
    assert runaway_reason(np.array([600.0, 900, 300, 1200, 500, 1100, 700, 800]), 600.0) == ""


def test_looks_are_spaced_geometrically_and_do_not_depend_on_the_budget():
    rule = StoppingRule("Li", 600.0, SETTINGS, TransportConfig())
    looks = [n for n in range(40, 4001, 40) if rule.due(n - 40, n)]
    assert looks[:4] == [200, 280, 360, 440]
    ratios = np.array(looks[4:]) / np.array(looks[3:-1])
    assert np.all((ratios > 1.15) & (ratios < 1.45))
    assert len(looks) < 15


@pytest.mark.slow
def test_a_run_ends_when_its_answer_is_known_and_says_so(tmp_path):
    outcome = run(tmp_path)
    assert (outcome.status, outcome.ended_by) == ("complete", "answered")
    assert 200 <= outcome.n_frames < 1900
    last = outcome.looks[-1]
    assert last.relative_error < 0.1
    assert abs(last.diffusivity_cm2_s / (0.02 * D_OF_RATE) - 1) < 3 * last.relative_error
    assert all(look.ending is None and look.reason for look in outcome.looks[:-1])


@pytest.mark.slow
def test_the_end_is_the_same_after_a_kill_and_with_a_larger_budget(tmp_path):
    whole = run(tmp_path / "whole")
    for kept in (0, 3, whole.n_chunks - 1, whole.n_chunks):
        folder = tmp_path / f"killed{kept}"
        run(folder)
        for path in stored_chunks(folder)[kept:]:
            path.unlink()
        engine = WalkingEngine()
        assert run(folder, engine) == whole
        assert engine.chunks == whole.n_chunks - kept
    assert run(tmp_path / "larger", settings=SETTINGS.model_copy(update={"duration_ps": 1000.0})) == whole


@pytest.mark.slow
def test_a_stricter_target_goes_on_and_a_looser_one_keeps_what_is_there(tmp_path):
    first = run(tmp_path)
    strict = run(tmp_path, settings=SETTINGS.model_copy(update={"target_relative_error": 0.06}))
    assert strict.n_frames > first.n_frames
    assert [look.diffusivity_cm2_s for look in strict.looks[: len(first.looks)]] == [
        look.diffusivity_cm2_s for look in first.looks
    ]
    engine = WalkingEngine()
    assert run(tmp_path, engine) == first
    assert engine.chunks == 0
    assert len(stored_chunks(tmp_path)) == strict.n_chunks


@pytest.mark.slow
def test_the_budget_ends_a_run_whose_ions_do_not_move(tmp_path):
    outcome = run(tmp_path, WalkingEngine(rate=0.0), SETTINGS.model_copy(update={"duration_ps": 40.0}))
    assert (outcome.status, outcome.ended_by, outcome.n_frames) == ("complete", "budget", 400)
    assert "the run reached its length of 40 ps: diffusion is not resolved" in outcome.reason
    never = run(
        tmp_path / "b", settings=SETTINGS.model_copy(update={"duration_ps": 60.0, "target_relative_error": None})
    )
    assert (never.ended_by, never.n_frames) == ("budget", 600)


def test_a_molten_framework_ends_a_run_with_its_verdict(tmp_path):
    outcome = run(tmp_path, WalkingEngine(framework_step=0.2))
    assert (outcome.status, outcome.ended_by) == ("melted", "melted")
    assert outcome.n_frames < 600
    assert "framework" in outcome.reason


def test_a_temperature_that_runs_away_ends_a_run_as_failed(tmp_path):
    outcome = run(tmp_path, WalkingEngine(heat=1.5))
    assert (outcome.status, outcome.ended_by, outcome.n_frames) == ("failed", "runaway", 200)


def ended(seed, rate, rule):
    """A run in memory up to where it ends, and its last look."""
    chunk = WalkingEngine(rate).run(
        start(), steps=400_000, sample_every=50, timestep_fs=2, temperature_K=rule.temperature_K, seed=seed
    )
    whole = Trajectory(
        chunk.end.symbols, chunk.positions, chunk.end.cell, 100.0, chunk.temperature_K, chunk.potential_energy_eV
    )
    for n in range(100, whole.n_frames + 1, 100):
        if rule.due(n - 100, n):
            part = Trajectory(
                whole.symbols,
                whole.positions[:n],
                whole.cells,
                whole.frame_interval_fs,
                chunk.temperature_K[:n],
                chunk.potential_energy_eV[:n],
            )
            look = rule.look(part)
            if look.ending:
                return part, look
    raise AssertionError("not ended")


RATE = 0.03


@pytest.fixture(scope="module")
def stopped():
    """120 runs that ended by themselves."""
    rule = StoppingRule("Li", 600.0, SETTINGS, TransportConfig())
    return [ended(seed, RATE, rule) for seed in range(120)]


@pytest.mark.slow
def test_ending_when_the_error_is_small_does_not_bias_the_answer(stopped):
    """The danger of optional stopping: ending on lucky highs. The mean of 120 runs is known to 0.009."""
    assert all(look.ending == "answered" for _, look in stopped)
    assert len({look.time_ps for _, look in stopped}) > 3
    values = np.array([look.diffusivity_cm2_s for _, look in stopped]) / (RATE * D_OF_RATE)
    errors = values * np.array([look.relative_error for _, look in stopped])
    assert abs(values.mean() - 1) < 0.25 * errors.mean()
    # What 99 % of 120 draws of 68 % give; and errors are as large as the scatter, which is known to 6 %.
    assert 0.57 <= np.mean(np.abs(values - 1) < errors) <= 0.79
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)


@pytest.mark.slow
def test_replicas_of_different_length_are_pooled_without_bias(stopped):
    values, errors, different = [], [], 0
    for (one, first), (other, second) in zip(stopped[::2], stopped[1::2], strict=True):
        record = analyse_temperature([one, other], mobile="Li", charge=1, temperature_K=600, settings=TransportConfig())
        assert record.verdict == "resolved"
        values.append(record.tracer_diffusivity_cm2_s / (RATE * D_OF_RATE))
        errors.append(record.tracer_diffusivity_error_cm2_s / (RATE * D_OF_RATE))
        different += first.time_ps != second.time_ps
    assert different > 24
    assert abs(np.mean(values) - 1) < 0.25 * np.mean(errors)
    assert 0.60 <= np.mean(np.abs(np.array(values) - 1) < np.array(errors)) <= 0.76
