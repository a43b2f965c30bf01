"""The smallest repeat of the parent's cell that holds the fractions exactly and keeps images apart."""

from collections.abc import Callable, Iterator
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


def candidates(lattice: Lattice, n_atoms: float, bounds: AutomaticSupercell) -> Iterator[Repeat]:
    """Repeats with far enough images, fewest atoms first, most isotropic first among equals."""
    for copies in range(1, max(1, int(bounds.max_atoms / n_atoms + NEARER)) + 1):
        found: list[tuple[float, Repeat]] = []
        for repeat in _factors(copies):
            # Reduction is what costs; an edge that is too short says the same at once.
            if min(np.array(repeat) * lattice.abc) < bounds.min_image_distance_A:
                continue
            distance = shortest_image_distance(Lattice(lattice.matrix * np.array(repeat)[:, None]))
            if distance >= bounds.min_image_distance_A:
                found.append((-round(distance, 6), repeat))
        yield from (repeat for _, repeat in sorted(found))


def _factors(product: int) -> Iterator[Repeat]:
    """All ordered triples of whole numbers with this product."""
    for first in range(1, product + 1):
        if product % first == 0:
            rest = product // first
            yield from ((first, second, rest // second) for second in range(1, rest + 1) if rest % second == 0)


def smallest_supercell(
    lattice: Lattice, n_atoms: float, bounds: AutomaticSupercell, make: Callable[[Repeat], Made]
) -> tuple[Repeat, Made]:
    """The first repeat in which `make` succeeds, and what it made.

    Args:
        lattice: Of the parent.
        n_atoms: In the parent's cell; sites that are empty on average do not count.
        bounds: Distance wanted and largest size.
        make: Raises FractionError where the repeat does not hold the fractions.

    Raises:
        StructureError: no repeat within the bounds; with the reason of the one that comes nearest.
    """
    nearest: tuple[FractionError, Repeat] | None = None
    for repeat in candidates(lattice, n_atoms, bounds):
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
