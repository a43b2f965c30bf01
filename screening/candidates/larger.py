"""A larger cell of a candidate whose shared sublattices are filled anew, in the numbers of the small cell."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure

from screening.candidates.decoration import Decoration, Sublattice
from screening.candidates.quasirandom import quasirandom_arrangements
from screening.errors import StructureError
from screening.parents.wyckoff import site_names

#: An atom as made is so near to its site of the parent, in Angstrom.
_ON_SITE_A = 0.2


def shared_sublattices(
    made: Structure, parent: Structure, repeats: Sequence[int], mobile: Collection[str]
) -> dict[str, list[int]]:
    """Atoms of a candidate's cell on sublattices of its parent that several framework species share, by name.

    Sublattices with mobile ions or empty sites are left out: their ions find their places by themselves.

    Args:
        made: An ordering as it was made, before it was relaxed.
        parent: The crystal it was made from.
        repeats: Of the parent's cell in that of the candidate.
        mobile: Elements that move.

    Raises:
        StructureError: an atom of the framework is on no site of the parent.
    """
    images = np.array(list(product(*(range(n) for n in repeats))))
    sites = ((parent.frac_coords[:, None, :] + images[None]) / np.array(repeats)).reshape(-1, 3)
    names = np.repeat(site_names(parent).text, len(images))
    framework = [i for i, site in enumerate(made) if site.specie.symbol not in mobile]
    distances = made.lattice.get_all_distances(made.frac_coords[framework], sites)
    nearest = distances.argmin(axis=1)
    if (far := distances.min(axis=1)).max(initial=0.0) > _ON_SITE_A:
        atom = made[framework[int(far.argmax())]]
        raise StructureError(
            f"{atom.specie.symbol} is {far.max():.2f} Angstrom from any site of the parent {parent.formula}"
        )
    found: dict[str, list[int]] = {}
    for atom, site in zip(framework, nearest.tolist(), strict=True):
        found.setdefault(str(names[site]), []).append(atom)
    whole = Counter(names.tolist())
    return {
        name: atoms
        for name, atoms in found.items()
        if len(atoms) == whole[name] and len({made[i].specie.symbol for i in atoms}) > 1
    }


def repeated(structure: Structure, repeat: int) -> Structure:
    """So many cells along each edge, atom by atom: the images of the first atom come first."""
    images = np.array(list(product(range(repeat), repeat=3)))
    places = ((structure.frac_coords[:, None, :] + images[None]) / repeat).reshape(-1, 3)
    species = [site.specie for site in structure for _ in images]
    return Structure(Lattice(structure.lattice.matrix * repeat), species, places)


def filled_anew(
    relaxed: Structure,
    made: Structure,
    shared: dict[str, list[int]],
    repeat: int,
    draw: int,
    seed: int,
    way: Literal["random", "quasirandom"],
) -> Structure:
    """A larger cell with the species of each shared sublattice put on its sites anew.

    Args:
        relaxed: The small cell; its atoms are those of `made`, in that order.
        made: The same before it was relaxed, whose sites are those of the parent.
        shared: From `shared_sublattices`.
        repeat: Small cells along each edge.
        draw: Which of several, from 0.
        seed: Of all draws.
        way: Drawn, or with pair correlations as in a random crystal.

    Raises:
        StructureError: no sublattice is shared, the two cells differ in their atoms, or there are fewer quasirandom
            arrangements than asked for.
    """
    if relaxed.species != made.species:
        raise StructureError("the relaxed cell and the one it was made from list their atoms in different orders")
    if not shared:
        raise StructureError("no sublattice of the framework holds several species, so there is nothing to draw")
    large, ideal = repeated(relaxed, repeat), repeated(made, repeat)
    n = repeat**3
    sublattices = [
        Sublattice(name, tuple(n * atom + k for atom in atoms for k in range(n)), _counts(made, atoms, n))
        for name, atoms in shared.items()
    ]
    if way == "random":
        species = _drawn(sublattices, np.random.default_rng([seed, draw]))
    else:
        symbols = tuple(site.specie.symbol for site in ideal)
        decoration = Decoration(ideal.lattice, ideal.frac_coords, symbols, tuple(sublattices), {})
        arrangements = list(quasirandom_arrangements(decoration, sublattices, draw + 1, seed))
        if len(arrangements) <= draw:
            raise StructureError(
                f"there are {len(arrangements)} quasirandom arrangements, and number {draw + 1} was asked for"
            )
        species = list(arrangements[draw])
    for site, element in zip((s for sublattice in sublattices for s in sublattice.sites), species, strict=True):
        large.replace(site, element)
    return large


def _counts(made: Structure, atoms: Sequence[int], n: int) -> tuple[tuple[str, int], ...]:
    return tuple(
        (element, n * count) for element, count in sorted(Counter(made[i].specie.symbol for i in atoms).items())
    )


def _drawn(sublattices: Sequence[Sublattice], rng: np.random.Generator) -> list[str]:
    pools: list[NDArray[np.str_]] = [np.repeat([x for x, _ in s.counts], [n for _, n in s.counts]) for s in sublattices]
    return [str(element) for pool in pools for element in rng.permutation(pool)]
