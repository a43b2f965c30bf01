"""Replicas within orderings: variances put in come back, and the error of the mean holds the truth."""

import numpy as np
import pytest

from screening.config.transport import TransportConfig
from screening.errors import StageError
from screening.transport import analyse_temperature
from screening.transport.combination import combine
from tests.walks import brownian, make


def draw(rng, n_orderings, n_replicas, *, ordering, replica, sampling):
    """Values with mean 1, their sampling variances and labels."""
    n = n_orderings * n_replicas
    labels = np.repeat(np.arange(n_orderings), n_replicas)
    values = 1.0 + ordering * rng.normal(size=n_orderings)[labels]
    values += replica * rng.normal(size=n) + sampling * rng.normal(size=n)
    return values, np.full(n, sampling**2), labels.tolist()


def campaigns(rng, n_orderings, n_replicas, n=2000, **spread):
    found = []
    for _ in range(n):
        values, variances, labels = draw(rng, n_orderings, n_replicas, **spread)
        found.append(combine(values, variances, np.full(len(values), 1 / len(values)), labels))
    return found


@pytest.mark.parametrize("replica", [0.0, 0.3])
def test_variances_that_were_put_in_come_back(rng, replica):
    found = campaigns(rng, 6, 4, ordering=0.2, replica=replica, sampling=0.1)
    # Mean of six orderings and of 24 runs.
    assert np.mean([e.ordering_spread**2 for e in found]) == pytest.approx(0.04, rel=0.1)
    assert np.mean([e.ordering_error**2 for e in found]) == pytest.approx(0.04 / 6, rel=0.1)
    assert np.mean([e.replica_error**2 for e in found]) == pytest.approx(replica**2 / 24, rel=0.1, abs=4e-5)
    assert np.mean([e.sampling_error**2 for e in found]) == pytest.approx(0.01 / 24)
    # The mean's own variance over many campaigns is what the errors say.
    assert np.mean([e.error**2 - e.few_error**2 for e in found]) == pytest.approx(
        np.var([e.value for e in found]), rel=0.1
    )
    for e in found[:20]:
        parts = (e.sampling_error, e.replica_error, e.ordering_error, e.few_error)
        assert e.error**2 == pytest.approx(sum(part**2 for part in parts))


@pytest.mark.parametrize(("n_orderings", "n_replicas"), [(3, 2), (4, 1), (5, 2), (10, 1)])
@pytest.mark.parametrize("ordering", [0.1, 0.3])
def test_intervals_hold_the_truth(rng, n_orderings, n_replicas, ordering):
    found = campaigns(rng, n_orderings, n_replicas, ordering=ordering, replica=0.0, sampling=0.1)
    inside = np.mean([abs(e.value - 1.0) < e.error for e in found])
    assert 0.57 < inside < 0.76


@pytest.mark.parametrize("n_orderings", [2, 3, 5])
@pytest.mark.parametrize("ordering", [0.1, 0.3, 0.5])
def test_few_orderings_hold_as_often_as_many(rng, n_orderings, ordering):
    """Without Student's t two, three and five orderings that differ by 30 % held the truth in 52, 59 and 64 %."""
    found = campaigns(rng, n_orderings, 1, ordering=ordering, replica=0.0, sampling=0.05)
    assert np.mean([abs(e.value - 1.0) < e.error for e in found]) == pytest.approx(0.68, abs=0.05)
    if ordering > 0.2:
        without = np.mean([(e.value - 1.0) ** 2 < e.error**2 - e.few_error**2 for e in found])
        assert without < 0.66


def test_student_s_t_of_two_and_three():
    """tan(pi/2 0.6827) = 1.837 for one degree of freedom; 1.321 for two."""
    for n, factor in ((2, 1.837), (3, 1.321)):
        values = 1.0 + np.arange(n) - 0.5 * (n - 1)
        e = combine(values, np.zeros(n), np.full(n, 1.0 / n), range(n))
        assert e.error / e.ordering_error == pytest.approx(factor, abs=2e-3)


def test_equal_orderings_widen_little(rng):
    found = campaigns(rng, 4, 2, ordering=0.0, replica=0.0, sampling=0.1)
    inside = np.mean([abs(e.value - 1.0) < e.error for e in found])
    assert 0.66 < inside < 0.82
    assert np.mean([e.error for e in found]) < 1.25 * 0.1 / np.sqrt(8)


def test_unequal_lengths_against_the_sums_written_out(rng):
    """Three orderings with 1, 2 and 3 runs of different lengths; expectation over many draws."""
    labels = [0, 1, 1, 2, 2, 2]
    lengths = np.array([3.0, 1.0, 2.0, 1.0, 1.0, 4.0])
    weights, variances = lengths / lengths.sum(), 0.01 / lengths
    spreads, replicas, values = [], [], []
    for _ in range(4000):
        x = 1.0 + 0.3 * rng.normal(size=3)[labels] + 0.2 * rng.normal(size=6) + np.sqrt(variances) * rng.normal(size=6)
        e = combine(x, variances, weights, labels)
        spreads.append(e.ordering_spread**2)
        replicas.append(e.replica_error**2 / (weights**2).sum())
        values.append(e.value)
    assert np.mean(replicas) == pytest.approx(0.04, rel=0.1)
    # With three orderings a fifth of the draws is cut at zero, which lifts the mean.
    assert np.mean(spreads) == pytest.approx(0.09, rel=0.25)
    shares = np.array([3, 3, 6]) / 12
    assert np.var(values) == pytest.approx(0.09 * (shares**2).sum() + (weights**2 * (variances + 0.04)).sum(), rel=0.1)


def test_what_cannot_be_known_is_none():
    one = combine(np.array([1.0, 1.1]), np.array([0.01, 0.01]), np.array([0.5, 0.5]), [0, 0])
    assert one.ordering_error is None
    assert one.ordering_spread is None
    assert one.replica_error == 0.0
    two = combine(np.array([1.0, 1.1]), np.array([0.01, 0.01]), np.array([0.5, 0.5]), [0, 1])
    assert two.replica_error is None
    assert two.ordering_error == 0.0


def test_walks_of_unequal_orderings(rng):
    """Three orderings with D = 0.8, 1.25 and 1.8 A^2/ps, two replicas each."""
    walks, labels = [], []
    for label, sigma in enumerate((0.4, 0.5, 0.6)):
        walks += [make(brownian(rng, 1000, 40, (sigma,) * 3)) for _ in range(2)]
        labels += [label, label]
    record = analyse_temperature(
        walks, mobile="Li", charge=1.0, temperature_K=600.0, settings=TransportConfig(), orderings=labels
    )
    assert record.n_orderings == 3
    spread = record.tracer_diffusivity_ordering_spread_cm2_s
    assert spread == pytest.approx(np.std([0.8, 1.25, 1.8], ddof=1) * 1e-4, rel=0.3, abs=0)
    assert record.tracer_diffusivity_ordering_error_cm2_s == pytest.approx(spread / np.sqrt(3), rel=1e-9, abs=0)
    assert record.tracer_diffusivity_replica_error_cm2_s < 0.3 * spread
    assert record.tracer_diffusivity_sampling_error_cm2_s < 0.3 * spread
    assert record.tracer_diffusivity_error_cm2_s > record.tracer_diffusivity_ordering_error_cm2_s


@pytest.mark.parametrize(("weights", "expected"), [(None, (0.8 + 1.8) / 2), ({0: 13, 3: 7}, (13 * 0.8 + 7 * 1.8) / 20)])
def test_lengths_of_runs_do_not_weigh_between_orderings(rng, weights, expected):
    """Fast orderings end early; their D counts as much, or as often as they were drawn."""
    slow, fast = (make(brownian(rng, n, 240, (sigma,) * 3)) for n, sigma in ((4000, 0.4), (800, 0.6)))
    record = analyse_temperature(
        [slow, fast],
        mobile="Li",
        charge=1.0,
        temperature_K=600.0,
        settings=TransportConfig(max_relative_error=1.0),
        orderings=[0, 3],
        ordering_weights=weights,
    )
    assert record.tracer_diffusivity_cm2_s == pytest.approx(expected * 1e-4, rel=0.08, abs=0)


def test_labels_must_match(rng):
    with pytest.raises(StageError, match="2 orderings are named for 1 trajectories"):
        analyse_temperature(
            [make(brownian(rng, 200, 3))],
            mobile="Li",
            charge=1.0,
            temperature_K=600.0,
            settings=TransportConfig(),
            orderings=[0, 1],
        )


def test_a_bound_holds_the_scatter_between_orderings(rng):
    """Two orderings with D = 0.3 and 3 A^2/ps: the mean is not resolved, and its bound lies well above the mean."""
    walks = [make(brownian(rng, 1000, 40, (sigma,) * 3)) for sigma in (0.245, 0.775)]
    record = analyse_temperature(
        walks, mobile="Li", charge=1.0, temperature_K=600.0, settings=TransportConfig(), orderings=[0, 1]
    )
    assert record.verdict == "bracketed"
    assert 0 < record.tracer_diffusivity_lower_bound_cm2_s < 1.65e-4
    # 1.65e-4 on average, a standard error of 1.35e-4 from two values, 1.84 times that by Student's t, 1.64 of them for
    # 95 % one-sided.
    expected = (1.65 + 1.64 * 1.84 * 1.35) * 1e-4
    assert record.tracer_diffusivity_upper_bound_cm2_s == pytest.approx(expected, rel=0.2, abs=0)
