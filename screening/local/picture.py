"""The local picture of one candidate at one temperature: sites, jumps, density, surroundings, in one record."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from screening.config.transport import LocalPictureConfig
from screening.constants import A2_PS_TO_CM2_S, A3_PER_CM3
from screening.errors import StageError
from screening.local.hops import (
    Jumps,
    correlation_factor,
    find_jumps,
    hop_distance,
    hop_network,
    hop_rate,
    jump_diffusivity,
    jump_table,
    residence_times,
    share_that_jumps,
)
from screening.local.record import GroupRotation, LocalPicture, Measured, PairCurve, VanHove
from screening.local.rotation import rotation
from screening.local.sites import Sites, energy_overlap, occupation, site_energies, sites_from_density
from screening.local.surroundings import anion_labels, anion_shares, pair_distribution
from screening.local.van_hove import van_hove_distinct, van_hove_self
from screening.local.vibration import vibration_spectrum
from screening.records.fields import floats
from screening.trajectories.frames import mean_cell
from screening.trajectories.trajectory import Trajectory
from screening.transport.density import densest_voxels, ion_density
from screening.transport.dimensionality import density_axes, directions_of
from screening.transport.percolation import percolation, percolation_errors

Floats = NDArray[np.float64]

#: Two in each of the blocks that errors come from.
_MIN_FRAMES = 16
_MAX_CURVE_POINTS = 200
# Of each run, for the errors of van Hove functions and percolation barriers.
_PIECES = 4
#: Of the density that the record keeps for drawing.
_DRAWN_SPACING_A, _DRAWN_SHARE = 0.5, 0.95


def local_picture(
    trajectories: Sequence[Trajectory],
    *,
    mobile: str,
    temperature_K: float,
    settings: LocalPictureConfig,
    tracer_A2_ps: Measured | None = None,
    sites: Sites | None = None,
    cages: NDArray[np.float64] | None = None,
    dimensions: int = 3,
    dimensionality_threshold: float = 0.1,
) -> LocalPicture:
    """Everything about where the ions are and how they jump.

    Args:
        trajectories: Of one ordering, equilibrated (see `Trajectory.production`), unwrapped.
        mobile: Element of the mobile ions.
        temperature_K: In K.
        settings: Grids, ranges and the recrossing filter.
        tracer_A2_ps: D* in A^2/ps (1 A^2/ps = 1e-4 cm^2/s) for the correlation factor; None where not resolved.
        sites: Sites with kinds; maxima of the density where None.
        cages: Fractional coordinates of the cages' centres, (n_cages, 3); the sites' own where None.
        dimensions: d.
        dimensionality_threshold: See `dimensionality.density_axes`.

    Raises:
        StageError: no trajectory, too few frames, or no mobile ions.
    """
    if not trajectories or any(mobile not in t.symbols for t in trajectories):
        raise StageError(f"a local picture needs trajectories with {mobile}")
    if min(t.n_frames for t in trajectories) < _MIN_FRAMES:
        raise StageError(f"a local picture needs {_MIN_FRAMES} frames of each trajectory at the least")
    grid = {"spacing_A": settings.density_spacing_A, "smoothing_A": settings.density_smoothing_A}
    density = ion_density(trajectories, mobile, **grid)
    found = sites or sites_from_density(
        density, min_distance_A=settings.site_min_distance_A, min_share=settings.site_min_share
    )
    if cages is not None:
        found = replace(found, cages=cages)
    visited = [occupation(t, mobile, found) for t in trajectories]
    occupied = [one.without_short_visits(settings.min_residence_ps) for one in visited]
    jumps = [find_jumps(one) for one in occupied]
    # Every visit is time on a site; that short ones are no jumps does not make them time elsewhere.
    energies = site_energies(visited, temperature_K)
    connected = percolation(density, temperature_K)
    parts = list(zip(*(t.cut(_PIECES) for t in trajectories), strict=True))
    labels = anion_labels(trajectories[0], mobile)
    spectrum = vibration_spectrum(trajectories, mobile, segment_ps=settings.spectrum_segment_ps)
    random_walk = jump_diffusivity(jumps, dimensions)
    counted = _counted(jumps)
    return LocalPicture(
        n_sites=len(found.fractional),
        sites_from="given" if sites is not None else "density",
        site_fractional=tuple(map(floats, found.fractional)),
        site_kinds=found.kinds,
        site_occupancy=floats(energies.occupancy),
        site_energy_eV=_known(energies.energy_eV),
        site_energy_error_eV=_known(energies.error_eV),
        site_energy_width_eV=_width(energies.energy_eV),
        site_kind_overlap=_overlaps(found, energies.energy_eV, temperature_K),
        recrossing_filter_ps=settings.min_residence_ps,
        n_jumps=sum(len(one.ion) for one in jumps),
        n_jumps_within_cages=None if counted is None else counted[0],
        n_jumps_between_cages=None if counted is None else counted[1],
        jumps=jump_table(jumps),
        hop_network=hop_network(jumps),
        hop_rate_per_ion_per_ps=hop_rate(jumps),
        hop_distance_A=hop_distance(jumps),
        random_walk_diffusivity_cm2_s=Measured(random_walk.value * A2_PS_TO_CM2_S, random_walk.error * A2_PS_TO_CM2_S),
        correlation_factor=None if tracer_A2_ps is None else correlation_factor(tracer_A2_ps, random_walk),
        share_of_ions_that_jump=share_that_jumps(jumps),
        residence_ps=residence_times(occupied),
        ion_density=densest_voxels(density, spacing_A=_DRAWN_SPACING_A, share=_DRAWN_SHARE),
        carrier_density_per_cm3=_carriers(trajectories, mobile),
        percolation_thresholds_per_A3=tuple(connected.thresholds),
        percolation_barriers_eV=tuple(connected.barriers_eV),
        percolation_barrier_errors_eV=tuple(percolation_errors(parts, mobile, temperature_K, **grid)),
        percolation_dimensionality=density_axes(connected, temperature_K, dimensionality_threshold),
        percolation_directions={str(rank): tuple(directions_of(connected, rank)) for rank in (1, 2, 3)},
        attempt_frequency_THz=spectrum.attempt_frequency_THz,
        attempt_frequency_reason=spectrum.reason,
        pair_distributions=_pair_curves(trajectories, mobile, labels, settings),
        anions=anion_shares(trajectories, mobile, labels, min_residence_ps=settings.min_residence_ps) if labels else {},
        van_hove=_van_hove(trajectories, mobile, settings),
        group_rotation=_group_rotation(trajectories),
    )


def _known(values: Floats) -> tuple[float | None, ...]:
    return tuple(float(x) if np.isfinite(x) else None for x in values)


def _width(energies: Floats) -> float | None:
    known = energies[np.isfinite(energies)]
    return float(known.std(ddof=1)) if len(known) > 1 else None


def _overlaps(sites: Sites, energies: Floats, temperature_K: float) -> dict[str, float]:
    kinds, names = np.array(sites.kinds), sorted(set(sites.kinds))
    return {
        f"{a}|{b}": energy_overlap(energies[kinds == a], energies[kinds == b], temperature_K)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    }


def _counted(jumps: Sequence[Jumps]) -> tuple[int, int] | None:
    """Jumps within cages and between them; None where no cages are named."""
    if not any(len(one.sites.cages) for one in jumps):
        return None
    within = sum(int(one.within_cage.sum()) for one in jumps)
    return within, sum(len(one.ion) for one in jumps) - within


def _carriers(trajectories: Sequence[Trajectory], mobile: str) -> float:
    ions = sum(len(t.indices(mobile)) for t in trajectories)
    volume = sum(abs(np.linalg.det(mean_cell(t.cells))) for t in trajectories)
    return float(ions / volume * A3_PER_CM3)


def _pair_curves(
    trajectories: Sequence[Trajectory], mobile: str, labels: dict[int, str], settings: LocalPictureConfig
) -> dict[str, PairCurve]:
    """Radial distributions of the other mobile ions and of each kind of anion."""
    ions = trajectories[0].indices(mobile)
    groups = {mobile: ions} if len(ions) > 1 else {}
    for label in sorted(set(labels.values())):
        groups[label] = np.array([index for index, own in labels.items() if own == label])
    curves = {}
    for label, atoms in groups.items():
        pair = pair_distribution(
            trajectories, mobile, atoms, range_A=settings.pair_range_A, max_frames=settings.max_frames
        )
        curves[label] = PairCurve(
            r_A=floats(pair.r_A),
            g=floats(pair.g),
            g_error=floats(pair.g_error),
            coordination=floats(pair.coordination),
            first_shell_A=pair.first_shell_A,
            first_shell_coordination=pair.first_shell_coordination,
        )
    return curves


def _group_rotation(trajectories: Sequence[Trajectory]) -> GroupRotation | None:
    turning = rotation(trajectories)
    if turning is None:
        return None
    thin = slice(None, None, max(1, len(turning.lag_ps) // _MAX_CURVE_POINTS))
    return GroupRotation(
        n_bonds=turning.n_bonds,
        relaxation_ps=turning.relaxation_ps,
        relaxation_error_ps=turning.relaxation_error_ps,
        lag_ps=floats(turning.lag_ps[thin]),
        p1=floats(turning.first[thin]),
        p1_error=None if turning.first_error is None else floats(turning.first_error[thin]),
        p2=floats(turning.second[thin]),
        p2_error=None if turning.second_error is None else floats(turning.second_error[thin]),
    )


def _van_hove(trajectories: Sequence[Trajectory], mobile: str, settings: LocalPictureConfig) -> tuple[VanHove, ...]:
    """Self and distinct part at each lag that fits the shortest trajectory, each counted by its length."""
    edges = np.linspace(0.0, settings.pair_range_A, 81)
    lengths = [t.n_frames for t in trajectories]
    frame_ps = trajectories[0].frame_interval_fs / 1000.0
    several = len(trajectories[0].indices(mobile)) > 1
    # Whole frames; what is shorter than half of one would be no lag at all.
    lags = dict.fromkeys(round(lag / frame_ps) * frame_ps for lag in settings.van_hove_lags_ps)

    def mean(function: Callable[..., NDArray[np.float64]], lag: float) -> tuple[float, ...]:
        values = [function(t, mobile, lag, edges) for t in trajectories]
        return floats(np.average(values, axis=0, weights=lengths))

    def error(function: Callable[..., NDArray[np.float64]], lag: float) -> tuple[float, ...] | None:
        """From pieces of the runs, which are as good as independent where the lag is short beside them."""
        pieces = [piece for t in trajectories for piece in t.cut(_PIECES)]
        if lag > 0.5 * min(t.n_frames for t in pieces) * frame_ps:
            return None
        values = [function(t, mobile, lag, edges) for t in pieces]
        return floats(np.std(values, axis=0, ddof=1) / len(values) ** 0.5)

    return tuple(
        VanHove(
            lag_ps=lag,
            r_A=floats(0.5 * (edges[1:] + edges[:-1])),
            self_per_A=mean(van_hove_self, lag),
            self_error_per_A=error(van_hove_self, lag),
            distinct=mean(van_hove_distinct, lag) if several else None,
            distinct_error=error(van_hove_distinct, lag) if several else None,
        )
        for lag in lags
        if 0 < lag <= 0.5 * min(lengths) * frame_ps
    )
