"""Quasirandom arrangements: those whose pair correlations are closest to a random alloy's, found by sqsgenerator."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Element
from sqsgenerator import optimize, parse_config

from screening.candidates.decoration import VACANCY, Decoration, Sublattice

# Random arrangements looked at; each costs microseconds.
SEARCHED = 50_000
# Arrangements asked of the search for each that is wanted: symmetry makes many of them equal.
SPARE = 20
# Shells of neighbours that count, and the gap in Angstrom that ends one: relaxed parents scatter within a shell.
SHELLS = 4
SHELL_GAP_A = 0.3
# sqsgenerator's name of an empty site.
EMPTY = "0"


def quasirandom_arrangements(
    decoration: Decoration, sublattices: Sequence[Sublattice], wanted: int, seed: int
) -> Iterator[tuple[str, ...]]:
    """Arrangements of some sublattices with Warren-Cowley parameters nearest to zero, best first.

    The objective sums the absolute values of the parameters over unlike pairs and shells of neighbours, a shell
    weighted with one over its number (Gehringer, Friak and Holec, Comput. Phys. Commun. 286, 108664 (2023)).
    Correlations within each sublattice are made random; those between sublattices are left to chance.

    Args:
        decoration: Where the sublattices are.
        sublattices: To be filled.
        wanted: Number of symmetry-distinct arrangements hoped for.
        seed: Of the search, which runs in one thread: the same seed gives the same arrangements.

    Yields:
        Species of each site, in the order of the sublattices; symmetry may make some of them equal.
    """
    mixed = [s for s in sublattices if len(s.counts) > 1]
    if not mixed:
        yield tuple(s.counts[0][0] for s in sublattices for _ in s.sites)
        return
    for species in _search(decoration, mixed, wanted * SPARE, seed):
        rest = iter(species)
        yield tuple(next(rest) if len(s.counts) > 1 else s.counts[0][0] for s in sublattices for _ in s.sites)


def _search(decoration: Decoration, mixed: list[Sublattice], wanted: int, seed: int) -> Iterator[tuple[str, ...]]:
    sites = [site for sublattice in mixed for site in sublattice.sites]
    points = decoration.fractional[sites]
    starts = np.cumsum([0, *(len(s.sites) for s in mixed)])
    ranges = [list(range(start, stop)) for start, stop in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)]
    config = {
        "structure": {
            "lattice": decoration.lattice.matrix.tolist(),
            "coords": points.tolist(),
            "species": ["H"] * len(points),
        },
        "composition": [
            {"sites": own, **{EMPTY if species == VACANCY else species: n for species, n in sublattice.counts}}
            for own, sublattice in zip(ranges, mixed, strict=True)
        ],
        "shell_radii": [_shell_radii(decoration.lattice.get_all_distances(points[own], points[own])) for own in ranges],
        "sublattice_mode": "split",
        "iteration_mode": "random",
        "iterations": SEARCHED,
        "keep": wanted,
        "max_results_per_objective": wanted,
        "seed": seed,
        "thread_config": 1,
    }
    # The results live in this object: iterating over it without keeping it reads freed memory.
    found = optimize(parse_config(config))
    for _, results in found:
        # Those of one objective come in no certain order.
        for numbers in sorted(tuple(result.species) for result in results):
            yield tuple(Element.from_Z(z).symbol if z else VACANCY for z in numbers)


def _shell_radii(distances: NDArray[np.float64]) -> list[float]:
    """Borders between the first shells of neighbours in Angstrom, from 0, for distances (n, n) within a sublattice."""
    different = np.unique(distances[np.triu_indices(len(distances), 1)])
    ends = np.flatnonzero(np.diff(different, append=np.inf) > SHELL_GAP_A)[:SHELLS]
    return [0.0, *(float(different[end]) + SHELL_GAP_A / 2 for end in ends)]
