"""Units of a crystal that a boundary may not cut: polyanions, told from other bonds by Pauling's bond strength."""

from collections import Counter, deque
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_numbers, covalent_radii
from ase.neighborlist import primitive_neighbor_list
from numpy.typing import NDArray
from pymatgen.core import Element, Structure

from screening.constants import BOND_FACTOR
from screening.errors import StructureError

_EQUAL = 1e-6


@dataclass(frozen=True)
class Units:
    """Which atoms belong together.

    Attributes:
        of: Number of the unit of each atom; an ion by itself is one, (n,).
        positions: Cartesian, each unit in one piece wherever the cell's faces cut it, (n, 3).
        names: Formulas of those of several atoms, such as PS4, with how many there are.
    """

    of: NDArray[np.intp]
    positions: NDArray[np.float64]
    names: dict[str, int]


def units(structure: Structure, charges: dict[str, float], mobile: str) -> Units:
    """Polyanions and single ions of an ordered crystal.

    A bond holds a polyanion together if its strength, the cation's charge over the number of anions around it, is at
    least half of the anion's charge (Evans, An Introduction to Crystal Chemistry, 1964: mesodesmic and anisodesmic). If
    such units run through the whole crystal, as chains and networks do, only bonds above the half count.

    Args:
        structure: Ordered.
        charges: Oxidation state of each element.
        mobile: Element of the mobile ion, which is in no unit.

    Raises:
        StructureError: units run through the crystal even so: every cut would cut some.
    """
    bonds = _bonds(structure, charges, mobile)
    for at_least in (1.0 - _EQUAL, 1.0 + _EQUAL):
        strong = [(i, j, image) for i, j, image, strength in bonds if strength >= at_least]
        found = _pieces(len(structure), strong)
        if found is not None:
            of, images = found
            positions = structure.cart_coords + images @ structure.lattice.matrix
            return Units(of, positions, _names(structure, of))
    names = sorted({"-".join(sorted({_symbol(structure, i), _symbol(structure, j)})) for i, j, _ in strong})
    raise StructureError(
        f"its {' and '.join(names)} bonds make chains or networks without end, and every boundary would cut them; "
        "units between which a cut can go are needed"
    )


def _bonds(
    structure: Structure, charges: dict[str, float], mobile: str
) -> list[tuple[int, int, NDArray[np.int64], float]]:
    """Cation, anion, the anion's image, and the strength of the bond over half of the anion's charge."""
    symbols = [_symbol(structure, i) for i in range(len(structure))]
    radii = [BOND_FACTOR * covalent_radii[atomic_numbers[symbol]] for symbol in symbols]
    first, second, image = primitive_neighbor_list(
        "ijS", [True] * 3, structure.lattice.matrix, structure.cart_coords, radii
    )
    pairs = [
        (int(i), int(j), shift)
        for i, j, shift in zip(first, second, image, strict=True)
        if charges[symbols[i]] > 0 > charges[symbols[j]] and mobile not in (symbols[i], symbols[j])
    ]
    around = np.bincount([i for i, _, _ in pairs], minlength=len(symbols))
    return [(i, j, shift, charges[symbols[i]] / around[i] / (abs(charges[symbols[j]]) / 2)) for i, j, shift in pairs]


def _pieces(
    n: int, bonds: list[tuple[int, int, NDArray[np.int64]]]
) -> tuple[NDArray[np.intp], NDArray[np.int64]] | None:
    """Number of each atom's piece and the image that joins it; None if a piece meets its own image."""
    neighbours: list[list[tuple[int, NDArray[np.int64]]]] = [[] for _ in range(n)]
    for i, j, shift in bonds:
        neighbours[i].append((j, shift))
        neighbours[j].append((i, -shift))
    of = np.full(n, -1, dtype=np.intp)
    images = np.zeros((n, 3), dtype=np.int64)
    pieces = 0
    for start in range(n):
        if of[start] >= 0:
            continue
        of[start] = pieces
        queue = deque([start])
        while queue:
            i = queue.popleft()
            for j, shift in neighbours[i]:
                if of[j] < 0:
                    of[j] = pieces
                    images[j] = images[i] + shift
                    queue.append(j)
                elif np.any(images[j] != images[i] + shift):
                    return None
        pieces += 1
    return of, images


def _names(structure: Structure, of: NDArray[np.intp]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for piece in np.flatnonzero(np.bincount(of) > 1):
        held = Counter(_symbol(structure, int(i)) for i in np.flatnonzero(of == piece))
        ordered = sorted(held, key=lambda element: Element(element).X)
        counts["".join(element + (str(held[element]) if held[element] > 1 else "") for element in ordered)] += 1
    return dict(sorted(counts.items()))


def _symbol(structure: Structure, index: int) -> str:
    return str(structure[index].specie.symbol)
