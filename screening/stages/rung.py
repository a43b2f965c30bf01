"""arrhenius.json of every candidate after a short run -> a table of who goes on."""

from screening.records import provenance
from screening.selection.halving import halve
from screening.selection.rows import RungRow
from screening.stages.context import StageCall
from screening.transport.line_record import CandidateLine


def run(call: StageCall) -> None:
    """Compare what the candidates can still reach; every one has a line, with the reason where it stops."""
    fits = [CandidateLine.read(path) for path in call.inputs("arrhenius")]
    with provenance("rung", call.all_inputs()) as origin:
        rows = halve(
            {fit.id: fit for fit in fits},
            {row.id: row for path in call.inputs("rung") for row in RungRow.read(path)},
            length_ps=float(call.options["length_ps"]),
            keep=call.settings.keep,
            confidence=call.settings.confidence,
        )
    RungRow.write(call.output, rows, origin)
