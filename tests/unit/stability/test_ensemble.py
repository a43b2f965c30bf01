"""Ensembles against limits that are known exactly."""

import numpy as np
import pytest

from screening.constants import K_EV
from screening.stability.ensemble import boltzmann_ensemble, gibbs_energy_of_mixing, mixing_temperature


def test_two_levels():
    """Energy gap of kT ln 2 with degeneracies 1 and 2: both equally likely, S = k ln 2 + 0.5 k ln 2."""
    t = 500.0
    gap = K_EV * t * np.log(2)
    found = boltzmann_ensemble(np.array([-100.0, -100.0 + gap]), np.array([1, 2]), t)
    np.testing.assert_allclose(found.weights, [0.5, 0.5], rtol=1e-12)
    assert found.entropy_eV_K == pytest.approx(K_EV * 1.5 * np.log(2), rel=1e-6)


def test_high_temperature_gives_the_logarithm_of_all_arrangements():
    found = boltzmann_ensemble(np.array([0.0, 0.01, 0.02]), np.array([12, 24, 34]), 1e7)
    assert found.entropy_eV_K == pytest.approx(K_EV * np.log(70), rel=1e-6)


def test_low_temperature_gives_the_ground_state():
    found = boltzmann_ensemble(np.array([-1.0, 0.0]), np.array([3, 1]), 10.0)
    assert found.free_energy_eV == pytest.approx(-1.0 - 10 * K_EV * np.log(3), rel=1e-9)
    np.testing.assert_allclose(found.weights, [1, 0], atol=1e-12)


@pytest.mark.parametrize("bad", [([], [], 300), ([0.0], [0], 300), ([0.0], [1], 0)])
def test_nonsense_is_refused(bad):
    with pytest.raises(ValueError, match="ensemble"):
        boltzmann_ensemble(np.array(bad[0]), np.array(bad[1]), bad[2])


def test_gibbs_energy_vanishes_at_the_mixing_temperature():
    t = mixing_temperature(0.08, 1.386)
    assert gibbs_energy_of_mixing(0.08, 1.386, t) == pytest.approx(0, abs=1e-12)
    assert mixing_temperature(-0.01, 1.0) == 0.0
    assert mixing_temperature(0.01, 0.0) is None
    # Against references that are more disordered: favourable when cold, not above some temperature.
    assert mixing_temperature(-0.01, -1.0) is None
