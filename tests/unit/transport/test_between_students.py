"""What students differ by: found where runs show it, expected where they cannot, and part of every error."""

from dataclasses import replace

import numpy as np
import pytest

from screening.transport.between_students import (
    EXPECTED_SPREAD,
    share_of_mean,
    student_spread,
    with_students,
    within_orderings,
)
from screening.transport.record import TransportRecord, TransportVerdict

RECORD = TransportRecord(
    verdict=TransportVerdict.RESOLVED,
    reason="",
    temperature_K=600.0,
    tracer_diffusivity_cm2_s=1e-6,
    tracer_diffusivity_error_cm2_s=3e-8,
    conductivity_nernst_einstein_mS_cm=20.0,
    conductivity_nernst_einstein_error_mS_cm=0.6,
)


def test_one_student_has_the_spread_that_is_expected():
    assert student_spread([]) == pytest.approx(EXPECTED_SPREAD)
    assert student_spread([[(1e-6, 1e-8)]]) == pytest.approx(EXPECTED_SPREAD)


@pytest.mark.parametrize("true", [0.05, 0.3, 0.8])
def test_many_students_show_their_own_spread(true):
    rng = np.random.default_rng(3)
    found = [[(d, 0.05 * d) for d in np.exp(rng.normal(0, np.hypot(true, 0.05), 6))] for _ in range(60)]
    assert student_spread(found) == pytest.approx(true, rel=0.15)


def test_orderings_that_differ_are_no_students_that_differ():
    found = [[(d, 0.001 * d), (1.01 * d, 0.001 * d)] for d in np.geomspace(1e-7, 1e-4, 40)]
    assert student_spread(found) < 0.05


@pytest.mark.parametrize(("spread", "low", "high"), [(0.05, 0.7, 0.93), (0.1, 0.62, 0.74), (0.2, 0.45, 0.68)])
@pytest.mark.parametrize("n_students", [2, 3])
def test_intervals_hold_the_mean_over_all_students(spread, low, high, n_students):
    """Two or three students of many: 68 % at the expected spread, more below, fewer above, as two cannot show it."""
    rng, held, sampling = np.random.default_rng(5), [], 0.05
    for _ in range(1000):
        values = np.exp(rng.normal(0, spread, n_students) + rng.normal(0, sampling, n_students))
        relative = student_spread([[(d, sampling * d) for d in values]]) / np.sqrt(n_students)
        error = np.hypot(relative, sampling / np.sqrt(n_students))
        held.append(abs(np.log(values).mean()) < error)
    assert low < np.mean(held) < high


def test_students_are_compared_within_orderings():
    asked = []

    def diffusivity(indices):
        asked.append(indices)
        return None if indices == [3] else (1e-6, 1e-7)

    found = within_orderings([0, 0, 0, 1, 1, 2], ["a", "b", "a", "a", "b", "a"], diffusivity)
    assert asked == [[0, 2], [1], [3], [4]]
    assert [len(ordering) for ordering in found] == [2, 1]


def test_errors_and_bounds_are_widened():
    assert share_of_mean(["a", "b"]) == pytest.approx(0.5**0.5)
    assert share_of_mean(["a", "a"]) == 1.0
    wide = with_students(RECORD, ["a", "b"], 0.2, 0.95)
    part = 0.2e-6 / np.sqrt(2)
    assert wide.tracer_diffusivity_student_error_cm2_s == pytest.approx(part, rel=1e-9, abs=0)
    assert wide.tracer_diffusivity_error_cm2_s == pytest.approx(np.hypot(3e-8, part), rel=1e-9, abs=0)
    assert wide.conductivity_nernst_einstein_error_mS_cm == pytest.approx(np.hypot(0.6, 20 * 0.2 / np.sqrt(2)))
    assert (wide.n_students, wide.student_spread) == (2, 0.2)
    bounded = replace(
        RECORD,
        tracer_diffusivity_cm2_s=None,
        tracer_diffusivity_error_cm2_s=None,
        tracer_diffusivity_upper_bound_cm2_s=2e-7,
    )
    bound = with_students(bounded, ["a"], 0.2, 0.95)
    assert bound.tracer_diffusivity_upper_bound_cm2_s == pytest.approx(2e-7 * np.exp(1.645 * 0.2), rel=1e-3, abs=0)
    assert bound.tracer_diffusivity_student_error_cm2_s is None
