"""Every md.json of one candidate at one temperature -> transport.json."""

from screening.config.stages import TransportSettings
from screening.dynamics.storage import read_trajectory
from screening.records import provenance, read_json, write_json
from screening.stages.context import StageCall
from screening.transport import analyse_temperature


def run(call: StageCall) -> None:
    """Analyse replicas and orderings together; a failed or molten run among them is a verdict.

    A molten run ended early and is analysed alone: it is no replica of the others any more. Orderings that did not
    relax were not run and are left out, unless no other is there.
    """
    settings: TransportSettings = call.settings
    every = [(path, read_json(path)) for path in call.all_named(f"md{call.rung}.json")]
    runs = [(path, record) for path, record in every if record["status"] != "left_out"]
    candidate = read_json(call.named("candidate.json"))
    temperature = float(every[0][1]["temperature_K"])
    with provenance("transport", list(call.inputs)) as origin:
        failed = [record for _, record in runs or every if record["status"] in ("failed", "left_out")]
        molten = [(path, record) for path, record in runs if record["status"] == "melted"]
        if failed:
            result = {"verdict": "failed", "reason": failed[0]["reason"], "temperature_K": temperature}
        else:
            kept = molten[:1] or runs
            result = analyse_temperature(
                [read_trajectory(path.parent / "chunks", record["chunks"]) for path, record in kept],
                orderings=[record["ordering"] for _, record in kept],
                mobile=settings.mobile_ion,
                charge=candidate["oxidation_states"][settings.mobile_ion],
                temperature_K=temperature,
                settings=settings.transport,
            )
    write_json(call.output, {"id": candidate["id"], **result, "provenance": origin})
