"""Every transport.json of one candidate -> arrhenius.json."""

from screening.records import provenance, read_json, write_json
from screening.stages.context import StageCall
from screening.transport import analyse_arrhenius


def run(call: StageCall) -> None:
    """Fit the line, or say why there is none."""
    points = [read_json(path) for path in call.inputs]
    with provenance("arrhenius", list(call.inputs)) as origin:
        result = analyse_arrhenius(points, settings=call.settings.arrhenius)
    write_json(call.output, {"id": points[0]["id"], **result, "provenance": origin})
