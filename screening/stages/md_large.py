"""relaxed.json and transport.json of one candidate -> md.json of a run in a cell eight times as large."""

from dataclasses import replace

from screening.stages import md
from screening.stages.context import StageCall
from screening.transport.finite_size import REPEAT, hottest_resolved_K
from screening.transport.record import CandidateTransport


def run(call: StageCall) -> None:
    """Run or continue the first ordering, repeated, at the hottest resolved temperature; a student alone does it."""
    records = [CandidateTransport.read(path) for path in call.inputs("transport")]
    resolved = hottest_resolved_K(records)
    temperature = max(record.temperature_K for record in records) if resolved is None else resolved
    options = {**call.options, "temperature": f"{temperature:g}", "ordering": "0", "replica": "0"}
    single = replace(call, options=options)
    driver, driven_by = md.driver_of(single)
    left_out = "" if resolved is not None else "D* is resolved at no temperature, so there is nothing to compare with"
    if not driven_by.student_checksum:
        left_out = left_out or f"a large cell is run with a student alone: {driven_by.student_refused}"
    md.execute(single, driver, driven_by, md.tell_progress, repeat=REPEAT, left_out=left_out)
