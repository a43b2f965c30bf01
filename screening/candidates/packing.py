"""Places of mobile ions with the fewest pairs too near, by integer programming, where exchanges get stuck."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from screening.candidates.clash import pair_distances
from screening.candidates.crowding import Apart
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

    Minimises sum_p w_p y_p over x_i in {0, 1}, y_p >= 0 with y_p >= x_i + x_j - 1 for each pair p of sites too near,
    and as many ions on each sublattice as it holds; by HiGHS (Huangfu and Hall, Math. Prog. Comp. 10, 119 (2018)).

    Args:
        decoration: What is filled.
        rule: How far mobile ions stay apart.
        row: Codes of the species on the active sites; sublattices with other species stay so, (n_active,).
        species: Of each code.
        number: Of solutions; each prefers other places at random.
        seed: Of these preferences.

    Yields:
        Arrangements, (n_active,); none where the problem is too large to be solved in seconds.
    """
    active = list(decoration.active)
    position = {site: k for k, site in enumerate(active)}
    parts = [s for s in decoration.sublattices if {name for name, _ in s.counts} == {rule.element, VACANCY}]
    sites = [site for part in parts for site in part.sites]
    if not sites:
        return
    distances = pair_distances(decoration.lattice, decoration.fractional[sites])
    first, second = np.nonzero(np.triu(distances < rule.distance_A, 1))
    weights = np.where(distances[first, second] < rule.of_halves.distance_A, HALVES_WEIGHT, 1.0)
    n, m = len(sites), len(first)
    if n > MOST_SITES or m > MOST_PAIRS:
        return
    pairs = np.arange(m)
    not_both = coo_matrix(
        (
            np.concatenate([np.ones(2 * m), -np.ones(m)]),
            (np.tile(pairs, 3), np.concatenate([first, second, n + pairs])),
        ),
        shape=(m, n + m),
    )
    owner = np.repeat(np.arange(len(parts)), [len(part.sites) for part in parts])
    held = coo_matrix((np.ones(n), (owner, np.arange(n))), shape=(len(parts), n + m))
    counts = np.array([dict(part.counts)[rule.element] for part in parts], dtype=float)
    constraints = [LinearConstraint(not_both.tocsr(), -np.inf, 1.0), LinearConstraint(held.tocsr(), counts, counts)]
    places = [position[site] for site in sites]
    ion, empty = species.index(rule.element), species.index(VACANCY)
    rng = np.random.default_rng(seed)
    for _ in range(number):
        found = milp(
            np.concatenate([PREFERENCE * rng.random(n), weights]),
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
