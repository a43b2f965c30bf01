"""Sites of the mobile ion too near to be filled together, such as the halves of a split site."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from screening.candidates.clash import pair_distances
from screening.candidates.decoration import VACANCY, Decoration
from screening.parents.radii import ionic_radius

# Lithium ions in refined crystals keep 2.0 Angstrom apart (the halves of argyrodites' 48h are at 1.7 to 1.9, those of
# garnets' 96h at 0.7, and each 96h is 1.6 from a 24d); other cations in proportion to their radii.
CATIONS = 2.0 / (2 * ionic_radius("Li", 1.0))
# Anions touch each other along shared edges: O-O is 2.3 Angstrom in rutiles, 0.9 of the sum of radii.
ANIONS = 0.8
# Of that distance: where no arrangement keeps all of it, pairs nearer than this are avoided first. They are halves of
# one site, while those between may be neighbours whose refined places are a little off.
HALVES = 0.75


@dataclass(frozen=True)
class Apart:
    """How far mobile ions stay from each other.

    Attributes:
        element: The mobile ion.
        distance_A: A pair nearer than this is not filled if it can be helped. Between the mobile ion and another on its
            sublattices the distance is in proportion to the sum of the radii.
        beside: Elements that are counted as such others on every site.
    """

    element: str
    distance_A: float
    beside: frozenset[str] = frozenset()

    @property
    def of_halves(self) -> "Apart":
        """The shorter distance of what can only be one site."""
        return replace(self, distance_A=HALVES * self.distance_A)


def distance_kept(element: str, charges: dict[str, float], distance_A: float | None = None) -> Apart | None:
    """The mobile ion's distance; by its radius where none is given. None where it may be any.

    Args:
        element: The mobile ion.
        charges: Oxidation states.
        distance_A: As in the config; 0 for any distance.
    """
    charge = charges.get(element, 0.0)
    if distance_A == 0 or not charge:
        return None
    by_radius = 2 * ionic_radius(element, charge) * (CATIONS if charge > 0 else ANIONS)
    return Apart(element, by_radius if distance_A is None else distance_A)


def scaled_distances(decoration: Decoration, rule: Apart) -> NDArray[np.float64]:
    """Distances in units in which a pair is too near below the sum of its radii, (n_sites, n_sites), Angstrom.

    Infinite between sites that do not count: those that never hold the mobile ion or what counts beside it, and pairs
    that every arrangement fills alike.
    """
    holds = np.array([species in {rule.element, *rule.beside} for species in decoration.species])
    varies = np.zeros(len(decoration.species), dtype=bool)
    for sublattice in decoration.sublattices:
        of_mobile = rule.element in dict(sublattice.counts)
        holds[list(sublattice.sites)] = of_mobile
        varies[list(sublattice.sites)] = of_mobile and len(sublattice.counts) > 1
    counts = holds[:, None] & holds[None, :] & (varies[:, None] | varies[None, :])
    np.fill_diagonal(counts, val=False)
    scale = 2 * ionic_radius(rule.element, decoration.charges[rule.element]) / rule.distance_A
    distances = pair_distances(decoration.lattice, decoration.fractional) * scale
    return np.where(counts, distances, np.inf)


def crowded(decoration: Decoration, rule: Apart, radii: NDArray[np.float64]) -> NDArray[np.intp]:
    """How many pairs of filled sites are too near in each arrangement, (n_arrangements,).

    Args:
        decoration: Where the sites are.
        rule: Which distance counts.
        radii: Ionic radius in Angstrom of what each site holds, minus infinity for nothing, (n_arrangements, n_sites).
    """
    distances = scaled_distances(decoration, rule)
    largest = np.maximum(radii.max(axis=0), 0.0)
    pairs = np.triu(distances < largest[:, None] + largest[None, :])
    count = np.zeros(len(radii), dtype=np.intp)
    for i, j in zip(*np.nonzero(pairs), strict=True):
        count += distances[i, j] < radii[:, i] + radii[:, j]
    return count


def radius_of(decoration: Decoration, species: str) -> float:
    """Ionic radius of what a site holds in Angstrom, minus infinity for nothing."""
    return -np.inf if species == VACANCY else ionic_radius(species, decoration.charges[species])
