"""The ranking: one row per candidate, in tiers that the data can tell apart, what nothing is known of at the end."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from screening.candidates.record import CandidateRow
from screening.constants import K_EV
from screening.potentials.bias import Bias
from screening.potentials.reference_record import ReferenceRecord
from screening.potentials.trust_record import Disagreement, TrustRecord
from screening.selection.cells import CellError
from screening.selection.knowledge import Knowledge, knowledge_of
from screening.selection.posterior import possible
from screening.selection.rows import RankingRow, RankingVerdict, RungRow, ShortlistRow
from screening.stability.rows import StabilityRow
from screening.stability.status import RelaxationStatus
from screening.transport.finite_size import FiniteSize
from screening.transport.line_record import EXTRAPOLATED_FROM, CandidateLine, CollectiveFit, LineVerdict, TracerFit

# True of nearly every line: in the ranking they would hide the flags that are not.
USUAL_FLAGS = (EXTRAPOLATED_FROM,)
#: Who is better than a tier's first with this probability or more belongs to it.
TIER_DOUBT = 0.05
#: Slope of forces on first principles, beside 1: SevenNet-l3i5 has 0.09, nequix-omat-1 0.03 (docs/first-principles.md).
SLOPE_ERROR = 0.1
_BEST = 3


@dataclass(frozen=True)
class Competition:
    """What is known of all candidates; mappings are by id.

    Attributes:
        candidates: Rows of candidates.csv that are candidates.
        stability: Rows of stability.csv.
        shortlisted: Rows of shortlist.csv.
        lines: Arrhenius records of shortlisted candidates.
        trust: Records of a second potential, of shortlisted candidates; empty where there is no second one.
        max_force_disagreement_meV_A: Above it the reason says that the potentials disagree.
        rungs: Rows of the last rung's table: whose runs were stopped early, and why; empty where all went on.
        typical_error_log10_conductivity: Of the potential against measured conductivities; None if not known.
        doubts: What makes the dynamics of a candidate doubtful though its verdict stands.
        cells: How far the cells of its runs are from the measured ones.
        coldest: Lowest temperature in K at which D* is resolved; without candidates that have none.
        sizes: What a larger cell says; empty where the campaign does not ask.
        biases: What the potential is off by in compounds like a candidate; without candidates of which none is known.
        ends: Why no colder temperature was run, of candidates whose temperatures were chosen.
        corrected: First principles that corrected the student of a candidate's runs; without those that none did.
        reference: What first principles say of shortlisted candidates; empty where none were asked.
    """

    candidates: Sequence[CandidateRow]
    stability: Mapping[str, StabilityRow]
    shortlisted: Mapping[str, ShortlistRow]
    lines: Mapping[str, CandidateLine]
    trust: Mapping[str, TrustRecord] = field(default_factory=dict)
    max_force_disagreement_meV_A: float | None = None
    rungs: Mapping[str, RungRow] = field(default_factory=dict)
    typical_error_log10_conductivity: float | None = None
    biases: Mapping[str, Bias] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, CellError] = field(default_factory=dict)
    coldest: Mapping[str, float] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, FiniteSize] = field(default_factory=dict)
    reference: Mapping[str, ReferenceRecord] = field(default_factory=dict)
    corrected: Mapping[str, str] = field(default_factory=dict)


def rank(competition: Competition) -> list[RankingRow]:
    """One row per candidate: tier by tier, within a tier by mean place; those of which nothing is known by enthalpy.

    No conductivity from a wrong cell stands before one from a right cell: those are compared among themselves, and
    their tiers come after.
    """
    known = {row.id: _known(row.id, competition) for row in competition.candidates}
    doubtful = {id for id in known if id in competition.cells and competition.cells[id].doubt}
    level = next((line.confidence_level for line in competition.lines.values()), 0.68)
    standings = _standings({id: one for id, one in known.items() if id not in doubtful}, level)
    sound_tiers = max((columns["tier"] for columns in standings.values()), default=0)
    for id, columns in _standings({id: known[id] for id in doubtful}, level).items():
        unsaid = {"probability_best": None, "probability_among_best_3": None}
        standings[id] = columns | unsaid | {"tier": columns["tier"] + sound_tiers}
    rows = [_row(candidate, competition, known[candidate.id], standings) for candidate in competition.candidates]
    places = {id: place for place, id in enumerate(standings)}
    return sorted(rows, key=lambda row: (places.get(row.id, len(places)), *_enthalpy_then_id(row)))


def _known(id: str, competition: Competition) -> Knowledge:
    """What the line says, its error with what a larger cell would change."""
    known, size = knowledge_of(competition.lines.get(id)), competition.sizes.get(id)
    return known if size is None or size.ln_conductivity_error is None else known.with_error(size.ln_conductivity_error)


def _standings(known: Mapping[str, Knowledge], level: float) -> dict[str, dict[str, Any]]:
    """Columns that follow from a comparison, by id in the order of the ranking; intervals have this level."""
    drawn = possible(known)
    if not drawn.ids:
        return {}
    low, middle, high = drawn.quantiles((0.5 - 0.5 * level, 0.5, 0.5 + 0.5 * level))
    best, among = drawn.among_best(1), drawn.among_best(_BEST)
    found: dict[str, dict[str, Any]] = {}
    for tier, members in enumerate(drawn.tiers(TIER_DOUBT), start=1):
        for i in members:
            id = drawn.ids[i]
            found[id] = {
                "tier": tier,
                "probability_best": float(best[i]),
                "probability_among_best_3": float(among[i]),
            }
            if known[id].ln_value is not None:
                found[id] |= {
                    "conductivity_300K_estimate_mS_cm": float(middle[i]),
                    "conductivity_300K_estimate_low_mS_cm": float(low[i]),
                    "conductivity_300K_estimate_high_mS_cm": float(high[i]),
                }
    return found


def _row(
    candidate: CandidateRow,
    competition: Competition,
    known: Knowledge,
    standings: Mapping[str, Mapping[str, Any]],
) -> RankingRow:
    id = candidate.id
    stability, line = competition.stability[id], competition.lines.get(id)
    trust, rung, cell = competition.trust.get(id), competition.rungs.get(id), competition.cells.get(id)
    judged = _judged(competition.reference.get(id))
    fit: TracerFit = line or TracerFit()
    size = competition.sizes.get(id)
    together = CollectiveFit(reason="") if line is None or line.collective is None else line.collective
    return RankingRow(
        id=id,
        parent=candidate.parent,
        composition=candidate.composition,
        done=candidate.done,
        mobile_ion=candidate.mobile_ion,
        mixing_enthalpy_meV_atom=stability.mixing_enthalpy_meV_atom,
        mixing_enthalpy_error_meV_atom=stability.mixing_enthalpy_error_meV_atom,
        mixing_against=stability.mixing_against,
        activation_energy_eV=fit.activation_energy_eV,
        activation_energy_error_eV=fit.activation_energy_error_eV,
        conductivity_300K_alone_mS_cm=None if known.ln_value is None else math.exp(known.ln_value),
        conductivity_300K_source=known.source,
        conductivity_300K_lower_bound_mS_cm=known.lower,
        conductivity_300K_upper_bound_mS_cm=known.upper,
        conductivity_300K_nernst_einstein_mS_cm=fit.conductivity_300K_nernst_einstein_mS_cm,
        conductivity_300K_nernst_einstein_low_mS_cm=fit.conductivity_300K_nernst_einstein_low_mS_cm,
        conductivity_300K_nernst_einstein_high_mS_cm=fit.conductivity_300K_nernst_einstein_high_mS_cm,
        conductivity_300K_collective_mS_cm=together.conductivity_300K_collective_mS_cm,
        conductivity_300K_collective_low_mS_cm=together.conductivity_300K_collective_low_mS_cm,
        conductivity_300K_collective_high_mS_cm=together.conductivity_300K_collective_high_mS_cm,
        coldest_resolved_temperature_K=competition.coldest.get(id),
        extrapolation_fall=None if known.ln_value is None else _fall(line, competition.coldest.get(id)),
        finite_size_ratio=None if size is None else size.ratio,
        finite_size_ratio_error=None if size is None else size.ratio_error,
        typical_error_log10_conductivity=(
            None if known.ln_value is None else competition.typical_error_log10_conductivity
        ),
        dimensionality=None if line is None else line.dimensionality,
        force_disagreement_meV_A=None if trust is None or trust.compared is None else trust.compared.force_mae_meV_A,
        reference_force_slope=None if judged is None else judged.force_slope,
        reference_force_mae_meV_A=None if judged is None else judged.force_mae_meV_A,
        student_corrected_by=competition.corrected.get(id, ""),
        stopped_ps=None if rung is None else rung.stopped_ps,
        cell_error_percent=None if cell is None else cell.percent,
        cell_doubt="" if cell is None else cell.doubt,
        verdict=RankingVerdict.NOT_SHORTLISTED if line is None else RankingVerdict(line.verdict),
        reason="; ".join(filter(None, _reasons(competition, id))),
        **standings.get(id, {}),
        **_corrected(standings.get(id, {}), line, competition.biases.get(id), cell),
    )


def _corrected(
    standing: Mapping[str, Any], line: CandidateLine | None, bias: Bias | None, cell: CellError | None
) -> dict[str, Any]:
    """The estimate without the potential's bias; nothing where there is none, or the cell is not the crystal's."""
    value = standing.get("conductivity_300K_estimate_mS_cm")
    if value is None or line is None or bias is None or (cell is not None and cell.doubt):
        return {}
    if line.verdict is not LineVerdict.RESOLVED:
        return {}
    low, high = (float(standing[f"conductivity_300K_estimate_{end}_mS_cm"]) for end in ("low", "high"))
    found = bias.corrected(value, low, high, line.confidence_level)
    columns = (f"conductivity_300K_corrected{end}_mS_cm" for end in ("", "_low", "_high"))
    return {**dict(zip(columns, found, strict=True)), "conductivity_300K_corrected_for": bias.words}


def _judged(record: ReferenceRecord | None) -> Disagreement | None:
    """The potential's forces beside those of first principles."""
    return None if record is None or record.potential is None else record.potential.found


def _fall(line: CandidateLine | None, coldest_K: float | None) -> float | None:
    """D* at the coldest temperature over that at the extrapolation temperature; 1 where nothing is extrapolated."""
    if line is None or coldest_K is None or line.activation_energy_coldest_eV is None:
        return None
    way = 1.0 / line.extrapolation_temperature_K - 1.0 / coldest_K
    return math.exp(max(0.0, line.activation_energy_coldest_eV * way / K_EV))


def _reasons(competition: Competition, id: str) -> list[str]:
    line, stability = competition.lines.get(id), competition.stability[id]
    reasons = [competition.shortlisted[id].reason if line is None else line.reason]
    if line is not None and line.verdict is LineVerdict.RESOLVED:
        reasons += _unusual(line.extrapolation_flags)
    if stability.relaxation is RelaxationStatus.NOT_CONVERGED:
        reasons.append(f"relaxation not converged: {stability.reason}")
    if id in competition.rungs:
        reasons.append(competition.rungs[id].reason)
    reasons.append(competition.ends.get(id, ""))
    if id in competition.sizes and (why := competition.sizes[id].reason):
        reasons.append(f"not compared with a larger cell: {why}")
    if id in competition.trust:
        reasons.append(_distrust(competition.trust[id], competition.max_force_disagreement_meV_A))
    if id in competition.reference:
        reasons.append(_soft(competition.reference[id]))
    return [*reasons, competition.doubts.get(id, "")]


def _unusual(flags: Sequence[str]) -> list[str]:
    """Flags of an extrapolation but those that nearly every one has."""
    return [flag for flag in flags if not flag.startswith(USUAL_FLAGS)]


def _soft(record: ReferenceRecord) -> str:
    """What first principles say of the forces that ions moved by, "" where they are near."""
    if record.reason:
        return f"not compared with first principles: {record.reason}"
    judged = _judged(record)
    slope = None if judged is None else judged.force_slope
    if record.doubt:
        return f"first principles: {record.doubt}"
    if slope is None or abs(slope - 1) <= SLOPE_ERROR:
        return ""
    how = "soft, and ions move too fast" if slope < 1 else "hard, and ions move too slowly"
    return f"forces have a slope of {slope:.2f} on those of {record.reference.name}: the potential is {how}"


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


def _enthalpy_then_id(row: RankingRow) -> tuple[float, str]:
    enthalpy = row.mixing_enthalpy_meV_atom
    return (float("inf") if enthalpy is None else enthalpy, row.id)
