"""Which ways of joining grains are relaxed, told by their energies as joined; and grains pulled apart."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ase import Atoms

from screening.candidates.record import CandidateRecord, MadeBoundary, MadeOrdering
from screening.errors import is_full_memory
from screening.log import tell
from screening.records.structures import atoms_of
from screening.stability.record import RelaxedOrdering

#: Vacuum at either boundary of grains that are pulled apart, Angstrom: past the range of machine-learned potentials.
VACUUM_A = 12.0


def lowest_ways(candidate: CandidateRecord, calculator: Any, firsts: Sequence[RelaxedOrdering]) -> CandidateRecord:
    """The candidate with the ways of joining that are lowest in energy, as many of each arrangement as it had.

    Ways that differ in the gap alone are one. What a first relaxation began with is taken again.

    Args:
        candidate: As made; one that names no other ways is as it was.
        calculator: Of the campaign's potential.
        firsts: Orderings of first_start.json; empty where none was made.
    """
    if not candidate.more_ways:
        return candidate
    pool = [*candidate.orderings, *candidate.more_ways]
    if firsts and all(first.boundary is not None for first in firsts):
        begun = [next((one for one in pool if one.boundary == first.boundary), None) for first in firsts]
        if len(begun) == len(candidate.orderings) and all(begun):
            return replace(candidate, orderings=tuple(one for one in begun if one is not None))
    energies = [_single_point(atoms_of(one.structure), calculator) for one in pool]
    order = sorted(range(len(pool)), key=lambda k: energies[k])
    chosen: list[MadeOrdering] = []
    for own in candidate.orderings:
        taken = {_place(one.boundary) for one in chosen}
        free = (
            k
            for k in order
            if np.isfinite(energies[k])
            and _arrangement(pool[k]) == _arrangement(own)
            and _place(pool[k].boundary) not in taken
        )
        best = next(free, None)
        made = own if best is None else pool[best]
        chosen.append(replace(own, structure=made.structure, boundary=made.boundary))
    spread = [energy for energy in energies if np.isfinite(energy)]
    if spread:
        tell(f"{len(spread)} ways of joining, single points over {max(spread) - min(spread):.2f} eV")
    return replace(candidate, orderings=tuple(chosen))


def _single_point(atoms: Atoms, calculator: Any) -> float:
    """Energy; infinite where the potential has none."""
    atoms.calc = calculator
    try:
        energy = float(atoms.get_potential_energy())
    except Exception as error:
        # Ions of a way that nobody relaxes may be anywhere.
        if is_full_memory(error):
            raise
        return float("inf")
    return energy if np.isfinite(energy) else float("inf")


def _arrangement(one: MadeOrdering) -> int:
    return 0 if one.boundary is None else one.boundary.arrangement


def _place(how: MadeBoundary | None) -> tuple[object, ...]:
    """What tells a way from others but for its gap."""
    if how is None:
        return ()
    return how.arrangement, how.cut_A, how.upper_cut_A, how.shift_A, how.second_shift_A


def with_grains_apart(ordering: RelaxedOrdering, calculator: Any) -> RelaxedOrdering:
    """The ordering with the energy of its two grains as they are, in vacuum, where it has grains and an energy."""
    how = ordering.boundary
    if how is None or not how.lower or ordering.energy_eV is None:
        return ordering
    energy = _single_point(pulled_apart(atoms_of(ordering.structure), how.lower), calculator)
    return replace(ordering, apart_eV=energy if np.isfinite(energy) else None)


def pulled_apart(atoms: Atoms, lower: Sequence[int], vacuum_A: float = VACUUM_A) -> Atoms:
    """Two grains of a periodic cell with vacuum at both boundaries; each in one piece across the cell's faces.

    Args:
        atoms: First two vectors in the plane.
        lower: Atoms of one grain.
        vacuum_A: At either boundary.
    """
    cell = np.array(atoms.cell)
    normal = np.cross(cell[0], cell[1])
    normal /= np.linalg.norm(normal)
    period = float(cell[2] @ normal)
    below = np.zeros(len(atoms), dtype=bool)
    below[list(lower)] = True
    positions = atoms.positions.copy()
    for grain in (below, ~below):
        heights = positions[grain] @ normal
        # The middle of a grain on the circle of the period.
        turns = np.exp(2j * np.pi * heights / period).mean()
        middle = float(np.angle(turns)) / (2 * np.pi) * period
        positions[grain] -= np.rint((heights - middle) / period)[:, None] * cell[2]
    low, high = (float((positions[grain] @ normal).mean()) for grain in (below, ~below))
    # The upper grain above the lower one.
    positions[~below] += np.ceil((low - high) / period) * cell[2] + vacuum_A * normal
    taller = np.vstack([cell[:2], cell[2] + 2 * vacuum_A * normal])
    return Atoms(atoms.symbols, positions=positions, cell=taller, pbc=True)
