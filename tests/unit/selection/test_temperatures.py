"""Which temperatures are run: on materials whose D is known everywhere, with runs that cost what they must."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from screening.constants import K_EV
from screening.selection.bend import bend_of
from screening.selection.temperatures import N_DECISIONS, Decision, decide, first_temperatures
from screening.selection.temperatures_seen import Limits, Seen
from screening.transport.line_average import average_line
from screening.transport.line_points import Bounded, Bracketed, Measured, Point

LIMITS = Limits(
    hottest_K=800.0,
    target_K=300.0,
    first_ps=100.0,
    least_ps=20.0,
    chunk_ps=10.0,
    error=0.25,
    reach=2.0,
    core_hours=10.0,
)
# A student at 52 atoms: about 1400 ps a core hour; two runs of 24 ions each.
HOURS_PER_PS, N_RUNS, N_IONS, HOP_A = 7e-4, 2, 24, 3.0

Material = Callable[[float], float]


def barrier(energy_eV: float, at_800: float = 4e-5) -> Material:
    """D in cm^2/s of one barrier."""
    return lambda t: at_800 * math.exp(-energy_eV / K_EV * (1 / t - 1 / 800))


def kinked(cold_eV: float, hot_eV: float, at_K: float) -> Material:
    """Two barriers that meet at a temperature."""
    hot = barrier(hot_eV)
    return lambda t: hot(t) if t >= at_K else hot(at_K) * math.exp(-cold_eV / K_EV * (1 / t - 1 / at_K))


@dataclass
class Campaign:
    """One candidate, run as its decisions say; what a run shows follows from the hops in it.

    `noise` multiplies the error that free hops would have: cages hide how few jumps lead out of them.
    """

    material: Material
    limits: Limits = LIMITS
    seed: int = 0
    lost_above: float = math.inf
    noise: float = 1.0
    seen: list[Seen] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def run(self) -> "Campaign":
        for t in first_temperatures(self.limits.hottest_K, self.limits.target_K):
            self.see(t, self.limits.first_ps)
        for k in range(N_DECISIONS):
            decision = decide(self.seen, self.limits, last=k == N_DECISIONS - 1)
            self.decisions.append(decision)
            for one in decision.runs:
                self.see(one.temperature_K, one.duration_ps)
        return self

    def see(self, t: float, most_ps: float) -> None:
        rate = 6 * N_IONS * self.material(t) * 1e4 / HOP_A**2
        # A run ends once its own error is a tenth.
        length = min(most_ps, max(self.limits.least_ps, 3 * self.noise**2 / (0.1**2 * rate)))
        hops = rate * length
        own = self.noise * math.sqrt(3 / hops)
        together = own / math.sqrt(N_RUNS)
        rng = np.random.default_rng([self.seed, round(t)])
        point: Point | None
        if t > self.lost_above:
            point = None
        elif together <= 0.5:
            value = self.material(t) * math.exp(together * rng.normal())
            point = Measured(t, value, together * value)
        elif N_RUNS * hops >= 5 and together <= 1.0:
            point = Bracketed(t, self.material(t) / 2.5, self.material(t) * 2.5)
        else:
            point = Bounded(t, self.material(t) + 3 * self.material(t) / (N_RUNS * hops), 0.95)
        lost = "the framework diffuses" if point is None else ""
        own_error = own if isinstance(point, Measured) else None
        self.seen.append(Seen(t, point, lost, length, own_error, HOURS_PER_PS * N_RUNS))

    @property
    def hours(self) -> float:
        return sum(one.core_hours for one in self.seen)

    def at(self, *kinds: type) -> list[float]:
        return sorted(one.temperature_K for one in self.seen if isinstance(one.point, kinds))

    @property
    def end(self) -> str:
        return self.decisions[-1].ends


MATERIALS = {
    "fast": barrier(0.15),
    "middling": barrier(0.25),
    "slow": barrier(0.4),
    "slower": barrier(0.6, at_800=1e-6),
    "bends down": kinked(0.4, 0.15, 480),
    "bends up": kinked(0.15, 0.35, 600),
    "freezes": kinked(0.6, 0.15, 480),
    "caged": barrier(0.3, at_800=1e-9),
}


@pytest.mark.parametrize("name", MATERIALS)
@pytest.mark.parametrize("seed", range(3))
def test_every_material_ends_within_its_budget_with_a_reason(name, seed):
    made = Campaign(MATERIALS[name], seed=seed).run()
    assert made.hours <= LIMITS.core_hours
    temperatures = [one.temperature_K for one in made.seen]
    assert len(set(temperatures)) == len(temperatures), "no temperature is run twice"
    assert min(temperatures) >= 300
    assert max(temperatures) == 800
    assert made.end or made.decisions[-1].runs
    for decision in made.decisions:
        assert all(one.reason for one in decision.runs)
        assert all(one.duration_ps % LIMITS.chunk_ps == 0 for one in decision.runs)
    again = Campaign(MATERIALS[name], seed=seed).run()
    assert again.decisions == made.decisions, "the same records give the same plan"


@pytest.mark.parametrize("seed", range(5))
def test_a_fast_conductor_is_seen_at_the_target_and_known_as_well_as_any(seed):
    made = Campaign(MATERIALS["fast"], seed=seed).run()
    assert made.at(Measured)[0] == 300
    assert made.end == "D is seen at 300 K itself"
    target = next(one.point for one in made.seen if one.temperature_K == 300)
    assert isinstance(target, Measured)
    assert target.error / target.value < 0.11
    assert max(np.diff(1000 / np.array(made.at(Measured)[::-1]))) < 0.55, "no wide gaps on the way"


@pytest.mark.parametrize("seed", range(5))
def test_a_slow_one_is_seen_at_the_coldest_that_the_budget_resolves_and_bounded_below(seed):
    made = Campaign(MATERIALS["slow"], seed=seed).run()
    coldest = made.at(Measured)[0]
    # Ten hours are 7100 ps of two runs. An error of a quarter together asks for 300 ps at 525, 7000 ps at 380 K.
    assert 380 <= coldest <= 450
    below = [one for one in made.seen if one.temperature_K < coldest]
    assert below
    assert all(not isinstance(one.point, Measured) for one in below)
    dear = Campaign(MATERIALS["slow"], limits=replace(LIMITS, core_hours=100.0), seed=seed).run()
    assert dear.at(Measured)[0] < coldest, "a larger budget reaches further"


@pytest.mark.parametrize("name", ["bends down", "bends up", "freezes"])
@pytest.mark.parametrize("seed", range(3))
def test_both_sides_of_a_bend_are_seen(name, seed):
    made = Campaign(MATERIALS[name], seed=seed).run()
    at = 600 if name == "bends up" else 480
    seen = made.at(Measured, Bracketed)
    assert sum(t < at for t in seen) >= 2
    assert sum(t > at for t in seen) >= 2


def test_the_bend_is_placed_between_the_right_temperatures():
    material = kinked(0.5, 0.15, 480)
    temperatures = [400.0, 450.0, 500.0, 600.0, 800.0]
    points = [Measured(t, material(t), 0.05 * material(t)) for t in temperatures]
    assert bend_of(average_line(points, 300.0), temperatures) == (450.0, 500.0)
    straight = [Measured(t, barrier(0.3)(t), 0.05 * barrier(0.3)(t)) for t in temperatures]
    assert bend_of(average_line(straight, 300.0), temperatures) is None


def test_a_bend_with_one_point_on_a_side_gets_another_there():
    material = kinked(0.9, 0.15, 560)
    seen = [
        Seen(t, Measured(t, material(t), 0.03 * material(t)), "", 100.0, 0.03, 1e-3) for t in (525, 600, 650, 700, 800)
    ]
    # A colder temperature than 525 K is out of reach: so slow are the ions there.
    (run,) = decide(seen, replace(LIMITS, error=0.025, core_hours=0.75)).runs
    assert "a bend of the line between 525 and 600 K" in run.reason
    assert run.temperature_K == 550


def test_a_cage_ends_with_its_bound_and_leaves_the_budget():
    made = Campaign(MATERIALS["caged"]).run()
    assert made.at(Bounded) == [650, 800]
    assert made.hours < 0.5
    assert made.end == "no diffusion is seen at 800 K, the hottest that can be measured: a bound"


def test_a_crystal_that_melts_is_measured_below():
    made = Campaign(barrier(0.25), lost_above=700).run()
    assert made.at(Measured, Bracketed)[0] <= 325
    # Both of the first temperatures melt: colder ones are tried.
    colder = Campaign(barrier(0.15), lost_above=500).run()
    assert colder.decisions[0].runs[0].reason == "nothing can be measured at 650 K: the framework diffuses"
    assert colder.at(Measured)
    assert max(colder.at(Measured)) <= 500
    nowhere = Campaign(barrier(0.15), lost_above=250).run()
    assert not nowhere.at(Measured, Bracketed, Bounded)
    assert nowhere.hours < LIMITS.core_hours


def test_where_all_melt_the_next_are_two_not_far_below():
    made = Campaign(barrier(0.35), lost_above=600).run()
    assert [run.temperature_K for run in made.decisions[0].runs] == [550, 475]
    assert made.at(Measured)[-1] == 550, "hot points of the crystal are cheap, and carry its line"
    # Both melt again: two more, with as many decisions left.
    colder = Campaign(barrier(0.15), lost_above=450).run()
    assert [run.temperature_K for run in colder.decisions[1].runs] == [425, 400]
    assert len(colder.at(Measured)) >= 3
    # Of a small budget the first of them alone.
    lost = [Seen(t, None, "the framework diffuses", 20.0, None, 1e-3) for t in (650.0, 800.0)]
    (run,) = decide(lost, replace(LIMITS, core_hours=0.07)).runs
    assert (run.temperature_K, run.duration_ps) == (550, 20)
    assert [run.duration_ps for run in decide(lost, replace(LIMITS, core_hours=0.16)).runs] == [50, 50]


def test_between_what_melted_and_what_holds_another_one_is_tried():
    made = Campaign(barrier(0.6, at_800=1e-5), lost_above=740).run()
    assert [run.temperature_K for run in made.decisions[0].runs] == [550, 725]
    assert 725 in made.at(Measured)
    # That one melted too: the next is half way again, while the line lacks a point and nothing colder is in reach.
    d = barrier(0.6, at_800=1e-5)
    seen = [
        Seen(550.0, Bounded(550.0, 10 * d(550), 0.95), "", 100.0, None, 1e-3),
        Seen(650.0, Measured(650.0, d(650), 0.45 * d(650)), "", 100.0, 0.6, 1e-3),
        *(Seen(t, None, "the framework diffuses", 20.0, None, 1e-3) for t in (725.0, 800.0)),
    ]
    limits = replace(LIMITS, core_hours=0.5)
    (run,) = decide(seen, limits).runs
    assert (run.temperature_K, run.duration_ps) == (700, 100)
    assert run.reason == "a point that the line lacks, below 725 K where nothing can be measured"
    # There is no further decision: what is left is not kept.
    assert 700 not in [run.temperature_K for run in decide(seen, limits, last=True).runs]


@pytest.mark.parametrize("melts_K", [725, 600, 500, 425])
@pytest.mark.parametrize("energy_eV", [0.2, 0.6])
def test_nothing_is_run_above_what_melted_and_the_budget_is_kept(energy_eV, melts_K):
    limits = replace(LIMITS, core_hours=1.0)
    made = Campaign(barrier(energy_eV), limits=limits, lost_above=melts_K).run()
    lost = 800.0
    for decision in made.decisions:
        for run in decision.runs:
            assert run.temperature_K < lost
        tried = {run.temperature_K for run in decision.runs}
        lost = min([lost, *(t for t in tried if t > melts_K)])
    temperatures = [one.temperature_K for one in made.seen]
    assert len(set(temperatures)) == len(temperatures)
    assert made.hours <= 1.0
    assert Campaign(barrier(energy_eV), limits=limits, lost_above=melts_K).run().decisions == made.decisions


def test_a_run_that_broke_off_early_is_no_measure_of_speed():
    # Its start took most of its time: what a ps costs is known from the other one.
    d = barrier(0.25)
    cold = Seen(650.0, Measured(650.0, d(650), 0.1 * d(650)), "", 100.0, 0.15, 1e-3)
    hot = Seen(800.0, None, "the temperature ran away", 1.0, None, 1.0)
    runs = decide([cold, hot], replace(LIMITS, core_hours=10.0)).runs
    assert all(run.core_hours == pytest.approx(1e-3 * run.duration_ps) for run in runs)
    assert [run.duration_ps for run in runs] == [100, 100]
    # Where none is known it is the one that was less of a start.
    both = [replace(hot, temperature_K=650.0, run_ps=20.0, core_hours_per_ps=0.05), hot]
    assert len(decide(both, LIMITS).runs) == 2


def test_what_is_too_short_to_tell_where_the_crystal_holds_is_tried_between():
    seen = [
        Seen(650.0, None, "", 100.0, None, 1e-3),
        Seen(800.0, None, "the framework diffuses", 20.0, None, 1e-3),
    ]
    (run,) = decide(seen, LIMITS).runs
    assert run.temperature_K == 725
    assert run.reason == "runs of 100 ps at 650 K are too short to tell, and nothing can be measured at 800 K"


def test_what_is_caged_where_the_crystal_holds_is_tried_between():
    made = Campaign(barrier(0.3, at_800=1e-9), lost_above=700).run()
    assert made.decisions[0].runs[0].temperature_K == 725
    assert "no diffusion is seen at 650 K, and nothing can be measured at 800 K" in made.decisions[0].runs[0].reason


def test_what_was_not_run_is_not_tried_again():
    refused = [Seen(t, None, "not run without a student", 0.0, None, 1e-3) for t in (650.0, 800.0)]
    assert decide(refused, LIMITS) == Decision(ends="nothing was run: not run without a student")
    short = [Seen(t, None, "", 100.0, None, 1e-3) for t in (650.0, 800.0)]
    assert decide(short, LIMITS).ends == "runs of 100 ps at 800 K are too short to tell"


def test_a_budget_that_is_spent_ends():
    seen = Campaign(MATERIALS["fast"]).run().seen
    assert decide(seen, replace(LIMITS, core_hours=0.1)).ends == "the budget of 0.1 core hours is spent"


def test_what_is_left_of_a_budget_and_too_little_is_told():
    seen = Campaign(MATERIALS["fast"]).run().seen
    spent = sum(one.core_hours for one in seen)
    rest = 0.5 * LIMITS.least_ps * max(one.core_hours_per_ps for one in seen)
    ends = decide(seen, replace(LIMITS, core_hours=spent + rest)).ends
    assert ends.endswith(f"core hours are left, too few for a run of {LIMITS.least_ps:g} ps")


def test_the_first_temperatures_follow_from_the_config_alone():
    assert first_temperatures(800.0, 300.0) == (650.0, 800.0)
    assert first_temperatures(1000.0, 300.0) == (750.0, 1000.0)
    assert first_temperatures(310.0, 300.0) == (300.0, 310.0)


def test_a_bracket_at_the_target_is_not_called_seen():
    d = barrier(0.25)
    seen = [Seen(t, Measured(t, d(t), 0.1 * d(t)), "", 100.0, 0.1, 1e-4) for t in (400.0, 500.0, 650.0, 800.0)]
    seen.append(Seen(300.0, Bracketed(300.0, 0.5 * d(300), 2 * d(300)), "", 100.0, None, 1e-4))
    assert decide(seen, LIMITS).ends == "D is between bounds at 300 K itself"


@pytest.mark.parametrize("seed", range(3))
def test_where_first_runs_only_bracket_D_longer_ones_beside_them_give_a_value(seed):
    made = Campaign(barrier(0.3, at_800=3e-7), limits=replace(LIMITS, core_hours=2.0), seed=seed).run()
    assert made.at(Bracketed) == [800]
    assert made.at(Measured) == [775]
    assert made.hours <= 2.0
    (run,) = made.decisions[0].runs
    assert run.reason == "D is between bounds at 800 K after 100 ps, and has a value nowhere"
    assert run.duration_ps >= 300


def test_lines_get_their_points_from_a_small_budget_where_cages_make_errors_large():
    # As a tenth of a core hour at 7700 ps for each: nothing is in reach for sure, and half of it was left unspent.
    small = replace(LIMITS, core_hours=0.55)
    made = [
        Campaign(barrier(energy_eV, at_800=2e-5), limits=small, seed=seed, noise=4.0).run()
        for energy_eV in (0.1, 0.2, 0.3, 0.45)
        for seed in range(5)
    ]
    assert sum(len(one.at(Measured, Bracketed)) >= 3 for one in made) >= 18
    assert all(one.hours <= 0.55 for one in made)


def test_a_point_that_a_line_lacks_is_run_where_it_may_be_resolved():
    hot = Measured(800.0, 9.6e-6, 3.0e-6)
    seen = [
        Seen(650.0, Bounded(650.0, 1.45e-5, 0.95), "", 100.0, None, 1.3e-4),
        Seen(800.0, hot, "", 100.0, 0.445, 1.3e-4),
    ]
    (run,) = decide(seen, replace(LIMITS, core_hours=0.1)).runs
    assert run.reason == "a point that the line lacks, if D is as expected"
    assert 650 < run.temperature_K < 800
    assert run.core_hours == pytest.approx(0.5 * (0.1 - 0.026), rel=0.1), "the other half is for a third one"
    seen.insert(1, Seen(750.0, Measured(750.0, 7e-6, 2e-6), "", run.duration_ps, 0.4, 1.3e-4))
    (third,) = decide(seen, replace(LIMITS, core_hours=0.1)).runs
    assert third.temperature_K not in (650, 750, 800)
    assert run.core_hours + third.core_hours > 0.85 * (0.1 - 0.026)


def test_what_an_error_costs_is_read_from_a_value_and_not_from_a_wide_bracket():
    d = barrier(0.3, at_800=1.7e-5)
    seen = [
        Seen(650.0, Bracketed(650.0, 3.4e-7, 2.7e-5), "", 100.0, 0.43, 1.3e-4),
        Seen(725.0, Measured(725.0, d(725), 0.09 * d(725)), "", 330.0, 0.09, 1.1e-4),
        Seen(800.0, Measured(800.0, d(800), 0.25 * d(800)), "", 100.0, 0.15, 1.3e-4),
    ]
    runs = decide(seen, replace(LIMITS, core_hours=0.5)).runs
    assert "the coldest in reach" in [run.reason for run in runs]
    assert min(run.temperature_K for run in runs) >= 450


def test_what_is_left_and_no_longer_than_what_was_run_is_not_spent_on_it_again():
    d = barrier(0.3, at_800=3e-7)
    seen = [
        Seen(650.0, Bounded(650.0, 3 * d(650), 0.95), "", 100.0, None, 1e-3),
        Seen(800.0, Bracketed(800.0, 0.4 * d(800), 2.5 * d(800)), "", 100.0, None, 1e-3),
    ]
    decision = decide(seen, replace(LIMITS, core_hours=0.4))
    assert not decision.runs
    assert decision.ends == "0.2 of 0.4 core hours are left, too few to resolve D below 800 K"


def test_a_bound_of_a_short_run_does_not_end_a_campaign_whose_budget_is_left():
    """D falls to a twentieth between 525 and 500 K: short runs there say little, long ones much."""
    above = barrier(0.25)
    limits = replace(LIMITS, error=0.5, core_hours=2.0)
    made = Campaign(lambda t: above(t) * (1.0 if t > 520 else 0.05), limits=limits, seed=1).run()
    assert made.hours > 0.8 * limits.core_hours
    assert min(one.temperature_K for one in made.seen) < 475
