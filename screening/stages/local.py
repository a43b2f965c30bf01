"""transport.json, runs, candidate and parents -> local.json of one temperature: where the ions are, how they jump."""

import numpy as np
from numpy.typing import NDArray

from screening.config.stages import LocalSettings
from screening.dynamics.storage import read_trajectory
from screening.parents.base import Parent
from screening.records import provenance, read_json, write_json
from screening.stages.context import StageCall
from screening.transport.displacement import mean_cell, production
from screening.transport.local_picture import local_picture_beside
from screening.transport.parent_sites import parent_sites
from screening.transport.sites import Sites


def run(call: StageCall) -> None:
    """Analyse the replicas of the first ordering, whose sites are common to them; failed runs are left out."""
    settings: LocalSettings = call.settings
    transport = read_json(call.named("transport.json"))
    runs = [(path, read_json(path)) for path in call.all_named("md.json")]
    usable = [(path, r) for path, r in runs if r["ordering"] == 0 and r["status"] == "complete"]
    with provenance("local", list(call.inputs)) as origin:
        if not usable:
            result = {"temperature_K": transport["temperature_K"], "missing": transport["reason"] or "no complete run"}
        else:
            whole = [read_trajectory(path.parent / "chunks", record["chunks"]) for path, record in usable]
            cell = mean_cell(production(whole[0], settings.transport.equilibration_fraction).cells)
            result = local_picture_beside(
                transport, whole, settings.transport, settings.local_picture, _sites(call, cell)
            )
    write_json(call.output, {"id": transport["id"], **result, "provenance": origin})


def _sites(call: StageCall, cell: NDArray[np.float64]) -> Sites | None:
    """The parent's sites where the campaign asks for them; None leaves them to the density."""
    settings: LocalSettings = call.settings
    if settings.local_picture.sites == "density":
        return None
    name = read_json(call.named("candidate.json"))["parent"]
    parent = Parent.from_record(read_json(call.named("parents.json"))["parents"][name])
    return parent_sites(
        parent.structure,
        parent.vacant_sites,
        settings.mobile_ion,
        cell,
        min_distance_A=settings.local_picture.site_min_distance_A,
    )
