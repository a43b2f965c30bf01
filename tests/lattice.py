"""Kinetic Monte Carlo on lattices, for models whose transport is known exactly."""

import numpy as np

from screening.trajectories.trajectory import Trajectory

BASES = {
    "sc": np.array([[0, 0, 0]]) / 1.0,
    "bcc": np.array([[0, 0, 0], [1, 1, 1]]) / 2.0,
    "fcc": np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]]) / 2.0,
}
EDGE = 4.0


def lattice(name, size):
    """Sites in Angstrom (n, 3), neighbours (n, z), jump vectors (n, z, 3), cell (3, 3)."""
    corners = np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    sites = (corners + BASES[name]).reshape(-1, 3)
    delta = sites[None] - sites[:, None]
    delta -= size * np.round(delta / size)
    distance = np.linalg.norm(delta, axis=-1)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.min()
    neighbours = np.array([np.flatnonzero(row < nearest + 1e-6) for row in distance])
    vectors = delta[np.arange(len(sites))[:, None], neighbours]
    return sites * EDGE, neighbours, vectors * EDGE, np.eye(3) * size * EDGE


def vacancy_walk(rng, name, size, n_steps):
    """One vacancy among ions; a frame each time it swaps with a random neighbour. Every jump is in a frame."""
    sites, neighbours, vectors, cell = lattice(name, size)
    n_ions = len(sites) - 1
    ion_at = np.arange(len(sites)) - 1  # the vacancy, -1, starts on site 0
    moves = rng.integers(0, neighbours.shape[1], n_steps)
    steps = np.zeros((n_steps + 1, n_ions, 3), dtype=np.float32)
    steps[0] = sites[1:]
    empty = 0
    for frame, move in enumerate(moves, start=1):
        other = neighbours[empty, move]
        ion = ion_at[other]
        steps[frame, ion] = -vectors[empty, move]
        ion_at[empty], ion_at[other] = ion, -1
        empty = other
    np.cumsum(steps, axis=0, out=steps)
    return Trajectory(("Li",) * n_ions, steps, cell, 100.0), sites @ np.linalg.inv(cell)


def lone_walkers(rng, name, size, n_ions, n_frames, rate, axes=3, energies=None, kT=1.0):
    """Walkers that ignore each other; with `energies` per site, Metropolis jumps that keep detailed balance."""
    sites, neighbours, vectors, cell = lattice(name, size)
    allowed = np.all(np.abs(vectors[..., axes:]) < 1e-9, axis=-1) if axes < 3 else np.ones(neighbours.shape, bool)
    place = rng.integers(0, len(sites), n_ions)
    positions = np.empty((n_frames, n_ions, 3))
    positions[0] = sites[place]
    for frame in range(1, n_frames):
        move = rng.integers(0, neighbours.shape[1], n_ions)
        target = neighbours[place, move]
        go = (rng.random(n_ions) < rate) & allowed[place, move]
        if energies is not None:
            go &= rng.random(n_ions) < np.exp(-(energies[target] - energies[place]) / kT)
        positions[frame] = positions[frame - 1] + np.where(go[:, None], vectors[place, move], 0.0)
        place = np.where(go, target, place)
    return Trajectory(("Li",) * n_ions, positions, cell, 100.0), sites @ np.linalg.inv(cell)
