"""What students differ by: found where runs show it, expected where they cannot, and part of every error."""

from dataclasses import replace

import numpy as np
import pytest

from screening.config.transport import ArrheniusConfig
from screening.constants import K_EV
from screening.transport import analyse_arrhenius
from screening.transport.between_students import (
    EXPECTED_SPREAD,
    share_of_mean,
    student_spread,
    unseen_barrier_error_eV,
    with_students,
    within_orderings,
)
from screening.transport.line import fit_line
from screening.transport.line_record import QUANTILE_LEVELS
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


ERROR_EV = 0.02


def examined(temperatures=(600.0, 700.0, 800.0), spread=0.0, error_eV=ERROR_EV, relative=0.05, shift_eV=0.0):
    """Temperatures of a line, run by students whose barriers are known to within an error."""
    found = []
    for temperature in temperatures:
        value = 1e-3 * np.exp(-(0.25 + shift_eV) / (K_EV * temperature))
        record = replace(
            RECORD,
            temperature_K=temperature,
            tracer_diffusivity_cm2_s=value,
            tracer_diffusivity_error_cm2_s=float(np.hypot(relative, spread)) * value,
            tracer_diffusivity_student_error_cm2_s=spread * value,
            student_barrier_error_eV=error_eV,
            number_density_per_cm3=2e22,
            charge=1.0,
        )
        found.append(record)
    return found


def test_where_students_were_not_examined_on_hops_nothing_is_added():
    assert unseen_barrier_error_eV([]) == 0.0
    assert unseen_barrier_error_eV([*examined(), replace(RECORD, student_barrier_error_eV=None)]) == 0.0
    line = analyse_arrhenius(examined(error_eV=None), settings=ArrheniusConfig())
    assert "student_barrier_error_eV" not in line.as_json()


def test_the_larger_of_spread_and_examination_counts(rng):
    assert unseen_barrier_error_eV(examined()) == pytest.approx(ERROR_EV)
    records = examined(spread=0.1)
    temperatures = np.array([r.temperature_K for r in records])
    slopes = []
    for _ in range(4000):
        values = np.exp(0.1 * rng.normal(size=3))
        slopes.append(fit_line(temperatures, values, 0.1 * values, 0.0).energy_eV)
    seen = np.std(slopes)
    # The spread is in the errors of the points: what is missing in the error of the barrier is added to that.
    assert 0.5 * ERROR_EV < seen < 2 * ERROR_EV
    assert unseen_barrier_error_eV(examined(spread=0.1, error_eV=2 * seen)) == pytest.approx(seen * 3**0.5, rel=0.1)
    assert unseen_barrier_error_eV(examined(spread=0.1, error_eV=0.5 * seen)) == 0.0


def test_an_error_of_barriers_is_one_of_the_activation_energy_and_grows_on_the_way_to_300_kelvin():
    settings = ArrheniusConfig()
    plain = analyse_arrhenius(examined(error_eV=None, relative=0.01), settings=settings)
    line = analyse_arrhenius(examined(relative=0.01), settings=settings)
    assert line.student_barrier_error_eV == pytest.approx(ERROR_EV)
    assert line.activation_energy_eV == plain.activation_energy_eV
    expected = np.hypot(plain.activation_energy_error_eV, ERROR_EV)
    assert line.activation_energy_error_eV == pytest.approx(expected)
    assert line.activation_energy_coldest_error_eV > plain.activation_energy_coldest_error_eV
    assert line.ln_prefactor_error == plain.ln_prefactor_error
    before, after = (found.ln_conductivity_300K_nernst_einstein_error for found in (plain, line))
    added = ERROR_EV / (K_EV * 300.0)
    # Above the root of squares, since what bends may add has wide tails.
    assert np.hypot(before, added) < after < 1.3 * added
    assert line.conductivity_300K_nernst_einstein_mS_cm == pytest.approx(
        plain.conductivity_300K_nernst_einstein_mS_cm, rel=0.02
    )


@pytest.mark.slow
def test_intervals_hold_a_teacher_whose_students_err_in_their_barriers(rng):
    """68 % of them hold the conductivity at 300 K of a teacher whose barrier is another."""
    true = analyse_arrhenius(examined(), settings=ArrheniusConfig()).diffusivity_300K_cm2_s
    held = []
    for _ in range(100):
        line = analyse_arrhenius(
            examined(relative=0.003, shift_eV=ERROR_EV * rng.normal()), settings=ArrheniusConfig(confidence_level=0.68)
        )
        levels = dict(zip(QUANTILE_LEVELS, line.diffusivity_300K_quantiles_cm2_s, strict=True))
        held.append(levels[0.16] < true < levels[0.84])
    assert 0.58 < np.mean(held) < 0.85
