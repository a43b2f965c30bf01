"""Tables of the whole campaign: transport.csv, arrhenius.csv and, last, ranking.csv."""

from collections import defaultdict
from collections.abc import Iterable

from screening.candidates.record import CandidateRow
from screening.candidates.roles import Role
from screening.potentials.bias import CALIBRATED_ION, Bias, bias_of
from screening.potentials.calibration import typical_error
from screening.potentials.reference_record import ReferenceRecord
from screening.potentials.trust_record import TrustRecord
from screening.records import provenance
from screening.records.rows import write_scalars
from screening.selection.cells import cell_errors
from screening.selection.ranking import Competition, rank
from screening.selection.rows import RankingRow, RungRow, ShortlistRow, TemperatureRow
from screening.stability.rows import StabilityRow
from screening.stages.context import StageCall
from screening.transport.finite_size import CandidateFiniteSize
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport, TransportVerdict


def run(call: StageCall) -> None:
    """Gather what every candidate came to; a candidate that stopped on the way has its line and its reason."""
    with provenance("ranking", call.all_inputs()) as origin:
        listed = CandidateRow.read(call.input("candidates"))
        candidates = [row for row in listed if Role.CANDIDATE in row.role]
        stability = {row.id: row for row in StabilityRow.read(call.input("stability"))}
        shortlisted = {row.id: row for row in ShortlistRow.read(call.input("shortlist"))}
        transport = [CandidateTransport.read(path) for path in call.inputs("transport")]
        lines = {line.id: line for line in (CandidateLine.read(path) for path in call.inputs("arrhenius"))}
        trust = {judged.id: judged for judged in map(TrustRecord.read, call.inputs("trust"))}
        reference = {judged.id: judged for judged in map(ReferenceRecord.read, call.inputs("reference"))}
        stopped = {row.id: row for path in call.inputs("rung") for row in RungRow.read(path)}
        listed_ends = [row for path in call.inputs("temperatures") for row in TemperatureRow.read(path)]
        sizes = {size.id: size for size in map(CandidateFiniteSize.read, call.inputs("finite_size"))}
        limit = call.settings.max_force_disagreement_meV_A
        at_K = next((line.extrapolation_temperature_K for line in lines.values()), 300.0)
        known = typical_error(call.settings.potential.shown, at_K)
        typical = known["log10_conductivity_mae"] if known else None
        # Of several temperatures the lowest that is doubtful, from which a line is carried furthest.
        hottest_first = sorted(transport, key=lambda record: -record.temperature_K)
        cells = cell_errors(listed, stability, transport)
        doubts = {r.id: found for r in hottest_first if (found := _doubts(r))}
        for id, cell in cells.items():
            doubts[id] = "; ".join(filter(None, (cell.doubt, doubts.get(id))))
        rows = rank(
            Competition(
                candidates=candidates,
                stability=stability,
                shortlisted=shortlisted,
                lines=lines,
                trust=trust,
                reference=reference,
                max_force_disagreement_meV_A=limit,
                rungs=stopped,
                typical_error_log10_conductivity=typical,
                biases=_biases(candidates, transport, call.settings.potential.shown, at_K),
                doubts=doubts,
                cells=cells,
                coldest=_coldest(transport),
                sizes=sizes,
                corrected={r.id: r.student_corrected_by for r in transport if r.student_corrected_by},
                ends={row.id: row.reason for row in listed_ends if row.temperature_K is None},
            )
        )
    folder = call.output.parent
    write_scalars(folder / "transport.csv", CandidateTransport, transport, origin)
    write_scalars(folder / "arrhenius.csv", CandidateLine, list(lines.values()), origin)
    RankingRow.write(call.output, rows, origin)


def _biases(
    candidates: Iterable[CandidateRow], transport: Iterable[CandidateTransport], potential: str, at_K: float
) -> dict[str, Bias]:
    """By candidate, of those whose runs were all of the potential alone, with the weights that were calibrated."""
    used: dict[str, set[str]] = defaultdict(set)
    for record in transport:
        facts = record.provenance.potential
        alone = facts is not None and facts.name == potential and not record.student_corrected_by
        used[record.id].add(facts.checksum if alone and facts is not None else "")
    found: dict[str, Bias] = {}
    for row in candidates:
        # Potentials were calibrated on what conducts lithium; tables of before name no ion.
        if row.mobile_ion not in ("", CALIBRATED_ION):
            continue
        if len(checksums := used[row.id]) == 1:
            bias = bias_of(potential, checksums.pop(), row.composition, at_K)
            found |= {} if bias is None else {row.id: bias}
    return found


def _coldest(transport: Iterable[CandidateTransport]) -> dict[str, float]:
    """Lowest temperature at which D* is resolved, by candidate."""
    found: dict[str, float] = {}
    for record in transport:
        if record.verdict is TransportVerdict.RESOLVED:
            found[record.id] = min(record.temperature_K, found.get(record.id, record.temperature_K))
    return found


def _doubts(record: CandidateTransport) -> str:
    return "; ".join(filter(None, (record.cell_doubt, record.drift_doubt, record.student_doubt, record.student_taught)))
