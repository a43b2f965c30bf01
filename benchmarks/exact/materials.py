"""Five fluorites of 96 sites: oxygen moves by the vacancies that trivalent cations bring."""

import numpy as np
from pymatgen.core import Lattice, Structure

# Lattice parameters in A, near those of no pressure at 1800 K.
EDGE_A = {"U": 5.57, "Pu": 5.505}
#: Name: tetravalent cation, and how many of its 32 are trivalent.
MATERIALS = {"U32": ("U", 0), "U30Gd2": ("U", 2), "U28Gd4": ("U", 4), "U24Gd8": ("U", 8), "Pu24Gd8": ("Pu", 8)}
TEMPERATURES_K = (1500.0, 1800.0, 2100.0)
TARGET_K = 1200.0
MOBILE = "O"


def structure(name: str) -> Structure:
    """The same arrangement of cations whenever it is asked for; two trivalent ones for each vacancy."""
    host, n_trivalent = MATERIALS[name]
    cell = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(EDGE_A[host]), [host, "O"], [[0, 0, 0], [0.25, 0.25, 0.25]]
    ).make_supercell([2, 2, 2])
    rng = np.random.default_rng(1)
    cations = [k for k, site in enumerate(cell) if site.specie.symbol == host]
    oxygens = [k for k, site in enumerate(cell) if site.specie.symbol == "O"]
    for k in rng.choice(cations, n_trivalent, replace=False):
        cell.replace(int(k), "Gd")
    cell.remove_sites([int(k) for k in rng.choice(oxygens, n_trivalent // 2, replace=False)])
    return cell.get_sorted_structure()
