"""All relaxed.json -> stability.csv, orderings.csv, disorder.csv: mixing with one potential for everything."""

from screening.candidates.record import CandidateRow
from screening.errors import StageError
from screening.records import provenance
from screening.stability.energetics import stability_rows, with_step
from screening.stability.equilibrium import steps_of
from screening.stability.members import members
from screening.stability.phases import Phases
from screening.stability.record import RelaxedRecord
from screening.stability.rows import DisorderRow, OrderingRow, StabilityRow
from screening.stability.series import disorder_rows
from screening.stability.weights import ordering_rows
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Energetics of every candidate and reference, and the equilibrium disorder of their series."""
    relaxed = [RelaxedRecord.read(path) for path in call.inputs("relaxed")]
    potentials = {record.provenance.potential and record.provenance.potential.checksum for record in relaxed}
    if len(potentials) > 1:
        raise StageError(
            f"energies of {len(potentials)} different potentials cannot be compared; "
            "run the relaxations again (snakemake --forcerun relax)"
        )
    temperatures = call.settings.temperatures_K
    with provenance("mixing", call.all_inputs()) as origin:
        listed = {row.id: row for path in call.inputs("candidates") for row in CandidateRow.read(path)}
        asked = {id: tuple(map(float, row.equilibrium_K)) for id, row in listed.items()}
        phases = Phases(relaxed, listed)
        points = members(phases)
        steps = steps_of(points, asked)
        rows = [with_step(row, steps.get(row.id)) for row in stability_rows(phases, temperatures)]
        disorder = disorder_rows(points, temperatures, sorted({t for ts in asked.values() for t in ts}))
        orderings = [row for record in phases.records for row in ordering_rows(record, temperatures)]
    OrderingRow.write(call.output.parent / "orderings.csv", orderings, origin)
    DisorderRow.write(call.output.parent / "disorder.csv", disorder, origin)
    StabilityRow.write(call.output, rows, origin)
