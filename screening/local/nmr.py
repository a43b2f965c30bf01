"""What nuclear magnetic resonance would see of the same jumps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from screening.constants import K_EV
from screening.errors import StageError
from screening.local.record import Measured

Floats = NDArray[np.float64]


def spectral_density(frequency_rad_s: float, correlation_time_s: float) -> float:
    """J(omega) = 2 tau / (1 + (omega tau)^2) in s."""
    return 2.0 * correlation_time_s / (1.0 + (frequency_rad_s * correlation_time_s) ** 2)


def relaxation_rate_shape(larmor_rad_s: float, correlation_time_s: float) -> float:
    """J(omega0) + 4 J(2 omega0) in s: 1/T1 but for the coupling constant.

    Bloembergen, Purcell, Pound, Phys. Rev. 73, 679 (1948), for like spins in three dimensions.
    """
    return spectral_density(larmor_rad_s, correlation_time_s) + 4.0 * spectral_density(
        2.0 * larmor_rad_s, correlation_time_s
    )


def product_at_minimum() -> float:
    """omega0 tau where T1 is shortest, 0.6158."""
    found = minimize_scalar(lambda x: -relaxation_rate_shape(1.0, x), bounds=(0.1, 2.0), method="bounded")
    return float(found.x)


@dataclass(frozen=True)
class JumpRateLaw:
    """ln(Gamma / (1/ps)) = ln_prefactor - energy / (k T), with the covariance of (ln_prefactor, energy)."""

    ln_prefactor: float
    energy_eV: float
    covariance: Floats

    def ln_rate(self, temperature_K: float) -> float:
        """ln(Gamma / (1/ps))."""
        return float(self.ln_prefactor - self.energy_eV / (K_EV * temperature_K))


def t1_minimum(law: JumpRateLaw, larmor_MHz: float) -> Measured:
    """Temperature of the T1 minimum at a Larmor frequency, tau = 1 / Gamma, with its error.

    Args:
        law: Jump rate against temperature.
        larmor_MHz: omega0 / 2 pi in MHz.

    Raises:
        StageError: the rate does not rise with temperature, or the minimum is outside 1 to 10000 K.
    """
    target = 2.0 * np.pi * larmor_MHz * 1e6 / product_at_minimum() * 1e-12
    if law.energy_eV <= 0.0:
        raise StageError(f"the jump rate does not rise with temperature (Ea = {law.energy_eV:.3f} eV): no T1 minimum")
    if not law.ln_rate(1.0) < np.log(target) < law.ln_rate(1e4):
        raise StageError(f"no T1 minimum at {larmor_MHz:g} MHz between 1 and 10000 K")
    temperature = float(brentq(lambda t: law.ln_rate(t) - np.log(target), 1.0, 1e4))
    # T = E / (k (ln G0 - ln target)): first order in (ln G0, E).
    gap = law.ln_prefactor - np.log(target)
    gradient = np.array([-temperature / gap, temperature / law.energy_eV])
    return Measured(temperature, float(np.sqrt(gradient @ law.covariance @ gradient)))
