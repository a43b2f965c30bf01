"""Engines that walk at random: trajectories with known diffusion, made as fast as numbers are drawn."""

from dataclasses import dataclass

import numpy as np

from screening.trajectories.chunk import Chunk, MDState

SITES = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 5.0
IONS = 25


def start() -> MDState:
    """25 Li among 64 O on a simple cubic lattice of 5 Angstrom."""
    positions = np.concatenate([SITES[:IONS] + 2.5, SITES])
    return MDState(("Li",) * IONS + ("O",) * len(SITES), positions, np.zeros_like(positions), np.eye(3) * 20.0)


@dataclass
class WalkingEngine:
    """Ions hop 3 Angstrom along an axis, the framework rattles, or walks too where it is molten.

    Attributes:
        rate: Hops of an ion in a frame.
        framework_step: Standard deviation of a framework atom's step along an axis, Angstrom; 0: it rattles.
        heat: Mean temperature over the target's.
        chunks: Chunks made so far.
    """

    rate: float = 0.02
    framework_step: float = 0.0
    heat: float = 1.0
    chunks: int = 0
    name: str = "walk"

    def run(self, state, *, steps, sample_every, timestep_fs, temperature_K, seed):  # noqa: ARG002
        self.chunks += 1
        rng = np.random.default_rng(seed)
        n = steps // sample_every
        ions, framework = state.positions[:IONS], state.positions[IONS:]
        hops = np.zeros((n, IONS, 3))
        jumps = (rng.random((n, IONS)) < self.rate) * rng.choice([-3.0, 3.0], (n, IONS))
        np.put_along_axis(hops, rng.integers(0, 3, (n, IONS, 1)), jumps[..., None], 2)
        walk = np.cumsum(rng.normal(scale=self.framework_step, size=(n, *framework.shape)), axis=0)
        centres = np.concatenate([ions + np.cumsum(hops, axis=0), framework + walk], axis=1)
        positions = (centres + rng.normal(scale=0.2, size=centres.shape)).astype(np.float32)
        temperatures = self.heat * temperature_K + rng.normal(scale=30.0, size=n)
        end = MDState(state.symbols, centres[-1], state.velocities, state.cell)
        return Chunk(positions, rng.normal(size=n), temperatures, end)
