"""All relaxed.json -> stability.csv: mixing enthalpies with one potential for everything."""

from typing import Any

import numpy as np
from pymatgen.core import Structure

from screening.errors import StageError
from screening.records import provenance, read_json, write_table
from screening.stability.ensemble import BOLTZMANN_EV_K, boltzmann_ensemble, gibbs_energy_of_mixing, mixing_temperature
from screening.stability.mixing import Mixing, Phase, hull_distance, mixing_enthalpy
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Mixing enthalpy, hull distance and Gibbs energy of mixing of every candidate and reference."""
    relaxed = [read_json(path) for path in call.all_named("relaxed.json")]
    potentials = {record["provenance"]["potential"]["checksum"] for record in relaxed}
    if len(potentials) > 1:
        raise StageError(
            f"energies of {len(potentials)} different potentials cannot be compared; "
            "run the relaxations again (snakemake --forcerun relax)"
        )
    with provenance("mixing", list(call.inputs)) as origin:
        phases = {record["id"]: _phase(record) for record in relaxed}
        references = [
            phase for record in relaxed if "reference" in record["role"] and (phase := phases[record["id"]]) is not None
        ]
        lost = [r["composition"] for r in relaxed if "reference" in r["role"] and phases[r["id"]] is None]
        rows = [
            _row(record, phases[record["id"]], references, call.settings.temperatures_K, lost)
            if phases[record["id"]] is not None
            else _failed_row(record)
            for record in relaxed
        ]
    write_table(call.output, rows, list(dict.fromkeys(column for row in rows for column in row)), origin)


def _usable(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [ordering for ordering in record["orderings"] if ordering["energy_eV"] is not None]


def _best(record: dict[str, Any]) -> dict[str, Any]:
    """The ordering of lowest energy."""
    return min(_usable(record), key=lambda ordering: ordering["energy_eV"])


def _phase(record: dict[str, Any]) -> Phase | None:
    """None if every relaxation failed."""
    if not _usable(record):
        return None
    best = _best(record)
    counts = Structure.from_dict(best["structure"]).composition.get_el_amt_dict()
    composition = {element: round(n) for element, n in counts.items()}
    return Phase(record["id"], record["composition"], composition, best["energy_eV"], record["end_member"])


def _failed_row(record: dict[str, Any]) -> dict[str, Any]:
    first = record["orderings"][0]
    return {
        "id": record["id"],
        "role": record["role"],
        "composition": record["composition"],
        "relaxation": first["status"],
        "relax_steps": first["steps"],
        "mixing_enthalpy_meV_atom": None,
        "reason": f"relaxation failed: {first['reason']}",
    }


def _row(
    record: dict[str, Any],
    phase: Phase | None,
    references: list[Phase],
    temperatures: tuple[float, ...],
    lost: list[str],
) -> dict[str, Any]:
    assert phase is not None
    best = _best(record)
    mixing = mixing_enthalpy(phase, references)
    hull = hull_distance(phase, references)
    atoms_per_unit = phase.n_atoms / record["formula_units"]
    per_unit = None if mixing.enthalpy_eV_atom is None else mixing.enthalpy_eV_atom * atoms_per_unit
    sites = record["mixing_sites"]
    energies = [ordering["energy_eV"] for ordering in _usable(record)]
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
        "start_spread_meV_atom": _milli(best["start_spread_eV"], 1 / phase.n_atoms),
        "ordering_spread_meV_atom": 1000 * (max(energies) - min(energies)) / phase.n_atoms,
        "mixing_enthalpy_meV_atom": _milli(mixing.enthalpy_eV_atom, 1),
        "mixing_enthalpy_meV_formula_unit": _milli(per_unit, 1),
        "mixing_enthalpy_meV_mixing_site": _milli(per_unit, record["formula_units"] / sites) if sites else None,
        "mixing_against": mixing.kind,
        "mixing_reaction": mixing.reaction,
        "hull_distance_meV_atom": _milli(hull.enthalpy_eV_atom, 1),
        "decomposition": hull.reaction,
        "ideal_entropy_k_formula_unit": record["ideal_entropy_k_formula_unit"],
        **_gibbs(per_unit, record["ideal_entropy_k_formula_unit"], temperatures),
        **_ensemble(record, temperatures),
        "reason": _reason(mixing, lost) or best["reason"],
    }


def _reason(mixing: Mixing, lost: list[str]) -> str:
    """Why there is no mixing enthalpy; a reference that did not relax may be the whole cause."""
    if mixing.reason and lost:
        return f"{mixing.reason} (the relaxation of {', '.join(lost)} failed)"
    return mixing.reason


def _milli(value: float | None, factor: float) -> float | None:
    return None if value is None else 1000 * value * factor


def _gibbs(per_unit: float | None, entropy: float, temperatures: tuple[float, ...]) -> dict[str, Any]:
    """Gibbs energies with the ideal entropy, an upper bound of the entropy, so these are lower bounds."""
    columns: dict[str, Any] = {
        f"mixing_gibbs_{t:g}K_meV_formula_unit": (
            None if per_unit is None else 1000 * gibbs_energy_of_mixing(per_unit, entropy, t)
        )
        for t in temperatures
    }
    return {**columns, "mixing_temperature_K": None if per_unit is None else mixing_temperature(per_unit, entropy)}


def _ensemble(record: dict[str, Any], temperatures: tuple[float, ...]) -> dict[str, Any]:
    """Entropy over the relaxed orderings; only where all symmetry-distinct ones were kept and relaxed."""
    usable = _usable(record)
    complete = len(usable) == record["distinct_arrangements"] and all(o["degeneracy"] for o in usable)
    columns = {}
    for t in temperatures:
        value = None
        if complete:
            found = boltzmann_ensemble(
                np.array([o["energy_eV"] for o in usable]), np.array([o["degeneracy"] for o in usable]), t
            )
            value = found.entropy_eV_K / BOLTZMANN_EV_K / record["formula_units"]
        columns[f"ensemble_entropy_{t:g}K_k_formula_unit"] = value
    return columns
