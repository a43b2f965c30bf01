"""Bounds of a diffusivity that is not resolved, in A^2/ps."""

import numpy as np
from scipy.special import chdtri, ndtri

from screening.config.transport import TransportConfig
from screening.transport.combination import Estimate
from screening.transport.curves import Curves, msd_error
from screening.transport.slowdown import LongTime
from screening.transport.verdict import Evidence, event_bound, proportional_error_bound

#: A bound is not below this share of the value.
_LEAST_SHARE = 1e-3


def upper_bound(curves: Curves, settings: TransportConfig, estimate: Estimate | None, events: int) -> float:
    """The largest of what three views leave open.

    Motion that is not yet diffusive is slower than linear, so MSD(t) / (2 d t) falls towards D from above: its value
    at the last lag bounds D. So does the fitted value, whose error holds the scatter between orderings and replicas.
    And a rare process that happened to occur `events` times is bounded as Poisson events are.
    """
    level = settings.upper_bound_confidence
    bounds = [bound_of_events(curves, settings, events), bound_at_last_lag(curves, settings)]
    if estimate is not None:
        within = float(np.hypot(estimate.sampling_error, estimate.shape_error))
        bounds.append(proportional_error_bound(estimate.value, within, level))
        bounds.append(estimate.value + float(ndtri(level)) * estimate.error)
    return max(bounds)


def bound_of_events(curves: Curves, settings: TransportConfig, events: int) -> float:
    """What Poisson's law leaves open of a process that moves one walker by a hop and occurred so many times."""
    frames = sum(len(walkers) * n for walkers, n in zip(curves.walkers, curves.n_frames, strict=True))
    walkers_ps = frames * curves.frame_interval_ps
    level = settings.upper_bound_confidence
    return event_bound(events, walkers_ps, settings.hop_distance_A, settings.dimensions, level)


def bound_at_last_lag(curves: Curves, settings: TransportConfig) -> float:
    """MSD(t) / (2 d t) at the last lag, which falls towards D, with its error."""
    per_time = 2.0 * settings.dimensions * float(curves.lags[-1] * curves.frame_interval_ps)
    last, error = float(curves.pooled()[-1]) / per_time, float(msd_error(curves)[-1]) / per_time
    return proportional_error_bound(last, error, settings.upper_bound_confidence)


def lower_bound(window: LongTime, estimate: Estimate, evidence: Evidence, confidence: float) -> float:
    """The lower of two: D less all that its error is made of, and the share that Poisson's law leaves of the escapes.

    Widths in ln D are added as squares: of the distribution within one trajectory, sampling and slowdown together; of
    what orderings and replicas add to it; and of what D would fall by in the next decade of time at the pace seen.

    Args:
        window: The fit.
        estimate: D from it, in A^2/ps.
        evidence: For the escapes, one at least, and the pace.
        confidence: One-sided, that of the fit's own bounds.
    """
    within = float(np.log(window.median / max(window.least, _LEAST_SHARE * window.median)))
    others = np.linalg.norm((estimate.replica_error or 0.0, estimate.ordering_error or 0.0, estimate.few_error))
    # chi^2(nu) / nu with nu = 2 / (relative error)^2, as in `proportional_error_bound`.
    freedom = 2.0 / max(float(others) / estimate.value, 1e-3) ** 2
    between = float(np.log(chdtri(freedom, 1.0 - confidence) / freedom))
    fall = max(0.0, 1.0 - evidence.loglog_slope) * float(np.log(10.0))
    counted = float(chdtri(2.0 * evidence.escapes, confidence)) / (2.0 * evidence.escapes)
    return estimate.value * min(float(np.exp(-np.linalg.norm((within, between, fall)))), counted)
