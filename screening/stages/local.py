"""transport.json and the runs of one temperature -> local.json: where the ions are and how they jump."""

from typing import Any

from screening.config.stages import LocalSettings
from screening.dynamics.storage import read_trajectory
from screening.records import provenance, read_json, write_json
from screening.stages.context import StageCall
from screening.transport import local_picture
from screening.transport.diffusion import A2_PS_TO_CM2_S
from screening.transport.displacement import production
from screening.transport.hops import Measured


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
            result = local_picture(
                [
                    production(
                        read_trajectory(path.parent / "chunks", record["chunks"]),
                        settings.transport.equilibration_fraction,
                    )
                    for path, record in usable
                ],
                mobile=settings.mobile_ion,
                temperature_K=transport["temperature_K"],
                settings=settings.local_picture,
                tracer_A2_ps=_measured(transport),
                dimensions=settings.transport.dimensions,
                dimensionality_threshold=settings.transport.dimensionality_threshold,
            )
    write_json(call.output, {"id": transport["id"], **result, "provenance": origin})


def _measured(transport: dict[str, Any]) -> Measured | None:
    """D* in Angstrom^2/ps, None where it is not resolved."""
    if transport["tracer_diffusivity_cm2_s"] is None:
        return None
    value, error = transport["tracer_diffusivity_cm2_s"], transport["tracer_diffusivity_error_cm2_s"]
    return Measured(value / A2_PS_TO_CM2_S, error / A2_PS_TO_CM2_S)
