"""parents.json -> candidates.csv, refused.csv and one candidate.json each."""

import json
from pathlib import Path

from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.record import CandidateRecord, CandidateRow, RefusedRow
from screening.errors import StageError
from screening.parents.base import Parent
from screening.parents.record import ParentsRecord
from screening.records import json_text, provenance
from screening.records.origin import Provenance
from screening.stages.context import StageCall

#: Keys of candidate.json from which later stages compute.
CONTENT = (
    "id",
    "composition",
    "formula_units",
    "n_atoms",
    "mixing_sites",
    "oxidation_states",
    "exchange",
    "glass",
    "orderings",
)


def run(call: StageCall) -> None:
    """Make all candidates; the table comes last, so that every id in it has its file."""
    source = call.input("parents")
    records = ParentsRecord.read(source)
    with provenance("enumerate", [source], seed=call.settings.seed) as origin:
        found = enumerate_candidates(
            call.settings,
            {name: Parent.from_record(r) for name, r in records.parents.items()},
            {name: Parent.from_record(r) for name, r in records.references.items()},
        )
    for candidate in found.candidates:
        path = call.output.parent / "candidates" / candidate.id / "candidate.json"
        record = candidate.record(Provenance.from_dict(origin))
        # Its content is its name: touching the file would rerun everything made from it.
        if not _already_there(path, record):
            record.write(path)
    RefusedRow.write(call.output.with_name("refused.csv"), [refusal.row() for refusal in found.refused], origin)
    CandidateRow.write(call.output, [candidate.row() for candidate in found.candidates], origin)


def _already_there(path: Path, record: CandidateRecord) -> bool:
    """Whether the same crystal with the same to be done to it was written before.

    What it is to the campaign, and in which words it was made, stands in candidates.csv and decides nothing.
    """
    if not path.exists():
        return False
    try:
        known = CandidateRecord.read(path)
    except StageError:
        return False
    # Through JSON, which makes lists of tuples.
    wanted = CandidateRecord.from_json(json.loads(json_text(record.as_json())), path)
    return all(getattr(known, key) == getattr(wanted, key) for key in CONTENT)
