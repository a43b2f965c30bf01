"""Relaxed candidates and references of a campaign as phases whose energies can be compared."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates.roles import Role, roles
from screening.stability.ensemble import ordering_weight
from screening.stability.mixing import Mixing, Phase, mixing_enthalpy

Floats = NDArray[np.float64]

# Records of relaxed.json.
Relaxed = dict[str, Any]


class Phases:
    """Everything that was relaxed, and what it is compared with.

    Attributes:
        records: All of them, in the order given.
        known: Those with an energy, by id.
        references: What mixing enthalpies are measured against.
        lost: Compositions of references without an energy.
    """

    def __init__(self, records: Sequence[Relaxed]) -> None:
        self.records = list(records)
        self.known = {record["id"]: record for record in records if usable(record)}
        self._phases = {id: _phase(record) for id, record in self.known.items()}
        self.references = [self._phases[id] for id, r in self.known.items() if Role.REFERENCE in roles(r)]
        self.lost = [r["composition"] for r in records if Role.REFERENCE in roles(r) and r["id"] not in self.known]

    def __getitem__(self, id: str) -> Phase:
        """The phase with this id, which has an energy."""
        return self._phases[id]

    def mixing(self, id: str) -> Mixing:
        """Enthalpy of mixing of the phase with this id."""
        return mixing_enthalpy(self[id], self.references, self.ends(id))

    def ends(self, id: str) -> list[Phase]:
        """End members of its series; all that are there where its record does not tell."""
        record = self.known[id]
        if "end_members" not in record:
            return [phase for phase in self.references if phase.end_member]
        return [self[name] for name in str(record["end_members"] or "").split() if name in self.known]

    def in_family(self, id: str) -> bool:
        """Whether it is a candidate or an end member with an energy."""
        record = self.known.get(id)
        return record is not None and (Role.CANDIDATE in roles(record) or bool(record["end_member"]))

    def family(self, id: str) -> list[Phase]:
        """Candidates and end members that have one of its end members, itself among them, named by their ids."""
        own = {phase.name for phase in self.ends(id)}
        return [
            replace(self[name], formula=name)
            for name in self.known
            if self.in_family(name) and (name == id or own & {phase.name for phase in self.ends(name)})
        ]


def usable(record: Relaxed) -> list[dict[str, Any]]:
    """Orderings that have an energy."""
    return [ordering for ordering in record["orderings"] if ordering["energy_eV"] is not None]


def best(record: Relaxed) -> dict[str, Any]:
    """The ordering of lowest energy; there is one."""
    return min(usable(record), key=lambda ordering: float(ordering["energy_eV"]))


def complete(record: Relaxed) -> bool:
    """Whether all symmetry-distinct orderings were kept and relaxed; of the arrangements of a glass there is no end."""
    found = usable(record)
    whole = len(found) == record["distinct_arrangements"] and all(o["degeneracy"] for o in found)
    return whole and not record.get("glass")


def levels(record: Relaxed) -> tuple[Floats, Floats]:
    """Energies of the orderings that have one, eV per cell, and how many arrangements each stands for, (n,) each."""
    found = usable(record)
    return np.array([o["energy_eV"] for o in found]), np.array([float(ordering_weight(o)) for o in found])


def n_atoms(record: Relaxed) -> int:
    """Atoms in the cell."""
    return len(best(record)["structure"]["sites"])


def _phase(record: Relaxed) -> Phase:
    lowest = best(record)
    counts = Structure.from_dict(lowest["structure"]).composition.get_el_amt_dict()
    composition = {element: round(n) for element, n in counts.items()}
    return Phase(record["id"], record["composition"], composition, lowest["energy_eV"], record["end_member"])
