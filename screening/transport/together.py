"""D_sigma, the diffusivity of all mobile ions together, and the conductivity that it is.

However many ions there are, their sum is one walker: few independent samples, so its error is several times that of D*.
What single ions show of a slowdown is used (`slowdown.together`): the one walker cannot show it.
"""

from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from screening.config.transport import TransportConfig
from screening.constants import A2_PS_TO_CM2_S
from screening.transport.bounds import bound_at_last_lag, bound_of_events
from screening.transport.combination import Estimate
from screening.transport.conductivity import conductivity_of, haven_ratio
from screening.transport.curves import Curves
from screening.transport.diffusion import diffusion_tensor, diffusivity
from screening.transport.record import TransportRecord, TransportVerdict
from screening.transport.slowdown import LongTime, together


def with_collective(
    record: TransportRecord,
    collective: Curves,
    tracer: Curves,
    alone: LongTime | None,
    estimate: Estimate | None,
    settings: TransportConfig,
    *,
    single_file: bool = False,
) -> TransportRecord:
    """The record with D_sigma and what follows from it, or with its upper bound and the reason.

    Args:
        record: With the verdict on D*.
        collective: Curves of all ions together.
        tracer: Curves of single ions.
        alone: The fit of them, None where no window opens.
        estimate: D* from it.
        settings: Largest relative error, confidence of bounds.
        single_file: D* goes to zero because ions block each other, and D_sigma does not.
    """
    if alone is None or estimate is None:
        return _with_bound(record, _bound(collective, settings, None, None), "no window opens, as for D*")
    axes = axes_of_motion(tracer, alone)
    window = together(collective, alone, axes, settings)
    found = diffusivity(collective, window, settings.dimensions, axes)
    record = replace(record, collective_fit_window_ps=window.ends_ps(collective))
    value, error = found.value * A2_PS_TO_CM2_S, found.error * A2_PS_TO_CM2_S
    reason = ""
    if record.verdict is not TransportVerdict.RESOLVED and not single_file:
        reason = f"D* is {record.verdict.replace('_', ' ')}"
    elif not found.error_of_many < settings.max_relative_error * found.value:
        reason = (
            f"D_sigma = {value:.2g} +- {error:.2g} cm2/s has a relative error above {settings.max_relative_error:g}: "
            "longer runs or more replicas are needed"
        )
    if reason:
        return _with_bound(record, _bound(collective, settings, window, found), reason)
    record = replace(
        record,
        collective_diffusivity_cm2_s=value,
        collective_diffusivity_error_cm2_s=error,
        collective_reason="resolved",
        conductivity_collective_mS_cm=conductivity_of(record, value),
        conductivity_collective_error_mS_cm=conductivity_of(record, error),
    )
    if single_file:
        return record
    # What is open of D*'s slowdown is open of D_sigma's too, whose error holds it already.
    ratio, ratio_error = haven_ratio(estimate.value, estimate.error_but_slowdown, found.value, found.error)
    return replace(record, haven_ratio=ratio, haven_ratio_error=ratio_error)


def axes_of_motion(tracer: Curves, alone: LongTime) -> float:
    """In how many directions ions move, tr(D)^2 / tr(D^2): 3 where all are alike, 2 in layers, 1 in channels.

    The sum of all ions has so many independent walks and no more.
    """
    tensor = diffusion_tensor(tracer, alone)
    return float(np.trace(tensor) ** 2 / (tensor**2).sum())


def _with_bound(record: TransportRecord, bound: float, reason: str) -> TransportRecord:
    highest = bound * A2_PS_TO_CM2_S
    return replace(
        record,
        collective_diffusivity_upper_bound_cm2_s=highest,
        conductivity_collective_upper_bound_mS_cm=conductivity_of(record, highest),
        collective_reason=reason,
    )


def _bound(curves: Curves, settings: TransportConfig, window: LongTime | None, found: Estimate | None) -> float:
    """Upper bound of D_sigma in A^2/ps: the largest of what several views leave open.

    A rare process in which all ions take part may not have occurred. The fit's own distribution, and the scatter
    between replicas and orderings. Without a fit, MSD(t) / (2 d t) at the last lag, which falls towards D.
    """
    rare = bound_of_events(curves, settings, 0)
    if window is None or found is None:
        return max(rare, bound_at_last_lag(curves, settings))
    scatter = found.value + float(ndtri(settings.upper_bound_confidence)) * found.error
    return max(rare, window.bound / (2.0 * settings.dimensions), scatter)
