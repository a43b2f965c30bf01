"""The same as `show`, `compare`, `status` and `ranking` print, for programs: keys and units are those of the files."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from screening.records import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screening.campaign.api import CandidateResults
    from screening.campaign.progress import Progress
    from screening.records.rows import Row
    from screening.records.typed import Record


def of_candidate(candidate: "CandidateResults") -> str:
    """All rows and records of a candidate; null for those that are not there. Curves are in the files alone."""
    records = candidate.records
    return json_text(
        {
            "id": candidate.id,
            "campaign": candidate.campaign.name,
            "folder": str(candidate.folder),
            "ranking": _row(records.row),
            "candidate": _row(records.listed),
            "stability": _row(records.stability),
            "transport": [_record(record) for record in records.transport],
            "arrhenius": _record(records.arrhenius),
            "trust": _record(records.trust),
            "reference": _record(records.reference),
            "damaged": list(records.damaged),
        }
    )


def of_comparison(titles: "Sequence[str]", rows: "Sequence[tuple[str, str, str, str]]") -> str:
    """Names, values of both, and the second compared with the first, as they are printed."""
    names = ("quantity", "first", "second", "second_compared_with_first")
    return json_text({"candidates": list(titles), "rows": [dict(zip(names, row, strict=True)) for row in rows]})


def of_progress(states: "Sequence[Progress]") -> str:
    """One object for each campaign."""
    return json_text({"campaigns": [_plain(asdict(state)) | {"stage": state.stage} for state in states]})


def of_rows(rows: "Sequence[Row]") -> str:
    """Rows of a table, by the names of its columns."""
    return json_text({"rows": [_row(row) for row in rows]})


def _row(row: "Row | None") -> dict[str, Any] | None:
    return None if row is None else _plain(row.cells())


def _record(record: "Record | None") -> dict[str, Any] | None:
    """Without curves and provenance, which are most of a file."""
    if record is None:
        return None
    return {name: value for name, value in record.as_json().items() if name not in ("msd", "curve", "provenance")}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """What JSON has no form for, as text."""
    return {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(value)
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
