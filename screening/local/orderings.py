"""The local picture of one candidate at one temperature: of the first ordering, its rates and times of all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.config.transport import LocalPictureConfig, TransportConfig
from screening.local.hops import Measured, correlation_factor
from screening.local.picture import local_picture
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
#: Variables with an error that are of all orderings.
_COMBINED = ("hop_rate_per_ion_per_ps", "hop_distance_A", "random_walk_diffusivity_cm2_s", "attempt_frequency_THz")
#: And those without one.
_AVERAGED = ("share_of_ions_that_jump", "carrier_density_per_cm3")
_OF_EACH = ("n_sites", "n_jumps", "n_jumps_within_cages", "n_jumps_between_cages", *_COMBINED, *_AVERAGED)


def local_picture_of_orderings(
    transport: TransportRecord,
    orderings: Iterable[tuple[int, Sequence[Trajectory]]],
    settings: TransportConfig,
    picture: LocalPictureConfig,
    places_in: PlacesIn | None = None,
    ordering_weights: Mapping[int, float] | None = None,
) -> dict[str, Any]:
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
        As `local_picture`, with `orderings`: what was combined, of each; only `temperature_K` and `missing`, the
        reason, where the record's verdict allows none.

    Raises:
        StageError: as `local_picture`.
    """
    if transport.verdict in _NO_PICTURE or transport.mobile is None:
        return {"temperature_K": transport.temperature_K, "missing": transport.reason}
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
    combined = _combined_record(pictures, weights)
    return {
        **pictures[0],
        **combined,
        "correlation_factor": _correlation_factor(transport, combined["random_walk_diffusivity_cm2_s"]),
        "orderings": [
            {"ordering": label, **{key: own[key] for key in _OF_EACH}}
            for label, own in zip(labels, pictures, strict=True)
        ],
    }


def _combined_record(pictures: Sequence[Mapping[str, Any]], weights: Sequence[float]) -> dict[str, Any]:
    anions = dict.fromkeys(label for own in pictures for label in own["anions"])
    kinds = dict.fromkeys(kind for own in pictures for kind in own["residence_ps"])
    return {
        **{key: _combine([own[key] for own in pictures], weights) for key in _COMBINED},
        **{key: float(np.average([own[key] for own in pictures], weights=weights)) for key in _AVERAGED},
        "residence_ps": {
            kind: _combine([own["residence_ps"].get(kind) for own in pictures], weights) for kind in kinds
        },
        "anions": {label: _anion([own["anions"].get(label) for own in pictures], weights) for label in anions},
    }


def _combine(values: Sequence[Mapping[str, float] | None], weights: Sequence[float]) -> dict[str, float] | None:
    """Over the orderings in which it is known; None where it is in none."""
    known = [i for i, value in enumerate(values) if value is not None]
    if not known:
        return None
    found = [values[i] for i in known]
    share = np.array([weights[i] for i in known])
    estimate = combine(
        np.array([one["value"] for one in found if one is not None]),
        np.array([one["error"] ** 2 for one in found if one is not None]),
        share / share.sum(),
        known,
    )
    return {"value": estimate.value, "error": estimate.error}


def _anion(shares: Sequence[Mapping[str, Any] | None], weights: Sequence[float]) -> dict[str, Any]:
    """An anion kind that an ordering has none of holds no ion there."""
    there = [(own, weight) for own, weight in zip(shares, weights, strict=True) if own is not None]
    return {
        "n_anions": there[0][0]["n_anions"],
        "time_share": sum(own["time_share"] * weight for own, weight in there) / sum(weights),
        "relative_hold": float(np.average([own["relative_hold"] for own, _ in there], weights=[w for _, w in there])),
        "residence_ps": _combine([None if own is None else own["residence_ps"] for own in shares], weights),
    }


def _correlation_factor(transport: TransportRecord, random_walk: Mapping[str, float] | None) -> dict[str, float] | None:
    """D* over D_r; None where D* is not resolved or nothing jumped."""
    tracer, error = transport.tracer_diffusivity_cm2_s, transport.tracer_diffusivity_error_cm2_s
    if tracer is None or error is None or random_walk is None:
        return None
    found = correlation_factor(Measured(tracer, error), Measured(random_walk["value"], random_walk["error"]))
    return None if found is None else {"value": found.value, "error": found.error}
