"""transport.json and local.json of all temperatures and arrhenius.json -> equation_one.json."""

from screening.config.stages import EquationSettings
from screening.local import equation_one
from screening.local.equation_record import CandidateEquation
from screening.local.record import CandidateLocal
from screening.records import provenance
from screening.records.origin import Provenance
from screening.stages.context import StageCall
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport, TransportVerdict


def run(call: StageCall) -> None:
    """Put every variable of the hopping equation together, with what is missing named."""
    settings: EquationSettings = call.settings
    points = [CandidateTransport.read(path) for path in call.inputs("transport")]
    pictures = [CandidateLocal.read(path) for path in call.inputs("local")]
    line = CandidateLine.read(call.input("arrhenius"))
    with provenance("equation", call.all_inputs()) as origin:
        result = equation_one(
            [point for point in points if point.verdict is not TransportVerdict.FAILED],
            {one.temperature_K: one.picture for one in pictures if one.picture is not None},
            line,
            settings=settings.local_picture,
            arrhenius_settings=settings.arrhenius,
            dimensions=settings.transport.dimensions,
        )
    CandidateEquation.of(result, id=line.id, provenance=Provenance.from_dict(origin)).write(call.output)
