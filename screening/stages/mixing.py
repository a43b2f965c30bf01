"""All relaxed.json -> stability.csv, orderings.csv, disorder.csv: mixing with one potential for everything."""

from screening.errors import StageError
from screening.records import provenance, read_json, read_table, write_table
from screening.stability.energetics import columns, stability_rows
from screening.stability.members import members
from screening.stability.phases import Phases
from screening.stability.series import COLUMNS, disorder_rows
from screening.stability.weights import ordering_rows
from screening.stages.context import StageCall

#: Of candidates.csv: it goes before what a relaxation's record says.
OF_THE_CAMPAIGN = ("role", "end_member", "end_members")


def run(call: StageCall) -> None:
    """Energetics of every candidate and reference, and the equilibrium disorder of their series."""
    relaxed = [read_json(path) for path in call.inputs("relaxed")]
    potentials = {record["provenance"]["potential"]["checksum"] for record in relaxed}
    if len(potentials) > 1:
        raise StageError(
            f"energies of {len(potentials)} different potentials cannot be compared; "
            "run the relaxations again (snakemake --forcerun relax)"
        )
    temperatures = call.settings.temperatures_K
    with provenance("mixing", call.all_inputs()) as origin:
        # What a crystal is to its campaign changes as that grows, while the crystal's own files stay as they are.
        listed = {row["id"]: row for path in call.inputs("candidates") for row in read_table(path)}
        phases = Phases([r | {key: listed[r["id"]][key] for key in OF_THE_CAMPAIGN} if listed else r for r in relaxed])
        rows = stability_rows(phases, temperatures)
        disorder = disorder_rows(members(phases), temperatures)
        orderings = [row for record in relaxed for row in ordering_rows(record, temperatures)]
    write_table(call.output.parent / "orderings.csv", orderings, origin=origin)
    write_table(call.output.parent / "disorder.csv", disorder, list(COLUMNS), origin)
    write_table(call.output, rows, columns(temperatures), origin)
