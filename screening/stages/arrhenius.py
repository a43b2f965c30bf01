"""Every transport.json of one candidate -> arrhenius.json."""

from screening.records import provenance
from screening.records.origin import Provenance
from screening.stages.context import StageCall
from screening.transport import analyse_arrhenius
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport


def run(call: StageCall) -> None:
    """Fit the line, or say why there is none."""
    points = [CandidateTransport.read(path) for path in call.inputs("transport")]
    with provenance("arrhenius", call.all_inputs()) as origin:
        line = analyse_arrhenius(points, settings=call.settings.arrhenius)
    CandidateLine.of(line, id=points[0].id, provenance=Provenance.from_dict(origin)).write(call.output)
