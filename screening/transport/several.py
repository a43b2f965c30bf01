"""More than one species that moves: each one's diffusivity, and the conductivity of all ions together."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from screening.config.transport import TransportConfig
from screening.constants import A2_PS_TO_CM2_S, A3_PER_CM3
from screening.trajectories.frames import framework_drift, in_mean_cell, mean_cell
from screening.trajectories.trajectory import Trajectory
from screening.transport.analysis import analyse_temperature
from screening.transport.conductivity import to_conductivity
from screening.transport.curves import Curves
from screening.transport.diffusion import diffusivity
from screening.transport.displacement import displacements
from screening.transport.msd import lag_grid, tensor_msd
from screening.transport.record import AllIons, SpeciesTransport, TransportRecord, TransportVerdict
from screening.transport.slowdown import lag_points, long_time, steady_or_slower, together
from screening.transport.together import axes_of_motion


def analyse_species(
    trajectories: Sequence[Trajectory],
    charges: Mapping[str, float],
    *,
    temperature_K: float,
    settings: TransportConfig,
    orderings: Sequence[int] | None = None,
    ordering_weights: Mapping[int, float] | None = None,
) -> SpeciesTransport:
    """`analyse_temperature` of each species that moves; none of them belongs to the framework of another.

    Args:
        trajectories: As `analyse_temperature`; the framework that they name holds, else it is all other elements.
        charges: Of an ion of each species in elementary charges, the main one first.
        temperature_K, settings, orderings, ordering_weights: As `analyse_temperature`.

    Returns:
        The record of the first species; where there are more, `also_mobile` holds theirs by element, and `all_ions` the
        conductivity of all of them together.

    Raises:
        StageError: see `analyse_temperature`.
    """
    first, *others = charges
    apart = [trajectory.beside(first, others) for trajectory in trajectories]
    records = {
        mobile: analyse_temperature(
            apart,
            mobile=mobile,
            charge=charge,
            temperature_K=temperature_K,
            settings=settings,
            orderings=orderings,
            ordering_weights=ordering_weights,
        )
        for mobile, charge in charges.items()
    }
    if not others:
        return SpeciesTransport.of(records[first])
    together = _all_ions(apart, charges, records, settings, orderings, ordering_weights or {})
    return SpeciesTransport.of(records[first], also_mobile={name: records[name] for name in others}, all_ions=together)


def _all_ions(
    trajectories: Sequence[Trajectory],
    charges: Mapping[str, float],
    records: Mapping[str, TransportRecord],
    settings: TransportConfig,
    orderings: Sequence[int] | None,
    weights: Mapping[int, float],
) -> AllIons:
    """Conductivity from the walk of the whole charge, sum over ions of q dr: what species do against each other counts.

    sigma = <|sum_i q_i dr_i|^2> / (6 V kT t), with D = that sum over sum_i q_i^2 the diffusivity of one ion. The line
    starts where the last of the species' own windows opens; what single ions show of a slowdown is used, as for
    one species.
    """
    unresolved = [name for name, record in records.items() if record.verdict is not TransportVerdict.RESOLVED]
    if unresolved:
        return AllIons(reason=f"{', '.join(unresolved)} not resolved")
    independent = sum(record.conductivity_nernst_einstein_mS_cm or 0.0 for record in records.values())
    used = [trajectory.production(settings.equilibration_fraction) for trajectory in trajectories]
    lags = lag_grid(min(t.n_frames for t in used), settings.fit_end_fraction)
    frames, labels = tuple(t.n_frames for t in used), tuple(orderings or [0] * len(used))
    interval_ps = used[0].frame_interval_fs / 1000.0
    walks = tuple(_charge_walk(t, charges, lags) for t in used)
    curves = Curves(walks, frames, lags, interval_ps, labels, weights)
    single = Curves(tuple(_charges_alone(t, charges, lags) for t in used), frames, lags, interval_ps, labels, weights)
    opens_ps = max(record.fit_window_ps[0] for record in records.values() if record.fit_window_ps)
    start = int(np.searchsorted(lags * curves.frame_interval_ps, opens_ps * (1.0 - 1e-9)))
    points = lag_points(lags, start)
    level = settings.upper_bound_confidence
    alone = long_time(single, points, settings.dimensions, steady_or_slower(single, points), confidence=level)
    axes = axes_of_motion(single, alone)
    estimate = diffusivity(curves, together(curves, alone, axes, settings), settings.dimensions, axes)
    density = {
        "number_density_per_cm3": A3_PER_CM3
        * sum(_square_charge(t, charges) for t in used)
        / sum(map(_volume_A3, used)),
        "charge": 1.0,
        "temperature_K": next(iter(records.values())).temperature_K,
    }
    value, error = (to_conductivity(x * A2_PS_TO_CM2_S, **density) for x in (estimate.value, estimate.error))
    if not error < settings.max_relative_error * value:
        reason = f"sigma = {value:.2g} +- {error:.2g} mS/cm has a relative error above {settings.max_relative_error:g}"
        return AllIons(reason=reason, conductivity_nernst_einstein_mS_cm=independent)
    return AllIons(
        reason="resolved",
        conductivity_nernst_einstein_mS_cm=independent,
        conductivity_collective_mS_cm=value,
        conductivity_collective_error_mS_cm=error,
    )


def _charge_walk(trajectory: Trajectory, charges: Mapping[str, float], lags: Any) -> Any:
    """Squared displacements of the whole charge over sum q^2, A^2, (1, 6, n_lags), as `Curves` wants them."""
    positions = in_mean_cell(trajectory)
    moving = trajectory.moving(next(iter(charges)))
    drift = framework_drift(positions, trajectory.symbols, moving)
    total = np.zeros((trajectory.n_frames, 3))
    for mobile, charge in charges.items():
        paths = positions[:, trajectory.indices(mobile)]
        moved = (paths - paths[:1]).sum(axis=1, dtype=np.float64)
        total += charge * (moved if drift is None else moved - drift * paths.shape[1])
    return tensor_msd(total[:, None, :], lags) / _square_charge(trajectory, charges)


def _charges_alone(trajectory: Trajectory, charges: Mapping[str, float], lags: Any) -> Any:
    """The same of each ion on its own, (n_ions, 6, n_lags): their mean is what independent ions would give."""
    scale = sum(len(trajectory.indices(mobile)) for mobile in charges) / _square_charge(trajectory, charges)
    walks = [scale * q**2 * displacements(trajectory, mobile, lags).tracer for mobile, q in charges.items()]
    return np.concatenate(walks)


def _square_charge(trajectory: Trajectory, charges: Mapping[str, float]) -> float:
    return sum(charge**2 * len(trajectory.indices(mobile)) for mobile, charge in charges.items())


def _volume_A3(trajectory: Trajectory) -> float:
    return float(abs(np.linalg.det(mean_cell(trajectory.cells))))
