"""Five fluorites of 96 sites: oxygen moves by the vacancies that trivalent cations bring."""

import numpy as np
from pymatgen.core import Lattice, Structure

# Lattice parameter in A, near that of no pressure at 1800 K.
EDGE_A = 5.57
#: Name: how many of its 32 cations are trivalent. All have the same elements, and so one family of students.
MATERIALS = {"U30Gd2": 2, "U28Gd4": 4, "U24Gd8": 8, "U20Gd12": 12, "U16Gd16": 16}
TEMPERATURES_K = (1500.0, 1800.0, 2100.0)
TARGET_K = 1200.0
MOBILE = "O"


def structure(name: str) -> Structure:
    """The same arrangement of cations whenever it is asked for; two trivalent ones for each vacancy."""
    n_trivalent = MATERIALS[name]
    cell = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(EDGE_A), ["U", "O"], [[0, 0, 0], [0.25, 0.25, 0.25]]
    ).make_supercell([2, 2, 2])
    rng = np.random.default_rng(1)
    cations = [k for k, site in enumerate(cell) if site.specie.symbol == "U"]
    oxygens = [k for k, site in enumerate(cell) if site.specie.symbol == "O"]
    for k in rng.choice(cations, n_trivalent, replace=False):
        cell.replace(int(k), "Gd")
    cell.remove_sites([int(k) for k in rng.choice(oxygens, n_trivalent // 2, replace=False)])
    return cell.get_sorted_structure()
