"""Activation energy and the conductivity at room temperature from diffusivities at several temperatures.

What is fitted is ln D over 1/T. In the hopping formula D = D0 exp(-Ea / kT) and sigma T = (c q^2 / k) D, so ln D
and ln(sigma T) have the same slope, -Ea / k. Plots of ln sigma or of ln(D T) differ from it by about kT, 0.03 to
0.09 eV between 300 and 1000 K: compare like with like.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from scipy.special import ndtri

from screening.config.transport import ArrheniusConfig
from screening.transport.between_students import unseen_barrier_error_eV
from screening.transport.conductivity import conductivity_of
from screening.transport.line import best_break
from screening.transport.line_fit import FittedLine
from screening.transport.line_points import Bounded, Bracketed, Measured, Point
from screening.transport.line_record import (
    Bracket,
    CollectiveFit,
    DroppedTemperature,
    LineFit,
    LineRecord,
    LineVerdict,
    UpperBound,
)
from screening.transport.line_verdict import senseless, unresolved, with_flags
from screening.transport.record import TransportRecord, TransportVerdict

#: One-sided, of all bounds: what records of temperatures have unless configured otherwise.
_BOUND = 0.95


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
            if (bound := p.tracer_diffusivity_upper_bound_cm2_s) is not None and not _is_on_the_line(p)
        ),
        brackets=tuple(
            Bracket(
                temperature_K=p.temperature_K,
                tracer_diffusivity_lower_bound_cm2_s=point.low,
                tracer_diffusivity_upper_bound_cm2_s=point.high,
            )
            for p in used
            if isinstance(point := _tracer(p), Bracketed)
        ),
        extrapolation_temperature_K=settings.extrapolation_temperature_K,
        confidence_level=settings.confidence_level,
        dimensionality=dimensionality,
        dimensionality_agrees=agrees,
    )
    if not points:
        return record
    record = replace(record, conductivity_300K_collective_upper_bound_mS_cm=_bound(ordered, settings, _together))
    if len(used) < settings.min_temperatures:
        counted = "temperature" if len(used) == 1 else "temperatures"
        reason = f"{len(used)} resolved or bracketed {counted}, {settings.min_temperatures} are needed"
        if record.dropped:
            reason += "; " + "; ".join(f"{d.temperature_K:g} K {d.verdict}" for d in record.dropped)
        return replace(
            record,
            verdict=LineVerdict.TOO_FEW_TEMPERATURES,
            reason=reason,
            conductivity_300K_nernst_einstein_upper_bound_mS_cm=_bound(ordered, settings, _tracer),
        )
    return _fitted(record, ordered, used, settings)


def _is_on_the_line(point: TransportRecord) -> bool:
    return isinstance(_tracer(point), Measured | Bracketed)


def _fitted(
    record: LineRecord, ordered: Sequence[TransportRecord], used: Sequence[TransportRecord], settings: ArrheniusConfig
) -> LineRecord:
    """The record with its line, and with the values at the extrapolation temperature where the line gives them."""
    line = FittedLine.through(points_of(ordered), settings, unseen_barrier_error_eV(used))
    # The coldest point is the nearest to where its carrier density is used.
    fit = line.keys(settings, "nernst_einstein", lambda d: conductivity_of(used[0], d, line.target_K))
    collective = _collective(ordered, settings)
    record = replace(record, two_lines=best_break(*line.rows), collective=collective, **fit)
    record = with_flags(record, line, settings)
    straight = line.straight
    reason = (
        f"Ea = {straight.energy_eV:.3f} +- {straight.energy_error:.3f} eV from {len(used)} temperatures "
        f"{used[0].temperature_K:g} to {used[-1].temperature_K:g} K, chi2 = {straight.chi2:.1f}, "
        f"{straight.degrees_of_freedom} degree{'' if straight.degrees_of_freedom == 1 else 's'} of freedom"
    )
    trouble = unresolved(line, record, settings)
    if not trouble:
        if collective is not None and collective.conductivity_300K_collective_mS_cm is not None:
            record = replace(record, conductivity_300K_collective_upper_bound_mS_cm=None)
        return replace(record, verdict=LineVerdict.RESOLVED, reason=reason)
    bounds = _bounds(line, ordered, used[0], settings)
    low, high = bounds.values()
    between = (
        "" if low is None or high is None else f"; Nernst and Einstein's conductivity is {low:.2g} to {high:.2g} mS/cm"
    )
    return replace(
        record,
        verdict=LineVerdict.LINE_NOT_RESOLVED,
        reason=f"{trouble}{between}; {reason}",
        collective=None if collective is None else replace(collective, **_not_carried(collective)),
        **_not_carried(record) | bounds,
    )


def _bounds(
    line: FittedLine, ordered: Sequence[TransportRecord], coldest: TransportRecord, settings: ArrheniusConfig
) -> dict[str, float | None]:
    """Both bounds of the conductivity that a line which gives no value still gives."""
    high, low = _bound(ordered, settings, _tracer), None
    if line.straight.energy_eV > 0.0:
        low, most = (conductivity_of(coldest, float(d), line.target_K) for d in line.quantiles((1.0 - _BOUND, _BOUND)))
        high = most if high is None else min(high, most)
        low = min(low, high)
    return {
        "conductivity_300K_nernst_einstein_lower_bound_mS_cm": low,
        "conductivity_300K_nernst_einstein_upper_bound_mS_cm": high,
    }


def _not_carried(fit: LineFit) -> dict[str, Any]:
    """None for each of its values at the extrapolation temperature."""
    at_300K = ("conductivity_300K", "diffusivity_300K")
    names = type(fit).__dataclass_fields__
    return {name: None for name in names if name.startswith(at_300K) and "_bound_" not in name}


def _collective(ordered: Sequence[TransportRecord], settings: ArrheniusConfig) -> CollectiveFit | None:
    """The line of the collective diffusivity; None where too few temperatures have one."""
    points = [point for p in ordered if _is_on_the_line(p) and (point := _together(p)) is not None]
    charged = [p for p in ordered if _is_on_the_line(p) and p.collective_diffusivity_cm2_s is not None]
    if len(charged) < settings.min_temperatures:
        return None
    line = FittedLine.through(points, settings, unseen_barrier_error_eV([p for p in ordered if _is_on_the_line(p)]))
    why = senseless(line, settings)
    fit = CollectiveFit(
        reason=why, **line.keys(settings, "collective", lambda d: conductivity_of(charged[0], d, line.target_K))
    )
    return replace(fit, **_not_carried(fit)) if why else fit


def points_of(records: Sequence[TransportRecord]) -> list[Point]:
    """What temperatures say about D*; those that say nothing are left out."""
    return [point for record in records if (point := _tracer(record)) is not None]


def _tracer(point: TransportRecord) -> Point | None:
    """What a temperature says about D*; None where it says nothing."""
    value, error = point.tracer_diffusivity_cm2_s, point.tracer_diffusivity_error_cm2_s
    if point.verdict is TransportVerdict.RESOLVED and value is not None and error is not None:
        return Measured(point.temperature_K, value, error)
    low, high = point.tracer_diffusivity_lower_bound_cm2_s, point.tracer_diffusivity_upper_bound_cm2_s
    if low is not None and high is not None:
        return Bracketed(point.temperature_K, low, high)
    return None if high is None else Bounded(point.temperature_K, high, _BOUND)


def _together(point: TransportRecord) -> Point | None:
    """The same of D_sigma."""
    value, error = point.collective_diffusivity_cm2_s, point.collective_diffusivity_error_cm2_s
    if value is not None and error is not None:
        return Measured(point.temperature_K, value, error)
    bound = point.collective_diffusivity_upper_bound_cm2_s
    return None if bound is None else Bounded(point.temperature_K, bound, _BOUND)


def _bound(
    ordered: Sequence[TransportRecord], settings: ArrheniusConfig, says: Callable[[TransportRecord], Point | None]
) -> float | None:
    """Upper bound in mS/cm of the conductivity at the extrapolation temperature, or None."""
    target, quantile = settings.extrapolation_temperature_K, float(ndtri(_BOUND))
    bounds = []
    for record in ordered:
        point = says(record)
        if point is None or record.temperature_K < target:
            continue
        highest = point.value + quantile * point.error if isinstance(point, Measured) else point.high
        bounds.append(conductivity_of(record, highest, target))
    return min(bounds) if bounds else None


def _dimensionality(used: Sequence[TransportRecord]) -> tuple[int | None, bool | None]:
    """The dimensionality most temperatures agree on (the higher of two equally frequent), and whether all do."""
    found = [p.dimensionality for p in used if p.dimensionality is not None]
    if not found:
        return None, None
    return max(set(found), key=lambda d: (found.count(d), d)), len(set(found)) == 1
