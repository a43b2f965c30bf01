"""The smallest repeat of the parent's cell that holds the fractions exactly and keeps images apart."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import TypeVar

import numpy as np
from pymatgen.core import Lattice

from screening.candidates.occupancies import FractionError
from screening.config.candidates import AutomaticSupercell
from screening.errors import StructureError

NEARER = 1e-6
Repeat = tuple[int, int, int]
Made = TypeVar("Made")


def shortest_image_distance(lattice: Lattice) -> float:
    """Shortest distance in Angstrom between an atom and its periodic image: the shortest lattice vector."""
    return float(np.linalg.norm(lattice.get_lll_reduced_lattice().matrix, axis=1).min())


def candidates(lattice: Lattice, n_sites: int, bounds: AutomaticSupercell) -> Iterator[Repeat]:
    """Repeats with far enough images, fewest atoms first, most isotropic first among equals."""
    limit = max(1, bounds.max_atoms // n_sites)
    found: list[tuple[int, float, Repeat]] = []
    for repeat in product(range(1, limit + 1), range(1, limit + 1), range(1, limit + 1)):
        copies = int(np.prod(repeat))
        if copies > limit:
            continue
        distance = shortest_image_distance(Lattice(lattice.matrix * np.array(repeat)[:, None]))
        if distance >= bounds.min_image_distance_A:
            found.append((copies, -round(distance, 6), repeat))
    yield from (repeat for _, _, repeat in sorted(found))


def smallest_supercell(
    lattice: Lattice, n_sites: int, bounds: AutomaticSupercell, make: Callable[[Repeat], Made]
) -> tuple[Repeat, Made]:
    """The first repeat in which `make` succeeds, and what it made.

    Args:
        lattice: Of the parent.
        n_sites: Sites in the parent's cell.
        bounds: Distance wanted and largest size.
        make: Raises FractionError where the repeat does not hold the fractions.

    Raises:
        StructureError: no repeat within the bounds; with the reason of the one that comes nearest.
    """
    nearest: tuple[FractionError, Repeat] | None = None
    for repeat in candidates(lattice, n_sites, bounds):
        try:
            return repeat, make(repeat)
        except FractionError as error:
            # A hair nearer in a cell many times as large is no better offer.
            if nearest is None or error.miss < nearest[0].miss - NEARER:
                nearest = error, repeat
    if nearest is not None:
        reason, cells = nearest
        raise FractionError(
            f"no supercell of up to {bounds.max_atoms} atoms holds this exactly (supercell.max_atoms); nearest in "
            f"{'x'.join(map(str, cells))} cells: {reason}",
            reason.miss,
        )
    raise StructureError(
        f"no supercell of up to {bounds.max_atoms} atoms keeps images {bounds.min_image_distance_A:g} Angstrom apart; "
        "raise supercell.max_atoms or lower supercell.min_image_distance_A"
    )
