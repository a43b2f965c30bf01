"""What is said of each candidate below the ranking: seen, 300 K, measured, doubtful."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from screening.errors import StageError
from screening.report import measured
from screening.report.corrected import corrected_of
from screening.report.reach import doubts_of, reach_of, seen_at, target_of
from screening.selection.rows import RankingRow, RankingVerdict
from screening.transport.line_record import CandidateLine


def said_of(results: Path, rows: Sequence[RankingRow], config: dict[str, Any]) -> list[str]:
    """One text for each row, in words and without what the table above says.

    Args:
        results: results/<campaign>.
        rows: Of its ranking.
        config: Its settings.
    """
    table = measured.known(temperature_K=target_of(config))
    return [
        "; ".join(filter(None, (_verdict(results, row, config), _corrected(row), _beside(row, table)))) for row in rows
    ]


def _verdict(results: Path, row: RankingRow, config: dict[str, Any]) -> str:
    line = _line(results / "candidates" / row.id / CandidateLine.FILE)
    if row.verdict is not RankingVerdict.RESOLVED or line is None:
        return f"{row.verdict}: {row.reason}" if row.reason else str(row.verdict)
    reach = reach_of(line, config, row.coldest_resolved_temperature_K)
    doubts = doubts_of(row.reason, line, "" if row.cell_error_percent is None else row.cell_doubt)
    far = "" if reach is None else reach.short
    return "; ".join(filter(None, (f"resolved {seen_at(line, row.coldest_resolved_temperature_K)}", far, doubts)))


def _corrected(row: RankingRow) -> str:
    found = corrected_of(row)
    return "" if found is None else found.words


def _beside(row: RankingRow, table: Mapping[measured.Key, measured.Measured]) -> str:
    known = measured.of(row.composition, table)
    return "" if known is None else f"measured {known.words} mS/cm"


def _line(path: Path) -> CandidateLine | None:
    """None where there is none, or it cannot be read: `screening show` says why."""
    try:
        return CandidateLine.read(path) if path.exists() else None
    except StageError:
        return None
