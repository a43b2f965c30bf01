"""Arrhenius fits of known lines and of published points."""

import json
from dataclasses import replace

import numpy as np
import pytest

from screening.config.transport import ArrheniusConfig
from screening.constants import K_EV
from screening.transport import analyse_arrhenius
from screening.transport.line import fit_line
from screening.transport.record import TransportRecord, TransportVerdict

SETTINGS = ArrheniusConfig()

# Li7La3Zr2O12, ab initio MD: T (K), D and its error (cm2/s). Source: github.com/mogroupumd/aimd (MIT licence).
LLZO = [
    (600, 1.24e-06, 3.40e-07),
    (650, 1.56e-06, 4.05e-07),
    (700, 2.13e-06, 5.57e-07),
    (720, 1.85e-06, 3.87e-07),
    (800, 3.51e-06, 7.00e-07),
    (900, 4.85e-06, 6.99e-07),
    (1050, 8.24e-06, 1.34e-06),
    (1200, 1.38e-05, 1.49e-06),
    (1500, 1.83e-05, 2.58e-06),
]


def point(temperature, d, error, verdict="resolved", bound=None, density=2.5e22):
    return TransportRecord(
        temperature_K=temperature,
        verdict=TransportVerdict(verdict),
        reason=f"made {verdict}",
        tracer_diffusivity_cm2_s=d,
        tracer_diffusivity_error_cm2_s=error,
        tracer_diffusivity_upper_bound_cm2_s=bound,
        number_density_per_cm3=density,
        charge=1.0,
        dimensionality=3,
    )


def collective(one, times, relative):
    """The point with a collective diffusivity of so many times the tracer's."""
    d = times * one.tracer_diffusivity_cm2_s
    return replace(one, collective_diffusivity_cm2_s=d, collective_diffusivity_error_cm2_s=relative * d)


def line(temperatures, energy=0.25, d0=1e-3, relative=0.1):
    return [point(t, d := d0 * np.exp(-energy / (K_EV * t)), relative * d) for t in temperatures]


def analyse(points, settings=SETTINGS):
    record = analyse_arrhenius(points, settings=settings)
    json.dumps(record.as_json(), allow_nan=False)
    return record


def test_published_garnet_points():
    record = analyse([point(*row) for row in LLZO])
    assert record.verdict == "resolved"
    assert record.activation_energy_eV == pytest.approx(0.258, abs=0.0005)
    assert record.activation_energy_error_eV == pytest.approx(0.017, abs=0.0005)
    assert not record.errors_widened
    low, high = record.conductivity_300K_nernst_einstein_low_mS_cm, record.conductivity_300K_nernst_einstein_high_mS_cm
    assert low < record.conductivity_300K_nernst_einstein_mS_cm < high
    assert record.extrapolated


def test_exact_line_is_recovered_with_its_error():
    temperatures = np.array([600.0, 800.0, 1000.0])
    record = analyse(line(temperatures))
    assert record.activation_energy_eV == pytest.approx(0.25, rel=1e-9)
    assert record.ln_prefactor_cm2_s == pytest.approx(np.log(1e-3), rel=1e-9)
    # Textbook error of an unweighted slope with known sigma 0.1: sigma / sqrt(S_xx).
    x = 1 / (K_EV * temperatures)
    assert record.activation_energy_error_eV == pytest.approx(0.1 / np.sqrt(((x - x.mean()) ** 2).sum()), rel=1e-6)
    # Published: 600/800/1000 K with 20 % errors give 0.37 decades at 300 K, so 10 % give half of it.
    truth = 1e-3 * np.exp(-0.25 * x)
    straight = fit_line(temperatures, truth, 0.1 * truth, 0.0).ln_diffusivity(np.array([300.0]))[1][0]
    decades = straight / np.log(10)
    assert decades == pytest.approx(0.37 / 2, rel=0.05)
    # What else three points may be read as comes on top of it.
    whole, shape = record.ln_conductivity_300K_nernst_einstein_error, record.ln_diffusivity_300K_shape_error
    assert whole**2 == pytest.approx(straight**2 + shape**2, rel=1e-9)
    assert 1.2 < whole / straight < 1.6
    assert record.activation_energy_coldest_eV == pytest.approx(0.25, abs=0.005)
    assert record.activation_energy_coldest_error_eV > record.activation_energy_error_eV


def test_conductivity_at_300_kelvin_by_hand():
    record = analyse(line([600.0, 800.0, 1000.0]))
    d300 = 1e-3 * np.exp(-0.25 / (K_EV * 300))
    expected = 2.5e28 * 1.602176634e-19**2 * d300 * 1e-4 / (1.380649e-23 * 300) * 10
    assert record.conductivity_300K_nernst_einstein_mS_cm == pytest.approx(expected, rel=1e-6)
    curve = record.curve
    assert curve.inverse_temperature_1000_K[-1] == pytest.approx(1000 / 300)
    assert curve.diffusivity_cm2_s[-1] == pytest.approx(d300, rel=1e-6)


def test_two_temperatures_are_too_few_and_bound_the_conductivity():
    points = line([800.0, 1000.0])
    points.append(point(600.0, None, None, "upper_bound", bound=1e-6))
    points.append(point(1200.0, None, None, "melted"))
    record = analyse(points)
    assert record.verdict == "too_few_temperatures"
    assert record.activation_energy_eV is None
    assert record.conductivity_300K_nernst_einstein_mS_cm is None
    assert [d.temperature_K for d in record.dropped] == [600.0, 1200.0]
    assert "1200 K melted" in record.reason
    expected = 2.5e28 * 1.602176634e-19**2 * 1e-10 / (1.380649e-23 * 300) * 10
    assert record.conductivity_300K_nernst_einstein_upper_bound_mS_cm == pytest.approx(expected, rel=1e-6)


def test_no_points():
    assert analyse([]).verdict == "no_points"


def test_unresolved_points_are_never_fitted():
    points = line([600.0, 800.0, 1000.0])
    points.append(point(700.0, 1e-3, 1e-9, "melted"))
    assert analyse(points).activation_energy_eV == pytest.approx(0.25, rel=1e-9)


def test_a_line_above_an_upper_bound_is_not_extrapolated():
    points = line([600.0, 800.0, 1000.0], relative=0.02)
    record = analyse([*points, point(500.0, None, None, "upper_bound", bound=1e-7)])
    assert any("upper bound at 500 K" in flag for flag in record.extrapolation_flags)
    assert (record.verdict, record.conductivity_300K_nernst_einstein_mS_cm) == ("line_not_resolved", None)
    assert (record.diffusivity_300K_cm2_s, record.collective) == (None, None)
    # What is left: D at 300 K is less than the bound of 500 K, and that line's own value was above.
    assert record.conductivity_300K_nernst_einstein_upper_bound_mS_cm > 0
    assert record.activation_energy_eV == pytest.approx(0.25, rel=1e-9)
    # A bound that the line meets within its errors contradicts nothing.
    on_line = 1e-3 * np.exp(-0.25 / (8.617333e-5 * 500.0))
    assert analyse([*points, point(500.0, None, None, "upper_bound", bound=on_line)]).verdict == "resolved"


def test_superionic_transition_is_told_and_not_crossed_and_a_plain_line_is_not():
    temperatures = np.array([500.0, 600.0, 700.0, 800.0, 900.0, 1000.0])
    plain = analyse(line(temperatures, relative=0.05))
    assert not any("two lines" in flag for flag in plain.extrapolation_flags)
    points = line(temperatures[:3], 0.5, 1e-1, 0.05) + line(temperatures[3:], 0.15, 2e-4, 0.05)
    bent = analyse(points)
    assert bent.two_lines.break_K == pytest.approx(750.0)
    assert bent.two_lines.energy_below_eV == pytest.approx(0.5, rel=1e-6)
    assert any("two lines fit better" in flag for flag in bent.extrapolation_flags)
    assert bent.errors_widened
    assert bent.verdict == "line_not_resolved"
    assert "0.50 eV below 750 K and 0.15 eV above" in bent.reason
    assert bent.conductivity_300K_nernst_einstein_mS_cm is None
    # Where nothing is carried across it, the line keeps its value and the flag.
    inside = analyse(points, ArrheniusConfig(extrapolation_temperature_K=600.0))
    assert inside.verdict == "resolved"


@pytest.mark.slow
def test_what_is_really_a_line_is_hardly_ever_taken_for_two():
    temperatures = np.array([500.0, 600.0, 700.0, 800.0, 900.0, 1000.0])
    rng = np.random.default_rng(1)
    found = []
    for _ in range(200):
        noisy = [
            replace(one, tracer_diffusivity_cm2_s=one.tracer_diffusivity_cm2_s * np.exp(0.1 * rng.normal()))
            for one in line(temperatures)
        ]
        found.append(analyse(noisy).verdict)
    assert found.count("resolved") >= 190


def test_a_collective_line_that_makes_no_sense_is_not_carried_on():
    """Tracer points on a line, collective ones with large errors that fall with temperature."""
    points = line([800, 900, 1000], relative=0.08)
    factors = (1.5, 0.9, 0.7)
    record = analyse([collective(one, 2 * factor, 0.4) for one, factor in zip(points, factors, strict=True)])
    assert record.verdict == "resolved"
    assert record.collective.conductivity_300K_collective_mS_cm is None
    assert "does not rise" in record.collective.reason
    assert record.conductivity_300K_nernst_einstein_mS_cm is not None
    record = analyse([collective(one, 2, 0.1) for one in points])
    assert record.collective.reason == ""
    expected = 2 * record.conductivity_300K_nernst_einstein_mS_cm
    assert record.collective.conductivity_300K_collective_mS_cm == pytest.approx(expected, rel=0.05, abs=0)


def test_interpolation_is_not_flagged_as_extrapolation():
    record = analyse(line([250.0, 300.0, 350.0, 400.0, 450.0]))
    assert record.extrapolated is False
    assert record.extrapolation_flags == ()


def test_weights_count():
    """A point with a huge error changes nothing."""
    points = line([600.0, 800.0, 1000.0])
    wild = point(900.0, 1e-2, 1.0)
    with_wild = analyse([*points, wild])
    assert with_wild.activation_energy_eV == pytest.approx(0.25, rel=1e-3)


def test_energies_of_lines_with_noise_scatter_as_stated(rng):
    temperatures = np.array([600.0, 700.0, 800.0, 1000.0])
    truth = 1e-3 * np.exp(-0.25 / (K_EV * temperatures))
    fits = [fit_line(temperatures, truth * np.exp(0.1 * rng.normal(size=4)), 0.1 * truth, 0.0) for _ in range(400)]
    pulls = np.array([(f.energy_eV - 0.25) / f.energy_error for f in fits])
    assert 0.8 < pulls.std() < 1.2


def test_far_extrapolation_is_flagged_by_a_stated_factor():
    """(1/300 - 1/600) / (1/600 - 1/1100) = 2.2 ranges of 1/T beyond the data."""
    points = line((600.0, 800.0, 1100.0))
    record = analyse(points)
    assert record.extrapolation_factor == pytest.approx(2.2)
    stated = "300 K lies 2.2 fitted ranges of 1/T below the coldest run (limit 2)"
    assert any(stated in flag for flag in record.extrapolation_flags)
    wide = analyse(points, ArrheniusConfig(max_extrapolation_factor=2.5))
    assert not any("fitted ranges of 1/T" in flag for flag in wide.extrapolation_flags)


def test_a_diffusivity_that_falls_with_temperature_is_no_line():
    points = line([600, 800, 1000], energy=-0.09, relative=0.02)
    record = analyse(points)
    assert record.verdict == "line_not_resolved"
    assert "does not rise with temperature" in record.reason
    assert record.activation_energy_eV == pytest.approx(-0.09)
    assert record.conductivity_300K_nernst_einstein_mS_cm is None
    assert record.conductivity_300K_nernst_einstein_upper_bound_mS_cm > 0


def test_an_extrapolation_over_too_many_decades_is_no_conductivity():
    """Three temperatures 10 K apart fix the slope to 2 eV only."""
    points = line([990, 1000, 1010])
    record = analyse(points)
    assert record.verdict == "line_not_resolved"
    assert "has an error of 7.2 decades (limit 2)" in record.reason
    assert record.conductivity_300K_nernst_einstein_low_mS_cm is None
    wider = ArrheniusConfig(max_log10_conductivity_error=100)
    assert analyse(points, wider).verdict == "resolved"
