"""Cells in the planes of two crystals that match, by pymatgen's search, with the strain that is left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.boundaries.planes import Integers
from screening.errors import StructureError

Floats = NDArray[np.float64]

#: Of the search: cells of more than this are no longer affordable, Angstrom squared.
MOST_AREA_A2 = 500.0
#: Strain up to which is looked, so that a refusal can say what there is.
_LOOK = 0.12
_SAME = 1e-3


@dataclass(frozen=True)
class Match:
    """A cell in each plane; the film is strained to that of the substrate.

    Attributes:
        substrate: In vectors of the substrate's plane, (2, 2).
        film: In vectors of the film's plane, (2, 2).
        stretches: Principal stretches of the film, the smaller first.
        area_A2: Of the substrate's cell.
    """

    substrate: Integers
    film: Integers
    stretches: tuple[float, float]
    area_A2: float

    @property
    def strain(self) -> float:
        """Largest principal strain."""
        return max(abs(stretch - 1) for stretch in self.stretches)


def matches(substrate: Floats, film: Floats, max_strain: float, max_area_A2: float) -> list[Match]:
    """Matching cells (Zur and McGill, J. Appl. Phys. 55, 378 (1984)), smallest first, distinct ones.

    pymatgen compares lengths and an angle; what decides here is the deformation from one cell to the other, whose
    principal stretches are larger where both add.

    Args:
        substrate: Two vectors of the plane in Angstrom, (2, 3).
        film: Of the film's plane, (2, 3).
        max_strain: Largest principal strain of the film.
        max_area_A2: Of the cell.

    Raises:
        StructureError: there is none; says how near the best comes.
    """
    from pymatgen.analysis.interfaces.zsl import ZSLGenerator

    limit = min(max_area_A2, MOST_AREA_A2)
    look = max(_LOOK, max_strain)
    search = ZSLGenerator(max_area_ratio_tol=2 * look, max_area=limit, max_length_tol=look, max_angle_tol=look)
    found: dict[tuple[float, ...], Match] = {}
    for raw in search(film, substrate):
        match = _match(substrate, film, np.array(raw.substrate_sl_vectors), np.array(raw.film_sl_vectors))
        if match is not None:
            key = (round(match.area_A2, 2), *np.round(match.stretches, 3))
            found.setdefault(key, match)
    good = sorted((m for m in found.values() if m.strain <= max_strain), key=lambda m: (round(m.area_A2, 3), m.strain))
    if not good:
        best = min((m.strain for m in found.values()), default=None)
        nearest = f"the nearest has {100 * best:.1f} %" if best is not None else f"none has below {100 * look:.0f} %"
        raise StructureError(
            f"no cell of up to {limit:.0f} A2 matches within a strain of {100 * max_strain:g} % (max_strain): "
            f"{nearest}; choose other planes, raise max_strain, or max_atoms for larger cells"
        )
    return good


def _match(substrate: Floats, film: Floats, own: Floats, other: Floats) -> Match | None:
    """The match of two pairs of vectors; None where one is the other's mirror image."""
    cells = [_whole(own, substrate), _whole(other, film)]
    turns = [np.sign(np.linalg.det(cell)) for cell in cells]
    if turns[0] != turns[1]:
        return None
    if turns[0] < 0:
        cells = [cell[::-1].copy() for cell in cells]
    one, two = (_flat(cell @ plane) for cell, plane in zip(cells, (substrate, film), strict=True))
    low, high = sorted(np.linalg.svd(np.linalg.inv(two) @ one, compute_uv=False))
    return Match(cells[0], cells[1], (float(low), float(high)), abs(float(np.linalg.det(one))))


def _whole(vectors: Floats, plane: Floats) -> Integers:
    parts = np.linalg.lstsq(plane.T, vectors.T, rcond=None)[0].T
    return np.asarray(np.rint(parts), dtype=np.int64)


def _flat(vectors: Floats) -> Floats:
    """The same in a frame of the plane whose first axis is along the first vector, (2, 2)."""
    along = vectors[0] / np.linalg.norm(vectors[0])
    normal = np.cross(vectors[0], vectors[1])
    across = np.cross(normal / np.linalg.norm(normal), along)
    return np.asarray(vectors @ np.array([along, across]).T)
