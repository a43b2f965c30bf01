"""How far the cells that a candidate was run in are from the lattice that its parent was given with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from screening.candidates.record import CandidateRow
from screening.candidates.roles import Role
from screening.dynamics.expansion import beside_measured, volume_error
from screening.stability.rows import StabilityRow
from screening.transport.record import CandidateTransport


@dataclass(frozen=True)
class CellError:
    """Of one candidate.

    Attributes:
        percent: Volume of its runs' cells beside the given one, at the temperature where that is worst.
        doubt: Why no conductivity from these cells is to be trusted, "" where one is.
    """

    percent: float
    doubt: str


def cell_errors(
    listed: Sequence[CandidateRow], stability: Mapping[str, StabilityRow], transport: Iterable[CandidateTransport]
) -> dict[str, CellError]:
    """By candidate; without those whose parent was not relaxed or that did not run.

    Args:
        listed: Rows of candidates.csv.
        stability: Rows of stability.csv by id.
        transport: Of all candidates at all temperatures.
    """
    changes = {row.id: _parent_change(row, listed, stability) for row in listed}
    found: dict[str, CellError] = {}
    for record in transport:
        change = changes.get(record.id)
        if change is None or record.cell_volume_ratio is None:
            continue
        error = volume_error(change, record.cell_volume_ratio)
        doubt = beside_measured(error, record.cell_temperature_K)
        one = CellError(100 * error, doubt)
        known = found.get(record.id)
        if known is None or (bool(doubt), abs(error)) > (bool(known.doubt), abs(known.percent) / 100):
            found[record.id] = one
    return found


def _parent_change(
    own: CandidateRow, listed: Sequence[CandidateRow], stability: Mapping[str, StabilityRow]
) -> float | None:
    """Relaxed over given volume of its parent, less 1; in its own cell where the parent was relaxed in that too."""
    parents = [row for row in listed if row.parent == own.parent and Role.REFERENCE in row.role and row.id in stability]
    parents.sort(key=lambda row: row.supercell != own.supercell)
    changes = (stability[row.id].volume_change for row in parents)
    return next((change for change in changes if change is not None), None)
