"""Wyckoff positions of sites."""

import numpy as np
from pymatgen.core import Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from screening.parents.base import SYMMETRY_TOLERANCE_A


def wyckoff_labels(structure: Structure) -> list[str]:
    """Wyckoff label such as "4d" of each site, found by spglib in the structure's own setting.

    The multiplicity is that of the conventional cell. Letters depend on the choice of origin.
    """
    dataset = SpacegroupAnalyzer(structure, symprec=SYMMETRY_TOLERANCE_A).get_symmetry_dataset()
    orbits = np.asarray(dataset.crystallographic_orbits)
    per_volume = abs(np.linalg.det(dataset.std_lattice)) / structure.lattice.volume
    sizes = {orbit: round(np.count_nonzero(orbits == orbit) * per_volume) for orbit in set(orbits.tolist())}
    return [f"{sizes[o]}{w}" for o, w in zip(orbits.tolist(), dataset.wyckoffs, strict=True)]
