"""Runs of a boundary and of the crystal beside it -> layers, conductivities, and what one boundary adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from screening.errors import StageError
from screening.meso.counts import Counts, Slab, count, slab_of
from screening.meso.layers import Profile, profile
from screening.meso.record import Conduction, Excess, Layer
from screening.trajectories.trajectory import Trajectory
from screening.transport.conductivity import to_conductivity
from screening.transport.jackknife import jackknife_error

#: Longest share of the shortest run that a lag may be.
LAG_SHARE = 0.1
A_TO_CM = 1e-8
MS_TO_S = 1e-3
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
) -> Layered:
    """Diffusivities by layers.

    Args:
        runs: Of one cell, equilibrated.
        mobile: Element of the mobile ions.
        lags_ps: Short and long; a tenth of the shortest run at most.
        plane_A: Height of one boundary; the other is half a period above.
        width_A: Of a layer, about.
        folded: Both boundaries and both their sides are one.

    Raises:
        StageError: the runs are too short for the lags, of different cells, or hold no such ion.
    """
    slab = slab_of(runs[0], plane_A, width_A, folded=folded)
    parts: list[Counts] = []
    for run in runs:
        # Gaps of different joinings differ by a little, and with them heights.
        own = slab_of(run, plane_A, width_A, folded=folded, layers=slab.layers)
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


def layers_of(found: Layered) -> tuple[Layer, ...]:
    """Density and D* by layer, nearest the boundary first."""
    slab, kinds = found.slab, found.slab.kinds
    quarter = slab.layers // 4
    made = []
    for k in range(int(kinds.max()) + 1):
        place = k % quarter
        volume = slab.area_A2 * slab.width_A * int((kinds == k).sum())
        value = float(found.all.in_plane_cm2_s[k])
        error = jackknife_error([_known(p.in_plane_cm2_s[k]) for p in found.without_one])
        known = np.isfinite(value) and error is not None
        made.append(
            Layer(
                from_A=place * slab.width_A,
                to_A=(place + 1) * slab.width_A,
                boundary=k // quarter,
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


def excess(cell: Conduction, crystal: Conduction) -> Excess:
    """What one boundary adds: G = L/2 (sigma_plane - sigma_crystal), R = L/2 (1/sigma_across - 1/sigma_crystal).

    The width of a boundary is in neither: where the crystal begins, both add nothing more.

    Raises:
        StageError: nothing is seen to conduct across one of the cells, so that its resistance has no bound.
    """
    for what, one in (("the cell with boundaries", cell), ("the crystal", crystal)):
        if one.across_mS_cm <= 2 * one.across_error_mS_cm:
            raise StageError(
                f"conduction across {what} is not seen ({one.across_mS_cm:.3g} +- {one.across_error_mS_cm:.3g} mS/cm): "
                "run longer, or hotter"
            )
    half = cell.period_A / 2 * A_TO_CM
    conductance = half * MS_TO_S * (cell.in_plane_mS_cm - crystal.in_plane_mS_cm)
    resistance = half / MS_TO_S * (1 / cell.across_mS_cm - 1 / crystal.across_mS_cm)
    return Excess(
        conductance_S=conductance,
        conductance_error_S=half * MS_TO_S * float(np.hypot(cell.in_plane_error_mS_cm, crystal.in_plane_error_mS_cm)),
        resistance_ohm_cm2=resistance,
        resistance_error_ohm_cm2=half
        / MS_TO_S
        * float(
            np.hypot(
                cell.across_error_mS_cm / cell.across_mS_cm**2, crystal.across_error_mS_cm / crystal.across_mS_cm**2
            )
        ),
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
