"""Ideal entropy of a decoration: of all arrangements that can be, with split sites of which one is filled at most."""

from collections import Counter
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from screening.candidates.clash import pair_distances
from screening.candidates.crowding import Apart
from screening.candidates.decoration import VACANCY, Decoration, Sublattice

# Distances that differ by less are of one kind of pair.
SAME_DISTANCE_A = 0.05
ROUNDING = 1e-9


@dataclass(frozen=True)
class IdealEntropy:
    """In units of k, of the supercell.

    Attributes:
        total: Of mixing on all sublattices.
        split: The part that says which of the sites of a split one its ion is on. A crystal with the same ions on
            undivided sites has all but this part.
    """

    total: float
    split: float


def ideal_entropy(decoration: Decoration, rule: Apart | None) -> IdealEntropy:
    """Ideal entropy of mixing, -sum n x ln x over sublattices.

    Sites of the mobile ion that exclude each other count as one: a group with m_s sites of sublattice s, filled to x_s,
    has -sum_s m_s x_s ln x_s - p ln p with the probability p = 1 - sum_s m_s x_s that it is empty. Groups are those of
    which any two sites are nearer than the distance that mobile ions keep; where such pairs hang together farther
    than that (in garnets, over 24d), nearer ones alone. What is left out makes it larger: it is an upper bound.

    Args:
        decoration: Sublattices and what they hold.
        rule: How far mobile ions stay apart; None for any distance.
    """
    mobile = [s for s in decoration.sublattices if rule is not None and rule.element in dict(s.counts)]
    groups = _groups(decoration, mobile, rule.distance_A) if rule is not None and mobile else []
    if all(len(group) == 1 for group in groups):
        return IdealEntropy(decoration.ideal_entropy(), 0.0)
    others = [s for s in decoration.sublattices if s not in mobile]
    rest = sum(-n * log(n / len(s.sites)) for s in others for _, n in s.counts)
    shares = [_shares(s) for s in mobile]
    total, undivided = rest, rest
    for kind, n in Counter(tuple(sorted(Counter(group).items())) for group in groups).items():
        total += n * _of_group(kind, shares)
        undivided += n * _of_group(((0, 1),), [_held(kind, shares)])
    return IdealEntropy(total, total - undivided)


def _groups(decoration: Decoration, mobile: list[Sublattice], distance_A: float) -> list[list[int]]:
    """Sites that exclude each other, as the numbers of their sublattices; a site by itself is a group too."""
    sites = [site for s in mobile for site in s.sites]
    owner = np.array([k for k, s in enumerate(mobile) for _ in s.sites])
    distances = pair_distances(decoration.lattice, decoration.fractional[sites])
    np.fill_diagonal(distances, np.inf)
    filled = np.array([sum(_shares(s).values()) for s in mobile])
    for reach in _reaches(distances, distance_A):
        near = distances < reach
        n, label = connected_components(near, directed=False)
        size = np.bincount(label, minlength=n)
        # Each site has all others of its group near: the group is a clique.
        if (near.sum(axis=1) == size[label] - 1).all():
            load = np.bincount(label, weights=filled[owner], minlength=n)
            if load.max() <= 1 + ROUNDING:
                return [owner[label == k].tolist() for k in range(n)]
    return [[k] for k in owner.tolist()]


def _reaches(distances: NDArray[np.float64], distance_A: float) -> list[float]:
    """Just above each kind of distance up to the largest, longest first."""
    kinds = np.sort(distances[distances < distance_A])
    if not len(kinds):
        return []
    last = np.append(np.diff(kinds) > SAME_DISTANCE_A, True)
    return [float(kind) + SAME_DISTANCE_A / 2 for kind in kinds[last][::-1]]


def _shares(sublattice: Sublattice) -> dict[str, float]:
    """Share of the sites that each ion has."""
    return {species: n / len(sublattice.sites) for species, n in sublattice.counts if species != VACANCY}


def _held(kind: tuple[tuple[int, int], ...], shares: list[dict[str, float]]) -> dict[str, float]:
    """Ions of each element in one group."""
    held: dict[str, float] = {}
    for k, m in kind:
        for species, share in shares[k].items():
            held[species] = held.get(species, 0.0) + m * share
    return held


def _of_group(kind: tuple[tuple[int, int], ...], shares: list[dict[str, float]]) -> float:
    """Entropy of one group with so many sites of each sublattice."""
    filled = [(m, x) for k, m in kind for x in shares[k].values()]
    empty = 1 - sum(m * x for m, x in filled)
    return -sum(m * x * log(x) for m, x in filled) - (empty * log(empty) if empty > ROUNDING else 0.0)
