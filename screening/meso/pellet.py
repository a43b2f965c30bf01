"""The pellet: grains of one or two crystals with one kind of boundary, at sizes that no cell can hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, isfinite

import numpy as np
from numpy.typing import NDArray

from screening.errors import StageError
from screening.meso.analysis import ACROSS, ALONG, slabs
from screening.meso.media import Composite, grains_with_boundaries, polycrystal, two_phases
from screening.meso.record import Conduction, Excess, Layers, PelletPoint

UM_TO_CM, _A_TO_UM = 1e-4, 1e-4
#: Of the other phase of a composite, as is usual.
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
#: Of curves.
SIZES_UM = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
DRAWS, SEED = 4000, 0
#: Standard errors as percentiles: 68 % lie between.
BETWEEN = (16, 84)
#: Beside a phase that conducts so much less than the other, what its interface adds across is of no matter.
POOR = 0.1


@dataclass(frozen=True)
class Pellet:
    """Conductivity of a pellet.

    Attributes:
        grain_um: Size of grains.
        value_mS_cm: Conductivity.
        low_mS_cm: With 68 % between it and `high_mS_cm`; None where draws of the errors leave no such formula.
        high_mS_cm: See there.
        over_crystal: Over that of the crystal; of an interface the lower one, which the rule made. None where that is
            not seen to conduct.
        share: Of the volume that the other phase takes; None where there is one.
        near_percolation: Whether paths through the better phase are there is open; the interval holds both.
    """

    grain_um: float
    value_mS_cm: float
    low_mS_cm: float | None
    high_mS_cm: float | None
    over_crystal: float | None
    share: float | None = None
    near_percolation: bool = False


def pellets(found: Layers, grains_um: Sequence[float]) -> list[Pellet]:
    """Conductivity against the size of grains, if all boundaries were of this one law.

    Errors of the cell's and the crystal's conductivities are drawn from normal distributions, and R, G and the crystal
    follow from each draw together, to first order.

    Raises:
        StageError: there are no runs of the crystal, it is an interface, or a size is too small for thin boundaries.
    """
    _require_sizes(grains_um)
    if found.other_crystal is not None:
        raise StageError("an interface makes a composite of two phases: say by `--share` how much of each there is")
    crystal, added = found.crystal, found.excess
    if crystal is None or added is None:
        raise StageError("a pellet needs R and G: give runs of the crystal (`screening layers --crystal`)")
    if added.resistance_ohm_cm2 is None:
        raise StageError(f"a pellet needs R, not known at {found.temperature_K:g} K: {added.reason}; run longer")
    grain, resistance = _mean(crystal), added.resistance_ohm_cm2
    drawn = _draws(found.cell, crystal, None, added)
    _require_larger(grains_um, found.cell)
    made = []
    for size in grains_um:
        value = _one(grain, resistance, added.conductance_S, size)
        known = [one for one in (_drawn(draw, size) for draw in drawn) if one is not None]
        made.append(_pellet(size, None, value, known, known, grain))
    return made


def composites(found: Layers, grains_um: Sequence[float], shares: Sequence[float]) -> list[Pellet]:
    """Conductivity of grains of both phases of an interface, against their size and the other phase's share.

    Errors are drawn as for `pellets`. The interval is from the lower bound to the upper one, with their errors. Where
    nothing is seen to cross a phase R is not known, and none is taken if that phase hardly conducts beside the other.

    Raises:
        StageError: there are no runs of both crystals, R is not known and would count, a size is smaller than the
            grains in the cell, or a share not between 0 and 1.
    """
    _require_sizes(grains_um)
    if outside := [share for share in shares if not 0 <= share <= 1]:
        raise StageError(
            f"a share of {outside[0]:g} of the volume is none: give it from 0 to 1, such as 0.3 for 30 percent"
        )
    one, other, added = found.crystal, found.other_crystal, found.excess
    if one is None or other is None or added is None:
        raise StageError(
            "a composite needs runs of an interface and of both crystals (`screening layers --crystal --other-crystal`)"
        )
    if added.resistance_ohm_cm2 is None and not _hardly_conducts(one, other):
        raise StageError(
            f"a composite needs R, not known at {found.temperature_K:g} K: {added.reason}. R matters unless one "
            f"crystal is known to conduct less than {POOR:g} of what the other does; run longer, or hotter"
        )
    first, second, resistance = _mean(one), _mean(other), added.resistance_ohm_cm2 or 0.0
    drawn = _draws(found.cell, one, other, added)
    _require_larger(grains_um, found.cell)
    made = []
    for share in shares:
        for size in grains_um:
            value = _both(first, second, resistance, added.conductance_S, size, share)
            spread = [one for one in (_drawn_both(draw, size, share) for draw in drawn) if one is not None]
            lows, highs = [c.low for c in spread], [c.high for c in spread]
            grain = first if first > 2 * _error(one) else None
            made.append(_pellet(size, share, value.value, lows, highs, grain, near=value.near_percolation))
    return made


def _require_sizes(grains_um: Sequence[float]) -> None:
    if wrong := [size for size in grains_um if not 0 < size < float("inf")]:
        raise StageError(f"a grain of {wrong[0]:g} um is none; give sizes above 0")


def _require_larger(grains_um: Sequence[float], cell: Conduction) -> None:
    """Refuse grains smaller than those that were run, whose boundaries would overlap."""
    least = cell.period_A / 2 * _A_TO_UM
    if smaller := [size for size in grains_um if size < least]:
        raise StageError(
            f"grains of {smaller[0]:g} um are smaller than those in the cell ({least:.2g} um), in which R and G were "
            "found; take larger grains"
        )


def _hardly_conducts(one: Conduction, other: Conduction) -> bool:
    """Whether one of two crystals certainly conducts less than `POOR` of the other."""
    most, least = ([_mean(c) + sign * 2 * _error(c) for c in (one, other)] for sign in (1, -1))
    return most[0] < POOR * least[1] or most[1] < POOR * least[0]


def pellet_points(found: Layers) -> list[PelletPoint]:
    """Of a record: at sizes from nanometres to a tenth of a millimetre; of an interface at a few compositions."""
    two = found.other_crystal is not None
    sizes = SIZES_UM[2::3] if two else SIZES_UM
    made = composites(found, sizes, SHARES) if two else pellets(found, _large_enough(found))
    return [
        PelletPoint(
            temperature_K=found.temperature_K,
            grain_um=one.grain_um,
            value_mS_cm=one.value_mS_cm,
            low_mS_cm=one.low_mS_cm,
            high_mS_cm=one.high_mS_cm,
            share=one.share,
            near_percolation=one.near_percolation,
        )
        for one in made
    ]


def _large_enough(found: Layers) -> list[float]:
    """Sizes at which a boundary is thin; none where `pellets` says what is missing."""
    crystal, added = found.crystal, found.excess
    if crystal is None or added is None or added.resistance_ohm_cm2 is None:
        return []
    kept = []
    for size in SIZES_UM:
        try:
            _require_larger([size], found.cell)
            _one(_mean(crystal), added.resistance_ohm_cm2, added.conductance_S, size)
        except StageError:
            continue
        kept.append(size)
    return kept


def _mean(crystal: Conduction) -> float:
    """Conductivity of grains in all orientations, mS/cm."""
    return polycrystal(crystal.in_plane_mS_cm, crystal.across_mS_cm)


def _error(crystal: Conduction) -> float:
    """Standard error of its mean over directions, mS/cm."""
    return hypot(2 * crystal.in_plane_error_mS_cm, crystal.across_error_mS_cm) / 3


def _draws(cell: Conduction, crystal: Conduction, other: Conduction | None, added: Excess) -> NDArray[np.float64]:
    """Draws of the crystals' mean conductivities, R and G, (n, 3) or (n, 4)."""
    known = [
        getattr(one, f"{way}_{kind}mS_cm")
        for one in (cell, crystal, other)
        if one is not None
        for way in ("in_plane", "across")
        for kind in ("", "error_")
    ]
    if not all(map(isfinite, known)):
        raise StageError("a conductivity or its error is no number: analyse the runs anew with `screening layers`")
    rng = np.random.default_rng(SEED)
    conductance = np.full(DRAWS, added.conductance_S)
    resistance = np.full(DRAWS, added.resistance_ohm_cm2 or 0.0)
    means = []
    for height, one in slabs(cell, crystal, other):
        in_plane = rng.normal(0.0, one.in_plane_error_mS_cm, DRAWS)
        across = rng.normal(0.0, one.across_error_mS_cm, DRAWS)
        conductance += ALONG * height * in_plane
        if added.resistance_ohm_cm2 is not None and one.across_mS_cm > 0:
            resistance -= ACROSS * height * across / one.across_mS_cm**2
        ways = zip(one.in_plane_mS_cm + in_plane, one.across_mS_cm + across, strict=True)
        means.append(np.array([polycrystal(*way) for way in ways]))
    return np.column_stack([*means[1:], resistance, conductance])


def _pellet(
    size: float,
    share: float | None,
    value: float,
    lows: list[float],
    highs: list[float],
    grain: float | None,
    *,
    near: bool = False,
) -> Pellet:
    # Where a tenth of the draws has no pellet the rest would make the interval look too narrow.
    known = len(lows) > 0.9 * DRAWS
    return Pellet(
        grain_um=size,
        value_mS_cm=value,
        low_mS_cm=float(np.percentile(lows, BETWEEN[0])) if known else None,
        high_mS_cm=float(np.percentile(highs, BETWEEN[1])) if known else None,
        over_crystal=value / grain if grain else None,
        share=share,
        near_percolation=near,
    )


def _one(grain_mS_cm: float, resistance: float, conductance: float, size_um: float) -> float:
    return 1000 * grains_with_boundaries(grain_mS_cm / 1000, resistance, conductance, size_um * UM_TO_CM)


def _drawn(draw: NDArray[np.float64], size_um: float) -> float | None:
    grain_mS_cm, resistance, conductance = map(float, draw)
    if grain_mS_cm <= 0:
        return None
    try:
        return _one(grain_mS_cm, resistance, conductance, size_um)
    except StageError:
        return None


def _both(
    first_mS_cm: float, second_mS_cm: float, resistance: float, conductance: float, size_um: float, share: float
) -> Composite:
    """In mS/cm; a phase that is not seen to conduct has none below 0."""
    first, second = (max(0.0, one) / 1000 for one in (first_mS_cm, second_mS_cm))
    found = two_phases(first, second, resistance, conductance, size_um * UM_TO_CM, share)
    return replace(found, value=1000 * found.value, low=1000 * found.low, high=1000 * found.high)


def _drawn_both(draw: NDArray[np.float64], size_um: float, share: float) -> Composite | None:
    first, second, resistance, conductance = map(float, draw)
    try:
        return _both(first, second, resistance, conductance, size_um, share)
    except StageError:
        return None
