"""A lattice walk in layers of known rates, whose transport is known exactly."""

import numpy as np

from screening.trajectories.trajectory import Trajectory

EDGE = 4.0
STEP_FS = 25.0
#: Steps between two frames, and how many of them pass without a try: time is nearly continuous.
STEPS, IDLE = 4, 0.8
#: D* in Angstrom^2/ps of a walk that tries one of six directions a step and goes with probability 1.
FREE = (1 - IDLE) * EDGE**2 / 6 / (STEP_FS / 1000)


def walk(rng, rates, n_ions, n_frames, width=6):
    """Walkers on a simple cubic lattice that ignore each other.

    Args:
        rng: Random numbers.
        rates: Probability that a try within each lattice plane succeeds, (n_planes,); the resistance of a bond between
            planes is the mean of theirs.
        n_ions: Walkers.
        n_frames: Frames, of several tries each.
        width: Of the cell in the plane, in lattice constants.

    Returns:
        The trajectory, with planes in the middle of layers as wide as the lattice constant.
    """
    n_planes, n_steps = len(rates), STEPS * n_frames
    between = 2 / (1 / rates + 1 / np.roll(rates, -1))
    place = rng.integers(0, n_planes, n_ions)
    start = np.column_stack([rng.integers(0, width, (n_ions, 2)), place]).astype(float)
    height = place.copy()
    steps = np.zeros((n_steps, n_ions, 3), dtype=np.int8)
    tried = rng.integers(0, 6, (n_steps, n_ions))
    luck = rng.random((n_steps, n_ions)) / (1 - IDLE)
    for step in range(1, n_steps):
        plane = height % n_planes
        axis, forward = tried[step] // 2, tried[step] % 2 == 0
        rate = np.where(axis < 2, rates[plane], np.where(forward, between[plane], between[plane - 1]))
        go = np.where(luck[step] < rate, np.where(forward, 1, -1), 0)
        steps[step, np.arange(n_ions), axis] = go
        height += np.where(axis == 2, go, 0)
    positions = (start + np.cumsum(steps, axis=0, dtype=np.int32)[::STEPS] + [0, 0, 0.5]) * EDGE
    cell = np.diag([width, width, n_planes]) * EDGE
    return Trajectory(("Li",) * n_ions, positions, cell, STEPS * STEP_FS)


def across(rates):
    """D* across all planes in series, Angstrom^2/ps: the harmonic mean of the bonds."""
    between = 2 / (1 / rates + 1 / np.roll(rates, -1))
    return FREE / np.mean(1 / between)
