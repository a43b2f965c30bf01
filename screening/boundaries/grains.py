"""A grain between two parallel cuts, and two of them joined into a periodic cell with two boundaries."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure

from screening.boundaries.whole import Units

Floats = NDArray[np.float64]

#: Layers closer than this are one: no cut goes between them.
LAYER_A = 0.05
_GRAIN = "grain"


@dataclass(frozen=True)
class Grain:
    """Some planes of a crystal, periodic, in a frame whose third axis is the planes' normal.

    Attributes:
        in_plane: The cell's two vectors in the plane, Angstrom, (2, 2).
        step: From an atom to its image in the next period, Angstrom, (3,); the last is the thickness.
        symbols: Of the atoms.
        positions: Each unit in one piece, (n, 3).
        units: Number of each atom's unit, (n,).
    """

    in_plane: Floats
    step: Floats
    symbols: tuple[str, ...]
    positions: Floats
    units: NDArray[np.intp]

    @property
    def thickness_A(self) -> float:
        """Of one period."""
        return float(self.step[2])

    @property
    def area_A2(self) -> float:
        """Of the plane's cell."""
        return abs(float(np.linalg.det(self.in_plane)))

    def heights(self) -> Floats:
        """Height of the middle of each atom's unit, (n,)."""
        middle = np.bincount(self.units, self.positions[:, 2]) / np.bincount(self.units)
        return np.asarray(middle[self.units])

    def cuts(self, spacing_A: float, most: int) -> list[float]:
        """Heights between layers of units, where the layers are farthest apart first.

        Args:
            spacing_A: Cuts that many apart are equal but for the disorder, and one of them is taken.
            most: Number of cuts.
        """
        heights = np.unique(np.round(self.heights() % self.thickness_A, 6))
        ends = np.append(heights, heights[0] + self.thickness_A)
        gaps = np.diff(ends)
        found: list[float] = []
        for i in np.lexsort((ends[:-1], -gaps.round(2))):
            cut = float((ends[i] + ends[i + 1]) / 2 % self.thickness_A)
            apart = [(cut - other + spacing_A / 2) % spacing_A - spacing_A / 2 for other in found]
            if (gaps[i] > LAYER_A or not found) and all(abs(x) > LAYER_A for x in apart):
                found.append(cut)
        return found[:most]

    def cut_at(self, height_A: float) -> "Grain":
        """The period that begins at a height, which becomes 0; units stay whole and belong where their middle is."""
        periods = np.floor((self.heights() - height_A) / self.thickness_A)
        moved = self.positions - periods[:, None] * self.step - np.array([0.0, 0.0, height_A])
        return replace(self, positions=moved)


def grain_of(structure: Structure, units: Units) -> Grain:
    """An ordered crystal whose first two vectors lie in the plane, as a grain; the first is along the frame's axis.

    A grain that is turned against another is one whose cell has the other's vectors turned back: in their frames
    both then have the same vectors.
    """
    a, b, c = structure.lattice.matrix
    along = a / np.linalg.norm(a)
    normal = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
    frame = np.array([along, np.cross(normal, along), normal])
    return Grain(
        (np.array([a, b]) @ frame.T)[:, :2],
        frame @ c,
        tuple(site.specie.symbol for site in structure),
        units.positions @ frame.T,
        units.of,
    )


def strained(grain: Grain, in_plane: Floats) -> Grain:
    """The grain with other vectors in the plane; along the normal it is as it was."""
    change = np.linalg.inv(grain.in_plane) @ in_plane
    positions, step = grain.positions.copy(), grain.step.copy()
    positions[:, :2] = positions[:, :2] @ change
    step[:2] = step[:2] @ change
    return replace(grain, in_plane=in_plane, positions=positions, step=step)


def turned_back(structure: Structure) -> Structure:
    """The same crystal with both vectors in the plane inverted: as a grain it is turned by 180 degrees."""
    inverted = np.array([-1.0, -1.0, 1.0])
    return Structure(
        Lattice(structure.lattice.matrix * inverted[:, None]),
        [site.specie for site in structure],
        structure.frac_coords * inverted,
    )


def joined(lower: Grain, upper: Grain, shift_A: Floats, gap_A: float, over_A: Floats) -> Structure:
    """A grain, another on top of it, and the first one again on top of that; see `joined_grains`."""
    return joined_grains(lower, upper, shift_A, gap_A, over_A)[0]


def joined_grains(
    lower: Grain, upper: Grain, shift_A: Floats, gap_A: float, over_A: Floats
) -> tuple[Structure, tuple[int, ...]]:
    """A grain, another on top of it, and the first one again on top of that.

    Args:
        lower: Cut; its cell in the plane is that of both.
        upper: Cut.
        shift_A: Of the upper grain in the plane, (2,).
        gap_A: Room left at both boundaries.
        over_A: Shift of the next image of the lower grain against the lower grain, (2,).

    Returns:
        The cell, its atoms sorted by element, and which of them are the lower grain's.
    """
    height = lower.thickness_A + gap_A
    across = _shortest(over_A, lower.in_plane)
    cell = np.array(
        [[*lower.in_plane[0], 0.0], [*lower.in_plane[1], 0.0], [*across, height + upper.thickness_A + gap_A]]
    )
    made = Structure(
        Lattice(cell),
        [*lower.symbols, *upper.symbols],
        np.concatenate([lower.positions, upper.positions + np.array([*shift_A, height])]),
        coords_are_cartesian=True,
        to_unit_cell=True,
        site_properties={_GRAIN: [0] * len(lower.symbols) + [1] * len(upper.symbols)},
    ).get_sorted_structure()
    below = tuple(k for k, grain in enumerate(made.site_properties[_GRAIN]) if grain == 0)
    made.remove_site_property(_GRAIN)
    return made, below


def bulk(grain: Grain) -> Structure:
    """The crystal itself in a cell like that of its boundary: the same orientation, width and number of atoms."""
    return joined(grain, grain, grain.step[:2], 0.0, 2 * grain.step[:2])


def _shortest(shift_A: Floats, in_plane: Floats) -> Floats:
    parts = shift_A @ np.linalg.inv(in_plane)
    return np.asarray((parts - np.rint(parts)) @ in_plane)
