"""Relaxed candidates and references of a campaign as phases whose energies can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates.record import CandidateRow
from screening.candidates.roles import Role
from screening.stability.mixing import Mixing, Phase, mixing_enthalpy
from screening.stability.record import RelaxedOrdering, RelaxedRecord

Floats = NDArray[np.float64]


class Phases:
    """Everything that was relaxed, and what it is compared with.

    Attributes:
        records: All of them, in the order given, with the roles that they have in the campaign now.
        known: Those with an energy, by id.
        references: What mixing enthalpies are measured against.
        lost: Compositions of references without an energy.
    """

    def __init__(self, records: Sequence[RelaxedRecord], listed: Mapping[str, CandidateRow] | None = None) -> None:
        """What was relaxed.

        Args:
            records: Of relaxed.json.
            listed: Rows of candidates.csv by id. They go before what the records say, because what a crystal is to its
                campaign changes as that grows, while the crystal's own files stay as they are.
        """
        self._listed = listed or {}
        self.records = [self._as_listed(record) for record in records]
        self.known = {record.id: record for record in self.records if usable(record)}
        self._phases = {id: _phase(record) for id, record in self.known.items()}
        self.references = [self._phases[id] for id, r in self.known.items() if Role.REFERENCE in r.role]
        self.lost = [r.composition for r in self.records if Role.REFERENCE in r.role and r.id not in self.known]

    def _as_listed(self, record: RelaxedRecord) -> RelaxedRecord:
        row = self._listed.get(record.id)
        if row is None:
            return record
        return replace(
            record,
            role=row.role,
            end_member=row.end_member,
            distinct_arrangements=row.distinct_arrangements,
            ideal_entropy_k_formula_unit=row.ideal_entropy_k_formula_unit,
        )

    def __getitem__(self, id: str) -> Phase:
        """The phase with this id, which has an energy."""
        return self._phases[id]

    def mixing(self, id: str) -> Mixing:
        """Enthalpy of mixing of the phase with this id."""
        return mixing_enthalpy(self[id], self.references, self.ends(id))

    def ends(self, id: str) -> list[Phase]:
        """End members of its series; all that are there where the table does not tell."""
        row = self._listed.get(id)
        if row is None or row.end_members is None:
            return [phase for phase in self.references if phase.end_member]
        return [self[name] for name in row.end_members if name in self.known]

    def split_entropy_k(self, id: str) -> float:
        """The part of its ideal entropy that is within split sites, k per formula unit."""
        row = self._listed.get(id)
        return 0.0 if row is None else row.split_site_entropy_k_formula_unit

    def in_family(self, id: str) -> bool:
        """Whether it is a candidate or an end member with an energy."""
        record = self.known.get(id)
        return record is not None and (Role.CANDIDATE in record.role or record.end_member)

    def family(self, id: str) -> list[Phase]:
        """Candidates and end members that have one of its end members, itself among them, named by their ids."""
        own = {phase.name for phase in self.ends(id)}
        return [
            replace(self[name], formula=name)
            for name in self.known
            if self.in_family(name) and (name == id or own & {phase.name for phase in self.ends(name)})
        ]


def usable(record: RelaxedRecord) -> list[RelaxedOrdering]:
    """Orderings that have an energy."""
    return [ordering for ordering in record.orderings if ordering.energy_eV is not None]


def energy_eV(ordering: RelaxedOrdering) -> float:
    """Of an ordering that has one."""
    assert ordering.energy_eV is not None
    return ordering.energy_eV


def best(record: RelaxedRecord) -> RelaxedOrdering:
    """The ordering of lowest energy; there is one."""
    return min(usable(record), key=energy_eV)


def complete(record: RelaxedRecord) -> bool:
    """Whether all symmetry-distinct orderings were kept and relaxed; of the arrangements of a glass there is no end."""
    found = usable(record)
    whole = len(found) == record.distinct_arrangements and all(o.degeneracy for o in found)
    return whole and not record.glass


def levels(record: RelaxedRecord) -> tuple[Floats, Floats]:
    """Energies of the orderings that have one, eV per cell, and how many arrangements each stands for, (n,) each."""
    found = usable(record)
    return np.array([energy_eV(o) for o in found]), np.array([float(o.weight) for o in found])


def n_atoms(record: RelaxedRecord) -> int:
    """Atoms in the cell."""
    return len(best(record).structure["sites"])


def _phase(record: RelaxedRecord) -> Phase:
    lowest = best(record)
    counts = Structure.from_dict(lowest.structure).composition.get_el_amt_dict()
    composition = {element: round(n) for element, n in counts.items()}
    return Phase(record.id, record.composition, composition, energy_eV(lowest), record.end_member)
