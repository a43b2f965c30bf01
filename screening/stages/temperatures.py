"""transport.json and md.json of every candidate so far -> a table of its next temperatures."""

from collections import defaultdict

from screening.records import provenance
from screening.selection.choice import choose
from screening.selection.rows import TemperatureRow
from screening.stages.context import StageCall
from screening.trajectories.run_record import RunRecord
from screening.transport.record import CandidateTransport

#: Beside the table: the same table, which stays while Snakemake makes that anew.
DECIDED = "decided"


def run(call: StageCall) -> None:
    """Choose; every candidate has a line, with the reason where its temperatures end."""
    kept = call.output.parent / DECIDED / call.output.name
    with provenance("temperatures", call.all_inputs()) as origin:
        transport: dict[str, list[CandidateTransport]] = defaultdict(list)
        for record in map(CandidateTransport.read, call.inputs("transport")):
            transport[record.id].append(record)
        runs: dict[str, list[RunRecord]] = defaultdict(list)
        for made in map(RunRecord.read, call.inputs("runs")):
            runs[made.id].append(made)
        before = [row for path in call.inputs("before") for row in TemperatureRow.read(path)]
        rows = choose(
            transport,
            runs,
            {row.id: row for row in before if row.temperature_K is None},
            number=int(call.options["number"]),
            settings=call.settings,
            decided=TemperatureRow.read(kept) if kept.exists() else (),
        )
    TemperatureRow.write(kept, rows)
    TemperatureRow.write(call.output, rows, origin)
