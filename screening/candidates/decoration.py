"""The one form every rule takes: sites, and how many of which species each sublattice holds."""

from collections import Counter
from dataclasses import dataclass
from math import factorial, log, prod

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure

VACANCY = "vacancy"


@dataclass(frozen=True)
class Sublattice:
    """Sites that share a set of species.

    Attributes:
        label: What the sublattice is, for messages and records, such as "S not bonded to P".
        sites: Indices of its sites in the decoration.
        counts: Species (or VACANCY) and the number of sites it takes; the numbers add up to the sites.
    """

    label: str
    sites: tuple[int, ...]
    counts: tuple[tuple[str, int], ...]

    @property
    def n_arrangements(self) -> int:
        """Ways to put the species on the sites."""
        return factorial(len(self.sites)) // prod(factorial(n) for _, n in self.counts)


@dataclass(frozen=True)
class Decoration:
    """A supercell whose sublattices are still to be filled.

    Attributes:
        lattice: Of the supercell.
        fractional: Coordinates of all sites, filled or not, (n_sites, 3).
        species: What each site holds outside the sublattices; VACANCY for an empty one.
        sublattices: Sites with more than one possible species; no site is in two of them.
        charges: Oxidation state of each species.
    """

    lattice: Lattice
    fractional: NDArray[np.float64]
    species: tuple[str, ...]
    sublattices: tuple[Sublattice, ...]
    charges: dict[str, float]

    @property
    def n_arrangements(self) -> int:
        """Ways to fill all sublattices, symmetry not considered."""
        return prod(sublattice.n_arrangements for sublattice in self.sublattices)

    @property
    def active(self) -> tuple[int, ...]:
        """Sites of all sublattices, in their order."""
        return tuple(site for sublattice in self.sublattices for site in sublattice.sites)

    def composition(self) -> Counter[str]:
        """Number of atoms of each element in the supercell."""
        active = set(self.active)
        counts = Counter(s for i, s in enumerate(self.species) if i not in active)
        for sublattice in self.sublattices:
            counts.update(dict(sublattice.counts))
        counts.pop(VACANCY, None)
        return Counter({element: n for element, n in counts.items() if n})

    def charge(self) -> float:
        """Sum of the oxidation states, in elementary charges."""
        return sum(n * self.charges[element] for element, n in self.composition().items())

    def ideal_entropy(self) -> float:
        """Ideal entropy of mixing of the supercell in units of k: -sum_s n_s sum_i x_i ln x_i over sublattices."""
        return sum(
            -n * log(n / len(sublattice.sites)) for sublattice in self.sublattices for _, n in sublattice.counts if n
        )

    def mixing_sites(self, mobile: str) -> int:
        """Sites of the supercell over which something other than the mobile ion is mixed."""
        return sum(len(s.sites) for s in self.sublattices if not {x for x, _ in s.counts} <= {mobile, VACANCY})

    def some_structure(self) -> Structure:
        """The first arrangement that comes along, for what does not depend on it."""
        return self.structure(self.some_arrangement())

    def some_arrangement(self) -> tuple[str, ...]:
        """The first one that comes along."""
        counts = [pair for sublattice in self.sublattices for pair in sublattice.counts]
        return tuple(species for species, n in counts for _ in range(n))

    def structure(self, arrangement: tuple[str, ...]) -> Structure:
        """The ordered structure with `arrangement` on the active sites, oxidation states left out."""
        filled = list(self.species)
        for site, species in zip(self.active, arrangement, strict=True):
            filled[site] = species
        kept = [i for i, s in enumerate(filled) if s != VACANCY]
        ordered = Structure(self.lattice, [filled[i] for i in kept], self.fractional[kept], to_unit_cell=True)
        return ordered.get_sorted_structure()
