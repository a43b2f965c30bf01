"""No pair of atoms closer than a share of the sum of their ionic radii."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure

from screening.candidates.decoration import VACANCY, Decoration
from screening.parents.radii import ionic_radius

# Physics sanity bound of the project: 0.6 of the sum of Shannon's radii. P-S in PS4 is at 0.93 of it, Li-Li
# at 2 Angstrom at 1.1.
CLASH_FACTOR = 0.6
# Ratios closer than this are one.
SAME_RATIO = 1e-6


def closest_ratio(structure: Structure, charges: dict[str, float]) -> tuple[float, str]:
    """Smallest distance over sum of ionic radii in a structure, and the pair with its distance in words."""
    symbols = [site.specie.symbol for site in structure]
    radii = np.array([ionic_radius(s, charges[s]) for s in symbols])
    ratios = pair_distances(structure.lattice, structure.frac_coords) / (radii[:, None] + radii[None, :])
    i, j = np.unravel_index(int(ratios.argmin()), ratios.shape)
    distance = ratios[i, j] * (radii[i] + radii[j])
    return float(ratios[i, j]), f"{symbols[i]}-{symbols[j]} {distance:.2f} Angstrom"


def unchanged_ratio(decoration: Decoration) -> float:
    """The smallest such ratio between atoms that every arrangement of a decoration has; infinity for fewer than two."""
    active = set(decoration.active)
    kept = [i for i, species in enumerate(decoration.species) if i not in active and species != VACANCY]
    if len(kept) < 2:
        return float("inf")
    fixed = Structure(decoration.lattice, [decoration.species[i] for i in kept], decoration.fractional[kept])
    return closest_ratio(fixed, decoration.charges)[0]


def room(
    structure: Structure, points: NDArray[np.float64], element: str, charges: dict[str, float]
) -> NDArray[np.float64]:
    """How much room an ion has at points of an ordered structure: 1 is the bound of a clash, (n_points,).

    Args:
        structure: All its sites count as filled.
        points: Fractional coordinates, (n_points, 3).
        element: Of the ion.
        charges: Oxidation state of each element.
    """
    radii = np.array([ionic_radius(site.specie.symbol, charges[site.specie.symbol]) for site in structure])
    distances = structure.lattice.get_all_distances(points, structure.frac_coords)
    return np.asarray((distances / (radii + ionic_radius(element, charges[element]))).min(axis=1) / CLASH_FACTOR)


def pair_distances(lattice: Lattice, fractional: NDArray[np.float64]) -> NDArray[np.float64]:
    """Nearest-image distances, (n, n); on the diagonal the distance of a site to its own nearest image."""
    distances = np.array(lattice.get_all_distances(fractional, fractional))
    own_image = np.linalg.norm(lattice.get_lll_reduced_lattice().matrix, axis=1).min()
    np.fill_diagonal(distances, own_image)
    return distances


def clashing_arrangements(
    lattice: Lattice, fractional: NDArray[np.float64], radii: NDArray[np.float64], active: Sequence[int]
) -> NDArray[np.bool_]:
    """Which arrangements have two filled sites too close, (n_arrangements,).

    Args:
        lattice: Of the cell.
        fractional: Coordinates of all sites, (n_sites, 3).
        radii: Ionic radius in Angstrom of what each site holds, minus infinity for nothing,
            (n_arrangements, n_sites).
        active: Sites that differ between arrangements; a pair without one is as the parent has it.
    """
    distances = pair_distances(lattice, fractional)
    largest = np.maximum(radii.max(axis=0), 0.0)
    may_clash = np.triu(distances < CLASH_FACTOR * (largest[:, None] + largest[None, :]))
    fixed = np.ones(len(fractional), dtype=bool)
    fixed[list(active)] = False
    may_clash &= ~(fixed[:, None] & fixed[None, :])
    clash = np.zeros(len(radii), dtype=bool)
    for i, j in zip(*np.nonzero(may_clash), strict=True):
        clash |= distances[i, j] < CLASH_FACTOR * (radii[:, i] + radii[:, j])
    return clash
