"""The primitive cell of a crystal, with what became of each of its sites."""

from dataclasses import dataclass

import numpy as np
import spglib
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure

from screening.errors import StructureError
from screening.parents.base import SYMMETRY_TOLERANCE_A

SAME_SITE_A = 0.1
_WHOLE = 1e-3


@dataclass(frozen=True)
class Primitive:
    """A crystal in its primitive cell.

    Attributes:
        structure: With species and labels of the sites that are kept.
        of_site: Which of its sites each site of the crystal's own cell is an image of.
    """

    structure: Structure
    of_site: tuple[int, ...]

    def sites(self, own: list[int]) -> list[int]:
        """Sites of the primitive cell that are those of the crystal's own cell."""
        return list(dict.fromkeys(self.of_site[i] for i in own))

    def points(self, fractional: list[list[float]], of: Lattice) -> list[list[float]]:
        """Points of the crystal's own cell, each once, in fractions of the primitive cell."""
        if not fractional:
            return []
        moved = np.asarray(fractional) @ of.matrix @ np.linalg.inv(self.structure.lattice.matrix) % 1.0
        kept: list[int] = []
        for i in range(len(moved)):
            if not kept or self.structure.lattice.get_all_distances(moved[[i]], moved[kept]).min() > SAME_SITE_A:
                kept.append(i)
        return [list(map(float, moved[i])) for i in kept]


def primitive(structure: Structure, *, labelled: bool = False) -> Primitive:
    """The primitive cell, in the same orientation.

    Args:
        structure: Sites may be partially occupied.
        labelled: Sites with different labels are different, for what is done to sites of one label.

    Raises:
        StructureError: spglib finds no symmetry, not even the identity.
    """
    names = [_name(structure, i, labelled=labelled) for i in range(len(structure))]
    translations = _translations(structure, names)
    lattice = _spanned(structure.lattice, translations)
    points = structure.frac_coords @ structure.lattice.matrix @ np.linalg.inv(lattice.matrix)
    distances = lattice.get_all_distances(points, points)
    kept: list[int] = []
    of_site = []
    for i, name in enumerate(names):
        same = [k for k, first in enumerate(kept) if names[first] == name and distances[first, i] < SAME_SITE_A]
        if not same:
            kept.append(i)
        of_site.append(same[0] if same else len(kept) - 1)
    return Primitive(
        Structure(
            lattice,
            [structure[i].species for i in kept],
            points[kept] % 1.0,
            labels=[structure[i].label for i in kept],
        ),
        tuple(of_site),
    )


def rotations(structure: Structure, tolerance_A: float) -> NDArray[np.float64]:
    """Rotations of a crystal's space group, without their translations, Cartesian, (n, 3, 3)."""
    names = [_name(structure, i, labelled=False) for i in range(len(structure))]
    found = spglib.get_symmetry(_cell(structure, names), symprec=tolerance_A)
    if found is None:
        raise StructureError("spglib finds no symmetry, not even the identity; the cell is malformed")
    turned = structure.lattice.matrix.T
    return np.asarray(turned @ found["rotations"] @ np.linalg.inv(turned))


def _translations(structure: Structure, names: list[str]) -> NDArray[np.float64]:
    """Translations less than a cell that map the crystal onto itself, fractional, (n, 3)."""
    found = spglib.get_symmetry(_cell(structure, names), symprec=SYMMETRY_TOLERANCE_A)
    if found is None:
        raise StructureError("spglib finds no symmetry, not even the identity; the cell is malformed")
    alone = (found["rotations"] == np.eye(3, dtype=int)).all(axis=(1, 2))
    return np.asarray(found["translations"][alone])


def _cell(structure: Structure, names: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64], list[int]]:
    numbers = {name: k + 1 for k, name in enumerate(dict.fromkeys(names))}
    return structure.lattice.matrix, structure.frac_coords, [numbers[name] for name in names]


def _name(structure: Structure, index: int, *, labelled: bool) -> str:
    site = structure[index]
    return f"{site.species_string} {site.label}" if labelled else str(site.species_string)


def _spanned(lattice: Lattice, translations: NDArray[np.float64]) -> Lattice:
    """The lattice of a cell and the translations in it; its own cell where there are none but whole ones."""
    copies = len(translations)
    if copies == 1:
        return lattice
    # In units in which all translations are whole numbers.
    whole = np.rint(translations * copies).astype(np.int64)
    if np.abs(whole - translations * copies).max() > _WHOLE * copies:
        raise StructureError("the centring translations are no simple fractions of the cell; tighten the coordinates")
    rows = [*(copies * np.eye(3, dtype=np.int64)), *whole]
    basis = _echelon(rows)
    return Lattice(basis @ lattice.matrix / copies).get_lll_reduced_lattice()


def _echelon(rows: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Three whole vectors that span the same lattice as many (Hermite's form), (3, 3)."""
    left = [row.copy() for row in rows]
    basis = []
    for column in range(3):
        while True:
            filled = [row for row in left if row[column]]
            pivot = min(filled, key=lambda row: abs(row[column]))
            others = [row for row in filled if row is not pivot]
            if not others:
                break
            for other in others:
                np.subtract(other, (other[column] // pivot[column]) * pivot, out=other)
        basis.append(pivot)
        left = [row for row in left if row is not pivot]
    return np.array(basis)
