"""Whether the sites of a sublattice can hold its ions at all, before arrangements are looked for."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from screening.candidates.clash import CLASH_FACTOR
from screening.candidates.crowding import radius_of
from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.occupancies import FractionError
from screening.errors import StructureError


def require_room(decoration: Decoration, tolerance: float) -> None:
    """Refuse sublattices with more ions than can be there without a clash, whatever their arrangement.

    A site is lost to a species that is too near an ion there which every arrangement has. Of a group of sites of which
    any two are too near each other, one can be filled. Both are bounds: what passes may still have no arrangement.

    Args:
        decoration: Sublattices and what they hold.
        tolerance: Largest change of an occupancy by rounding; what is over by less may fit a larger cell.

    Raises:
        FractionError: a sublattice holds a little too much for this cell.
        StructureError: a sublattice holds too much; says which atoms are in the way.
    """
    always = _always_filled(decoration)
    for sublattice in decoration.sublattices:
        own = set(sublattice.sites)
        others = [site for site in always if site not in own]
        radii = np.array([always[site][0] for site in others])
        places = decoration.fractional[list(sublattice.sites)]
        beside = _distances(decoration, places, others)
        free = {}
        for species, wanted in sublattice.counts:
            if species == VACANCY:
                continue
            near = beside < CLASH_FACTOR * (radius_of(decoration, species) + radii)
            free[species] = ~near.any(axis=1)
            if (room := int(free[species].sum())) < wanted:
                site, other = np.argwhere(near)[0]
                ion = always[others[other]][1]
                why = f"{len(places) - room} are {beside[site, other]:.2f} Angstrom from {ion}, which is always there"
                raise _refusal(sublattice, wanted, room, species, why, tolerance)
        if VACANCY in dict(sublattice.counts) and free:
            _require_distance(decoration, sublattice, np.any(list(free.values()), axis=0), tolerance)


def _require_distance(
    decoration: Decoration, sublattice: Sublattice, free: NDArray[np.bool_], tolerance: float
) -> None:
    """Refuse more ions than sites that are free and not too near each other; the smallest ion counts."""
    ions = [(species, n) for species, n in sublattice.counts if species != VACANCY]
    wanted = sum(n for _, n in ions)
    places = decoration.fractional[np.array(sublattice.sites)[free]]
    between = np.asarray(decoration.lattice.get_all_distances(places, places))
    np.fill_diagonal(between, np.inf)
    near = between < 2 * CLASH_FACTOR * min(radius_of(decoration, species) for species, _ in ions)
    if (room := _at_most(near)) < wanted:
        why = (
            f"neighbours are {between[near].min():.2f} Angstrom apart" if near.any() else "others are near other atoms"
        )
        raise _refusal(sublattice, wanted, room, " and ".join(species for species, _ in ions), why, tolerance)


def _refusal(sublattice: Sublattice, wanted: int, room: int, what: str, why: str, tolerance: float) -> StructureError:
    n = len(sublattice.sites)
    message = (
        f"{sublattice.label}: {wanted} of {n} sites are to hold {what}, but only {room} can: {why}; correct positions "
        "or occupancies of the file, or choose another ion or other sites"
    )
    return FractionError(message, (wanted - room) / n) if wanted - room <= tolerance * n else StructureError(message)


def _always_filled(decoration: Decoration) -> dict[int, tuple[float, str]]:
    """Sites with an ion in every arrangement: the smallest radius it may have in Angstrom, and its name."""
    active = set(decoration.active)
    filled = {
        i: (radius_of(decoration, species), species)
        for i, species in enumerate(decoration.species)
        if i not in active and species != VACANCY
    }
    for sublattice in decoration.sublattices:
        ions = [species for species, _ in sublattice.counts]
        if ions and VACANCY not in ions:
            smallest = min(ions, key=lambda species: radius_of(decoration, species))
            filled |= dict.fromkeys(sublattice.sites, (radius_of(decoration, smallest), smallest))
    return filled


def _distances(decoration: Decoration, places: NDArray[np.float64], others: list[int]) -> NDArray[np.float64]:
    if not others:
        return np.full((len(places), 0), np.inf)
    return np.asarray(decoration.lattice.get_all_distances(places, decoration.fractional[others]))


def _at_most(near: NDArray[np.bool_]) -> int:
    """How many sites can be filled if no two that are near each other are; an upper bound, one for each full group."""
    if not len(near):
        return 0
    _, label = connected_components(near, directed=False)
    size = np.bincount(label)
    full = np.ones(len(size), dtype=bool)
    np.logical_and.at(full, label, near.sum(axis=1) == size[label] - 1)
    return int(np.where(full, 1, size).sum())
