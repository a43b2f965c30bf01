"""A piece of a trajectory as an engine gives it, and the state the next piece starts from."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray


@dataclass(frozen=True)
class MDState:
    """All that the next chunk depends on, besides its seed.

    Attributes:
        symbols: Element of each atom, n_atoms.
        positions: Unwrapped Cartesian positions in Angstrom, (n_atoms, 3), float64.
        velocities: In Angstrom/fs, (n_atoms, 3), float64.
        cell: Row vectors in Angstrom, (3, 3), float64.
    """

    symbols: tuple[str, ...]
    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]
    cell: NDArray[np.float64]

    def atoms(self) -> Atoms:
        """As ASE Atoms, periodic, without velocities."""
        return Atoms(self.symbols, positions=self.positions, cell=self.cell, pbc=True)


@dataclass(frozen=True)
class Chunk:
    """Frames sampled every `sample_every` steps; the first frame is `sample_every` steps after the start state.

    Attributes:
        positions: Unwrapped, Angstrom, (n_frames, n_atoms, 3), float32.
        potential_energy_eV: (n_frames,).
        temperature_K: (n_frames,).
        end: State after the last step.
    """

    positions: NDArray[np.float32]
    potential_energy_eV: NDArray[np.float64]
    temperature_K: NDArray[np.float64]
    end: MDState

    def frames(self, indices: Iterable[int] | None = None) -> list[Atoms]:
        """Some of its frames, all of them by default, as ASE Atoms, periodic and not wrapped."""
        chosen = range(len(self.positions)) if indices is None else indices
        return [
            Atoms(self.end.symbols, positions=self.positions[k].astype(float), cell=self.end.cell, pbc=True)
            for k in chosen
        ]
