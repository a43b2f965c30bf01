"""Between caged and resolved: both bounds, from counted escapes and how the MSD grows, never from the size of D."""

from dataclasses import replace

import numpy as np
import pytest

from screening.config.transport import ArrheniusConfig, TransportConfig
from screening.transport import analyse_arrhenius, analyse_temperature
from screening.transport.bounds import lower_bound
from screening.transport.combination import Estimate
from screening.transport.slowdown import LongTime, Shapes
from screening.transport.verdict import Evidence, judge
from tests.walks import hopping, make, rattling_framework

# Cages about one atom each, as the walks have them.
SETTINGS = TransportConfig(equilibration_fraction=0.0, neighbourhood_size=1)


def analyse(trajectory, temperature=600.0):
    return analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=temperature, settings=SETTINGS)


def rare(rng, rate=0.001, frames=500, ions=32):
    """Hops of 5 A from cage to cage at so many per frame and ion, and D in cm2/s."""
    walk = make(hopping(rng, frames, ions, rate, distance=5.0), framework=rattling_framework(rng, frames))
    return walk, rate / 0.1 * 25.0 / 6.0 * 1e-4


def evidence(**known):
    usual = {
        "diffusivity": Estimate(1e-2, 9e-3, 9e-3, None, None, None),
        "loglog_slope": 0.9,
        "loglog_slope_error": 0.03,
        "escapes": 30,
        "n_ions": 32,
        "framework": True,
        "last_lag_ps": 50.0,
        "msd_A2": 5.0,
    }
    return Evidence(**usual | known)


@pytest.mark.slow
def test_rare_hops_are_bracketed_and_both_bounds_hold(rng):
    held = []
    for _ in range(25):
        trajectory, truth = rare(rng)
        record = analyse(trajectory)
        assert record.verdict == "bracketed", record.reason
        assert record.tracer_diffusivity_cm2_s is None
        low, high = record.tracer_diffusivity_lower_bound_cm2_s, record.tracer_diffusivity_upper_bound_cm2_s
        held.append(low < truth < high)
        assert 1.5 < high / low < 30
        sigma = (
            record.conductivity_nernst_einstein_lower_bound_mS_cm,
            record.conductivity_nernst_einstein_upper_bound_mS_cm,
        )
        assert sigma[1] / sigma[0] == pytest.approx(high / low)
    assert np.mean(held) >= 0.88


def test_ions_to_and_fro_have_no_lower_bound(rng):
    """Hops between two sites, 5 A apart, that come to nothing; escapes are many."""
    flips = np.cumsum(rng.random((1000, 32)) < 0.02, axis=0) % 2
    ions = np.zeros((1000, 32, 3))
    ions[..., 0] = 5.0 * flips
    places = np.stack(np.meshgrid(*[np.arange(4) * 5.0] * 3, indexing="ij"), -1).reshape(-1, 3)[:32]
    walk = make(ions + places + rng.normal(scale=0.2, size=ions.shape), framework=rattling_framework(rng, 1000))
    record = analyse(walk)
    assert record.loglog_slope < 0.5
    assert record.verdict == "upper_bound"
    assert record.tracer_diffusivity_lower_bound_cm2_s is None


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({}, "bracketed"),
        ({"escapes": 4}, "upper_bound"),
        ({"escapes": 5}, "bracketed"),
        ({"loglog_slope": 0.45}, "upper_bound"),
        ({"loglog_slope": 0.6}, "bracketed"),
        ({"diffusivity": None}, "bracketed"),
        ({"diffusivity": Estimate(1e-2, 1e-3, 1e-3, None, None, None)}, "resolved"),
    ],
)
def test_what_decides(known, verdict):
    assert judge(evidence(**known), SETTINGS)[0] == verdict


@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_the_size_of_d_decides_nothing(factor):
    for error in (1e-3, 9e-3):
        one, other = (Estimate(x * 1e-2, x * error, x * error, None, None, None) for x in (1.0, factor))
        assert judge(evidence(diffusivity=one), SETTINGS)[0] == judge(evidence(diffusivity=other), SETTINGS)[0]


def test_a_lower_bound_by_hand():
    """A distribution without width: what is left is Poisson's law, the orderings, and the fall at the pace seen."""
    shapes = Shapes(np.ones((1, 4)), np.ones(1), np.zeros(1, bool), np.ones(1))
    window = LongTime(np.arange(4), np.zeros(4), (), shapes, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0)
    many = 10**6
    alone = Estimate(2.0, 0.1, 0.1, None, None, None)
    # chi^2(5 %; 10) / 10 = 0.394.
    five = evidence(escapes=5, loglog_slope=1.0)
    assert lower_bound(window, alone, five, 0.95) == pytest.approx(2.0 * 0.394, rel=1e-3)
    falling = evidence(escapes=many, loglog_slope=0.7)
    assert lower_bound(window, alone, falling, 0.95) == pytest.approx(2.0 * 10**-0.3, rel=1e-2)
    # Half of D between orderings: nu = 8, chi^2(95 %; 8) / 8 = 1.938.
    orderings = Estimate(2.0, 1.0, 0.1, None, 1.0, 1.4)
    steady = evidence(escapes=many, loglog_slope=1.0)
    assert lower_bound(window, orderings, steady, 0.95) == pytest.approx(2.0 / 1.938, rel=1e-2)


def test_a_bracket_is_on_the_line(rng):
    points = [analyse(rare(rng)[0], 500.0)]
    for temperature, rate in ((650.0, 0.01), (800.0, 0.03), (1000.0, 0.07)):
        points.append(analyse(rare(rng, rate)[0], temperature))
    assert [p.verdict for p in points] == ["bracketed", "resolved", "resolved", "resolved"]
    record = analyse_arrhenius(points, settings=ArrheniusConfig())
    assert record.temperatures_K == (500.0, 650.0, 800.0, 1000.0)
    assert record.dropped == ()
    assert record.upper_bounds == ()
    (bracket,) = record.brackets
    assert bracket.temperature_K == 500.0
    assert bracket.tracer_diffusivity_lower_bound_cm2_s == points[0].tracer_diffusivity_lower_bound_cm2_s
    bounded = replace(points[0], verdict="upper_bound", tracer_diffusivity_lower_bound_cm2_s=None)
    without = analyse_arrhenius([bounded, *points[1:]], settings=ArrheniusConfig())
    assert [b.temperature_K for b in without.upper_bounds] == [500.0]
    assert record.ln_conductivity_300K_nernst_einstein_error < without.ln_conductivity_300K_nernst_einstein_error
