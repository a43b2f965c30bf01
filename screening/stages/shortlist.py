"""stability.csv -> shortlist.csv: which candidates go on to molecular dynamics."""

from screening.records import read_table, write_table
from screening.stability.shortlist import shortlist
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Apply the limits; every candidate has a line, with the reason where it is left out."""
    (source,) = call.inputs
    candidates = [row for row in read_table(source) if "candidate" in row["role"]]
    write_table(call.output, shortlist(candidates, call.settings.shortlist), ["id", "shortlisted", "reason"])
