"""stability.csv -> shortlist.csv: which candidates go on to molecular dynamics."""

from screening.candidates.roles import Role, roles
from screening.records import provenance, read_table, write_table
from screening.selection.shortlist import shortlist
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Apply the limits; every candidate has a line, with the reason where it is left out."""
    source = call.input("stability")
    with provenance("shortlist", [source]) as origin:
        candidates = [row for row in read_table(source) if Role.CANDIDATE in roles(row)]
        rows = shortlist(candidates, call.settings.shortlist)
    write_table(call.output, rows, ["id", "shortlisted", "reason"], origin)
