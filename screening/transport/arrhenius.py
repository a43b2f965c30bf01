"""Activation energy and the conductivity at room temperature from diffusivities at several temperatures.

What is fitted is ln D over 1/T. In the hopping formula D = D0 exp(-Ea / kT) and sigma T = (c q^2 / k) D, so ln D
and ln(sigma T) have the same slope, -Ea / k. Plots of ln sigma or of ln(D T) differ from it by about kT, 0.03 to
0.09 eV between 300 and 1000 K: compare like with like.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from screening.config.transport import ArrheniusConfig
from screening.transport.conductivity import conductivity_of
from screening.transport.line import ArrheniusLine, best_break, fit_line
from screening.transport.line_record import (
    EXTRAPOLATED_FROM,
    ONE_OR_TWO_LINES,
    CollectiveFit,
    DroppedTemperature,
    LineCurve,
    LineFit,
    LineRecord,
    LineVerdict,
    UpperBound,
)
from screening.transport.record import TransportRecord, TransportVerdict

Floats = NDArray[np.float64]

_CURVE_POINTS = 60


def analyse_arrhenius(points: Sequence[TransportRecord], *, settings: ArrheniusConfig) -> LineRecord:
    """Activation energy, prefactor and extrapolated conductivity of one candidate.

    Args:
        points: Records of `analyse_temperature`, one a temperature, in any order.
        settings: Fewest temperatures, extrapolation temperature, confidence level.

    Returns:
        The record. Conductivities named `conductivity_300K_*` belong to `extrapolation_temperature_K` (300 K unless
        configured otherwise); their names say which they are. `collective` holds those from D_sigma where enough
        temperatures have it. Where there is no fit, `conductivity_300K_nernst_einstein_upper_bound_mS_cm` bounds it if
        any temperature allows: D falls with temperature, so an upper bound or a value at T bounds D below T.
    """
    ordered = sorted(points, key=lambda point: point.temperature_K)
    used = [point for point in ordered if _is_on_the_line(point)]
    dimensionality, agrees = _dimensionality(used)
    record = LineRecord(
        verdict=LineVerdict.NO_POINTS,
        reason="no temperature was analysed",
        n_temperatures=len(used),
        temperatures_K=tuple(p.temperature_K for p in used),
        dropped=tuple(
            DroppedTemperature(temperature_K=p.temperature_K, verdict=p.verdict, reason=p.reason)
            for p in ordered
            if not _is_on_the_line(p)
        ),
        upper_bounds=tuple(
            UpperBound(temperature_K=p.temperature_K, tracer_diffusivity_cm2_s=bound)
            for p in ordered
            if (bound := p.tracer_diffusivity_upper_bound_cm2_s) is not None
        ),
        extrapolation_temperature_K=settings.extrapolation_temperature_K,
        confidence_level=settings.confidence_level,
        dimensionality=dimensionality,
        dimensionality_agrees=agrees,
    )
    if not points:
        return record
    if len(used) < settings.min_temperatures:
        reason = f"{len(used)} resolved temperatures, {settings.min_temperatures} are needed"
        if record.dropped:
            reason += "; " + "; ".join(f"{d.temperature_K:g} K {d.verdict}" for d in record.dropped)
        return replace(
            record,
            verdict=LineVerdict.TOO_FEW_TEMPERATURES,
            reason=reason,
            conductivity_300K_nernst_einstein_upper_bound_mS_cm=_bound(ordered, settings),
        )
    return _fitted(record, ordered, used, settings)


def _is_on_the_line(point: TransportRecord) -> bool:
    return point.verdict is TransportVerdict.RESOLVED and point.tracer_diffusivity_cm2_s is not None


def _fitted(
    record: LineRecord, ordered: Sequence[TransportRecord], used: Sequence[TransportRecord], settings: ArrheniusConfig
) -> LineRecord:
    """The record with its line, and with the values at the extrapolation temperature where the line gives them."""
    data = _arrays(used, lambda p: (p.tracer_diffusivity_cm2_s, p.tracer_diffusivity_error_cm2_s))
    line = fit_line(*data, settings.scatter_p_value)
    fit = _fit(line, used, settings, "nernst_einstein")
    collective = _collective(used, settings)
    record = replace(record, two_lines=best_break(*data), collective=collective, **fit)
    record = _extrapolation(record, line, settings)
    reason = (
        f"Ea = {line.energy_eV:.3f} +- {line.energy_error:.3f} eV from {len(used)} temperatures "
        f"{data[0][0]:g} to {data[0][-1]:g} K, chi2 = {line.chi2:.1f}, "
        f"{line.degrees_of_freedom} degree{'' if line.degrees_of_freedom == 1 else 's'} of freedom"
    )
    trouble = _unresolved(line, record, settings)
    if not trouble:
        return replace(record, verdict=LineVerdict.RESOLVED, reason=reason)
    return replace(
        record,
        verdict=LineVerdict.LINE_NOT_RESOLVED,
        reason=f"{trouble}; {reason}",
        collective=None if collective is None else replace(collective, **_not_carried(collective)),
        **_not_carried(record) | {"conductivity_300K_nernst_einstein_upper_bound_mS_cm": _bound(ordered, settings)},
    )


def _not_carried(fit: LineFit) -> dict[str, Any]:
    """None for each of its values at the extrapolation temperature."""
    at_300K = ("conductivity_300K", "diffusivity_300K")
    return {name: None for name in type(fit).__dataclass_fields__ if name.startswith(at_300K)}


def _collective(used: Sequence[TransportRecord], settings: ArrheniusConfig) -> CollectiveFit | None:
    """The line of the collective diffusivity; None where too few temperatures have one."""
    charged = [p for p in used if p.collective_diffusivity_cm2_s is not None]
    if len(charged) < settings.min_temperatures:
        return None
    data = _arrays(charged, lambda p: (p.collective_diffusivity_cm2_s, p.collective_diffusivity_error_cm2_s))
    line = fit_line(*data, settings.scatter_p_value)
    why = _senseless(line, settings)
    fit = CollectiveFit(reason=why, **_fit(line, charged, settings, "collective"))
    return replace(fit, **_not_carried(fit)) if why else fit


def _unresolved(line: ArrheniusLine, record: LineRecord, settings: ArrheniusConfig) -> str:
    """Why the line gives no conductivity at the extrapolation temperature, "" if it gives one."""
    if senseless := _senseless(line, settings):
        return senseless
    target = settings.extrapolation_temperature_K
    two = record.two_lines
    if two is not None and two.delta_bic > settings.two_line_delta_bic and target < record.temperatures_K[0]:
        return (
            f"two lines fit better than one: Ea is {two.energy_below_eV:.2f} eV below {two.break_K:.0f} K and "
            f"{two.energy_above_eV:.2f} eV above (BIC lower by {two.delta_bic:.1f}), so there is no value at "
            f"{target:g} K; choose temperatures on one side of the transition"
        )
    if contradicting := _bounds_below(line, record.upper_bounds):
        return (
            f"the line passes above the upper bound at {_kelvin(contradicting)}: one barrier does not describe D, as "
            f"below a transition, so there is no value at {target:g} K"
        )
    return ""


def _senseless(line: ArrheniusLine, settings: ArrheniusConfig) -> str:
    """Why a line's own slope or error forbids an extrapolation, "" if they allow one."""
    if line.energy_eV <= 0:
        return "D does not rise with temperature, so there is no activation energy to extrapolate with"
    _, error = line.ln_diffusivity(np.array([settings.extrapolation_temperature_K]))
    decades = float(error[0]) / np.log(10)
    if decades > settings.max_log10_conductivity_error:
        return (
            f"the extrapolation to {settings.extrapolation_temperature_K:g} K has an error of {decades:.1f} decades "
            f"(limit {settings.max_log10_conductivity_error:g})"
        )
    return ""


def _arrays(
    points: Sequence[TransportRecord], of: Callable[[TransportRecord], tuple[float | None, float | None]]
) -> tuple[Floats, Floats, Floats]:
    """Temperatures, diffusivities and their errors, (n,) each."""
    columns = np.array([(point.temperature_K, *of(point)) for point in points], dtype=np.float64)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def _fit(line: ArrheniusLine, used: Sequence[TransportRecord], settings: ArrheniusConfig, kind: str) -> dict[str, Any]:
    """The line and what it comes to at the extrapolation temperature, by key; `kind` is that of the conductivity."""
    target = settings.extrapolation_temperature_K
    quantile = float(ndtri(0.5 + 0.5 * settings.confidence_level))
    value, error = (float(x[0]) for x in line.ln_diffusivity(np.array([target])))

    def conductivity(ln_d: float) -> float:
        # The coldest point is the nearest to where its carrier density is used.
        return conductivity_of(used[0], float(np.exp(ln_d)), target)

    hottest = used[-1].temperature_K
    temperatures = 1.0 / np.linspace(1.0 / max(hottest, target), 1.0 / min(target, hottest), _CURVE_POINTS)
    values, errors = line.ln_diffusivity(temperatures)
    fit = LineFit(
        activation_energy_eV=line.energy_eV,
        activation_energy_error_eV=line.energy_error,
        ln_prefactor_cm2_s=line.ln_prefactor,
        ln_prefactor_error=line.ln_prefactor_error,
        chi2=line.chi2,
        degrees_of_freedom=line.degrees_of_freedom,
        errors_widened=line.widened,
        diffusivity_300K_cm2_s=float(np.exp(value)),
        curve=LineCurve(
            inverse_temperature_1000_K=_floats(1000.0 / temperatures),
            diffusivity_cm2_s=_floats(np.exp(values)),
            low_cm2_s=_floats(np.exp(values - quantile * errors)),
            high_cm2_s=_floats(np.exp(values + quantile * errors)),
        ),
    )
    return {name: getattr(fit, name) for name in LineFit.__dataclass_fields__} | {
        f"conductivity_300K_{kind}_mS_cm": conductivity(value),
        f"conductivity_300K_{kind}_low_mS_cm": conductivity(value - quantile * error),
        f"conductivity_300K_{kind}_high_mS_cm": conductivity(value + quantile * error),
        f"ln_conductivity_300K_{kind}_error": error,
    }


def _floats(values: Floats) -> tuple[float, ...]:
    return tuple(float(x) for x in values)


def _extrapolation(record: LineRecord, line: ArrheniusLine, settings: ArrheniusConfig) -> LineRecord:
    """The record with its flags: reasons to distrust the extrapolated value, each a phrase."""
    target = settings.extrapolation_temperature_K
    used = record.temperatures_K
    outside = not used[0] <= target <= used[-1]
    beyond = max(1.0 / target - 1.0 / used[0], 1.0 / used[-1] - 1.0 / target, 0.0)
    factor = beyond / (1.0 / used[0] - 1.0 / used[-1])
    flags = []
    if outside:
        flags.append(f"{EXTRAPOLATED_FROM} {used[0]:g}-{used[-1]:g} K to {target:g} K")
    if factor > settings.max_extrapolation_factor:
        side = "below the coldest" if target < used[0] else "above the hottest"
        flags.append(
            f"{target:g} K lies {factor:.1f} fitted ranges of 1/T {side} run (limit "
            f"{settings.max_extrapolation_factor:g}): do not use absolute values"
        )
    two = record.two_lines
    if two is None:
        flags.append(ONE_OR_TWO_LINES)
    elif two.delta_bic > settings.two_line_delta_bic:
        flags.append(
            f"two lines fit better (break near {two.break_K:.0f} K, BIC lower by {two.delta_bic:.1f}): "
            "the single line crosses a transition"
        )
    if contradicting := _bounds_below(line, record.upper_bounds):
        flags.append(f"the line passes above the upper bound at {_kelvin(contradicting)}")
    if record.errors_widened:
        flags.append("the points scatter more than their errors, so the errors are widened")
    return replace(record, extrapolated=outside, extrapolation_factor=factor, extrapolation_flags=tuple(flags))


def _bounds_below(line: ArrheniusLine, upper_bounds: Sequence[UpperBound]) -> list[float]:
    """Temperatures whose upper bound the line passes above by more than two of its standard errors."""
    if not upper_bounds:
        return []
    temperatures, bounds = np.array([[b.temperature_K, b.tracer_diffusivity_cm2_s] for b in upper_bounds]).T
    values, errors = line.ln_diffusivity(temperatures)
    return [float(t) for t in temperatures[values - 2.0 * errors > np.log(bounds)]]


def _kelvin(temperatures: Sequence[float]) -> str:
    return ", ".join(f"{t:g} K" for t in temperatures)


def _bound(ordered: Sequence[TransportRecord], settings: ArrheniusConfig) -> float | None:
    """Upper bound of the conductivity at the extrapolation temperature, in mS/cm, or None."""
    target = settings.extrapolation_temperature_K
    quantile = float(ndtri(0.5 + 0.5 * settings.confidence_level))
    bounds = []
    for point in ordered:
        if point.temperature_K < target:
            continue
        bound = point.tracer_diffusivity_upper_bound_cm2_s
        value, error = point.tracer_diffusivity_cm2_s, point.tracer_diffusivity_error_cm2_s
        if bound is None and _is_on_the_line(point) and value is not None and error is not None:
            bound = value + quantile * error
        if bound is not None:
            bounds.append(conductivity_of(point, bound, target))
    return min(bounds) if bounds else None


def _dimensionality(used: Sequence[TransportRecord]) -> tuple[int | None, bool | None]:
    """The dimensionality most temperatures agree on (the higher of two equally frequent), and whether all do."""
    found = [p.dimensionality for p in used if p.dimensionality is not None]
    if not found:
        return None, None
    return max(set(found), key=lambda d: (found.count(d), d)), len(set(found)) == 1
