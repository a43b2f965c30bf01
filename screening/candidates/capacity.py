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

    A site is lost that is too near an atom which every arrangement has. Of a group of sites of which any two are too
    near each other, one can be filled. Both are lower bounds: what passes may still have no arrangement.

    Args:
        decoration: Sublattices and what they hold.
        tolerance: Largest change of an occupancy by rounding; what is over by less may fit a larger cell.

    Raises:
        FractionError: a sublattice holds a little too much for this cell.
        StructureError: a sublattice holds too much; says which atoms are in the way.
    """
    for sublattice in decoration.sublattices:
        if VACANCY in dict(sublattice.counts):
            _require_room(decoration, sublattice, tolerance)


def _require_room(decoration: Decoration, sublattice: Sublattice, tolerance: float) -> None:
    n = len(sublattice.sites)
    wanted = sum(count for species, count in sublattice.counts if species != VACANCY)
    radius = min((radius_of(decoration, s) for s, _ in sublattice.counts if s != VACANCY), default=-np.inf)
    places = decoration.fractional[list(sublattice.sites)]
    fixed = np.array(_fixed(decoration), dtype=int)
    beside = _distances(decoration, places, fixed)
    reach = CLASH_FACTOR * (radius + np.array([radius_of(decoration, decoration.species[i]) for i in fixed]))
    in_the_way = beside < reach
    free = np.flatnonzero(~in_the_way.any(axis=1))
    between = np.asarray(decoration.lattice.get_all_distances(places[free], places[free]))
    np.fill_diagonal(between, np.inf)
    near = between < 2 * CLASH_FACTOR * radius
    room = _at_most(near)
    if room >= wanted:
        return
    reasons = []
    if len(free) < n:
        site, other = np.argwhere(in_the_way)[0]
        reasons.append(
            f"{n - len(free)} are {beside[site, other]:.2f} Angstrom from an atom that is always there, "
            f"{decoration.species[fixed[other]]}"
        )
    if room < len(free):
        reasons.append(f"neighbours are {between[near].min():.2f} Angstrom apart")
    message = (
        f"{sublattice.label}: {wanted} of {n} sites are to be filled, but only {room} can be at once: "
        f"{' and '.join(reasons)}; correct the positions or occupancies of the file, or choose other sites"
    )
    if wanted - room <= tolerance * n:
        raise FractionError(message, (wanted - room) / n)
    raise StructureError(message)


def _fixed(decoration: Decoration) -> list[int]:
    """Sites with an atom that every arrangement has."""
    active = set(decoration.active)
    return [i for i, species in enumerate(decoration.species) if i not in active and species != VACANCY]


def _distances(decoration: Decoration, places: NDArray[np.float64], others: NDArray[np.intp]) -> NDArray[np.float64]:
    if not len(others):
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
