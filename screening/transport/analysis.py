"""From the trajectories of one candidate at one temperature to its transport record."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from screening.config.transport import TransportConfig
from screening.constants import A2_PS_TO_CM2_S, A3_PER_CM3
from screening.errors import StageError
from screening.records.fields import floats
from screening.trajectories.frames import mean_cell
from screening.trajectories.trajectory import Trajectory
from screening.transport import verdict as rules
from screening.transport.bounds import lower_bound, upper_bound
from screening.transport.combination import Estimate
from screening.transport.conductivity import conductivity_of
from screening.transport.curves import Curves, collective_curves, loglog_slope, msd_error, tracer_curves
from screening.transport.diffusion import diffusivity, principal_diffusivities, statistical_size
from screening.transport.directions import with_directions
from screening.transport.displacement import Displacements, displacements
from screening.transport.msd import lag_grid
from screening.transport.neighbourhood import count_escapes
from screening.transport.record import MsdCurves, TransportRecord, TransportVerdict
from screening.transport.single_file import Order, channel_axis, order_in_channels
from screening.transport.slowdown import LongTime, find_window, lag_points, late_window
from screening.transport.together import with_collective

Floats = NDArray[np.float64]

_COMBINATION = (
    "one-way random effects, replicas within orderings: mean over orderings weighted by the arrangements each stands "
    "for, within one over replicas weighted by ions times frames; "
    "variance = sum over trajectories w^2 (sampling^2 + replica^2) + sum over orderings W^2 ordering^2; sampling = the "
    "larger of the random walk's and the scatter between ions; replica and ordering by the method of moments, replica "
    "where Cochran's Q is less likely than 0.1; both times Student's t of their number; "
    "slowdown^2 added: what is left open by how D(t) falls"
)
_IN_CHANNELS = (TransportVerdict.RESOLVED, TransportVerdict.BRACKETED, TransportVerdict.UPPER_BOUND)


def analyse_temperature(
    trajectories: Sequence[Trajectory],
    *,
    mobile: str,
    charge: float,
    temperature_K: float,
    settings: TransportConfig,
    orderings: Sequence[int] | None = None,
    ordering_weights: Mapping[int, float] | None = None,
) -> TransportRecord:
    """Diffusivities, conductivities and the verdict for one candidate at one temperature.

    Args:
        trajectories: Replicas and orderings, unwrapped, the same mobile element and frame interval in all.
        mobile: Element of the mobile ions.
        charge: Of one mobile ion in elementary charges.
        temperature_K: The temperature that was asked for, in K.
        settings: Fit window and thresholds.
        orderings: Which ordering each trajectory is of; replicas of one ordering where None.
        ordering_weights: How many arrangements each ordering stands for; those not named stand for one.

    Returns:
        The record, with units in its names; what is not known is None.
        `tracer_diffusivity_cm2_s` is a number only where `verdict` is "resolved"; `collective_reason` says why the
        collective one is missing. `dimensionality` is 0 where no ion left its neighbourhood, and None where it is
        not known.
        Eigenvalues rise; row i of `principal_axes` is the axis of eigenvalue i.

    Raises:
        StageError: no trajectory, differing frame intervals, no charge, or damaged positions.
    """
    labels = _labels(orderings, len(trajectories))
    _check(trajectories, temperature_K, charge)
    record = TransportRecord(
        verdict=TransportVerdict.TOO_SHORT,
        reason="",
        mobile=mobile,
        charge=charge,
        temperature_K=float(temperature_K),
        n_trajectories=len(trajectories),
        n_orderings=len(set(labels)),
        n_frames=tuple(t.n_frames for t in trajectories),
        frame_interval_fs=trajectories[0].frame_interval_fs,
        combination=_COMBINATION,
    )
    lacking = [i for i, t in enumerate(trajectories) if mobile not in t.symbols]
    if lacking:
        reason = f"trajectory {lacking[0] + 1} has no {mobile}"
        return replace(record, verdict=TransportVerdict.NO_MOBILE_IONS, reason=reason)
    used = [t.production(settings.equilibration_fraction) for t in trajectories]
    record = _with_sizes(record, used, trajectories, mobile)
    shortest = min(t.n_frames for t in used)
    if shortest < settings.min_frames:
        return replace(record, reason=f"{shortest} frames after equilibration, fewer than {settings.min_frames}")

    lags = lag_grid(shortest, settings.fit_end_fraction)
    runs = [displacements(t, mobile, lags) for t in used]
    weights = ordering_weights or {}
    tracer, collective = tracer_curves(runs, labels, weights), collective_curves(runs, labels, weights)
    growths = {name: rules.growth(runs[0].lag_ps, msd) for name, msd in _framework(runs).items()}
    escapes, escaped_share = _escapes(used, mobile, settings)
    record = replace(
        _with_curves(record, runs, tracer, collective),
        framework_elements=growths,
        drift_removed=all(run.drift_removed for run in runs),
        escapes=escapes,
        escaped_share=escaped_share,
    )
    window = find_window(tracer, settings)
    evidence = _evidence(tracer, window, settings, escapes=escapes, framework=record.framework_msd_A2 is not None)
    hops = _hops(tracer, settings)
    record = replace(
        record,
        effective_hops=hops,
        relative_error_from_hops=statistical_size(hops),
        loglog_slope=evidence.loglog_slope,
        loglog_slope_error=evidence.loglog_slope_error,
        fit_window_ps=None if window is None else window.ends_ps(tracer),
    )
    moving = rules.framework_moves(growths, mobile, settings)
    if moving is not None:
        return replace(record, verdict=moving[0], reason=moving[1])
    outcome, reason = rules.judge(evidence, settings)
    order = _order(used, mobile, tracer, settings) if outcome in _IN_CHANNELS else None
    if order is not None and order.kept:
        outcome, reason = TransportVerdict.UPPER_BOUND, str(order)
    record = replace(record, verdict=outcome, reason=reason)
    if outcome in (TransportVerdict.UPPER_BOUND, TransportVerdict.BRACKETED):
        record = _with_bounds(record, tracer, window, evidence, settings)
    eigenvalues = None
    if outcome is TransportVerdict.RESOLVED and window is not None and evidence.diffusivity is not None:
        tensor, eigenvalues, axes = principal_diffusivities(tracer, window)
        record = _with_tensor(_with_tracer(record, evidence.diffusivity), tensor, eigenvalues, axes)
    if outcome is not TransportVerdict.TOO_SHORT:
        file = order is not None and order.kept
        record = with_collective(record, collective, tracer, window, evidence.diffusivity, settings, single_file=file)
    if eigenvalues is not None or (outcome is TransportVerdict.UPPER_BOUND and evidence.escapes == 0):
        record = with_directions(record, used, labels, eigenvalues, threshold=settings.dimensionality_threshold)
    return record


def _labels(orderings: Sequence[int] | None, n_trajectories: int) -> list[int]:
    if orderings is None:
        return [0] * n_trajectories
    if len(orderings) != n_trajectories:
        raise StageError(f"{len(orderings)} orderings are named for {n_trajectories} trajectories; one each is needed")
    return list(orderings)


def _check(trajectories: Sequence[Trajectory], temperature_K: float, charge: float) -> None:
    if not trajectories:
        raise StageError(f"no trajectory at {temperature_K:g} K to analyse")
    intervals = {t.frame_interval_fs for t in trajectories}
    if len(intervals) > 1:
        raise StageError(f"trajectories with different frame intervals ({sorted(intervals)} fs) cannot be pooled")
    if not temperature_K > 0.0 or not min(intervals) > 0.0:
        raise StageError(f"temperature {temperature_K} K and frame interval {min(intervals)} fs must be positive")
    if charge == 0.0 or not np.isfinite(charge):
        raise StageError(f"charge {charge} e of the mobile ion: ions without charge carry no current")


def _with_sizes(
    record: TransportRecord, used: Sequence[Trajectory], whole: Sequence[Trajectory], mobile: str
) -> TransportRecord:
    counts = [len(t.indices(mobile)) for t in used]
    volumes = [float(abs(np.linalg.det(mean_cell(t.cells)))) for t in used]
    cuts = [(b.n_frames - a.n_frames) * a.frame_interval_fs / 1000.0 for a, b in zip(used, whole, strict=True)]
    known = [t.temperatures_K for t in used if t.temperatures_K is not None]
    return replace(
        record,
        n_mobile=counts[0] if len(set(counts)) == 1 else float(np.mean(counts)),
        number_density_per_cm3=sum(counts) / sum(volumes) * A3_PER_CM3,
        volume_A3=float(np.mean(volumes)),
        equilibration_ps=float(np.mean(cuts)),
        mean_temperature_K=float(np.concatenate(known).mean()) if known and len(known) == len(used) else None,
    )


def _framework(runs: Sequence[Displacements]) -> dict[str, Floats]:
    """MSD of each framework element, averaged over the atoms of all trajectories."""
    result = {}
    for name in sorted({name for run in runs for name in run.framework}):
        parts = [(run.framework_counts[name], run.framework[name]) for run in runs if name in run.framework]
        result[name] = np.average([msd for _, msd in parts], axis=0, weights=[n for n, _ in parts])
    return result


def _with_curves(
    record: TransportRecord, runs: Sequence[Displacements], tracer: Curves, collective: Curves
) -> TransportRecord:
    elements = _framework(runs)
    framework = None
    if elements:
        counts = [sum(run.framework_counts.get(name, 0) for run in runs) for name in elements]
        framework = np.average(list(elements.values()), axis=0, weights=counts)
    return replace(
        record,
        framework_msd_A2=None if framework is None else float(framework[-1]),
        msd=MsdCurves(
            lag_ps=floats(runs[0].lag_ps),
            tracer_A2=floats(tracer.pooled()),
            tracer_error_A2=floats(msd_error(tracer)),
            collective_A2=floats(collective.pooled()),
            framework_A2=None if framework is None else floats(framework),
        ),
    )


def _escapes(used: Sequence[Trajectory], mobile: str, settings: TransportConfig) -> tuple[int, float]:
    """How often an ion left its neighbourhood, and which share of the ions ever did."""
    per_ion = np.concatenate(
        [
            count_escapes(
                t,
                mobile,
                size=settings.neighbourhood_size,
                average_ps=settings.neighbourhood_average_ps,
                hop_distance_A=settings.hop_distance_A,
            )
            for t in used
        ]
    )
    return int(per_ion.sum()), float((per_ion > 0).mean())


def _evidence(
    tracer: Curves, window: LongTime | None, settings: TransportConfig, *, escapes: int, framework: bool
) -> rules.Evidence:
    msd = tracer.pooled()
    late = lag_points(tracer.lags, int(np.searchsorted(tracer.lags, 0.25 * tracer.lags[-1])))
    static = not np.all(msd[late] > 0.0)
    slope, error = (0.0, 0.0) if static else loglog_slope(tracer, late)
    return rules.Evidence(
        diffusivity=None if window is None else diffusivity(tracer, window, settings.dimensions),
        loglog_slope=slope,
        loglog_slope_error=error,
        escapes=escapes,
        n_ions=sum(len(walkers) for walkers in tracer.walkers),
        framework=framework,
        last_lag_ps=float(tracer.lags[-1] * tracer.frame_interval_ps),
        msd_A2=float(msd[-1]),
    )


def _hops(tracer: Curves, settings: TransportConfig) -> float:
    ends = [float(walkers[:, :3, -1].sum(axis=1).mean()) for walkers in tracer.walkers]
    return rules.effective_hops(ends, [len(walkers) for walkers in tracer.walkers], settings.hop_distance_A)


def _order(used: Sequence[Trajectory], mobile: str, tracer: Curves, settings: TransportConfig) -> Order | None:
    """How well ions keep their order, where they move along one axis alone."""
    axis = channel_axis(tracer, settings.dimensionality_threshold)
    return None if axis is None else order_in_channels(used, mobile, tracer, axis, settings)


def _with_bounds(
    record: TransportRecord,
    curves: Curves,
    window: LongTime | None,
    evidence: rules.Evidence,
    settings: TransportConfig,
) -> TransportRecord:
    """With the upper bound of D*, and with the lower one where diffusion is seen."""
    estimate, low = evidence.diffusivity, None
    if record.verdict is TransportVerdict.BRACKETED:
        window = window or late_window(curves, settings)
        estimate = estimate or diffusivity(curves, window, settings.dimensions)
        low = lower_bound(window, estimate, evidence, settings.upper_bound_confidence) * A2_PS_TO_CM2_S
    high = upper_bound(curves, settings, estimate, evidence.escapes) * A2_PS_TO_CM2_S
    return replace(
        record,
        tracer_diffusivity_upper_bound_cm2_s=high,
        tracer_diffusivity_lower_bound_cm2_s=low,
        conductivity_nernst_einstein_upper_bound_mS_cm=conductivity_of(record, high),
        conductivity_nernst_einstein_lower_bound_mS_cm=None if low is None else conductivity_of(record, low),
    )


def _with_tracer(record: TransportRecord, estimate: Estimate) -> TransportRecord:
    value, error = estimate.value * A2_PS_TO_CM2_S, estimate.error * A2_PS_TO_CM2_S
    return replace(
        record,
        tracer_diffusivity_cm2_s=value,
        tracer_diffusivity_error_cm2_s=error,
        tracer_diffusivity_sampling_error_cm2_s=estimate.sampling_error * A2_PS_TO_CM2_S,
        tracer_diffusivity_slowdown_error_cm2_s=estimate.shape_error * A2_PS_TO_CM2_S,
        tracer_diffusivity_replica_error_cm2_s=_in_cm2_s(estimate.replica_error),
        tracer_diffusivity_ordering_error_cm2_s=_in_cm2_s(estimate.ordering_error),
        tracer_diffusivity_few_error_cm2_s=estimate.few_error * A2_PS_TO_CM2_S,
        tracer_diffusivity_ordering_spread_cm2_s=_in_cm2_s(estimate.ordering_spread),
        conductivity_nernst_einstein_mS_cm=conductivity_of(record, value),
        conductivity_nernst_einstein_error_mS_cm=conductivity_of(record, error),
    )


def _in_cm2_s(value: float | None) -> float | None:
    return None if value is None else value * A2_PS_TO_CM2_S


def _with_tensor(
    record: TransportRecord, tensor: Floats, eigenvalues: Sequence[Estimate], axes: Floats
) -> TransportRecord:
    return replace(
        record,
        diffusion_tensor_cm2_s=tuple(map(floats, tensor * A2_PS_TO_CM2_S)),
        eigenvalues_cm2_s=tuple(e.value * A2_PS_TO_CM2_S for e in eigenvalues),
        eigenvalue_errors_cm2_s=tuple(e.error * A2_PS_TO_CM2_S for e in eigenvalues),
        principal_axes=tuple(map(floats, axes.T)),
    )
