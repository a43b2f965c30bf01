"""Hops of mobile ions into empty places beside them, as frames: an ion is pulled over, and the rest gives way.

Where to comes from geometry alone, so that a student in which nothing hops is asked about the same hops as any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.constraints import FixAtoms, FixedPlane
from ase.data import covalent_radii
from ase.geometry import get_distances
from ase.optimize import BFGS
from numpy.typing import NDArray
from scipy.spatial import QhullError, Voronoi

from screening.dynamics.engines.base import EngineFailure
from screening.students.exploration import collided

Floats = NDArray[np.float64]

# Length of a hop, Angstrom. What is nearer is the same place, what is farther is more than one hop.
NEAREST_A, FARTHEST_A = 1.2, 4.0
# Places nearer than this to one another are one, Angstrom.
SAME_PLACE_A = 1.0
# Room of a place, as a share of the least that a mobile ion has where it sits.
LEAST_ROOM = 0.75
# Where the ion is held on its way, as shares of it; the last is the place itself.
IMAGES = (0.4, 0.6, 1.0)
# Steps in which the other atoms give way, and the longest of them in Angstrom.
STEPS, LONGEST_STEP_A = 20, 0.1


@dataclass(frozen=True)
class Hop:
    """An ion and where it may go.

    Attributes:
        ordering: Which, counted from 0.
        ion: Index of the ion.
        way: From the ion to the place, (3,), Angstrom.
    """

    ordering: int
    ion: int
    way: Floats


def find_hops(orderings: Sequence[Atoms], mobile: tuple[str, ...], rng: np.random.Generator) -> list[Hop]:
    """All hops into empty places, orderings and elements by turns, and each ion once before any comes again.

    Args:
        orderings: Relaxed.
        mobile: Elements of the mobile ions.
        rng: Shuffles them; short ones into places with more room are likelier to come first.
    """
    each = [_of_ordering(k, atoms, element, rng) for element in mobile for k, atoms in enumerate(orderings)]
    return [hop for hop in chain.from_iterable(zip_longest(*each)) if hop is not None]


def _of_ordering(number: int, atoms: Atoms, element: str, rng: np.random.Generator) -> list[Hop]:
    """Hops of one element in one ordering, each ion once before any comes again."""
    ions = np.flatnonzero(np.array(atoms.get_chemical_symbols()) == element)
    if not 0 < len(ions) < len(atoms):
        return []
    places, room = empty_places(atoms, ions)
    if not len(places):
        return []
    ways, lengths = get_distances(atoms.positions[ions], places, cell=atoms.cell, pbc=True)
    near = np.argwhere((lengths > NEAREST_A) & (lengths < FARTHEST_A))
    # Roomier places of nearer ions first, shuffled so that not all hops are copies of one by symmetry.
    score = room[near[:, 1]] - lengths[near[:, 0], near[:, 1]] / FARTHEST_A + 0.3 * rng.random(len(near))
    ranked = near[np.argsort(-score)]
    turns: dict[int, int] = {}
    keyed = []
    for i, p in ranked:
        turns[int(i)] = turns.get(int(i), -1) + 1
        keyed.append((turns[int(i)], Hop(number, int(ions[i]), ways[i, p])))
    return [hop for _, hop in sorted(keyed, key=lambda one: one[0])]


def empty_places(atoms: Atoms, ions: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Places that could take one of the ions.

    Points farthest from all atoms (vertices of the Voronoi tessellation) that have nearly as much room among the other
    atoms as the ions have where they sit.

    Returns:
        Positions (n_places, 3) in Angstrom, and the room of each over the least that an ion has, (n_places,).
    """
    shifts = np.array(list(np.ndindex(3, 3, 3))) - 1
    points = (atoms.get_scaled_positions()[None] + shifts[:, None]).reshape(-1, 3)
    try:
        vertices = Voronoi(points @ atoms.cell.array).vertices
    except QhullError:
        return np.empty((0, 3)), np.empty(0)
    fractional = vertices @ np.linalg.inv(atoms.cell.array)
    inside = np.all((fractional > -1e-6) & (fractional < 1 - 1e-6), axis=1)
    places = vertices[inside]
    others = np.setdiff1d(np.arange(len(atoms)), ions)
    least = _room(atoms, atoms.positions[ions], others).min()
    room = _room(atoms, places, others) / least
    chosen: list[int] = []
    for k in np.lexsort((*places.T.round(3), -room.round(3))):
        if room[k] < LEAST_ROOM:
            break
        known = (
            get_distances(places[[k]], places[chosen], cell=atoms.cell, pbc=True)[1] if chosen else np.array([np.inf])
        )
        if known.min() > SAME_PLACE_A:
            chosen.append(int(k))
    return places[chosen], room[chosen]


def _room(atoms: Atoms, places: Floats, others: NDArray[np.intp]) -> Floats:
    """Distance of each place to the nearest of some atoms, over the covalent radius of that, (n_places,)."""
    _, distances = get_distances(places, atoms.positions[others], cell=atoms.cell, pbc=True)
    room: Floats = (distances / covalent_radii[atoms.numbers[others]]).min(axis=1)
    return room


def images_of(hop: Hop, atoms: Atoms, calculator: Calculator) -> list[Atoms]:
    """The ion at each of `IMAGES` of its way, the others moved out of its way a little.

    Where the ion stays in the place when it is let go, its way ends where it comes to rest. On the way it is held in
    the plane across, and one atom far from it where it is, so that the crystal cannot simply be carried along.

    Args:
        hop: The ion and its way.
        atoms: The ordering, at rest by the same calculator.
        calculator: Says how the others give way.

    Returns:
        Frames; empty where two atoms collide or the calculator fails.
    """
    away = get_distances(atoms.positions[[hop.ion]], atoms.positions, cell=atoms.cell, pbc=True)[1][0]
    away[atoms.numbers == atoms.numbers[hop.ion]] = -1.0
    held = FixAtoms([int(away.argmax())])
    try:
        end = at_rest(_moved(atoms, hop.ion, hop.way), calculator, [held])
        way = end.positions[hop.ion] - atoms.positions[hop.ion]
        stays = np.linalg.norm(way) > NEAREST_A
        way = way if stays else hop.way
        across = [FixedPlane([hop.ion], way), held]
        frames = [at_rest(_moved(atoms, hop.ion, share * way), calculator, across) for share in IMAGES[:-1]]
        frames.append(end if stays else at_rest(_moved(atoms, hop.ion, way), calculator, across))
    except EngineFailure:
        return []
    return [] if any(map(collided, frames)) else frames


def at_rest(atoms: Atoms, calculator: Calculator, constraints: Sequence[Any] = ()) -> Atoms:
    """A copy after a few steps of relaxation in its cell.

    Raises:
        EngineFailure: the calculator fails.
    """
    copy = Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
    copy.set_constraint(list(constraints))
    copy.calc = calculator
    BFGS(copy, logfile=None, maxstep=LONGEST_STEP_A).run(fmax=0.05, steps=STEPS)
    return Atoms(copy.symbols, positions=copy.positions, cell=copy.cell, pbc=True)


def _moved(atoms: Atoms, ion: int, by: Floats) -> Atoms:
    copy: Atoms = atoms.copy()
    copy.positions[ion] += by
    return copy


def hops_in(atoms: Atoms, mobile: str, calculator: Calculator, wanted: int, seed: int) -> list[list[Atoms]]:
    """Frames of so many hops, each with its start; fewer where there are fewer, or some cannot be made.

    Args:
        atoms: A relaxed ordering.
        mobile: Element of the mobile ions.
        calculator: Says how the other atoms give way.
        wanted: Hops.
        seed: Of the choice.
    """
    found = find_hops([atoms], (mobile,), np.random.default_rng(seed))
    if not found:
        return []
    try:
        start = at_rest(atoms, calculator)
    except EngineFailure:
        return []
    made: list[list[Atoms]] = []
    for hop in found[: 2 * wanted]:
        if len(made) == wanted:
            break
        images = images_of(hop, start, calculator)
        if images:
            made.append([start, *images])
    return made
