"""`screening layers`: runs in files, by layers."""

from collections.abc import Sequence
from pathlib import Path

from screening.errors import StageError
from screening.meso.analysis import NO_SPACE_CHARGE, Layered, conduction, excess, layered, layers_of
from screening.meso.record import Layers
from screening.trajectories.from_files import RunOfFiles, runs_from_files
from screening.transport.conductivity import usual_charge


def layers_of_files(
    paths: Sequence[Path],
    *,
    mobile: str,
    temperature_K: float,
    crystal: Sequence[Path] = (),
    charge: float | None = None,
    frame_interval_fs: float | None = None,
    lags_ps: tuple[float, float] = (2.0, 20.0),
    equilibration: float = 0.1,
    plane_A: float = 0.0,
    width_A: float = 3.0,
    folded: bool = True,
) -> Layers:
    """Analyse runs of a cell with two boundaries, and of the crystal beside it.

    Args:
        paths: Files and folders, as `runs_from_files`.
        mobile: Element of the mobile ion.
        temperature_K: Of all runs.
        crystal: Runs of the crystal in a cell alike, or none.
        charge: In elementary charges; the usual one where None.
        frame_interval_fs: Where the files do not say.
        lags_ps: Short and long lag.
        equilibration: Share of each run that is left out at its start.
        plane_A: Height of one boundary.
        width_A: Of a layer, about.
        folded: Both boundaries and both their sides are one.

    Raises:
        StageError: as `runs_from_files` and `layered`; the cells do not go together.
    """
    own_charge = usual_charge(mobile) if charge is None else charge
    notes: list[str] = []

    def read(files: Sequence[Path], plane: float) -> tuple[Layered, list[str]]:
        runs = runs_from_files(list(files), frame_interval_fs=frame_interval_fs)
        notes.extend(note for run in runs for note in run.trajectory.notes)
        own = [run.trajectory.production(equilibration) for run in runs]
        found = layered(own, mobile, lags_ps=lags_ps, plane_A=plane, width_A=width_A, folded=folded)
        return found, _names(runs)

    boundary, names = read(paths, plane_A)
    cell = conduction(boundary, names, own_charge, temperature_K)
    beside = None
    if crystal:
        bulk, bulk_names = read(crystal, 0.0)
        if abs(bulk.slab.area_A2 / boundary.slab.area_A2 - 1) > 0.1 or bulk.n_ions != boundary.n_ions:
            raise StageError(
                f"the crystal's cell has {bulk.n_ions} {mobile} on {bulk.slab.area_A2:.0f} A2 and that with boundaries "
                f"{boundary.n_ions} on {boundary.slab.area_A2:.0f}: give runs of the crystal in a cell alike, which a "
                "rule with `grain_boundary` makes beside each boundary"
            )
        beside = conduction(bulk, bulk_names, own_charge, temperature_K)
    return Layers(
        mobile=mobile,
        charge=own_charge,
        temperature_K=temperature_K,
        lags_ps=lags_ps,
        cell=cell,
        layers=layers_of(boundary),
        crystal=beside,
        excess=excess(cell, beside) if beside is not None else None,
        notes=(*dict.fromkeys(notes), NO_SPACE_CHARGE),
    )


def _names(runs: Sequence[RunOfFiles]) -> list[str]:
    return [name for run in runs for name in run.files]
