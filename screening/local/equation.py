"""All variables of the hopping equation from the records of one candidate, with units and errors, and its check."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from screening.config.transport import ArrheniusConfig, LocalPictureConfig
from screening.errors import StageError
from screening.local.equation_record import ComparedConductivity, EquationRecord
from screening.local.hopping_formula import HoppingVariables, activation_entropy, conductivity
from screening.local.nmr import JumpRateLaw, t1_minimum
from screening.local.record import LocalPicture, Measured
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
    pictures: Mapping[float, LocalPicture],
    arrhenius: LineRecord,
    *,
    settings: LocalPictureConfig,
    arrhenius_settings: ArrheniusConfig,
    dimensions: int = 3,
) -> EquationRecord:
    """f, H_R, c, q, a, nu0, dS, dH, the jump rate's own activation energy and entropy, and sigma put together.

    Args:
        points: Records of `analyse_temperature`.
        pictures: Of `local_picture` by temperature in K; its frames must be close enough for nu0.
        arrhenius: Record of `analyse_arrhenius` from the same points.
        settings: For the Larmor frequency.
        arrhenius_settings: For the fewest temperatures of the jump rate's fit.
        dimensions: d.

    Returns:
        The record; `missing` names what is not known, and `conductivity_mS_cm` compares the equation with the directly
        measured conductivity at each temperature.
    """
    resolved = [p for p in points if p.verdict is TransportVerdict.RESOLVED]
    f = weighted_mean(_known(one.correlation_factor for one in pictures.values()))
    a = weighted_mean(_known(one.hop_distance_A for one in pictures.values()))
    nu0 = weighted_mean(_known(one.attempt_frequency_THz for one in pictures.values()))
    haven = weighted_mean(_known(_measured(p.haven_ratio, p.haven_ratio_error) for p in resolved))
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
    rows = []
    if resolved and f and haven and a and nu0 and entropy and enthalpy:
        coldest = resolved[0]
        assert coldest.number_density_per_cm3 is not None
        assert coldest.charge is not None
        variables = HoppingVariables(
            f, haven, coldest.number_density_per_cm3, coldest.charge, a, nu0, entropy, enthalpy
        )
        rows = [
            ComparedConductivity(
                temperature_K=point.temperature_K,
                equation=conductivity(variables, point.temperature_K, dimensions),
                measured=point.conductivity_collective_mS_cm,
                measured_error=point.conductivity_collective_error_mS_cm,
            )
            for point in resolved
        ]
    law = _jump_law(pictures, nu0, settings, arrhenius_settings)
    return EquationRecord(
        **named,
        number_density_per_cm3=resolved[0].number_density_per_cm3 if resolved else None,
        charge=resolved[0].charge if resolved else None,
        missing=tuple(name for name, value in named.items() if value is None),
        jump_rate_energy_eV=law.energy_eV,
        jump_rate_entropy_k=law.entropy_k,
        t1_minimum_K=law.t1_minimum_K,
        larmor_MHz=settings.larmor_MHz,
        t1_reason=law.t1_reason,
        conductivity_mS_cm=tuple(rows),
    )


def _measured(value: float | None, error: float | None) -> Measured | None:
    return None if value is None or error is None else Measured(value, error)


def _known(values: Iterable[Measured | None]) -> list[Measured]:
    return [value for value in values if value is not None]


@dataclass(frozen=True)
class _JumpLaw:
    """What the counted jumps say, and where the T1 minimum would be; None where not known."""

    energy_eV: Measured | None
    entropy_k: Measured | None
    t1_minimum_K: Measured | None
    t1_reason: str


def _jump_law(
    pictures: Mapping[float, LocalPicture],
    nu0: Measured | None,
    settings: LocalPictureConfig,
    arrhenius_settings: ArrheniusConfig,
) -> _JumpLaw:
    """Activation energy and entropy of the jump rate, all jumps alike, and where the T1 minimum would be.

    Gamma = nu0 exp(dS/k) exp(-dH/kT) (Vineyard 1957) from counted jumps: D has no part in it, so that dH and dS from D
    have something to be compared with.
    """
    rates = {t: picture.hop_rate_per_ion_per_ps for t, picture in sorted(pictures.items())}
    rows = [(t, rate.value, rate.error) for t, rate in rates.items() if rate.value > 0.0 and rate.error > 0.0]
    if len(rows) < arrhenius_settings.min_temperatures:
        return _JumpLaw(None, None, None, f"jump rates at {len(rows)} temperatures")
    temperatures, values, errors = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    line = fit_line(temperatures, values, errors, arrhenius_settings.scatter_p_value)
    energy, entropy = Measured(line.energy_eV, line.energy_error), None
    if nu0 is not None:
        # Both per ps.
        error = float(np.hypot(line.ln_prefactor_error, nu0.error / nu0.value))
        entropy = Measured(line.ln_prefactor - float(np.log(nu0.value)), error)
    try:
        minimum = t1_minimum(JumpRateLaw(line.ln_prefactor, line.energy_eV, line.covariance), settings.larmor_MHz)
    except StageError as problem:
        return _JumpLaw(energy, entropy, None, str(problem))
    return _JumpLaw(energy, entropy, minimum, "resolved")
