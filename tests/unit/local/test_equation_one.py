"""Every variable of the hopping equation, from tests.walkers whose variables are known."""

import json

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from screening.config.transport import ArrheniusConfig, LocalPictureConfig, TransportConfig
from screening.constants import K_EV
from screening.local import equation_one, local_picture
from screening.local.equation import weighted_mean
from screening.local.record import Measured
from screening.local.sites import Sites
from screening.trajectories.trajectory import Trajectory
from screening.transport import analyse_arrhenius, analyse_temperature
from tests.lattice import EDGE, lone_walkers

ENERGY, FREQUENCY_THZ, ENTROPY = 0.3, 8.0, 0.7
INTERVAL_PS = 0.02


@pytest.fixture(scope="module")
def campaign():
    """Walkers that hop in a tenth of a ps at the rate nu0 exp(dS/k) exp(-dH/kT), and vibrate at nu0 all along."""
    rng = np.random.default_rng(20240607)
    points, pictures = [], {}
    for temperature in (700.0, 900.0, 1200.0):
        rate = FREQUENCY_THZ * np.exp(ENTROPY - ENERGY / (K_EV * temperature)) * INTERVAL_PS
        walk, fractional = lone_walkers(rng, "sc", 4, 30, 4000, rate)
        time = np.arange(4000)[:, None, None] * INTERVAL_PS
        angle = 2 * np.pi * FREQUENCY_THZ * time + rng.uniform(0, 2 * np.pi, (1, 30, 3))
        smooth = gaussian_filter1d(walk.positions, 2.5, axis=0)
        trajectory = Trajectory(walk.symbols, smooth + 0.3 * np.cos(angle), walk.cells, 1000.0 * INTERVAL_PS)
        point = analyse_temperature(
            [trajectory], mobile="Li", charge=1.0, temperature_K=temperature, settings=TransportConfig()
        )
        points.append(point)
        tracer = Measured(point.tracer_diffusivity_cm2_s * 1e4, point.tracer_diffusivity_error_cm2_s * 1e4)
        pictures[temperature] = local_picture(
            [trajectory],
            mobile="Li",
            temperature_K=temperature,
            settings=LocalPictureConfig(min_residence_ps=0.1, van_hove_lags_ps=(1.0,)),
            tracer_A2_ps=tracer,
            sites=Sites(fractional, ("site",) * len(fractional)),
        )
    return points, pictures


@pytest.mark.slow
def test_variables_and_the_equation_put_together(campaign):
    points, pictures = campaign
    line = analyse_arrhenius(points, settings=ArrheniusConfig())
    record = equation_one(points, pictures, line, settings=LocalPictureConfig(), arrhenius_settings=ArrheniusConfig())
    json.dumps([one.as_dict() for one in (record, *pictures.values())], allow_nan=False)
    assert record.missing == ()

    def within(name, truth, sigmas=3.0, least=0.0):
        found = getattr(record, name)
        assert abs(found.value - truth) < max(sigmas * found.error, least), (name, found)

    within("correlation_factor", 1.0)
    within("haven_ratio", 1.0)
    within("hop_distance_A", EDGE, least=0.02)
    within("activation_enthalpy_eV", ENERGY)
    within("jump_rate_energy_eV", ENERGY)
    # A jump is a jolt: its spectrum, at low frequencies, pulls the mean of the vibrations down.
    assert 0.5 * FREQUENCY_THZ < record.attempt_frequency_THz.value < 1.2 * FREQUENCY_THZ
    ratio = record.attempt_frequency_THz.value / FREQUENCY_THZ
    assert abs(record.activation_entropy_k.value - ENTROPY + np.log(ratio)) < 3 * record.activation_entropy_k.error
    within("jump_rate_entropy_k", ENTROPY - np.log(ratio))
    for row in record.conductivity_mS_cm:
        assert row.equation.value == pytest.approx(row.measured, rel=0.35)
    truth = ENERGY / K_EV / (np.log(FREQUENCY_THZ) + ENTROPY - np.log(2 * np.pi * 116.6e-6 / 0.6158))
    within("t1_minimum_K", truth)
    assert record.t1_minimum_K.error < 0.1 * truth
    assert pictures[900.0].percolation_dimensionality == 3


@pytest.mark.slow
def test_what_is_not_known_is_named(campaign):
    points, pictures = campaign
    line = analyse_arrhenius(points[:2], settings=ArrheniusConfig())
    record = equation_one(
        points[:2],
        {t: pictures[t] for t in (700.0, 900.0)},
        line,
        settings=LocalPictureConfig(),
        arrhenius_settings=ArrheniusConfig(),
    )
    assert record.missing == ("activation_entropy_k", "activation_enthalpy_eV")
    assert record.t1_minimum_K is None
    assert record.conductivity_mS_cm == ()


def test_weighted_mean():
    assert weighted_mean([]) is None
    agree = weighted_mean([Measured(1.0, 0.1), Measured(1.0, 0.1)])
    assert agree.error == pytest.approx(0.1 / np.sqrt(2))
    differ = weighted_mean([Measured(0.0, 0.1), Measured(1.0, 0.1)])
    assert differ.value == pytest.approx(0.5)
    assert differ.error == pytest.approx(0.5)
