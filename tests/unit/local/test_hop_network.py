"""The hop network against jumps counted in the trajectory itself."""

from collections import Counter

import numpy as np

from screening.local.hops import find_jumps, hop_network
from screening.local.sites import Sites, occupation
from tests.lattice import vacancy_walk


def undirected(start, step, cell):
    """A jump's mean place folded into the cell, and its vector up to its sign, both as whole numbers of 0.01 Å."""
    middle = ((start + step / 2) @ np.linalg.inv(cell) + 1e-6) % 1.0 @ cell
    sign = next((np.sign(x) for x in step if abs(x) > 1e-3), 1.0)
    return (*np.round(100 * middle).astype(int), *np.round(100 * sign * step).astype(int))


def test_every_pair_of_sites_with_its_image_is_counted(rng):
    """In so small a cell a pair of sites has several images as neighbours, each a pair of its own."""
    trajectory, fractional = vacancy_walk(rng, "fcc", 2, 600)
    jumps = find_jumps(occupation(trajectory, "Li", Sites(fractional, ("s",) * len(fractional))))
    cell = trajectory.cells
    moves = np.diff(trajectory.positions.astype(float), axis=0)
    counted = Counter(
        undirected(trajectory.positions[frame, ion].astype(float), moves[frame, ion], cell)
        for frame, ion in zip(*np.nonzero(np.linalg.norm(moves, axis=-1) > 0.1), strict=True)
    )
    network = hop_network([jumps])
    drawn = Counter()
    for pair in network:
        i, j = pair.sites
        step = (fractional[j] + pair.image - fractional[i]) @ cell
        assert np.isclose(np.linalg.norm(step), pair.distance_A)
        drawn[undirected(fractional[i] @ cell, step, cell)] += pair.count
    assert drawn == counted
    assert [pair.count for pair in network] == sorted(counted.values(), reverse=True)
