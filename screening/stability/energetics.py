"""The energetics of what was relaxed, a row each: what it mixes from, its hull, its Gibbs energies."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from screening.constants import K_EV
from screening.stability.ensemble import boltzmann_ensemble, gibbs_energy_of_mixing, mixing_temperature
from screening.stability.equilibrium import Step
from screening.stability.mixing import Mixing, Phase, hull_distance
from screening.stability.phases import Phases, best, complete, energy_eV, levels, n_atoms, usable
from screening.stability.record import RelaxedRecord
from screening.stability.rows import StabilityRow
from screening.stability.status import RelaxationStatus


def stability_rows(phases: Phases, temperatures_K: Sequence[float]) -> list[StabilityRow]:
    """The rows of stability.csv, one for each record; one that has no energy says why.

    Args:
        phases: Everything that was relaxed.
        temperatures_K: Of Gibbs energies and entropies.
    """
    return [
        _row(record, phases, temperatures_K) if record.id in phases.known else _failed_row(record, temperatures_K)
        for record in phases.records
    ]


def with_step(row: StabilityRow, step: Step | None) -> StabilityRow:
    """The row with what its degree of exchange is to the equilibrium that was asked for."""
    return row if step is None else replace(row, at_equilibrium=step.stands, equilibrium=step.words)


def _failed_row(record: RelaxedRecord, temperatures: Sequence[float]) -> StabilityRow:
    first = record.orderings[0]
    return StabilityRow(
        id=record.id,
        role=record.role,
        composition=record.composition,
        relaxation=first.status,
        relax_steps=first.steps,
        mixing_gibbs=dict.fromkeys(temperatures),
        ensemble_entropy=dict.fromkeys(temperatures),
        reason=f"relaxation failed: {first.reason}",
    )


def _row(record: RelaxedRecord, phases: Phases, temperatures: Sequence[float]) -> StabilityRow:
    phase, lowest = phases[record.id], best(record)
    mixing = phases.mixing(phase.name)
    hull = hull_distance(phase, phases.references)
    solution = hull_distance(phase, phases.family(phase.name)) if phases.in_family(phase.name) else None
    atoms_per_unit = phase.n_atoms / record.formula_units
    per_unit = None if mixing.enthalpy_eV_atom is None else mixing.enthalpy_eV_atom * atoms_per_unit
    energies = [energy_eV(ordering) for ordering in usable(record)]
    spread = max(energies) - min(energies) if len(energies) > 1 else None
    gibbs, turning = _gibbs(per_unit, _entropy_of_mixing(mixing, record, phases), temperatures)
    return StabilityRow(
        id=record.id,
        role=record.role,
        composition=record.composition,
        relaxation=lowest.status,
        relax_steps=lowest.steps,
        max_force_eV_A=lowest.max_force_eV_A,
        volume_A3_atom=lowest.volume_A3 / phase.n_atoms,
        volume_change=lowest.volume_change,
        energy_eV_atom=phase.energy_eV / phase.n_atoms,
        start_spread_meV_atom=_milli(lowest.start_spread_eV, 1 / phase.n_atoms),
        ordering_spread_meV_atom=_milli(spread, 1 / phase.n_atoms),
        mixing_enthalpy_meV_atom=_milli(mixing.enthalpy_eV_atom, 1),
        mixing_enthalpy_meV_formula_unit=_milli(per_unit, 1),
        mixing_enthalpy_meV_mixing_site=(
            _milli(per_unit, record.formula_units / record.mixing_sites) if record.mixing_sites else None
        ),
        mixing_enthalpy_error_meV_atom=_error_meV_atom(mixing, phase, phases),
        mixing_against=mixing.kind,
        mixing_reaction=mixing.reaction,
        hull_distance_meV_atom=_milli(hull.enthalpy_eV_atom, 1),
        decomposition=hull.reaction,
        mixing_hull_distance_meV_atom=None if solution is None else _milli(solution.enthalpy_eV_atom, 1),
        mixing_hull="" if solution is None else solution.reaction,
        ideal_entropy_k_formula_unit=record.ideal_entropy_k_formula_unit,
        mixing_gibbs=gibbs,
        mixing_temperature_K=turning,
        ensemble_entropy=_entropies(record, temperatures),
        reason="; ".join(filter(None, (_reason(mixing, phases), lowest.reason, _doubt(mixing, phases)))),
    )


def _entropy_of_mixing(mixing: Mixing, record: RelaxedRecord, phases: Phases) -> float:
    """Ideal entropy above that of the references, k per formula unit: a disordered parent has its own already.

    Without that of split sites: where within one its ion is does not come from mixing, and whether a file splits a site
    at all is up to who refined it.
    """
    if mixing.kind == "itself":
        return 0.0

    def per_atom(own: RelaxedRecord) -> float:
        entropy = own.ideal_entropy_k_formula_unit - phases.split_entropy_k(own.id)
        return float(entropy * own.formula_units / n_atoms(own))

    of_references = sum(share * per_atom(phases.known[name]) for name, share in mixing.shares)
    return (per_atom(record) - of_references) * n_atoms(record) / float(record.formula_units)


def _doubt(mixing: Mixing, phases: Phases) -> str:
    """References whose own energy is not converged: too high, so the mixing enthalpy is too low."""
    references = [phases.known[name] for name, _ in mixing.shares]
    open_ended = [record.composition for record in references if best(record).status is RelaxationStatus.NOT_CONVERGED]
    return f"too low by an unknown amount: {', '.join(open_ended)} is not converged" if open_ended else ""


def _error_meV_atom(mixing: Mixing, phase: Phase, phases: Phases) -> float | None:
    """Spreads over the starts of the candidate and of its references, added in squares; None if one is not known."""
    if mixing.kind == "itself":
        return 0.0
    sizes = [(phase.n_atoms, phase.name), *((phases[name].n_atoms / share, name) for name, share in mixing.shares)]
    spreads = [(n, best(phases.known[name]).start_spread_eV) for n, name in sizes]
    there = [spread / n for n, spread in spreads if spread is not None]
    return 1000 * float(np.linalg.norm(there)) if mixing.shares and len(there) == len(spreads) else None


def _reason(mixing: Mixing, phases: Phases) -> str:
    """Why there is no mixing enthalpy; a reference that did not relax may be the whole cause."""
    if mixing.reason and phases.lost:
        return f"{mixing.reason} (the relaxation of {', '.join(phases.lost)} failed)"
    return mixing.reason


def _milli(value: float | None, factor: float) -> float | None:
    return None if value is None else 1000 * value * factor


def _gibbs(
    per_unit: float | None, entropy: float, temperatures: Sequence[float]
) -> tuple[dict[float, float | None], float | None]:
    """Gibbs energies in meV by temperature, and the temperature in K above which they are negative.

    With the ideal entropy, an upper bound of the entropy, these are lower bounds.
    """
    if per_unit is None:
        return dict.fromkeys(temperatures), None
    gibbs = {t: 1000 * gibbs_energy_of_mixing(per_unit, entropy, t) for t in temperatures}
    return {**gibbs}, mixing_temperature(per_unit, entropy)


def _entropies(record: RelaxedRecord, temperatures: Sequence[float]) -> dict[float, float | None]:
    """Entropy over the relaxed orderings; only where all symmetry-distinct ones were kept and relaxed."""
    per_temperature: dict[float, float | None] = dict.fromkeys(temperatures)
    if complete(record):
        # Of a complete set the degeneracies are known, and draws only estimate them.
        energies, _ = levels(record)
        degeneracies = np.array([float(ordering.degeneracy or 1) for ordering in usable(record)])
        for t in temperatures:
            found = boltzmann_ensemble(energies, degeneracies, t)
            per_temperature[t] = found.entropy_eV_K / K_EV / record.formula_units
    return per_temperature
