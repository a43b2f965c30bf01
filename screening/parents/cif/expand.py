"""From the rows of a file to all atoms of its cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.errors import StructureError
from screening.parents.checks import OCCUPANCY_ROUNDING
from screening.parents.cif.atoms import Atom
from screening.parents.cif.group import Floats, Group

if TYPE_CHECKING:
    from pymatgen.core import Lattice, Structure

# Å; images of one row closer than this are one atom: 0.333 for 1/3 is 0.02 away from its image in a cell of 20 Å, while
# no refinement splits atoms by less than some tenths.
SAME_ATOM_A = 0.1
# Å; rows this close share one site.
SHARED_SITE_A = 0.01
# Å; a shift onto a special position that is said, and one that is rounding in the last of many digits.
_SAID_A, _ROUNDING_A = 0.005, 1e-6


@dataclass
class _Site:
    """All images of a position that one row or several share, (n, 3)."""

    images: Floats
    atoms: list[Atom] = field(default_factory=list)


def expand(atoms: list[Atom], group: Group, lattice: Lattice, where: str) -> tuple[Structure, list[str]]:
    """The crystal in the cell of the file.

    Args:
        atoms: Rows of the file.
        group: Symmetry of the cell.
        lattice: The cell.
        where: File and block, for messages.

    Returns:
        The structure, sorted by electronegativity, with labels; what the reader has to know.

    Raises:
        StructureError: names the atoms: one site twice, shared by more than one whole atom, in more places or fewer
            than the file says, or so near to a special position that it is neither on it nor split.
    """
    from pymatgen.core import Element, Species, Structure

    sites: list[_Site] = []
    known, owners = np.empty((0, 3)), list[int]()
    moved = []
    for atom in atoms:
        position, images = _orbit(atom, group, lattice, where)
        _check_multiplicity(atom, len(images), group, where)
        if (shift := _distances(position, atom.position, lattice)) > _SAID_A:
            moved.append(f"{atom.name} by {shift:.3f} Å")
        shared = np.flatnonzero(_distances(known, position, lattice) < SHARED_SITE_A)
        if len(shared):
            near = sites[owners[shared[0]]]
        else:
            sites.append(near := _Site(images))
            known, owners = np.concatenate([known, images]), [*owners, *[len(sites) - 1] * len(images)]
        near.atoms.append(atom)
    species: list[dict[Any, float]] = []
    rescaled = []
    for site in sites:
        total = _total(site, where)
        if total > 1:
            rescaled.append(_names(site))
        shares: dict[Any, float] = {}
        for atom in site.atoms:
            kind = Element(atom.element) if atom.charge is None else Species(atom.element, atom.charge)
            shares[kind] = shares.get(kind, 0.0) + atom.occupancy / max(total, 1.0)
        species.append(shares)
    structure = Structure(
        lattice,
        [shares for shares, site in zip(species, sites, strict=True) for _ in site.images],
        np.concatenate([site.images for site in sites]),
        labels=[", ".join(atom.name for atom in site.atoms) for site in sites for _ in site.images],
    ).get_sorted_structure()
    notes = [f"Moved onto their special positions: {', '.join(moved)}."] if moved else []
    if rescaled:
        notes.append(f"Occupancies that sum to 1 and rounding were scaled to 1: {'; '.join(rescaled)}.")
    return structure, notes


def _orbit(atom: Atom, group: Group, lattice: Lattice, where: str) -> tuple[Floats, Floats]:
    """The position of a row, on its special position where it is near one, and all its images in the cell, (n, 3).

    A position that the file itself calls a general one is left where it is, however near it is to a special one.
    """
    position, images = atom.position, group.images(atom.position)
    distances = _distances(images, position, lattice)
    near, same = distances < SAME_ATOM_A, distances < SHARED_SITE_A
    n_stated = set(atom.multiplicities.values())
    keeps = same if len(images) // same.sum() in n_stated and len(images) // near.sum() not in n_stated else near
    apart = SHARED_SITE_A if keeps is same else SAME_ATOM_A
    centre = (images - np.round(images - position))[keeps].mean(axis=0)
    if _distances(centre, position, lattice) > _ROUNDING_A:
        position, images = centre, group.images(centre)
    distinct: list[Floats] = []
    for image in images - np.floor(images):
        if not distinct or _distances(np.array(distinct), image, lattice).min() > apart:
            distinct.append(image)
    if len(distinct) * keeps.sum() != len(images):
        raise StructureError(
            f"{where}: atom {atom.name} at {_shown(atom.position)} is neither on a special position nor clear of it; "
            "give more digits, or correct it"
        )
    return position, np.array(distinct)


def _check_multiplicity(atom: Atom, n_images: int, group: Group, where: str) -> None:
    """Refuse a row that is in more places of the cell than the file says, or in fewer."""
    allowed = {n_images, len(group.operations) // n_images} | ({3 * n_images} if group.is_rhombohedral else set())
    for tag, stated in atom.multiplicities.items():
        if stated not in allowed:
            raise StructureError(
                f"{where}: the symmetry {group.name} puts atom {atom.name} at {_shown(atom.position)} in {n_images} "
                f"places, but {tag} is {stated}; correct the position or the origin, or delete {tag} if it is of "
                "another cell"
            )


def _total(site: _Site, where: str) -> float:
    """Sum of the occupancies of a site.

    Raises:
        StructureError: it is more than 1 and rounding, or the same kind of atom is there twice.
    """
    for twin, atom in combinations(site.atoms, 2):
        if twin.is_kind_of(atom):
            shown = atom.kind if atom.kind == twin.kind else f"{atom.element} ({twin.kind} and {atom.kind})"
            raise StructureError(
                f"{where}: atoms {twin.name} and {atom.name} are one site: {_shown(atom.position)} is "
                f"{_shown(twin.position)} or an image of it, and both are {shown} (occupancies {twin.occupancy:g} "
                f"and {atom.occupancy:g}); delete one, or put what is there into one row"
            )
    total = sum(atom.occupancy for atom in site.atoms)
    if total > 1 + OCCUPANCY_ROUNDING + 1e-9:
        raise StructureError(
            f"{where}: atoms {_names(site)} share the site at {_shown(site.atoms[0].position)} and their occupancies "
            f"sum to {total:.6g}, more than 1"
        )
    return total


def _distances(points: Floats, point: Floats, lattice: Lattice) -> Floats:
    """Distances in Å, right where they are short against the cell; points fractional, (n, 3) or (3,)."""
    differences = points - point
    return np.asarray(np.linalg.norm((differences - np.round(differences)) @ lattice.matrix, axis=-1))


def _names(site: _Site) -> str:
    return " and ".join(atom.name for atom in site.atoms)


def _shown(position: Floats) -> str:
    return "(" + ", ".join(f"{value:.4f}" for value in position) + ")"
