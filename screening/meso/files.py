"""`screening layers`: runs in files, by layers."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path

import numpy as np

from screening.errors import StageError
from screening.meso.analysis import NO_SPACE_CHARGE, conduction, excess, layered, layers_of
from screening.meso.around import anions_around
from screening.meso.record import Conduction, Layers
from screening.meso.usual import EQUILIBRATION, LAG_SHARE, LAGS_PS, LEAST_LAG_PS, WIDTH_A
from screening.trajectories.frames import mean_cell
from screening.trajectories.from_files import runs_from_files
from screening.trajectories.trajectory import Trajectory
from screening.transport.conductivity import usual_charge
from screening.transport.thermal import check_interval, require_temperature


def layers_of_files(
    paths: Sequence[Path],
    *,
    mobile: str,
    temperature_K: float,
    crystal: Sequence[Path] = (),
    other_crystal: Sequence[Path] = (),
    charge: float | None = None,
    frame_interval_fs: float | None = None,
    lags_ps: tuple[float, float] | None = None,
    equilibration: float = EQUILIBRATION,
    plane_A: float = 0.0,
    second_A: float | None = None,
    width_A: float = WIDTH_A,
    folded: bool = True,
    charges: Mapping[str, float] | None = None,
    still: Conduction | None = None,
) -> Layers:
    """Analyse runs of a cell with two boundaries, and of the crystals beside it.

    Args:
        paths: Files and folders, as `runs_from_files`.
        mobile: Element of the mobile ion.
        temperature_K: Of all runs.
        crystal: Runs of the crystal in a cell alike, or none.
        other_crystal: Of an interface, runs of the upper crystal in a cell alike.
        charge: In elementary charges; the usual one where None.
        frame_interval_fs: Where the files do not say.
        lags_ps: Short and long lag; None for the usual ones, or shorter where the shortest run asks for it.
        equilibration: Share of each run that is left out at its start.
        plane_A: Height of one boundary.
        second_A: Of an interface, height of the other above it; None for where the crystals' volumes put it.
        width_A: Of a layer, about.
        folded: Both boundaries and both their sides are one.
        charges: Oxidation state of each element; None where not known, and then anions around ions are not counted.
        still: Of an interface, in place of runs the upper crystal where that holds no mobile ion.

    Raises:
        StageError: as `runs_from_files`, `check_interval` and `layered`; the cells do not go together, runs were at
            another temperature, or runs of the boundary are given as those of the crystal too.
    """
    again = {path.resolve() for path in paths} & {path.resolve() for path in (*crystal, *other_crystal)}
    if again:
        raise StageError(f"{min(again)} is given as a run of the boundary and of a crystal beside it")
    if other_crystal and not crystal:
        raise StageError("runs of the other crystal need those of the first one too: give both crystals, or none")
    own_charge = usual_charge(mobile) if charge is None else charge
    if not isfinite(plane_A):
        raise StageError(f"a boundary at a height of {plane_A} is none: give its height in Angstrom (--plane)")
    notes: list[str] = []

    def read(files: Sequence[Path]) -> tuple[list[Trajectory], list[str]]:
        runs = runs_from_files(list(files), frame_interval_fs=frame_interval_fs)
        notes.extend(note for run in runs for note in run.trajectory.notes)
        for run in runs:
            name = " + ".join(run.files)
            # Of a campaign's own candidates the folder says the temperature.
            if charges is None:
                require_temperature(run.trajectory, temperature_K, name)
            doubt = None if run.own else check_interval(run.trajectory, [mobile], temperature_K, name)
            notes.extend([doubt] if doubt else [])
        names = [name for run in runs for name in run.files]
        return [run.trajectory.production(equilibration) for run in runs], names

    given = [read(files) for files in (paths, crystal, other_crystal) if files]
    lags_ps = lags_ps or lags_for([run for runs, _ in given for run in runs])
    beside = [
        conduction(layered(runs, mobile, lags_ps=lags_ps, width_A=width_A), names, own_charge, temperature_K)
        for runs, names in given[1:]
    ]
    beside += [still] if still is not None and beside else []
    runs, names = given[0]
    if len(beside) > 1 and second_A is None:
        volumes = [one.area_A2 * one.period_A for one in beside]
        second_A = _height(runs[0]) * volumes[0] / sum(volumes)
    own = layered(runs, mobile, lags_ps=lags_ps, plane_A=plane_A, width_A=width_A, folded=folded, second_A=second_A)
    cell = conduction(own, names, own_charge, temperature_K)
    _require_alike(cell, beside, mobile)
    added = excess(cell, *beside, whole=False) if beside else None
    reasons = [added.reason] if added is not None and added.reason else []
    return Layers(
        mobile=mobile,
        charge=own_charge,
        temperature_K=temperature_K,
        lags_ps=lags_ps,
        cell=cell,
        layers=layers_of(own, None if charges is None else anions_around(runs, mobile, own.slab, charges)),
        crystal=beside[0] if beside else None,
        other_crystal=beside[1] if len(beside) > 1 else None,
        excess=added,
        notes=(*dict.fromkeys(notes), *(f"no resistance: {reason}" for reason in reasons), NO_SPACE_CHARGE),
    )


def lags_for(runs: Sequence[Trajectory]) -> tuple[float, float]:
    """Short and long lag for runs as long as these: the usual ones, or shorter where the shortest run asks for it.

    Raises:
        StageError: the shortest run is too short for any.
    """
    shortest = min(run.n_frames * run.frame_interval_fs for run in runs) / 1000
    # A frame less: lags are whole frames.
    long = min(LAGS_PS[1], LAG_SHARE * shortest * 0.99)
    if long < LEAST_LAG_PS:
        raise StageError(
            f"the shortest run has {shortest:g} ps after its equilibration, too short for layers: "
            f"{LEAST_LAG_PS / LAG_SHARE:g} ps are needed; run longer (md.min_duration_ps), or set shorter lags "
            "(--lags-ps)"
        )
    return long * LAGS_PS[0] / LAGS_PS[1], long


def _height(run: Trajectory) -> float:
    cell = mean_cell(run.cells)
    return abs(float(np.linalg.det(cell))) / float(np.linalg.norm(np.cross(cell[0], cell[1])))


def _require_alike(own: Conduction, beside: Sequence[Conduction], mobile: str) -> None:
    """Refuse crystals in other cells: of a grain boundary as many ions, of an interface half of each crystal's."""
    if not beside:
        return
    ions = sum(one.n_ions for one in beside) / len(beside)
    areas = [one.area_A2 / own.area_A2 for one in beside]
    if all(abs(area - 1) <= 0.1 for area in areas) and ions == own.n_ions:
        return
    names = ["the crystal's cell"] if len(beside) == 1 else ["the lower crystal's cell", "the upper one's"]
    have = " and ".join(
        f"{name} has {one.n_ions} {mobile} on {one.area_A2:.0f} A2" for name, one in zip(names, beside, strict=True)
    )
    rule = "grain_boundary" if len(beside) == 1 else "interface"
    raise StageError(
        f"{have} and that with boundaries {own.n_ions} on {own.area_A2:.0f}: give runs of the crystal in a cell "
        f"alike, which a rule with `{rule}` makes beside each boundary"
    )
