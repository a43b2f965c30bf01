"""Energy of a grain boundary or interface against the crystals beside it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.errors import StageError
from screening.stability.boundary_record import JoinedEnergy
from screening.stability.record import RelaxedOrdering, RelaxedRecord

EV_A2_TO_J_M2 = 16.02176634
#: Strain in the plane that is told: 1 % in a slab of 15 Angstrom and 50 GPa (biaxial) are 4 mJ/m2 of each interface.
LARGE_STRAIN_PERCENT = 1.0


def boundary_energies(boundary: RelaxedRecord, crystals: Sequence[RelaxedRecord]) -> list[JoinedEnergy]:
    """(E - E_crystals) / 2 A for each ordering of a boundary, with the crystals' lowest energies.

    The work of separation is (E_apart - E) / 2 A, with the grains as they are in the relaxed boundary. Surfaces that
    relax need less: it is an upper bound of the work of adhesion.

    One crystal in a cell alike has as many atoms as the boundary. Of two crystals each has twice its part.

    Args:
        boundary: Relaxed.
        crystals: That beside it, or both.

    Raises:
        StageError: a crystal could not be relaxed.
    """
    share = 1.0 / len(crystals)
    lowest = [_lowest(crystal) for crystal in crystals]
    reference = sum(share * (one.energy_eV or 0.0) for one in lowest)
    spreads = [(share, _spread(one)) for one in lowest]
    found = []
    for ordering in boundary.orderings:
        if ordering.energy_eV is None or not ordering.status.usable:
            found.append(JoinedEnergy(energy_J_m2=None, error_J_m2=None, reason=ordering.reason or ordering.status))
            continue
        matrix = Structure.from_dict(ordering.structure).lattice.matrix
        per_area = EV_A2_TO_J_M2 / 2 / float(np.linalg.norm(np.cross(matrix[0], matrix[1])))
        parts = [*spreads, (1.0, _spread(ordering))]
        known = all(spread is not None for _, spread in parts)
        error = float(np.sqrt(sum((weight * (spread or 0.0)) ** 2 for weight, spread in parts))) * per_area
        value = (ordering.energy_eV - reference) * per_area
        own = _spread(ordering)
        apart = None if ordering.apart_eV is None else (ordering.apart_eV - ordering.energy_eV) * per_area
        found.append(
            JoinedEnergy(
                energy_J_m2=value,
                error_J_m2=error if known else None,
                reason=ordering.reason,
                separation_J_m2=apart,
                separation_error_J_m2=None if apart is None or own is None else own * per_area,
            )
        )
    return found


def strained_beside(boundary: RelaxedRecord, crystals: Sequence[RelaxedRecord]) -> str:
    """How much the boundary's cell is strained in the plane beside its crystals, which relax their own; "" for little.

    Args:
        boundary: Relaxed.
        crystals: That beside it, or both.
    """
    own = [one for one in boundary.orderings if one.status.usable]
    beside = [[one for one in crystal.orderings if one.status.usable] for crystal in crystals]
    if not own or not all(beside):
        return ""
    vectors = _in_plane(own[0])
    strains = []
    for crystal in beside:
        change = np.linalg.svd(np.linalg.inv(_in_plane(crystal[0])) @ vectors, compute_uv=False)
        strains.append(100.0 * float(change[np.abs(change - 1.0).argmax()] - 1.0))
    if max(map(abs, strains)) < LARGE_STRAIN_PERCENT:
        return ""
    named = " and ".join(
        f"{strain:+.1f} % beside {crystal.id}" for strain, crystal in zip(strains, crystals, strict=True)
    )
    return (
        f"strained in the plane by {named}, whose cells relaxed by themselves: the energy of that strain is in the "
        "boundary's, and its effect on ions in G and R; planes that match better have less of it"
    )


def _in_plane(ordering: RelaxedOrdering) -> NDArray[np.float64]:
    """The first two vectors of the cell in a frame of their plane, (2, 2); what a rotation changes is not in them."""
    first, second = Structure.from_dict(ordering.structure).lattice.matrix[:2]
    along = first / np.linalg.norm(first)
    across = np.cross(np.cross(first, second), along)
    return np.asarray(np.array([first, second]) @ np.array([along, across / np.linalg.norm(across)]).T)


def _lowest(crystal: RelaxedRecord) -> RelaxedOrdering:
    usable = [one for one in crystal.orderings if one.energy_eV is not None and one.status.usable]
    if not usable:
        reason = "; ".join(dict.fromkeys(one.reason for one in crystal.orderings))
        raise StageError(f"the crystal beside it, {crystal.id}, could not be relaxed: {reason}")
    return min(usable, key=lambda one: one.energy_eV if one.energy_eV is not None else np.inf)


def _spread(ordering: RelaxedOrdering) -> float | None:
    """How far searches or starts differ, eV: the error of having found the minimum."""
    searched = ordering.search.spread_eV if ordering.search is not None else None
    return searched if searched is not None else ordering.start_spread_eV
