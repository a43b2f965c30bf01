"""Places of mobile ions with the fewest pairs too near, by integer programming, where exchanges get stuck."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from screening.candidates.crowding import Apart, radius_of, scaled_distances
from screening.candidates.decoration import VACANCY, Decoration

# Nodes of the search tree: a limit of time would give another arrangement on a busy machine.
MOST_NODES = 20
# Sites and pairs of a problem that is tried: seconds. One of 576 sites with 960 pairs took over seven minutes.
MOST_SITES, MOST_PAIRS = 250, 500
# Halves of one site count as much as so many other pairs.
HALVES_WEIGHT = 4.0
# Of the random preference that makes the solutions differ, against one pair.
PREFERENCE = 1e-3


def fewest_pairs(
    decoration: Decoration, rule: Apart, row: NDArray[np.int8], species: list[str], number: int, seed: int
) -> Iterator[NDArray[np.int8]]:
    """Arrangements that differ from a given one in the places of mobile ions, with the fewest pairs too near.

    Minimises sum_p w_p y_p + sum_i c_i x_i over x_i in {0, 1}, y_p >= 0 with y_p >= x_i + x_j - 1 for each pair p of
    sites too near and as many ions on each sublattice as it holds; c_i counts the ions that stay and are too near to
    site i. By HiGHS (Huangfu and Hall, Math. Prog. Comp. 10, 119 (2018)).

    Args:
        decoration: What is filled.
        rule: How far mobile ions stay apart.
        row: Codes of the species on the active sites, (n_active,); a dopant beside the mobile ions stays where it is.
        species: Of each code.
        number: Of solutions; each prefers other places at random.
        seed: Of these preferences.

    Yields:
        Arrangements, (n_active,); none where the problem is too large to be solved in seconds.
    """
    ion, empty = (species.index(name) if name in species else -1 for name in (rule.element, VACANCY))
    owner = _owners(decoration, row, ion, empty)
    places = np.flatnonzero(owner >= 0)
    n = len(places)
    if not n or n > MOST_SITES:
        return
    pair_weights, costs = _weights(decoration, rule, row, species, places)
    first, second = np.nonzero(np.triu(pair_weights))
    m = len(first)
    if m > MOST_PAIRS:
        return
    pairs = np.arange(m)
    not_both = coo_matrix(
        (
            np.concatenate([np.ones(2 * m), -np.ones(m)]),
            (np.tile(pairs, 3), np.concatenate([first, second, n + pairs])),
        ),
        shape=(m, n + m),
    )
    _, part = np.unique(owner[places], return_inverse=True)
    counts = np.bincount(part, weights=row[places] == ion)
    held = coo_matrix((np.ones(n), (part, np.arange(n))), shape=(len(counts), n + m))
    constraints = [LinearConstraint(not_both.tocsr(), -np.inf, 1.0), LinearConstraint(held.tocsr(), counts, counts)]
    rng = np.random.default_rng(seed)
    for _ in range(number):
        found = milp(
            np.concatenate([costs + PREFERENCE * rng.random(n), pair_weights[first, second]]),
            constraints=constraints,
            integrality=np.concatenate([np.ones(n), np.zeros(m)]),
            bounds=Bounds(0.0, 1.0),
            options={"node_limit": MOST_NODES},
        )
        if found.x is None:
            return
        filled = row.copy()
        filled[places] = np.where(found.x[:n] > 0.5, ion, empty)
        yield filled


def _owners(decoration: Decoration, row: NDArray[np.int8], ion: int, empty: int) -> NDArray[np.intp]:
    """Sublattice of each active site that holds a mobile ion or none and may change with another, -1 for others."""
    owner = np.full(len(row), -1, dtype=np.intp)
    start = 0
    for k, sublattice in enumerate(decoration.sublattices):
        here = np.arange(start, start + len(sublattice.sites))
        here = here[(row[here] == ion) | (row[here] == empty)]
        if (row[here] == ion).any() and (row[here] == empty).any():
            owner[here] = k
        start += len(sublattice.sites)
    return owner


def _weights(
    decoration: Decoration, rule: Apart, row: NDArray[np.int8], species: list[str], places: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each pair of places costs if both are filled, (n, n), and each place beside the ions that stay, (n,)."""
    active = np.array(decoration.active)
    radii = np.array([radius_of(decoration, s) for s in decoration.species])
    radii[active] = np.array([radius_of(decoration, s) for s in species])[row]
    own = radius_of(decoration, rule.element)
    sites = active[places]
    radii[sites] = own
    stays = np.ones(len(radii), dtype=bool)
    stays[sites] = False
    reach = own + radii
    near = scaled_distances(decoration, rule)[sites] < reach
    halves = scaled_distances(decoration, rule.of_halves)[sites] < reach
    weights = np.where(halves, HALVES_WEIGHT, near.astype(float))
    return weights[:, sites], weights[:, stays].sum(axis=1)
