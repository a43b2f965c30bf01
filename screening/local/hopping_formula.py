"""Equation 1 of hopping transport, with every variable measured, and what of it is left for the entropy.

    sigma = (1 / 2d) (f / H_R) (c q^2 / k T) a^2 nu0 exp(dS / k) exp(-dH / k T)

d is 3 unless the ions move in fewer dimensions. The diffusivity's prefactor is D0 = f a^2 nu0 exp(dS / k) / (2 d).
"""

from dataclasses import dataclass

import numpy as np

from screening.constants import A2_PS_TO_CM2_S, K_EV
from screening.local.record import Measured
from screening.transport.conductivity import to_conductivity


@dataclass(frozen=True)
class HoppingVariables:
    """Every variable of the equation.

    Attributes:
        correlation_factor: f.
        haven_ratio: H_R.
        number_density_per_cm3: c.
        charge: q in elementary charges.
        hop_distance_A: a.
        attempt_frequency_THz: nu0.
        entropy_k: dS / k.
        enthalpy_eV: dH.
    """

    correlation_factor: Measured
    haven_ratio: Measured
    number_density_per_cm3: float
    charge: float
    hop_distance_A: Measured
    attempt_frequency_THz: Measured
    entropy_k: Measured
    enthalpy_eV: Measured


def activation_entropy(
    ln_prefactor_cm2_s: Measured,
    correlation_factor: Measured,
    hop_distance_A: Measured,
    attempt_frequency_THz: Measured,
    dimensions: int = 3,
) -> Measured:
    """dS / k = ln(2 d D0 / (f a^2 nu0)), errors taken as independent and added to first order.

    The prefactor's error, itself tied to the activation energy's, is nearly all of it.
    """
    a, f, nu = hop_distance_A, correlation_factor, attempt_frequency_THz
    scale = f.value * a.value**2 * nu.value * A2_PS_TO_CM2_S / (2.0 * dimensions)
    variance = (
        ln_prefactor_cm2_s.error**2
        + (f.error / f.value) ** 2
        + (2.0 * a.error / a.value) ** 2
        + (nu.error / nu.value) ** 2
    )
    return Measured(float(ln_prefactor_cm2_s.value - np.log(scale)), float(np.sqrt(variance)))


def conductivity(variables: HoppingVariables, temperature_K: float, dimensions: int = 3) -> Measured:
    """sigma of the equation in mS/cm, with an error from all variables as if independent.

    An upper limit of the error: entropy and enthalpy come from one line and their errors nearly cancel at the
    temperatures it was fitted to; the extrapolated conductivity of `analyse_arrhenius` has the true one.
    """
    v = variables
    diffusivity = (
        v.correlation_factor.value
        / v.haven_ratio.value
        * v.hop_distance_A.value**2
        * v.attempt_frequency_THz.value
        * np.exp(v.entropy_k.value - v.enthalpy_eV.value / (K_EV * temperature_K))
        * A2_PS_TO_CM2_S
        / (2.0 * dimensions)
    )
    value = to_conductivity(
        float(diffusivity),
        number_density_per_cm3=v.number_density_per_cm3,
        charge=v.charge,
        temperature_K=temperature_K,
    )
    relative = (
        (v.correlation_factor.error / v.correlation_factor.value) ** 2
        + (v.haven_ratio.error / v.haven_ratio.value) ** 2
        + (2.0 * v.hop_distance_A.error / v.hop_distance_A.value) ** 2
        + (v.attempt_frequency_THz.error / v.attempt_frequency_THz.value) ** 2
        + v.entropy_k.error**2
        + (v.enthalpy_eV.error / (K_EV * temperature_K)) ** 2
    )
    return Measured(value, float(value * np.sqrt(relative)))
