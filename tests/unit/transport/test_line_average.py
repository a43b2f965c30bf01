"""The average over shapes of a line: intervals hold what they state, and what the points exclude is not carried on."""

import numpy as np
import pytest

from screening.config.transport import ArrheniusConfig
from screening.constants import K_EV
from screening.transport.line_average import average_line
from screening.transport.line_fit import FittedLine
from screening.transport.line_points import Bounded, Box, Bracketed, LinePoints, Measured
from screening.transport.line_shapes import PRIOR, ShapeKind, Shapes
from tests.unit.transport.test_arrhenius import analyse, point

TARGET = 300.0
ONE, TWO = (0.16, 0.84), (0.025, 0.975)


def inverse(temperature):
    return 1.0 / (K_EV * np.asarray(temperature, dtype=float))


def ln_d(temperature, below, above, break_K):
    """A barrier `below` and one `above` a temperature, both in eV."""
    x, at = inverse(temperature), inverse(break_K)
    return -7.0 - above * np.minimum(x, at) - below * np.maximum(x - at, 0.0)


def measured(temperatures, values, relative):
    return [Measured(t, d := float(np.exp(v)), relative * d) for t, v in zip(temperatures, values, strict=True)]


def limits(points, levels, target=TARGET):
    return average_line(points, target).ln_diffusivity(np.array([target]), levels)[:, 0]


def drawn(rng, n=160):
    """Lines of which half are straight and half break between the runs: points and ln D at 300 K."""
    temperatures = (600.0, 700.0, 850.0, 1000.0)
    for i in range(n):
        above = rng.uniform(0.2, 0.5)
        below = above if i % 2 else max(0.05, above + 0.15 * rng.normal())
        kink = 1.0 / (K_EV * rng.uniform(inverse(1000.0), inverse(600.0)))
        noisy = ln_d(temperatures, below, above, kink) + 0.1 * rng.normal(size=4)
        yield measured(temperatures, noisy, 0.1), float(ln_d(TARGET, below, above, kink))


@pytest.mark.slow
def test_intervals_of_lines_that_may_bend_hold_as_stated():
    """Half of them bend. Intervals that are 1.5 times narrower would fail."""
    found = []
    for points, truth in drawn(np.random.default_rng(2)):
        low, median, high = limits(points, (0.16, 0.5, 0.84))
        wide = limits(points, TWO)
        narrow = low - median < 1.5 * (truth - median) < high - median
        found.append((low < truth < high, wide[0] < truth < wide[1], narrow))
    one, two, narrow = np.mean(found, axis=0)
    assert 0.60 < one < 0.78
    assert two > 0.91
    assert narrow < 0.58


def test_a_kink_that_four_points_show_is_in_the_interval_and_not_crossed():
    """0.45 eV below and 0.20 eV above 650 K: one line gave ten times too much and was called resolved."""
    rng, temperatures = np.random.default_rng(5), (500.0, 600.0, 800.0, 1000.0)
    truth, held = float(ln_d(TARGET, 0.45, 0.20, 650.0)), []
    for _ in range(10):
        noisy = ln_d(temperatures, 0.45, 0.20, 650.0) + 0.07 * rng.normal(size=4)
        points = measured(temperatures, noisy, 0.07)
        low, high = limits(points, TWO)
        held.append(low < truth < high)
        record = analyse([point(p.temperature_K, p.value, p.error) for p in points])
        assert record.verdict == "line_not_resolved"
        assert "the points exclude one barrier" in record.reason
        low, high = (
            getattr(record, f"conductivity_300K_nernst_einstein_{side}_bound_mS_cm") for side in ("lower", "upper")
        )
        assert 0 < low < high
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize("target", [1200.0, 300.0])
def test_nothing_is_carried_beyond_points_that_exclude_one_barrier(target):
    temperatures = (500.0, 600.0, 800.0, 1000.0)
    points = [
        point(p.temperature_K, p.value, p.error)
        for p in measured(temperatures, ln_d(temperatures, 0.45, 0.2, 650.0), 0.05)
    ]
    record = analyse(points, ArrheniusConfig(extrapolation_temperature_K=target))
    assert record.verdict == "line_not_resolved"
    # Between them nothing is extrapolated, and a straight line would give half of the truth.
    inside = analyse(points, ArrheniusConfig(extrapolation_temperature_K=650.0))
    assert inside.verdict == "resolved"
    assert np.log(inside.diffusivity_300K_cm2_s) == pytest.approx(float(ln_d(650.0, 0.45, 0.2, 650.0)), abs=0.25)


def test_colder_bounds_and_brackets_count():
    temperatures = (700.0, 850.0, 1000.0)
    hot = measured(temperatures, ln_d(temperatures, 0.25, 0.25, 650.0), 0.1)
    alone = limits(hot, ONE)
    truth = float(np.exp(ln_d(500.0, 0.25, 0.25, 650.0)))
    with_bound = limits([*hot, Bounded(500.0, 0.3 * truth, 0.95)], ONE)
    assert with_bound[1] < alone[1]
    with_bracket = limits([*hot, Bracketed(500.0, 0.7 * truth, 1.4 * truth)], ONE)
    assert with_bracket[1] - with_bracket[0] < 0.8 * (alone[1] - alone[0])
    # A bound far above says nothing of D there.
    far, farther = (limits([*hot, Bounded(500.0, times * truth, 0.95)], ONE) for times in (1e4, 1e6))
    assert far == pytest.approx(farther, abs=0.02)


@pytest.mark.parametrize("times", [10.0, 100.0])
def test_the_value_is_below_a_bound_at_the_target(times):
    """The straight line through a bracket's middle is ten to a hundred times above the truth, and knows no bounds."""
    d = {t: float(np.exp(-inverse(t) * 0.35)) for t in (300.0, 425.0, 475.0, 500.0)}
    points = [
        Bracketed(425.0, 1.2 * d[425.0], 8.0 * d[425.0]),
        Measured(475.0, 1.2 * d[475.0], 0.4 * d[475.0]),
        Measured(500.0, 0.9 * d[500.0], 0.35 * d[500.0]),
        Bounded(300.0, times * d[300.0], 0.95),
    ]
    settings = ArrheniusConfig(extrapolation_temperature_K=TARGET)
    keys = FittedLine.through(points, settings).keys(settings, "collective", float)
    value = keys["diffusivity_300K_cm2_s"]
    low, high = limits(points, ONE)
    assert np.exp(low) <= value <= np.exp(high)
    assert value == pytest.approx(np.exp(limits(points, (0.5,))[0]))
    assert value < times * d[300.0]
    assert keys["conductivity_300K_collective_high_mS_cm"] == pytest.approx(np.exp(high))
    assert keys["curve"].diffusivity_cm2_s[-1] == pytest.approx(value)


def test_a_bound_that_pulls_the_interval_down_pulls_the_value_with_it():
    """Three values on a line, and a bound of D on it at the target: it asks for less than the line says."""
    d = {t: float(np.exp(-inverse(t) * 0.25)) for t in (300.0, 600.0, 700.0, 800.0)}
    points = [Measured(t, d[t], 0.25 * d[t]) for t in (600.0, 700.0, 800.0)]
    settings = ArrheniusConfig(extrapolation_temperature_K=TARGET)
    without, with_bound = (
        FittedLine.through(ps, settings).keys(settings, "collective", float)["diffusivity_300K_cm2_s"]
        for ps in (points, [*points, Bounded(300.0, d[300.0], 0.95)])
    )
    assert without == pytest.approx(d[300.0])
    assert with_bound < 0.7 * without


def test_intervals_grow_with_what_is_extrapolated_over():
    far, near = ((700.0, 850.0, 1000.0), (450.0, 600.0, 1000.0))
    widths = []
    for temperatures in (far, near):
        low, high = limits(measured(temperatures, ln_d(temperatures, 0.25, 0.25, 650.0), 0.1), ONE)
        widths.append(high - low)
    assert widths[0] > 2.5 * widths[1]


def test_the_same_points_give_the_same_numbers():
    temperatures = (600.0, 800.0, 1000.0)
    points = measured(temperatures, ln_d(temperatures, 0.3, 0.3, 650.0), 0.1)
    assert limits(points, ONE).tolist() == limits(points, ONE).tolist()


def test_integrals_against_a_grid():
    """Two measured points and the straight line alone: ln D by brute force over level and barrier."""
    points = [Measured(600.0, 2e-5, 6e-6), Measured(900.0, 1e-4, 5e-5)]
    data = LinePoints.of(points)
    level, barrier = np.meshgrid(np.linspace(-14, -6, 401), np.linspace(0.0, 1.3, 651), indexing="ij")
    centre = data.x.mean()
    y = level[..., None] - barrier[..., None] * (data.x - centre)
    limit = Box(np.array([0.02]), np.array([1.5]), np.array([0.01])).log_likelihood(barrier[..., None])[0][..., 0]
    log_density = data.log_likelihood(y)[0].sum(axis=-1) + limit
    weight = np.exp(log_density - log_density.max())
    at = level - barrier * (inverse(TARGET) - centre)
    order = np.argsort(at, axis=None)
    passed = np.cumsum(weight.ravel()[order]) / weight.sum()
    expected = np.interp((0.16, 0.5, 0.84), passed, at.ravel()[order])
    line = average_line(points, TARGET)
    straight = np.array([line.shapes.kinds[i] is ShapeKind.STRAIGHT for i in line.shape])
    values = (line.shapes.values(np.array([inverse(TARGET)]))[line.shape] @ line.parameters[..., None])[:, 0, 0]
    values, weights = values[straight], line.weights[straight]
    order = np.argsort(values)
    found = np.interp((0.16, 0.5, 0.84), np.cumsum(weights[order]) / weights.sum(), values[order])
    assert found == pytest.approx(expected, abs=0.06)


def test_probabilities_of_shapes():
    assert sum(PRIOR.values()) == pytest.approx(1.0)
    shapes = Shapes.for_runs(inverse([600.0, 800.0, 1000.0]), float(inverse(TARGET)))
    assert shapes.prior.sum() == pytest.approx(1.0)
    temperatures = (500.0, 600.0, 800.0, 1000.0)
    bent = average_line(measured(temperatures, ln_d(temperatures, 0.45, 0.2, 650.0), 0.05), TARGET)
    assert bent.straight_over_the_runs < 1e-6
    plain = average_line(measured(temperatures, ln_d(temperatures, 0.3, 0.3, 650.0), 0.05), TARGET)
    assert plain.straight_over_the_runs > 0.6


@pytest.mark.parametrize(
    "data",
    [
        [Measured(600.0, 1e-5, 3e-6)],
        [Bracketed(600.0, 1e-6, 1e-4)],
        [Bounded(600.0, 1e-5, 0.95)],
    ],
)
def test_slopes_of_likelihoods_are_those_of_their_values(data):
    points = LinePoints.of(data)
    y = np.linspace(-16.0, -8.0, 801)[:, None]
    value, slope, bend = points.log_likelihood(y)
    assert np.gradient(value[:, 0], y[:, 0])[1:-1] == pytest.approx(slope[1:-1, 0], rel=1e-3, abs=1e-3)
    assert -np.gradient(slope[:, 0], y[:, 0])[1:-1] == pytest.approx(bend[1:-1, 0], rel=2e-2, abs=1e-2)
    assert np.all(bend >= 0)
