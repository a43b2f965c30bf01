"""Empty sites where an extra mobile ion may go."""

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure
from pymatgen.util.coord import lattice_points_in_supercell
from scipy.spatial import Voronoi

from screening.candidates.clash import CLASH_FACTOR
from screening.errors import StructureError
from screening.parents.orbits import orbit
from screening.parents.radii import ionic_radius

# Voronoi vertices closer than this belong to one void.
MERGE_DISTANCE_A = 0.7
# Kinds of void considered; more only multiply the arrangements by ever tighter sites.
MAX_ORBITS = 4


def void_sites(structure: Structure, mobile: str, charges: dict[str, float]) -> NDArray[np.float64]:
    """Voids of a structure that can take the mobile ion, roomiest first.

    Voids are the vertices of the Voronoi tessellation of the atoms (the points farthest from all of them);
    those where the ion would clash with a neighbour are left out.

    Args:
        structure: Ordered; all its sites count as filled.
        mobile: Element of the mobile ion.
        charges: Oxidation state of each element.

    Returns:
        Fractional coordinates, (n_voids, 3).

    Raises:
        StructureError: the structure has no room for the ion.
    """
    images = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)])
    wrapped = structure.frac_coords % 1.0
    points = (wrapped[None] + images[:, None]).reshape(-1, 3)
    vertices = Voronoi(structure.lattice.get_cartesian_coords(points)).vertices
    fractional = structure.lattice.get_fractional_coords(vertices)
    inside = np.all((fractional > -1e-6) & (fractional < 1 - 1e-6), axis=1)
    fractional = fractional[inside] % 1.0

    distances = structure.lattice.get_all_distances(fractional, wrapped)
    radii = np.array([ionic_radius(site.specie.symbol, charges[site.specie.symbol]) for site in structure])
    reach = distances / (radii + ionic_radius(mobile, charges[mobile]))
    roomy = reach.min(axis=1) > CLASH_FACTOR
    # An interstitial is next to anions; a void among cations alone is a maximum of the potential.
    nearest_is_anion = np.array([charges[structure[i].specie.symbol] < 0 for i in reach.argmin(axis=1)])
    room = reach.min(axis=1)
    keep = np.flatnonzero(roomy & nearest_is_anion)
    keep = keep[np.lexsort((*fractional[keep].T.round(3), -room[keep].round(3)))]
    chosen = np.empty((0, 3))
    orbits = 0
    for point in fractional[keep]:
        if len(chosen) and structure.lattice.get_all_distances(point[None], chosen).min() < MERGE_DISTANCE_A:
            continue
        chosen = np.concatenate([chosen, orbit(structure, point)])
        orbits += 1
        if orbits == MAX_ORBITS:
            break
    if not len(chosen):
        raise StructureError(
            f"{structure.composition.reduced_formula} has no void with room for an extra {mobile}; "
            "compensate by another scheme"
        )
    return chosen


def labelled_sites(parent: Structure, supercell: Lattice, vacant: dict[str, list[list[float]]]) -> NDArray[np.float64]:
    """The parent's known empty sites in every cell of a supercell, fractions of the supercell, (n_sites, 3)."""
    points = np.array([point for points in vacant.values() for point in points]).reshape(-1, 3)
    cell = np.rint(supercell.matrix @ np.linalg.inv(parent.lattice.matrix))
    corners = lattice_points_in_supercell(cell.astype(int))
    return np.asarray((points @ np.linalg.inv(cell))[:, None] + corners[None]).reshape(-1, 3)
