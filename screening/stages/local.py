"""transport.json, runs, candidate and parents -> local.json of one temperature: where the ions are, how they jump."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from screening.candidates.record import CandidateRecord
from screening.candidates.selection import select
from screening.config.stages import LocalSettings
from screening.local.orderings import local_picture_of_orderings
from screening.local.parent_sites import parent_places, parent_sites
from screening.local.record import CandidateLocal, LocalRecord
from screening.local.sites import Sites
from screening.parents.base import Parent
from screening.parents.record import ParentsRecord
from screening.records import provenance
from screening.records.origin import Provenance
from screening.stages.context import StageCall
from screening.stages.transport import ordering_weights
from screening.trajectories.run_record import RunStatus
from screening.trajectories.runs import Run, read_runs
from screening.trajectories.trajectory import Trajectory
from screening.transport.record import CandidateTransport

Floats = NDArray[np.float64]


def run(call: StageCall) -> None:
    """Analyse each ordering's replicas together, whose sites are common to them; failed runs are left out."""
    settings: LocalSettings = call.settings
    transport = CandidateTransport.read(call.input("transport"))
    usable = [run for run in read_runs(call.inputs("runs")) if run.status is RunStatus.COMPLETE]
    with provenance("local", call.all_inputs()) as origin:
        if not usable:
            why = transport.reason or "no complete run"
            result = LocalRecord(temperature_K=transport.temperature_K, missing=why)
        else:
            result = local_picture_of_orderings(
                transport,
                _by_ordering(usable, settings),
                settings.transport,
                settings.local_picture,
                lambda cell: _places(call, cell),
                ordering_weights(CandidateRecord.read(call.input("candidate"))),
            )
    CandidateLocal.of(result, id=transport.id, provenance=Provenance.from_dict(origin)).write(call.output)


def _by_ordering(runs: Sequence[Run], settings: LocalSettings) -> Iterator[tuple[int, list[Trajectory]]]:
    """One ordering's replicas in memory at a time, as far as all their frames are stored: vibrations need them."""
    for ordering in sorted({run.record.ordering for run in runs}):
        own = [run.trajectory(dense=True) for run in runs if run.record.ordering == ordering]
        yield ordering, [trajectory.beside(settings.mobile_ion, settings.also_mobile) for trajectory in own]


def _places(call: StageCall, cell: Floats) -> tuple[Sites | None, Floats | None]:
    """The parent's sites and cages where the campaign asks for them."""
    chosen = call.settings.local_picture
    if chosen.sites == "density" and chosen.cages is None:
        return None, None
    name = CandidateRecord.read(call.input("candidate")).parent
    parent = Parent.from_record(ParentsRecord.read(call.input("parents")).parents[name])
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
