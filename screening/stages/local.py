"""transport.json, runs, candidate and parents -> local.json of one temperature: where the ions are, how they jump."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.candidates.selection import select
from screening.config.stages import LocalSettings
from screening.local.orderings import local_picture_of_orderings
from screening.local.parent_sites import parent_places, parent_sites
from screening.local.record import CandidateLocal, LocalRecord
from screening.local.sites import Sites
from screening.parents.base import Parent
from screening.records import provenance, read_json
from screening.records.origin import Provenance
from screening.stages.context import StageCall
from screening.stages.transport import ordering_weights
from screening.trajectories.storage import read_trajectory
from screening.trajectories.trajectory import Trajectory
from screening.transport.record import CandidateTransport

Floats = NDArray[np.float64]
Run = tuple[Path, dict[str, Any]]


def run(call: StageCall) -> None:
    """Analyse each ordering's replicas together, whose sites are common to them; failed runs are left out."""
    settings: LocalSettings = call.settings
    transport = CandidateTransport.read(call.input("transport"))
    runs = [(path, read_json(path)) for path in call.inputs("runs")]
    usable = [(path, record) for path, record in runs if record["status"] == "complete"]
    with provenance("local", call.all_inputs()) as origin:
        if not usable:
            why = transport.reason or "no complete run"
            result = LocalRecord(temperature_K=transport.temperature_K, missing=why)
        else:
            result = local_picture_of_orderings(
                transport,
                _by_ordering(usable),
                settings.transport,
                settings.local_picture,
                lambda cell: _places(call, cell),
                ordering_weights(read_json(call.input("candidate"))),
            )
    CandidateLocal.of(result, id=transport.id, provenance=Provenance.from_dict(origin)).write(call.output)


def _by_ordering(runs: Sequence[Run]) -> Iterator[tuple[int, list[Trajectory]]]:
    """One ordering's replicas in memory at a time."""
    for ordering in sorted({record["ordering"] for _, record in runs}):
        own = [(path, record) for path, record in runs if record["ordering"] == ordering]
        yield ordering, [read_trajectory(path.parent / "chunks", record["chunks"]) for path, record in own]


def _places(call: StageCall, cell: Floats) -> tuple[Sites | None, Floats | None]:
    """The parent's sites and cages where the campaign asks for them."""
    chosen = call.settings.local_picture
    if chosen.sites == "density" and chosen.cages is None:
        return None, None
    name = read_json(call.input("candidate"))["parent"]
    parent = Parent.from_record(read_json(call.input("parents"))["parents"][name])
    sites = cages = None
    if chosen.sites == "parent":
        sites = parent_sites(
            parent.structure,
            parent.vacant_sites,
            call.settings.mobile_ion,
            cell,
            min_distance_A=chosen.site_min_distance_A,
        )
    if chosen.cages is not None:
        cages = parent_places(parent.structure, select(parent.structure, chosen.cages), cell)
    return sites, cages
