"""The local picture of one candidate at one temperature: of the first ordering, its rates and times of all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from screening.config.transport import LocalPictureConfig, TransportConfig
from screening.local.hops import correlation_factor
from screening.local.picture import local_picture
from screening.local.record import AnionShare, LocalPicture, LocalRecord, Measured, OrderingJumps
from screening.local.sites import Sites
from screening.trajectories.frames import mean_cell
from screening.trajectories.trajectory import Trajectory
from screening.transport.combination import combine
from screening.transport.record import TransportRecord, TransportVerdict

Floats = NDArray[np.float64]
#: Sites and cage centres in a mean cell; None for sites from the density and for no cages.
PlacesIn = Callable[[Floats], tuple[Sites | None, Floats | None]]

#: Verdicts of trajectories in which no ion can be followed.
_NO_PICTURE = (TransportVerdict.FAILED, TransportVerdict.NO_MOBILE_IONS, TransportVerdict.TOO_SHORT)


def local_picture_of_orderings(
    transport: TransportRecord,
    orderings: Iterable[tuple[int, Sequence[Trajectory]]],
    settings: TransportConfig,
    picture: LocalPictureConfig,
    places_in: PlacesIn | None = None,
    ordering_weights: Mapping[int, float] | None = None,
) -> LocalRecord:
    """The first ordering's local picture, with rates, distances and times combined over all orderings.

    Sites, densities, jumps by kind and pair distributions belong to one crystal and stay the first ordering's. Rates
    and times are combined as diffusivities are (`diffusion.combine`): weighted by the arrangements an ordering stands
    for, and orderings that differ widen the error. The correlation factor is D* of all over D_r of all.

    Args:
        transport: From `analyse_temperature`, of the same trajectories.
        orderings: Label and replicas of each, with their equilibration; read one after the other.
        settings: What the record was made with.
        picture: Grids, ranges and the recrossing filter.
        places_in: Sites and cages in an ordering's mean cell; sites from the density and no cages where None.
        ordering_weights: How many arrangements each ordering stands for; those not named stand for one.

    Returns:
        The picture, with what was combined of each ordering; only the reason why there is none where the record's
        verdict allows none.

    Raises:
        StageError: as `local_picture`.
    """
    if transport.verdict in _NO_PICTURE or transport.mobile is None:
        return LocalRecord(temperature_K=transport.temperature_K, missing=transport.reason)
    labels, weights, pictures = [], [], []
    for label, whole in orderings:
        runs = [t.production(settings.equilibration_fraction) for t in whole]
        sites, cages = places_in(mean_cell(runs[0].cells)) if places_in else (None, None)
        labels.append(label)
        weights.append(float((ordering_weights or {}).get(label, 1.0)))
        pictures.append(
            local_picture(
                runs,
                mobile=transport.mobile,
                temperature_K=transport.temperature_K,
                settings=picture,
                sites=sites,
                cages=cages,
                dimensions=settings.dimensions,
                dimensionality_threshold=settings.dimensionality_threshold,
            )
        )
    random_walk = _combined([own.random_walk_diffusivity_cm2_s for own in pictures], weights)
    combined = replace(
        pictures[0],
        hop_rate_per_ion_per_ps=_combined([own.hop_rate_per_ion_per_ps for own in pictures], weights),
        hop_distance_A=_combine([own.hop_distance_A for own in pictures], weights),
        random_walk_diffusivity_cm2_s=random_walk,
        correlation_factor=_correlation_factor(transport, random_walk),
        attempt_frequency_THz=_combine([own.attempt_frequency_THz for own in pictures], weights),
        share_of_ions_that_jump=_average([own.share_of_ions_that_jump for own in pictures], weights),
        carrier_density_per_cm3=_average([own.carrier_density_per_cm3 for own in pictures], weights),
        residence_ps={
            kind: _combine([own.residence_ps.get(kind) for own in pictures], weights)
            for kind in dict.fromkeys(kind for own in pictures for kind in own.residence_ps)
        },
        anions={
            label: _anion([own.anions.get(label) for own in pictures], weights)
            for label in dict.fromkeys(label for own in pictures for label in own.anions)
        },
        orderings=tuple(_jumps_of(label, own) for label, own in zip(labels, pictures, strict=True)),
    )
    return LocalRecord(temperature_K=transport.temperature_K, picture=combined)


def _jumps_of(ordering: int, picture: LocalPicture) -> OrderingJumps:
    return OrderingJumps(
        ordering=ordering,
        n_sites=picture.n_sites,
        n_jumps=picture.n_jumps,
        n_jumps_within_cages=picture.n_jumps_within_cages,
        n_jumps_between_cages=picture.n_jumps_between_cages,
        hop_rate_per_ion_per_ps=picture.hop_rate_per_ion_per_ps,
        hop_distance_A=picture.hop_distance_A,
        random_walk_diffusivity_cm2_s=picture.random_walk_diffusivity_cm2_s,
        attempt_frequency_THz=picture.attempt_frequency_THz,
        share_of_ions_that_jump=picture.share_of_ions_that_jump,
        carrier_density_per_cm3=picture.carrier_density_per_cm3,
    )


def _average(values: Sequence[float], weights: Sequence[float]) -> float:
    return float(np.average(values, weights=weights))


def _combine(values: Sequence[Measured | None], weights: Sequence[float]) -> Measured | None:
    """Over the orderings in which it is known; None where it is in none."""
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    return _combined([value for value, _ in known], [weight for _, weight in known]) if known else None


def _combined(values: Sequence[Measured], weights: Sequence[float]) -> Measured:
    share = np.array(weights)
    estimate = combine(
        np.array([one.value for one in values]),
        np.array([one.error**2 for one in values]),
        share / share.sum(),
        range(len(values)),
    )
    return Measured(estimate.value, estimate.error)


def _anion(shares: Sequence[AnionShare | None], weights: Sequence[float]) -> AnionShare:
    """An anion kind that an ordering has none of holds no ion there."""
    there = [(own, weight) for own, weight in zip(shares, weights, strict=True) if own is not None]
    return AnionShare(
        n_anions=there[0][0].n_anions,
        time_share=sum(own.time_share * weight for own, weight in there) / sum(weights),
        relative_hold=_average([own.relative_hold for own, _ in there], [weight for _, weight in there]),
        residence_ps=_combine([None if own is None else own.residence_ps for own in shares], weights),
    )


def _correlation_factor(transport: TransportRecord, random_walk: Measured) -> Measured | None:
    """D* over D_r; None where D* is not resolved or nothing jumped."""
    tracer, error = transport.tracer_diffusivity_cm2_s, transport.tracer_diffusivity_error_cm2_s
    return None if tracer is None or error is None else correlation_factor(Measured(tracer, error), random_walk)
