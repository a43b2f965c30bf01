"""All relaxed.json -> stability.csv: mixing enthalpies with one potential for everything."""

from typing import Any

from pymatgen.core import Structure

from screening.errors import StageError
from screening.records import read_json, write_table
from screening.stability.mixing import Phase, mixing_enthalpy
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Mixing enthalpy of every candidate and reference."""
    relaxed = [read_json(path) for path in call.all_named("relaxed.json")]
    potentials = {record["provenance"]["potential"]["checksum"] for record in relaxed}
    if len(potentials) > 1:
        raise StageError(
            f"energies of {len(potentials)} different potentials cannot be compared; "
            "run the relaxations again (snakemake --forcerun relax)"
        )
    phases = {record["id"]: _phase(record) for record in relaxed}
    references = [
        phase for record in relaxed if "reference" in record["role"] and (phase := phases[record["id"]]) is not None
    ]
    write_table(call.output, [_row(record, phases[record["id"]], references) for record in relaxed])


def _best(record: dict[str, Any]) -> dict[str, Any] | None:
    """The ordering of lowest energy, None if every relaxation failed."""
    usable = [ordering for ordering in record["orderings"] if ordering["energy_eV"] is not None]
    return min(usable, key=lambda ordering: ordering["energy_eV"], default=None)


def _phase(record: dict[str, Any]) -> Phase | None:
    best = _best(record)
    if best is None:
        return None
    counts = Structure.from_dict(best["structure"]).composition.get_el_amt_dict()
    composition = {element: round(n) for element, n in counts.items()}
    return Phase(record["id"], record["composition"], composition, best["energy_eV"], record["end_member"])


def _row(record: dict[str, Any], phase: Phase | None, references: list[Phase]) -> dict[str, Any]:
    best = _best(record)
    if phase is None or best is None:
        first = record["orderings"][0]
        values: dict[str, Any] = dict.fromkeys(COLUMNS)
        return values | {
            "id": record["id"],
            "role": record["role"],
            "composition": record["composition"],
            "relaxation": first["status"],
            "relax_steps": first["steps"],
            "reason": f"relaxation failed: {first['reason']}",
        }
    mixing = mixing_enthalpy(phase, references)
    energies = [o["energy_eV"] for o in record["orderings"] if o["energy_eV"] is not None]
    per_atom = None if mixing.enthalpy_eV_atom is None else 1000 * mixing.enthalpy_eV_atom
    return {
        "id": record["id"],
        "role": record["role"],
        "composition": record["composition"],
        "relaxation": best["status"],
        "relax_steps": best["steps"],
        "max_force_eV_A": best["max_force_eV_A"],
        "volume_A3_atom": best["volume_A3"] / phase.n_atoms,
        "volume_change": best["volume_change"],
        "energy_eV_atom": phase.energy_eV / phase.n_atoms,
        "ordering_spread_meV_atom": 1000 * (max(energies) - min(energies)) / phase.n_atoms,
        "mixing_enthalpy_meV_atom": per_atom,
        "mixing_enthalpy_meV_formula_unit": (
            None if per_atom is None else per_atom * phase.n_atoms / record["formula_units"]
        ),
        "mixing_against": mixing.kind,
        "mixing_reaction": mixing.reaction,
        "reason": mixing.reason or best["reason"],
    }


COLUMNS = [
    "id",
    "role",
    "composition",
    "relaxation",
    "relax_steps",
    "max_force_eV_A",
    "volume_A3_atom",
    "volume_change",
    "energy_eV_atom",
    "ordering_spread_meV_atom",
    "mixing_enthalpy_meV_atom",
    "mixing_enthalpy_meV_formula_unit",
    "mixing_against",
    "mixing_reaction",
    "reason",
]
