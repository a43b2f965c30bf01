"""Synthetic trajectories with known diffusion."""

import numpy as np

from screening.trajectories.trajectory import Trajectory

CELL = 20.0
LATTICE = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 5.0


def make(ions, *, framework=None, interval_fs=100.0, cells=None, symbol="Li", frame_symbol="O"):
    """A trajectory of `ions` (n_frames, n, 3) above a rattling simple cubic framework, or a given one, or none."""
    symbols = (symbol,) * ions.shape[1]
    positions = ions
    if framework is not None:
        positions = np.concatenate([ions, framework], axis=1)
        symbols += (frame_symbol,) * framework.shape[1] if isinstance(frame_symbol, str) else frame_symbol
    return Trajectory(symbols, positions, np.eye(3) * CELL if cells is None else cells, interval_fs)


def rattling_framework(rng, n_frames, amplitude=0.2):
    """Simple cubic, 64 atoms, 5 A apart, each frame displaced at random about its site."""
    return LATTICE + rng.normal(scale=amplitude, size=(n_frames, len(LATTICE), 3))


def brownian(rng, n_frames, n_ions, sigma=(0.5, 0.5, 0.5)):
    """Gaussian walk from random places; D along an axis is sigma^2 / (2 dt)."""
    start = rng.uniform(0, CELL, size=(n_ions, 3))
    return start + np.cumsum(rng.normal(size=(n_frames, n_ions, 3)) * np.array(sigma), axis=0)


def caged(rng, n_frames, n_ions, radius=2.4, step=0.4):
    """Ions that wander inside a closed sphere about a framework atom and never leave it.

    The real trap: the MSD reaches 2 radius^2 slowly and on the way a line fits it.
    """
    centres = LATTICE[rng.choice(len(LATTICE), n_ions, replace=n_ions > len(LATTICE))]
    offset = np.zeros((n_ions, 3))
    path = np.empty((n_frames, n_ions, 3))
    for frame in range(n_frames):
        trial = offset + rng.normal(scale=step, size=(n_ions, 3))
        inside = np.linalg.norm(trial, axis=1) < radius
        offset = np.where(inside[:, None], trial, offset)
        path[frame] = centres + offset
    return path


def hopping(rng, n_frames, n_ions, rate, distance=3.0, vibration=0.3):
    """Independent ions that hop along x, y or z with probability `rate` a frame, and vibrate."""
    jumps = rng.random((n_frames, n_ions)) < rate
    axis = rng.integers(0, 3, (n_frames, n_ions))
    steps = np.zeros((n_frames, n_ions, 3))
    np.put_along_axis(steps, axis[..., None], (jumps * rng.choice([-distance, distance], jumps.shape))[..., None], 2)
    return np.cumsum(steps, axis=0) + rng.normal(scale=vibration, size=steps.shape)
