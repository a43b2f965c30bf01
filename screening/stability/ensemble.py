"""Orderings as an ensemble: Boltzmann weights, configurational entropy, Gibbs energy of mixing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.constants import K_EV


@dataclass(frozen=True)
class Ensemble:
    """Thermodynamics of a complete set of orderings at one temperature.

    Attributes:
        weights: Probability of each symmetry-distinct ordering, (n_orderings,), they add up to 1.
        free_energy_eV: F = -kT ln sum_i g_i exp(-E_i/kT), per cell.
        entropy_eV_K: S = (<E> - F)/T with the mean energy <E>, per cell.
    """

    weights: NDArray[np.float64]
    free_energy_eV: float
    entropy_eV_K: float


def boltzmann_ensemble(
    energies_eV: NDArray[np.float64], degeneracies: NDArray[np.float64], temperature_K: float
) -> Ensemble:
    """Canonical average over orderings; right only if they are all there.

    Args:
        energies_eV: Of each symmetry-distinct ordering, per cell, (n_orderings,).
        degeneracies: Number of equivalent arrangements, (n_orderings,).
        temperature_K: Temperature.

    Raises:
        ValueError: no orderings, a degeneracy below one or a temperature that is not positive.
    """
    energies, g = np.asarray(energies_eV, dtype=float), np.asarray(degeneracies, dtype=float)
    if not len(energies) or (g < 1).any() or temperature_K <= 0:
        raise ValueError("an ensemble needs orderings with degeneracies of one or more, and a positive temperature")
    beta = 1 / (K_EV * temperature_K)
    # The lowest energy is taken out of the exponentials, which would underflow.
    terms = np.log(g) - beta * (energies - energies.min())
    largest = terms.max()
    log_sum = largest + np.log(np.exp(terms - largest).sum())
    weights = np.exp(terms - log_sum)
    free = energies.min() - log_sum / beta
    mean = float(weights @ energies)
    return Ensemble(weights, float(free), (mean - float(free)) / temperature_K)


def gibbs_energy_of_mixing(enthalpy_eV: float, entropy_k: float, temperature_K: float) -> float:
    """dG_mix = dH_mix - T dS_config in eV, with the entropy in units of k; vibrations are left out.

    Enthalpy and entropy belong to the same amount of substance, and so does the result.
    """
    return float(enthalpy_eV - temperature_K * K_EV * entropy_k)


def mixing_temperature(enthalpy_eV: float, entropy_k: float) -> float | None:
    """Temperature in K above which dG_mix < 0; None if there is none.

    0 if dH_mix is not positive and the entropy not negative. References more disordered than the candidate make it
    negative: then dG_mix rises with temperature, and below 0 it is so at low temperature only.
    """
    if entropy_k < 0:
        return None
    if enthalpy_eV <= 0:
        return 0.0
    return enthalpy_eV / (K_EV * entropy_k) if entropy_k > 0 else None
