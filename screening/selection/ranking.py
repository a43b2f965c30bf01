"""The ranking: one row per candidate, best conductivity first, what is not resolved after what is."""

from collections.abc import Iterable, Mapping, Sequence

from screening.candidates.record import CandidateRow
from screening.potentials.trust_record import TrustRecord
from screening.selection.cells import CellError
from screening.selection.rows import RankingRow, RankingVerdict, RungRow, ShortlistRow
from screening.stability.rows import StabilityRow
from screening.stability.status import RelaxationStatus
from screening.transport.line_record import EXTRAPOLATED_FROM, CandidateLine, LineVerdict, TracerFit

# True of nearly every line: in the ranking they would hide the flags that are not.
USUAL_FLAGS = (EXTRAPOLATED_FROM,)


def rank(
    candidates: Iterable[CandidateRow],
    stability: Mapping[str, StabilityRow],
    shortlisted: Mapping[str, ShortlistRow],
    arrhenius: Mapping[str, CandidateLine],
    trust: Mapping[str, TrustRecord] | None = None,
    max_force_disagreement_meV_A: float | None = None,
    rungs: Mapping[str, RungRow] | None = None,
    typical_error_log10_conductivity: float | None = None,
    doubts: dict[str, str] | None = None,
    cells: Mapping[str, CellError] | None = None,
) -> list[RankingRow]:
    """One row per candidate.

    Args:
        candidates: Rows of candidates.csv that are candidates.
        stability: Rows of stability.csv by id.
        shortlisted: Rows of shortlist.csv by id.
        arrhenius: Arrhenius records by id, of shortlisted candidates.
        trust: Records of a second potential by id, of shortlisted candidates; None where there is no second one.
        max_force_disagreement_meV_A: Above it the reason says that the potentials disagree.
        rungs: Rows of the last rung's table by id: whose runs were stopped early, and why; None where all went on.
        typical_error_log10_conductivity: Of the potential against measured conductivities; None if not known.
        doubts: What makes the dynamics of a candidate doubtful though its verdict stands, by id.
        cells: How far the cells of its runs are from the measured ones, by id.

    Returns:
        Rows, resolved ones first by conductivity at 300 K, those of doubtful cells after the others, then the rest by
        mixing enthalpy.
    """
    rows = [
        _row(
            candidate,
            stability[candidate.id],
            shortlisted[candidate.id],
            arrhenius.get(candidate.id),
            (trust or {}).get(candidate.id),
            max_force_disagreement_meV_A,
            (rungs or {}).get(candidate.id),
            typical_error_log10_conductivity,
            (doubts or {}).get(candidate.id, ""),
            (cells or {}).get(candidate.id),
        )
        for candidate in candidates
    ]
    return sorted(rows, key=_key)


def _row(
    candidate: CandidateRow,
    stability: StabilityRow,
    shortlisted: ShortlistRow,
    line: CandidateLine | None,
    trust: TrustRecord | None,
    limit_meV_A: float | None,
    rung: RungRow | None,
    typical_error: float | None,
    doubt: str,
    cell: CellError | None,
) -> RankingRow:
    reasons = [shortlisted.reason if line is None else line.reason]
    if line is not None and line.verdict is LineVerdict.RESOLVED:
        reasons += _unusual(line.extrapolation_flags)
    if stability.relaxation is RelaxationStatus.NOT_CONVERGED:
        reasons.append(f"relaxation not converged: {stability.reason}")
    if rung is not None:
        reasons.append(rung.reason)
    if trust is not None:
        reasons.append(_distrust(trust, limit_meV_A))
    reasons.append(doubt)
    fit: TracerFit = line or TracerFit()
    sigma = fit.conductivity_300K_nernst_einstein_mS_cm
    return RankingRow(
        id=candidate.id,
        parent=candidate.parent,
        composition=candidate.composition,
        done=candidate.done,
        mixing_enthalpy_meV_atom=stability.mixing_enthalpy_meV_atom,
        mixing_enthalpy_error_meV_atom=stability.mixing_enthalpy_error_meV_atom,
        mixing_against=stability.mixing_against,
        activation_energy_eV=fit.activation_energy_eV,
        activation_energy_error_eV=fit.activation_energy_error_eV,
        conductivity_300K_mS_cm=sigma,
        conductivity_300K_low_mS_cm=fit.conductivity_300K_nernst_einstein_low_mS_cm,
        conductivity_300K_high_mS_cm=fit.conductivity_300K_nernst_einstein_high_mS_cm,
        typical_error_log10_conductivity=None if sigma is None else typical_error,
        dimensionality=None if line is None else line.dimensionality,
        force_disagreement_meV_A=None if trust is None or trust.compared is None else trust.compared.force_mae_meV_A,
        stopped_ps=None if rung is None else rung.stopped_ps,
        cell_error_percent=None if cell is None else cell.percent,
        cell_doubt="" if cell is None else cell.doubt,
        verdict=RankingVerdict.NOT_SHORTLISTED if line is None else RankingVerdict(line.verdict),
        reason="; ".join(reason for reason in reasons if reason),
    )


def _unusual(flags: Sequence[str]) -> list[str]:
    """Flags of an extrapolation but those that nearly every one has."""
    return [flag for flag in flags if not flag.startswith(USUAL_FLAGS)]


def _distrust(trust: TrustRecord, limit_meV_A: float | None) -> str:
    """Why the second potential casts doubt, "" if it does not."""
    if trust.compared is None:
        return f"not compared with the second potential: {trust.reason}"
    found = trust.compared.force_mae_meV_A
    if limit_meV_A is None or found <= limit_meV_A:
        return ""
    return (
        f"potentials disagree: forces of {trust.second_potential.name} differ by {found:.0f} meV/A "
        f"(limit {limit_meV_A:g})"
    )


def _key(row: RankingRow) -> tuple[bool, bool, float, float, str]:
    conductivity, enthalpy = row.conductivity_300K_mS_cm, row.mixing_enthalpy_meV_atom
    return (
        row.verdict is not RankingVerdict.RESOLVED,
        # No conductivity from a wrong cell stands before one from a right cell.
        conductivity is not None and bool(row.cell_doubt),
        -conductivity if conductivity is not None else 0.0,
        enthalpy if enthalpy is not None else float("inf"),
        row.id,
    )
