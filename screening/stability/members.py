"""Relaxed candidates and end members as points of series of disorder."""

import numpy as np

from screening.stability.phases import Phases, complete, levels
from screening.stability.record import RelaxedRecord
from screening.stability.series import Member


def members(phases: Phases) -> list[Member]:
    """All crystals of the family; a glass is no member of a series of crystals, whatever its composition."""
    return [_member(r, phases) for id, r in phases.known.items() if phases.in_family(id) and not r.glass]


def _member(record: RelaxedRecord, phases: Phases) -> Member:
    """The record with the mean energy of its orderings."""
    phase, per_unit = phases[record.id], 1 / record.formula_units
    energies, weights = levels(record)
    mean = float(np.average(energies, weights=weights))
    mixing = phases.mixing(record.id)
    enthalpy, ends = None, None
    if mixing.kind == "end members" and len(mixing.shares) == 2 and mixing.enthalpy_eV_atom is not None:
        enthalpy = (mixing.enthalpy_eV_atom * phase.n_atoms + mean - phase.energy_eV) * per_unit
        # Shares of the atoms become shares of the formula units.
        (one, first), (other, second) = (
            (name, share * phases.known[name].formula_units / phases[name].n_atoms)
            for name, share in sorted(mixing.shares)
        )
        ends = (one, other, second / (first + second))
    return Member(
        name=record.id,
        parent=record.parent,
        composition=record.composition,
        energy_eV=mean * per_unit,
        enthalpy_eV=enthalpy,
        ends=ends,
        mixing_sites=record.mixing_sites * per_unit,
        exchange=record.exchange,
        formula_units=record.formula_units,
        orderings=len(energies),
        complete=complete(record),
    )
