"""transport.json and local.json of all temperatures and arrhenius.json -> equation_one.json."""

from screening.config.stages import EquationSettings
from screening.local import equation_one
from screening.records import provenance, read_json, write_json
from screening.stages.context import StageCall
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport, TransportVerdict


def run(call: StageCall) -> None:
    """Put every variable of the hopping equation together, with what is missing named."""
    settings: EquationSettings = call.settings
    points = [CandidateTransport.read(path) for path in call.inputs("transport")]
    pictures = [read_json(path) for path in call.inputs("local")]
    line = CandidateLine.read(call.input("arrhenius"))
    with provenance("equation", call.all_inputs()) as origin:
        result = equation_one(
            [point for point in points if point.verdict is not TransportVerdict.FAILED],
            {picture["temperature_K"]: picture for picture in pictures if not isinstance(picture.get("missing"), str)},
            line,
            settings=settings.local_picture,
            arrhenius_settings=settings.arrhenius,
            dimensions=settings.transport.dimensions,
        )
    write_json(call.output, {"id": line.id, **result, "provenance": origin})
