"""Empty sites where an extra mobile ion may go."""

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure
from scipy.spatial import Voronoi

from screening.candidates.clash import CLASH_FACTOR, ionic_radius
from screening.errors import StructureError

# Voronoi vertices closer than this belong to one void.
MERGE_DISTANCE_A = 0.7
SAME_POINT_A = 0.05
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
    nearest_is_anion = np.array([charges[structure[i].specie.symbol] < 0 for i in distances.argmin(axis=1)])
    orbits = _by_surroundings(np.flatnonzero(roomy & nearest_is_anion), reach)
    chosen: list[int] = []
    for orbit in orbits[:MAX_ORBITS]:
        if not chosen or (
            structure.lattice.get_all_distances(fractional[orbit], fractional[chosen]).min() > MERGE_DISTANCE_A
        ):
            chosen.extend(_distinct(structure.lattice, fractional, orbit))
    if not chosen:
        raise StructureError(
            f"{structure.composition.reduced_formula} has no void with room for an extra {mobile}; "
            "compensate by another scheme"
        )
    return fractional[chosen]


def _by_surroundings(indices: NDArray[np.intp], reach: NDArray[np.float64]) -> list[list[int]]:
    """Groups of voids with the same distances to their neighbours, which symmetry makes equal; roomiest first.

    Whole groups are kept or left, so the set of voids has the symmetry of the structure.
    """
    groups: dict[tuple[float, ...], list[int]] = {}
    for index in indices:
        fingerprint = tuple((np.sort(reach[index])[:8] + 1e-9).round(2).tolist())
        groups.setdefault(fingerprint, []).append(int(index))
    return [groups[key] for key in sorted(groups, reverse=True)]


def _distinct(lattice: Lattice, fractional: NDArray[np.float64], indices: list[int]) -> list[int]:
    """Of points that the tessellation found several times, one each, in an order that rounding cannot change."""
    ordered = sorted(indices, key=lambda i: tuple(fractional[i].round(3).tolist()))
    distances = lattice.get_all_distances(fractional[ordered], fractional[ordered])
    return [i for k, i in enumerate(ordered) if k == 0 or distances[k, :k].min() > SAME_POINT_A]
