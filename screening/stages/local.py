"""transport.json, runs, candidate and parents -> local.json of one temperature: where the ions are, how they jump."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.config.stages import LocalSettings
from screening.dynamics.storage import read_trajectory
from screening.dynamics.trajectory import Trajectory
from screening.parents.base import Parent
from screening.records import provenance, read_json, write_json
from screening.stages.context import StageCall
from screening.transport import analyse_temperature, local_picture
from screening.transport.diffusion import A2_PS_TO_CM2_S
from screening.transport.displacement import mean_cell, production
from screening.transport.hops import Measured
from screening.transport.parent_sites import parent_sites
from screening.transport.sites import Sites


def run(call: StageCall) -> None:
    """Analyse the replicas of the first ordering, whose sites are common to them; failed runs are left out."""
    settings: LocalSettings = call.settings
    transport = read_json(call.named("transport.json"))
    runs = [(path, read_json(path)) for path in call.all_named("md.json")]
    usable = [(path, r) for path, r in runs if r["ordering"] == 0 and r["status"] == "complete"]
    with provenance("local", list(call.inputs)) as origin:
        if not usable or transport["verdict"] in ("failed", "no_mobile_ions", "too_short"):
            result = {"temperature_K": transport["temperature_K"], "missing": transport["reason"] or "no complete run"}
        else:
            whole = [read_trajectory(path.parent / "chunks", record["chunks"]) for path, record in usable]
            trajectories = [production(t, settings.transport.equilibration_fraction) for t in whole]
            result = local_picture(
                trajectories,
                mobile=settings.mobile_ion,
                temperature_K=transport["temperature_K"],
                settings=settings.local_picture,
                tracer_A2_ps=_measured(_of_first_ordering(call, transport, whole)),
                sites=_sites(call, mean_cell(trajectories[0].cells)),
                dimensions=settings.transport.dimensions,
                dimensionality_threshold=settings.transport.dimensionality_threshold,
            )
    write_json(call.output, {"id": transport["id"], **result, "provenance": origin})


def _of_first_ordering(call: StageCall, transport: dict[str, Any], whole: list[Trajectory]) -> dict[str, Any]:
    """The record of the ordering whose jumps are counted: D* of all orderings over its D_r would be no correlation."""
    if transport["n_orderings"] == 1:
        return transport
    return analyse_temperature(
        whole,
        mobile=transport["mobile"],
        charge=transport["charge"],
        temperature_K=transport["temperature_K"],
        settings=call.settings.transport,
    )


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


def _measured(transport: dict[str, Any]) -> Measured | None:
    """D* in Angstrom^2/ps, None where it is not resolved."""
    if transport["tracer_diffusivity_cm2_s"] is None:
        return None
    value, error = transport["tracer_diffusivity_cm2_s"], transport["tracer_diffusivity_error_cm2_s"]
    return Measured(value / A2_PS_TO_CM2_S, error / A2_PS_TO_CM2_S)
