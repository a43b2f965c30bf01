"""All variables of the hopping equation from the records of one candidate, with units and errors, and its check."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from screening.config.transport import ArrheniusConfig, LocalPictureConfig
from screening.errors import StageError
from screening.local.hopping_formula import HoppingVariables, activation_entropy, conductivity
from screening.local.hops import Measured
from screening.local.nmr import JumpRateLaw, t1_minimum
from screening.transport.line import fit_line
from screening.transport.line_record import LineRecord, LineVerdict
from screening.transport.record import TransportRecord, TransportVerdict


def weighted_mean(values: Sequence[Measured]) -> Measured | None:
    """Mean weighted by 1 / error^2, its error widened by sqrt(chi^2 / (n - 1)) where they scatter more than stated.

    Values with no error, such as the one distance between given sites, are averaged alone. None without values.
    """
    if not values:
        return None
    known = [v for v in values if v.error > 0.0]
    if len(known) < len(values):
        exact = np.array([v.value for v in values if not v.error > 0.0])
        return Measured(float(exact.mean()), float(exact.std()))
    x = np.array([v.value for v in known])
    weights = np.array([v.error for v in known]) ** -2.0
    mean = float(weights @ x / weights.sum())
    error = float(weights.sum() ** -0.5)
    if len(known) > 1:
        birge = float(weights @ (x - mean) ** 2) / (len(known) - 1)
        error *= max(1.0, birge) ** 0.5
    return Measured(mean, error)


def equation_one(
    points: Sequence[TransportRecord],
    pictures: Mapping[float, Mapping[str, Any]],
    arrhenius: LineRecord,
    *,
    settings: LocalPictureConfig,
    arrhenius_settings: ArrheniusConfig,
    dimensions: int = 3,
) -> dict[str, Any]:
    """f, H_R, c, q, a, nu0, dS, dH, the jump rate's own activation energy and entropy, and sigma put together.

    Args:
        points: Records of `analyse_temperature`.
        pictures: Records of `local_picture` by temperature in K; its frames must be close enough for nu0.
        arrhenius: Record of `analyse_arrhenius` from the same points.
        settings: For the Larmor frequency.
        arrhenius_settings: For the fewest temperatures of the jump rate's fit.
        dimensions: d.

    Returns:
        A JSON-able record; each variable is {"value", "error"} or None, `missing` names what was not known, and
        `conductivity_mS_cm` compares the equation with the directly measured one at each temperature.
    """
    resolved = [p for p in points if p.verdict is TransportVerdict.RESOLVED]
    f = weighted_mean(_all(pictures, "correlation_factor"))
    a = weighted_mean(_all(pictures, "hop_distance_A"))
    nu0 = weighted_mean(_all(pictures, "attempt_frequency_THz"))
    haven = weighted_mean(
        [ratio for p in resolved if (ratio := _measured(p.haven_ratio, p.haven_ratio_error)) is not None]
    )
    enthalpy = entropy = None
    if arrhenius.verdict is LineVerdict.RESOLVED:
        enthalpy = _measured(arrhenius.activation_energy_eV, arrhenius.activation_energy_error_eV)
        prefactor = _measured(arrhenius.ln_prefactor_cm2_s, arrhenius.ln_prefactor_error)
        if prefactor is not None and f is not None and a is not None and nu0 is not None:
            entropy = activation_entropy(prefactor, f, a, nu0, dimensions)
    named = {
        "correlation_factor": f,
        "haven_ratio": haven,
        "hop_distance_A": a,
        "attempt_frequency_THz": nu0,
        "activation_entropy_k": entropy,
        "activation_enthalpy_eV": enthalpy,
    }
    record: dict[str, Any] = {name: _pair(value) for name, value in named.items()}
    record["number_density_per_cm3"] = resolved[0].number_density_per_cm3 if resolved else None
    record["charge"] = resolved[0].charge if resolved else None
    record["missing"] = [name for name, value in named.items() if value is None]
    record |= _jump_law(pictures, nu0, settings, arrhenius_settings)
    rows = []
    if resolved and f and haven and a and nu0 and entropy and enthalpy:
        variables = HoppingVariables(
            f, haven, record["number_density_per_cm3"], record["charge"], a, nu0, entropy, enthalpy
        )
        for point in resolved:
            found = conductivity(variables, point.temperature_K, dimensions)
            rows.append(
                {
                    "temperature_K": point.temperature_K,
                    "equation": _pair(found),
                    "measured": point.conductivity_collective_mS_cm,
                    "measured_error": point.conductivity_collective_error_mS_cm,
                }
            )
    record["conductivity_mS_cm"] = rows
    return record


def _measured(value: float | None, error: float | None) -> Measured | None:
    return None if value is None or error is None else Measured(value, error)


def _pair(measured: Measured | None) -> dict[str, float] | None:
    return None if measured is None else {"value": measured.value, "error": measured.error}


def _all(pictures: Mapping[float, Mapping[str, Any]], key: str) -> list[Measured]:
    found = [picture[key] for picture in pictures.values() if picture[key] is not None]
    return [Measured(entry["value"], entry["error"]) for entry in found]


def _jump_law(
    pictures: Mapping[float, Mapping[str, Any]],
    nu0: Measured | None,
    settings: LocalPictureConfig,
    arrhenius_settings: ArrheniusConfig,
) -> dict[str, Any]:
    """Activation energy and entropy of the jump rate, all jumps alike, and where the T1 minimum would be.

    Gamma = nu0 exp(dS/k) exp(-dH/kT) (Vineyard 1957) from counted jumps: D has no part in it, so that dH and dS from D
    have something to be compared with.
    """
    rows = [
        (temperature, picture["hop_rate_per_ion_per_ps"]["value"], picture["hop_rate_per_ion_per_ps"]["error"])
        for temperature, picture in sorted(pictures.items())
        if picture["hop_rate_per_ion_per_ps"]["value"] > 0.0 and picture["hop_rate_per_ion_per_ps"]["error"] > 0.0
    ]
    record: dict[str, Any] = dict.fromkeys(("jump_rate_energy_eV", "jump_rate_entropy_k", "t1_minimum_K"))
    record["larmor_MHz"] = settings.larmor_MHz
    if len(rows) < arrhenius_settings.min_temperatures:
        return record | {"t1_reason": f"jump rates at {len(rows)} temperatures"}
    temperatures, rates, errors = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    line = fit_line(temperatures, rates, errors, arrhenius_settings.scatter_p_value)
    record["jump_rate_energy_eV"] = {"value": line.energy_eV, "error": line.energy_error}
    if nu0 is not None:
        entropy = line.ln_prefactor - float(np.log(nu0.value))  # both per ps
        error = float(np.hypot(line.ln_prefactor_error, nu0.error / nu0.value))
        record["jump_rate_entropy_k"] = {"value": entropy, "error": error}
    try:
        minimum = t1_minimum(JumpRateLaw(line.ln_prefactor, line.energy_eV, line.covariance), settings.larmor_MHz)
    except StageError as error:
        return record | {"t1_reason": str(error)}
    return record | {"t1_minimum_K": _pair(minimum), "t1_reason": "resolved"}
