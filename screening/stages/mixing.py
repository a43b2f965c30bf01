"""All relaxed.json -> stability.csv, orderings.csv, disorder.csv: mixing with one potential for everything."""

from dataclasses import replace
from typing import Any

import numpy as np
from pymatgen.core import Structure

from screening.constants import K_EV
from screening.errors import StageError
from screening.records import provenance, read_json, write_table
from screening.stability.ensemble import (
    boltzmann_ensemble,
    gibbs_energy_of_mixing,
    mixing_temperature,
    ordering_weight,
)
from screening.stability.mixing import Mixing, Phase, hull_distance, mixing_enthalpy
from screening.stability.series import COLUMNS, Member, disorder_rows
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Energetics of every candidate and reference, and the equilibrium disorder of their series."""
    relaxed = [read_json(path) for path in call.inputs("relaxed")]
    potentials = {record["provenance"]["potential"]["checksum"] for record in relaxed}
    if len(potentials) > 1:
        raise StageError(
            f"energies of {len(potentials)} different potentials cannot be compared; "
            "run the relaxations again (snakemake --forcerun relax)"
        )
    with provenance("mixing", call.all_inputs()) as origin:
        phases = {record["id"]: _phase(record) for record in relaxed}
        references = [
            phase for record in relaxed if "reference" in record["role"] and (phase := phases[record["id"]]) is not None
        ]
        lost = [r["composition"] for r in relaxed if "reference" in r["role"] and phases[r["id"]] is None]
        family = [
            replace(phase, formula=record["id"])
            for record in relaxed
            if ("candidate" in record["role"] or record["end_member"]) and (phase := phases[record["id"]]) is not None
        ]
        known = {r["id"]: r for r in relaxed if phases[r["id"]] is not None}
        rows = [
            _row(record, phases[record["id"]], references, family, known, call.settings.temperatures_K, lost)
            if phases[record["id"]] is not None
            else _failed_row(record)
            for record in relaxed
        ]
        units = {record["id"]: record["formula_units"] for record in relaxed}
        # A glass is no member of a series of crystals, whatever its composition.
        crystals = [r for r in relaxed if r["id"] in _names(family) and not r.get("glass")]
        members = [_member(r, phases[r["id"]], references, phases, units) for r in crystals]
        disorder = disorder_rows(members, call.settings.temperatures_K)
        orderings = [row for record in relaxed for row in _ordering_rows(record, call.settings.temperatures_K)]
    write_table(call.output.parent / "orderings.csv", orderings, origin=origin)
    write_table(call.output.parent / "disorder.csv", disorder, list(COLUMNS), origin)
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


def _names(phases: list[Phase]) -> set[str]:
    return {phase.name for phase in phases}


def _member(
    record: dict[str, Any],
    phase: Phase | None,
    references: list[Phase],
    phases: dict[str, Phase | None],
    units: dict[str, float],
) -> Member:
    """The record as a point of a series, with the mean energy of its orderings."""
    assert phase is not None
    orderings = _usable(record)
    mean = float(np.average([o["energy_eV"] for o in orderings], weights=[ordering_weight(o) for o in orderings]))
    per_unit = 1 / record["formula_units"]
    mixing = mixing_enthalpy(phase, references)
    enthalpy, ends = None, None
    if mixing.kind == "end members" and len(mixing.shares) == 2 and mixing.enthalpy_eV_atom is not None:
        enthalpy = (mixing.enthalpy_eV_atom * phase.n_atoms + mean - phase.energy_eV) * per_unit
        # Shares of the atoms become shares of the formula units.
        (one, first), (other, second) = sorted(mixing.shares)
        first, second = (x * units[n] / _atoms(phases[n]) for n, x in ((one, first), (other, second)))
        ends = (one, other, second / (first + second))
    return Member(
        name=record["id"],
        parent=record["parent"],
        composition=record["composition"],
        energy_eV=mean * per_unit,
        enthalpy_eV=enthalpy,
        ends=ends,
        mixing_sites=record["mixing_sites"] * per_unit,
        exchange=record["exchange"],
        formula_units=record["formula_units"],
        orderings=len(orderings),
        complete=_complete(record),
    )


def _atoms(phase: Phase | None) -> int:
    assert phase is not None
    return phase.n_atoms


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
    family: list[Phase],
    known: dict[str, dict[str, Any]],
    temperatures: tuple[float, ...],
    lost: list[str],
) -> dict[str, Any]:
    assert phase is not None
    best = _best(record)
    mixing = mixing_enthalpy(phase, references)
    hull = hull_distance(phase, references)
    in_family = phase.name in _names(family)
    solution = hull_distance(phase, family) if in_family else None
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
        "ordering_spread_meV_atom": _milli(
            max(energies) - min(energies) if len(energies) > 1 else None, 1 / phase.n_atoms
        ),
        "mixing_enthalpy_meV_atom": _milli(mixing.enthalpy_eV_atom, 1),
        "mixing_enthalpy_meV_formula_unit": _milli(per_unit, 1),
        "mixing_enthalpy_meV_mixing_site": _milli(per_unit, record["formula_units"] / sites) if sites else None,
        "mixing_enthalpy_error_meV_atom": _error(mixing, phase, references, known),
        "mixing_against": mixing.kind,
        "mixing_reaction": mixing.reaction,
        "hull_distance_meV_atom": _milli(hull.enthalpy_eV_atom, 1),
        "decomposition": hull.reaction,
        "mixing_hull_distance_meV_atom": None if solution is None else _milli(solution.enthalpy_eV_atom, 1),
        "mixing_hull": "" if solution is None else solution.reaction,
        "ideal_entropy_k_formula_unit": record["ideal_entropy_k_formula_unit"],
        **_gibbs(per_unit, _entropy_of_mixing(mixing, record, known), temperatures),
        **_ensemble(record, temperatures),
        "reason": "; ".join(filter(None, (_reason(mixing, lost), best["reason"], _doubt(mixing, known)))),
    }


def _entropy_of_mixing(mixing: Mixing, record: dict[str, Any], known: dict[str, dict[str, Any]]) -> float:
    """Ideal entropy above that of the references, k per formula unit: a disordered parent has its own already."""
    if mixing.kind == "itself":
        return 0.0

    def per_atom(own: dict[str, Any]) -> float:
        return float(own["ideal_entropy_k_formula_unit"] * own["formula_units"] / _size(own))

    of_references = sum(share * per_atom(known[name]) for name, share in mixing.shares)
    return (per_atom(record) - of_references) * _size(record) / float(record["formula_units"])


def _size(record: dict[str, Any]) -> int:
    return len(_best(record)["structure"]["sites"])


def _doubt(mixing: Mixing, known: dict[str, dict[str, Any]]) -> str:
    """References whose own energy is not converged: too high, so the mixing enthalpy is too low."""
    open_ended = [
        known[name]["composition"] for name, _ in mixing.shares if _best(known[name])["status"] == "not_converged"
    ]
    return f"too low by an unknown amount: {', '.join(open_ended)} is not converged" if open_ended else ""


def _error(mixing: Mixing, phase: Phase, references: list[Phase], known: dict[str, dict[str, Any]]) -> float | None:
    """Spreads over the starts of the candidate and of its references, added in squares; None if one is not known."""
    if mixing.kind == "itself":
        return 0.0
    atoms = {reference.name: reference.n_atoms for reference in references}
    spreads = {name: _best(record)["start_spread_eV"] for name, record in known.items()}
    parts = [(phase.n_atoms, spreads[phase.name]), *((atoms[n] / x, spreads[n]) for n, x in mixing.shares)]
    there = [spread / n for n, spread in parts if spread is not None]
    return 1000 * float(np.linalg.norm(there)) if mixing.shares and len(there) == len(parts) else None


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


def _ordering_rows(record: dict[str, Any], temperatures: tuple[float, ...]) -> list[dict[str, Any]]:
    """One row per ordering; Boltzmann weights among the kept ones, which `complete` says are all there are."""
    usable, complete = _usable(record), _complete(record)
    weights = {}
    if usable:
        energies = np.array([o["energy_eV"] for o in usable])
        degeneracies = np.array([ordering_weight(o) for o in usable])
        weights = {t: iter(boltzmann_ensemble(energies, degeneracies, t).weights) for t in temperatures}
    lowest = min((o["energy_eV"] for o in usable), default=0.0)
    return [
        {
            "id": record["id"],
            "ordering": index,
            "relaxation": ordering["status"],
            "degeneracy": ordering["degeneracy"],
            "draws": ordering.get("draws"),
            "complete": complete,
            "energy_above_lowest_meV_cell": (
                None if ordering["energy_eV"] is None else 1000 * (ordering["energy_eV"] - lowest)
            ),
            **{
                f"weight_{t:g}K": None if ordering["energy_eV"] is None else float(next(weights[t]))
                for t in temperatures
            },
            "reason": ordering["reason"],
        }
        for index, ordering in enumerate(record["orderings"])
    ]


def _complete(record: dict[str, Any]) -> bool:
    """Whether all symmetry-distinct orderings were kept and relaxed; of the arrangements of a glass there is no end."""
    usable = _usable(record)
    whole = len(usable) == record["distinct_arrangements"] and all(o["degeneracy"] for o in usable)
    return whole and not record.get("glass")


def _ensemble(record: dict[str, Any], temperatures: tuple[float, ...]) -> dict[str, Any]:
    """Entropy over the relaxed orderings; only where all symmetry-distinct ones were kept and relaxed."""
    usable, complete = _usable(record), _complete(record)
    columns = {}
    for t in temperatures:
        value = None
        if complete:
            found = boltzmann_ensemble(
                np.array([o["energy_eV"] for o in usable]), np.array([o["degeneracy"] for o in usable]), t
            )
            value = found.entropy_eV_K / K_EV / record["formula_units"]
        columns[f"ensemble_entropy_{t:g}K_k_formula_unit"] = value
    return columns
