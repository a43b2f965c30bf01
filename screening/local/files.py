"""Trajectories from files, analysed as those of a campaign are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

from screening.config.transport import LocalPictureConfig, TransportConfig
from screening.errors import StageError
from screening.local.orderings import local_picture_of_orderings
from screening.local.record import TransportOfFiles
from screening.trajectories.frame import unknown_elements
from screening.trajectories.from_files import RunOfFiles, runs_from_files
from screening.transport.conductivity import usual_charge
from screening.transport.several import analyse_species
from screening.transport.thermal import check_interval, require_temperature


def analyse_files(
    paths: Sequence[Path | str] | Path | str,
    *,
    mobile: str | Sequence[str],
    charge: float | Sequence[float] | None = None,
    temperature_K: float,
    frame_interval_fs: float | None = None,
    settings: TransportConfig | None = None,
    stride: int = 1,
    elements: Mapping[int, str] | None = None,
    format: str | None = None,
    topology: Path | str | None = None,
    orderings: Sequence[int] | None = None,
    continued: bool | None = None,
    framework: Sequence[str] | None = None,
    local: bool = False,
) -> TransportOfFiles:
    """`screening transport`: replicas or orderings of one material at one temperature, from files.

    Args:
        paths: Trajectories, or folders of them; see `runs_from_files` for these and the other arguments of reading.
        mobile: Element of the mobile ions, or of several species; the first is the main one.
        charge: Of one ion in elementary charges, one for each species; the usual one of Li, Na, Mg, ... where None.
        temperature_K: Temperature of the runs in K.
        settings: Fit window and thresholds; the defaults where None.
        orderings: Which ordering each path is of; replicas of one ordering where None.
        continued: The paths are one run in pieces (True), or a run each (False); seen from the frames where None.
        framework: Elements of the framework; all that are not mobile where None.
        local: Add `local`: `local_picture_of_orderings`, with sites from the density.

    Returns:
        `files`, `notes` (what was seen when they were read), and the record of `analyse_species`.

    Raises:
        StageError: see `runs_from_files`, `analyse_species`, `check_interval`, `require_temperature`, `local_picture`;
            an element is missing.
    """
    if not 0.0 < temperature_K < inf:
        raise StageError(f"temperature_K is {temperature_K:g}: the temperature of the runs in K, above 0, is needed")
    chosen = settings or TransportConfig()
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    charges = _charges([mobile] if isinstance(mobile, str) else list(mobile), charge)
    runs = runs_from_files(
        paths,
        continued=continued,
        orderings=orderings,
        frame_interval_fs=frame_interval_fs,
        stride=stride,
        elements=elements,
        format=format,
        topology=topology,
    )
    _check_elements(runs, list(charges), framework)
    labels = [run.ordering for run in runs]
    held = None if framework is None else frozenset(framework)
    trajectories = [replace(run.trajectory, framework=held) for run in runs]
    notes = [note for run in runs for note in run.trajectory.notes]
    for run, trajectory in zip(runs, trajectories, strict=True):
        name = " + ".join(run.files)
        require_temperature(trajectory, temperature_K, name)
        doubt = None if run.own else check_interval(trajectory, list(charges), temperature_K, name)
        notes += [doubt] if doubt else []
    record = analyse_species(trajectories, charges, temperature_K=temperature_K, settings=chosen, orderings=labels)
    named = {"files": tuple(name for run in runs for name in run.files), "notes": tuple(notes)}
    if not local:
        return TransportOfFiles.of(record, **named)
    groups = (
        (label, [t for t, own in zip(trajectories, labels, strict=True) if own == label])
        for label in dict.fromkeys(labels)
    )
    picture = local_picture_of_orderings(record, groups, chosen, LocalPictureConfig())
    return TransportOfFiles.of(record, **named, local=picture)


def _charges(mobile: Sequence[str], charge: float | Sequence[float] | None) -> dict[str, float]:
    """Charge of each species, in their order."""
    if not mobile or len(set(mobile)) < len(mobile):
        raise StageError(f"mobile ions {', '.join(mobile) or 'none'}: name each element once")
    unknown = unknown_elements(mobile)
    if unknown:
        raise StageError(f"mobile ion {', '.join(unknown)} is no element; symbols are written as in Li")
    if charge is None:
        return {element: usual_charge(element) for element in mobile}
    told = [charge] if isinstance(charge, int | float) else list(charge)
    if len(told) != len(mobile):
        raise StageError(f"{len(told)} charges are named for {len(mobile)} mobile species; one each is needed")
    return dict(zip(mobile, map(float, told), strict=True))


def _check_elements(runs: Sequence[RunOfFiles], mobile: Sequence[str], framework: Sequence[str] | None) -> None:
    """Refuse elements that are in no file, and those that are of both kinds."""
    both = sorted(set(mobile) & set(framework or ()))
    if both:
        raise StageError(f"{', '.join(both)} cannot be mobile and of the framework")
    for run in runs:
        there = set(run.trajectory.symbols)
        lacking = [element for element in [*mobile, *(framework or ())] if element not in there]
        if lacking:
            hint = "; LAMMPS writes C where `dump_modify element` is not given: name its types by --elements"
            raise StageError(
                f"{run.files[0]} has no {', '.join(lacking)}: its elements are {', '.join(sorted(there))}"
                + (hint if there == {"C"} else "")
            )
