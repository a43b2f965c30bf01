"""A page for trajectories that no campaign made: displacements, tensor, line, verdicts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from screening.local.record import CandidateLocal, TransportOfFiles
from screening.records.origin import Provenance
from screening.report.collect import Candidate, Collection
from screening.report.detail import condense
from screening.report.notes import reach_line
from screening.report.overview import Row, make_rows
from screening.report.page import fill, script_data
from screening.selection.rows import RankingRow, RankingVerdict
from screening.transport.line_record import CandidateLine, LineRecord
from screening.transport.record import CandidateTransport

_ID = "trajectories"


def own_page(records: Sequence[TransportOfFiles], line: LineRecord | None, origin: Provenance) -> str:
    """The page of one material's trajectories at one temperature or several.

    Args:
        records: One for each temperature.
        line: Through the temperatures; None where there is one.
        origin: What was read.
    """
    ordered = sorted(records, key=lambda record: record.temperature_K)
    mobile = str(ordered[0].mobile or "")
    candidate = _candidate(ordered, line, origin, mobile)
    collection = Collection({"mobile_ion": mobile}, (candidate,))
    (row,) = make_rows(collection, {})
    row = replace(row, kind=str(ordered[0].verdict)) if line is None else row
    temperature, level = (300.0, 0.68) if line is None else (line.extrapolation_temperature_K, line.confidence_level)
    title = f"Transport of {mobile} ions"
    details = condense(candidate, mobile)
    details["missing"] = []
    return fill(
        "own.html.j2",
        campaign=title,
        facts=_facts(ordered),
        first=_first(row, ordered, temperature),
        data={**script_data(collection, [row], title, mobile, temperature, level), "own": True},
        details=[details],
    )


def _candidate(
    records: Sequence[TransportOfFiles], line: LineRecord | None, origin: Provenance, mobile: str
) -> Candidate:
    """The records as those of a candidate that was only analysed."""
    row = RankingRow(
        id=_ID,
        parent="",
        composition=mobile,
        done="",
        mixing_enthalpy_meV_atom=None,
        mixing_enthalpy_error_meV_atom=None,
        mixing_against=None,
        activation_energy_eV=None if line is None else line.activation_energy_eV,
        activation_energy_error_eV=None if line is None else line.activation_energy_error_eV,
        **_conductivity(line),
        typical_error_log10_conductivity=None,
        dimensionality=None if line is None else line.dimensionality,
        force_disagreement_meV_A=None,
        stopped_ps=None,
        verdict=RankingVerdict.NO_POINTS if line is None else RankingVerdict(line.verdict),
        reason=records[0].reason if line is None else line.reason,
    )
    return Candidate(
        id=_ID,
        row=row,
        listed=None,
        stability=None,
        shortlisted=None,
        candidate=None,
        relaxed=None,
        arrhenius=None if line is None else CandidateLine.of(line, id=_ID, provenance=origin),
        transport=tuple(CandidateTransport.of(record, id=_ID, provenance=origin) for record in records),
        local=tuple(
            CandidateLocal.of(record.local, id=_ID, provenance=origin) for record in records if record.local is not None
        ),
    )


def _conductivity(line: LineRecord | None) -> dict[str, Any]:
    """Nernst and Einstein's, as the line gives it."""
    names = (f"conductivity_300K_nernst_einstein{end}_mS_cm" for end in ("", "_low", "_high", "_upper_bound"))
    value, low, high, bound = (None if line is None else getattr(line, name) for name in names)
    return {
        "conductivity_300K_nernst_einstein_mS_cm": value,
        "conductivity_300K_nernst_einstein_low_mS_cm": low,
        "conductivity_300K_nernst_einstein_high_mS_cm": high,
        "conductivity_300K_upper_bound_mS_cm": bound,
    }


def _facts(records: Sequence[TransportOfFiles]) -> list[tuple[str, str]]:
    found = {
        "Mobile ion": str(records[0].mobile),
        "Temperatures": ", ".join(f"{record.temperature_K:g}" for record in records) + " K",
        "Trajectories": ", ".join(str(record.n_trajectories) for record in records),
        "Frames": ", ".join(" + ".join(map(str, record.n_frames or ())) for record in records),
    }
    return list(found.items())


def _first(row: Row, records: Sequence[TransportOfFiles], temperature_K: float) -> list[str]:
    """How far the runs reach, what errors hold, and what was noted when files were read."""
    lines = [reach_line([row], temperature_K)] if len(records) > 1 else []
    lines.append(
        "Errors are of sampling alone: how long the runs are, how ions and runs differ. They exclude the error of what "
        "moved the atoms, and of the cell and its finite size."
    )
    notes: list[Any] = [note for record in records for note in record.notes]
    return [*lines, *map(str, notes)]
