"""candidate.json, relaxed.json and md.json of a boundary and of the crystals beside it -> boundary.json."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from screening.candidates.record import CandidateRecord
from screening.config.stages import BoundarySettings
from screening.errors import StageError
from screening.meso.analysis import NO_SPACE_CHARGE
from screening.meso.barriers import barriers
from screening.meso.of_candidate import layers_of_candidate, still_crystal, whole_runs
from screening.meso.pellet import pellet_points
from screening.meso.record import Conduction, Layers, PelletPoint
from screening.records import provenance
from screening.records.origin import Provenance
from screening.stability.boundary_energy import boundary_energies, strained_beside
from screening.stability.boundary_record import BoundaryRecord, JoinedEnergy
from screening.stability.record import RelaxedRecord
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Put together what is known of a boundary; what cannot be found is a reason and does not lose the rest."""
    settings: BoundarySettings = call.settings
    made = CandidateRecord.read(call.input("candidate"))
    if made.boundary is None:
        raise StageError(f"{made.id} is no boundary")
    missing: list[str] = []
    with provenance("boundary", call.all_inputs()) as origin:
        relaxed = [RelaxedRecord.read(path) for path in call.inputs("relaxed")]
        joined = _energies(relaxed, missing)
        strained = strained_beside(relaxed[0], relaxed[1:])
        runs = _by_candidate(call.inputs("runs"))
        still = still_crystal(relaxed[-1].orderings[0].structure, settings.mobile_ion)
        found = _layers(made, settings.mobile_ion, runs, still, missing)
        pellets: list[PelletPoint] = []
        for one in found:
            try:
                pellets += pellet_points(one)
            except StageError as error:
                missing.append(f"no pellet at {one.temperature_K:g} K: {error}")
        lines = barriers(found)
    BoundaryRecord(
        id=made.id,
        law=made.boundary.law,
        crystals=made.boundary.beside,
        mobile=settings.mobile_ion,
        joined=joined,
        temperatures=tuple(found),
        barriers=lines,
        pellets=tuple(pellets),
        missing=tuple(dict.fromkeys(missing)),
        notes=(NO_SPACE_CHARGE, *([strained] if strained else [])),
        provenance=Provenance.from_dict(origin),
    ).write(call.output)


def _energies(relaxed: Sequence[RelaxedRecord], missing: list[str]) -> tuple[JoinedEnergy, ...]:
    own, *crystals = relaxed
    try:
        return tuple(boundary_energies(own, crystals))
    except StageError as error:
        missing.append(str(error))
        return ()


def _by_candidate(paths: Sequence[Path]) -> dict[str, dict[str, list[Path]]]:
    """Folders of whole runs, by candidate and temperature; of candidates without any there is nothing."""
    by_id: dict[str, list[Path]] = {}
    for path in paths:
        by_id.setdefault(path.parents[2].name, []).append(path)
    return {id: found for id, own in by_id.items() if (found := whole_runs(own))}


def _layers(
    made: CandidateRecord,
    mobile: str,
    runs: Mapping[str, Mapping[str, Sequence[Path]]],
    still: Conduction | None,
    missing: list[str],
) -> list[Layers]:
    """Layers at each temperature that the boundary and all its crystals with mobile ions have."""
    assert made.boundary is not None
    names = (made.id, *made.boundary.beside)
    names = names if still is None else names[:-1]
    absent = [name for name in names if name not in runs]
    if absent:
        missing.append(f"no profile, G and R: there is no whole run of {' and '.join(absent)}")
        return []
    found: list[Layers] = []
    for temperature in sorted(runs[made.id], key=float):
        if any(temperature not in runs[name] for name in names):
            missing.append(f"no profile at {temperature} K: not all crystals beside it have a whole run there")
            continue
        own, *beside = ({temperature: runs[name][temperature]} for name in names)
        try:
            found += layers_of_candidate(made, mobile, own, beside, still=still)
        except StageError as error:
            missing.append(f"no profile at {temperature} K: {error}")
    return found
