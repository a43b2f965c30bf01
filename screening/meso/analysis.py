"""Runs of a boundary and of the crystal beside it -> layers, conductivities, and what one boundary adds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from screening.errors import StageError
from screening.meso.counts import Counts, Slab, count, slab_of
from screening.meso.layers import Profile, profile
from screening.meso.record import Conduction, Excess, Layer, Neighbours
from screening.meso.usual import LAG_SHARE
from screening.trajectories.trajectory import Trajectory
from screening.transport.conductivity import to_conductivity
from screening.transport.jackknife import jackknife_error

A_TO_CM = 1e-8
MS_TO_S = 1e-3
#: Of one of two boundaries, from Angstrom times mS/cm to S, and from Angstrom over mS/cm to Ohm cm2.
ALONG, ACROSS = A_TO_CM * MS_TO_S / 2, A_TO_CM / MS_TO_S / 2
NO_SPACE_CHARGE = (
    "space charge is not in these numbers: the cell is a few nanometres high, and students' forces end at 5 Angstrom"
)


@dataclass(frozen=True)
class Layered:
    """Diffusivities of some runs of one cell.

    Attributes:
        slab: Its layers.
        n_ions: Mobile ions in the cell.
        lags_ps: Short and long.
        all: Of all runs together.
        without_one: Of all but one stretch of time, which errors come from.
    """

    slab: Slab
    n_ions: int
    lags_ps: tuple[float, float]
    all: Profile
    without_one: tuple[Profile, ...]

    @property
    def volume_A3(self) -> float:
        """Of the cell."""
        return self.slab.area_A2 * self.slab.period_A


def layered(
    runs: Sequence[Trajectory],
    mobile: str,
    *,
    lags_ps: tuple[float, float],
    plane_A: float = 0.0,
    width_A: float = 3.0,
    folded: bool = True,
    second_A: float | None = None,
) -> Layered:
    """Diffusivities by layers.

    Args:
        runs: Of one cell, equilibrated.
        mobile: Element of the mobile ions.
        lags_ps: Short and long; a tenth of the shortest run at most.
        plane_A: Height of one boundary.
        width_A: Of a layer, about.
        folded: Both boundaries and both their sides are one.
        second_A: Height of the other boundary above it, with another crystal above; half a period and the same crystal
            where None.

    Raises:
        StageError: the runs are too short for the lags, of different cells, or hold no such ion.
    """
    slab = slab_of(runs[0], plane_A, width_A, folded=folded, second_A=second_A)
    parts: list[Counts] = []
    for run in runs:
        # Gaps of different joinings differ by a little, and with them heights.
        own = slab_of(run, plane_A, width_A, like=slab)
        if not np.allclose([own.area_A2, own.period_A], [slab.area_A2, slab.period_A], rtol=0.1):
            raise StageError("the runs are of different cells; give runs of one cell together, those of another apart")
        parts += count(run, mobile, own, _frames(run, lags_ps))
    whole = reduce(add, parts)
    between = lags_ps[1] - lags_ps[0]
    without = [profile(reduce(add, parts[:k] + parts[k + 1 :]), between) for k in range(len(parts))]
    n_ions = len(runs[0].indices(mobile))
    return Layered(slab, n_ions, lags_ps, profile(whole, between), tuple(without))


def _frames(run: Trajectory, lags_ps: tuple[float, float]) -> tuple[int, int]:
    step = run.frame_interval_fs / 1000
    short, long = (round(lag / step) for lag in lags_ps)
    if long <= short or short < 1:
        raise StageError(
            f"lags of {lags_ps[0]:g} and {lags_ps[1]:g} ps are {short} and {long} frames of {step:g} ps; the short one "
            "must be a frame or more, and the long one longer"
        )
    if long > LAG_SHARE * run.n_frames:
        raise StageError(
            f"a run of {run.n_frames * step:g} ps is too short for a lag of {lags_ps[1]:g} ps, of which it must hold "
            "ten; lower the lags, or run longer"
        )
    return short, long


def layers_of(found: Layered, anions: Sequence[dict[str, Neighbours]] | None = None) -> tuple[Layer, ...]:
    """Density and D* by layer, nearest the boundary first; with the anions around ions, by kind of layer."""
    slab, kinds = found.slab, found.slab.kinds
    widths = np.diff(slab.edges_A)
    made = []
    for k, (crystal, boundary, place) in enumerate(slab.of_kind):
        width = slab.widths_A[crystal]
        volume = slab.area_A2 * float(widths[kinds == k].sum())
        value = float(found.all.in_plane_cm2_s[k])
        error = jackknife_error([_known(p.in_plane_cm2_s[k]) for p in found.without_one])
        known = np.isfinite(value) and error is not None
        made.append(
            Layer(
                from_A=place * width,
                to_A=(place + 1) * width,
                boundary=boundary,
                crystal=crystal,
                anions=None if anions is None else anions[k],
                density_per_A3=float(found.all.share[k]) * found.n_ions / volume,
                tracer_cm2_s=value if known else None,
                tracer_error_cm2_s=error if known else None,
            )
        )
    return tuple(made)


def conduction(found: Layered, files: Sequence[str], charge: float, temperature_K: float) -> Conduction:
    """Diffusivities and conductivities of a whole cell."""
    per_cm3 = found.n_ions / found.volume_A3 / A_TO_CM**3
    values = {"in_plane": found.all.whole_cm2_s, "across": found.all.across_cm2_s}
    errors = {
        "in_plane": jackknife_error([p.whole_cm2_s for p in found.without_one]) or 0.0,
        "across": jackknife_error([p.across_cm2_s for p in found.without_one]) or 0.0,
    }
    factor = to_conductivity(1.0, number_density_per_cm3=per_cm3, charge=charge, temperature_K=temperature_K)
    return Conduction(
        files=tuple(files),
        n_ions=found.n_ions,
        period_A=found.slab.period_A,
        area_A2=found.slab.area_A2,
        in_plane_cm2_s=values["in_plane"],
        in_plane_error_cm2_s=errors["in_plane"],
        across_cm2_s=values["across"],
        across_error_cm2_s=errors["across"],
        in_plane_mS_cm=factor * values["in_plane"],
        in_plane_error_mS_cm=factor * errors["in_plane"],
        across_mS_cm=factor * values["across"],
        across_error_mS_cm=factor * errors["across"],
    )


def excess(
    cell: Conduction, crystal: Conduction, other: Conduction | None = None, *, whole: bool | None = None
) -> Excess:
    """What one boundary adds to the crystals on either side.

    G = (L sigma_plane - sum L_i sigma_i) / 2 along it and R = (L / sigma_across - sum L_i / sigma_i) / 2 across it,
    with the cell's height L. Of one crystal L_i is L; of two, each is as thick as the same matter is in its own cell.
    The width of a boundary is in neither: where a crystal begins, both add nothing more.

    Args:
        cell: With two boundaries.
        crystal: In a cell alike.
        other: The other crystal in a cell alike, of an interface: each of the two cells holds its crystal twice.
        whole: Both G and R are needed; by default of a grain boundary. Otherwise R may be None.

    Raises:
        StageError: R is needed, and nothing is seen to conduct across one of the cells, so that it has no bound.
    """
    beside = [crystal] if other is None else [crystal, other]
    names = ["the crystal"] if other is None else ["the crystal below", "the crystal above"]
    unseen = [
        f"conduction across {what} is not seen ({one.across_mS_cm:.3g} +- {one.across_error_mS_cm:.3g} mS/cm)"
        for what, one in zip(["the cell with boundaries", *names], [cell, *beside], strict=True)
        if one.across_mS_cm <= 2 * one.across_error_mS_cm
    ]
    if unseen and (other is None if whole is None else whole):
        raise StageError(f"{unseen[0]}: run longer, or hotter")
    parts = slabs(cell, crystal, other)
    known = not unseen
    return Excess(
        conductance_S=ALONG * sum(height * one.in_plane_mS_cm for height, one in parts),
        conductance_error_S=ALONG * _norm(height * one.in_plane_error_mS_cm for height, one in parts),
        resistance_ohm_cm2=ACROSS * sum(height / one.across_mS_cm for height, one in parts) if known else None,
        resistance_error_ohm_cm2=ACROSS
        * _norm(height * one.across_error_mS_cm / one.across_mS_cm**2 for height, one in parts)
        if known
        else None,
        reason="; ".join(unseen),
    )


def slabs(cell: Conduction, crystal: Conduction, other: Conduction | None) -> list[tuple[float, Conduction]]:
    """Height in Angstrom of the cell, and less those of the crystals in it: what each counts in `excess`."""
    if other is None:
        return [(cell.period_A, cell), (-cell.period_A, crystal)]
    beside = [(-one.period_A / 2 * one.area_A2 / cell.area_A2, one) for one in (crystal, other)]
    return [(cell.period_A, cell), *beside]


def _norm(values: Iterable[float]) -> float:
    return float(np.linalg.norm(list(values)))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
