"""Points that a crystal's symmetry makes equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from screening.parents.base import SYMMETRY_TOLERANCE_A

if TYPE_CHECKING:
    from pymatgen.core import Structure

SAME_POINT_A = 0.05


def orbit(structure: Structure, point: NDArray[np.float64]) -> NDArray[np.float64]:
    """All points the structure's space group makes equal to `point`, fractional, (n, 3).

    Args:
        structure: Ordered.
        point: Fractional, (3,).
    """
    import spglib

    numbers = [site.specie.Z for site in structure]
    cell = (structure.lattice.matrix, structure.frac_coords, numbers)
    symmetry = spglib.get_symmetry(cell, symprec=SYMMETRY_TOLERANCE_A)
    images = (symmetry["rotations"] @ point + symmetry["translations"]) % 1.0
    kept: list[int] = []
    for i in np.lexsort(images.T[::-1].round(3)):
        if not kept or structure.lattice.get_all_distances(images[[i]], images[kept]).min() > SAME_POINT_A:
            kept.append(int(i))
    return np.asarray(images[kept], dtype=np.float64)
