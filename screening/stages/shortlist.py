"""stability.csv -> shortlist.csv: which candidates go on to molecular dynamics."""

from screening.candidates.roles import Role
from screening.records import provenance
from screening.selection.rows import ShortlistRow
from screening.selection.shortlist import shortlist
from screening.stability.rows import StabilityRow
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Apply the limits; every candidate has a line, with the reason where it is left out."""
    source = call.input("stability")
    with provenance("shortlist", [source]) as origin:
        candidates = [row for row in StabilityRow.read(source) if Role.CANDIDATE in row.role]
        rows = shortlist(candidates, call.settings.shortlist)
    ShortlistRow.write(call.output, rows, origin)
