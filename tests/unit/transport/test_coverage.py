"""Stated intervals hold the truth as often as they say: 200 campaigns of hopping ions at three temperatures."""

import numpy as np
import pytest

from benchmarks.coverage.cases import CASES, trajectories
from screening.config.transport import ArrheniusConfig, TransportConfig
from screening.constants import K_EV
from screening.transport import analyse_arrhenius, analyse_temperature
from tests.walks import caged, hopping, make, rattling_framework

pytestmark = pytest.mark.slow

ENERGY = 0.2
TEMPERATURES = (600.0, 800.0, 1100.0)


def rate(temperature):
    """Hops per frame."""
    return 0.25 * np.exp(-ENERGY / K_EV * (1 / temperature - 1 / 1100.0))


@pytest.fixture(scope="module")
def campaigns():
    rng = np.random.default_rng(8)
    points, lines = [], []
    for _ in range(200):
        records = []
        for temperature in TEMPERATURES:
            replicas = [make(hopping(rng, 400, 25, rate(temperature))) for _ in range(2)]
            records.append(
                analyse_temperature(
                    replicas, mobile="Li", charge=1.0, temperature_K=temperature, settings=TransportConfig()
                )
            )
        points.append(records)
        lines.append(analyse_arrhenius(records, settings=ArrheniusConfig()))
    return points, lines


def share_inside(values, errors, truth):
    return np.mean(np.abs(np.array(values) - truth) < np.array(errors))


@pytest.mark.parametrize(("quantity", "most"), [("tracer_diffusivity", 0.76), ("collective_diffusivity", 0.88)])
def test_intervals_of_diffusivities(campaigns, quantity, most):
    """600 points, so the share itself is known to 0.02.

    The one collective walker cannot show that it does not slow down: what is left open makes its interval wide.
    """
    deviations, errors = [], []
    for records in campaigns[0]:
        for record, temperature in zip(records, TEMPERATURES, strict=True):
            # a^2 Gamma / 6 with a = 3 A and 0.1 ps between frames.
            truth = rate(temperature) / 0.1 * 9.0 / 6.0 * 1e-4
            value, error = getattr(record, f"{quantity}_cm2_s"), getattr(record, f"{quantity}_error_cm2_s")
            if value is not None:
                deviations.append(value / truth - 1.0)
                errors.append(error / truth)
    assert len(errors) > 580
    assert 0.60 <= share_inside(deviations, errors, 0.0) <= most
    assert abs(np.mean(deviations)) < 0.03


def test_intervals_of_activation_energies(campaigns):
    found = [line for line in campaigns[1] if line.verdict == "resolved"]
    assert len(found) > 190
    values = [line.activation_energy_eV for line in found]
    share = share_inside(values, [line.activation_energy_error_eV for line in found], ENERGY)
    assert 0.60 <= share <= 0.76
    assert abs(np.mean(values) - ENERGY) < 0.002


def test_intervals_of_extrapolated_diffusivities(campaigns):
    found = [line for line in campaigns[1] if line.verdict == "resolved"]
    truth = np.log(rate(300.0) / 0.1 * 9.0 / 6.0 * 1e-4)
    values = [np.log(line.diffusivity_300K_cm2_s) for line in found]
    errors = np.array([line.ln_conductivity_300K_nernst_einstein_error for line in found])
    straight = np.sqrt(errors**2 - np.array([line.ln_diffusivity_300K_shape_error for line in found]) ** 2)
    assert 0.60 <= share_inside(values, straight, truth) <= 0.76
    # These lines are straight, and three temperatures cannot show it.
    assert 0.68 <= share_inside(values, errors, truth) <= 0.97


def test_relaxation_in_the_cage_does_not_bias_the_slope():
    """Ions that wander in cages and hop between them: the MSD bends until the cage is forgotten.

    A window that opens too early gives 10 % too much here, three standard errors.
    """
    rng = np.random.default_rng(3)
    deviations, errors = [], []
    for _ in range(40):
        jumps = hopping(rng, 900, 64, 0.03, distance=5.0, vibration=0.0)
        ions = caged(rng, 900, 64, radius=1.5) + jumps
        record = analyse_temperature(
            [make(ions, framework=rattling_framework(rng, 900))],
            mobile="Li",
            charge=1.0,
            temperature_K=600.0,
            settings=TransportConfig(equilibration_fraction=0.0),
        )
        assert record.verdict == "resolved", record.reason
        truth = 0.03 / 0.1 * 25.0 / 6.0 * 1e-4
        deviations.append(record.tracer_diffusivity_cm2_s / truth - 1.0)
        errors.append(record.tracer_diffusivity_error_cm2_s / truth)
    assert abs(np.mean(deviations)) < 0.03
    assert share_inside(deviations, errors, 0.0) > 0.5


def test_intervals_hold_in_wide_cages_as_those_of_argyrodites():
    """Most of the MSD is the cages' own; 40 runs of 86 jumps between cages each. In coarse steps too few held."""
    (case,) = (case for case in CASES if case.name == "wide cages")
    settings = TransportConfig(equilibration_fraction=0.0)
    deviations = []
    for trajectory, truth in trajectories(case, 400.0, 40, np.random.default_rng(1)):
        record = analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=600.0, settings=settings)
        value, error = record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s
        if value is not None and error is not None:
            deviations.append((value * 1e4 - truth.tracer) / (error * 1e4))
    assert len(deviations) > 20
    assert np.mean(np.abs(deviations) < 1) > 0.5
    assert np.mean(np.abs(deviations) < 2) > 0.85
