"""Tables of the whole campaign: transport.csv, arrhenius.csv and, last, ranking.csv."""

from pathlib import Path
from typing import Any

from screening.candidates.roles import Role, roles
from screening.potentials.calibration import typical_error
from screening.records import provenance, read_json, read_table, write_table
from screening.selection.ranking import COLUMNS, rank
from screening.stages.context import StageCall
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport


def run(call: StageCall) -> None:
    """Gather what every candidate came to; a candidate that stopped on the way has its line and its reason."""
    with provenance("ranking", call.all_inputs()) as origin:
        candidates = [r for r in read_table(call.input("candidates")) if Role.CANDIDATE in roles(r)]
        stability = {r["id"]: r for r in read_table(call.input("stability"))}
        shortlisted = {r["id"]: r for r in read_table(call.input("shortlist"))}
        transport = [CandidateTransport.read(path) for path in call.inputs("transport")]
        lines = {line.id: line for line in (CandidateLine.read(path) for path in call.inputs("arrhenius"))}
        trust = {r["id"]: r for r in (read_json(path) for path in call.inputs("trust"))}
        stopped = {r["id"]: r for path in call.inputs("rung") for r in read_table(path)}
        limit = call.settings.max_force_disagreement_meV_A
        known = typical_error(call.settings.potential.name)
        typical = known["log10_conductivity_mae"] if known else None
        # Of several temperatures the lowest that is doubtful, from which a line is carried furthest.
        hottest_first = sorted(transport, key=lambda record: -record.temperature_K)
        doubts = {r.id: found for r in hottest_first if (found := _doubts(r))}
        rows = rank(candidates, stability, shortlisted, lines, trust, limit, stopped, typical, doubts)
    folder = call.output.parent
    _write_scalars(folder / "transport.csv", [record.as_dict() for record in transport], origin)
    _write_scalars(folder / "arrhenius.csv", [line.as_dict() for line in lines.values()], origin)
    # With every candidate lost on the way there may be no row.
    write_table(call.output, rows, list(COLUMNS), origin)


def _doubts(record: CandidateTransport) -> str:
    return "; ".join(filter(None, (record.cell_doubt, record.drift_doubt)))


def _write_scalars(path: Path, records: list[dict[str, Any]], origin: dict[str, Any]) -> None:
    """The records' single values and flags as a table; curves, tensors and provenance stay in the records."""
    rows = [_scalars(record) for record in records]
    columns = list(dict.fromkeys(key for row in rows for key in row)) or ["id"]
    write_table(path, rows, columns, origin)


def _scalars(record: dict[str, Any]) -> dict[str, Any]:
    flags = record.get("extrapolation_flags")
    named = {} if flags is None else {"extrapolation_flags": "; ".join(flags)}
    return {k: v for k, v in (record | named).items() if not isinstance(v, dict | list | tuple)}
