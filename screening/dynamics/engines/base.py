"""What an MD engine is: it takes a state and returns a chunk of trajectory and the state at its end."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class EngineFailure(Exception):
    """The dynamics failed in a way that is a finding about the candidate or the potential, not about the machine."""


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


class Engine(Protocol):
    """Runs NVT dynamics. Same state, arguments and seed give the same chunk, bit by bit, on the same machine.

    Every chunk starts afresh from a saved state with a seed of its own, so a run that was killed and
    restarted is the same as one that was not, whatever hidden state an engine keeps inside.
    """

    name: str

    def run(
        self,
        state: MDState,
        *,
        steps: int,
        sample_every: int,
        timestep_fs: float,
        temperature_K: float,
        seed: int,
    ) -> Chunk:
        """Run `steps` steps (a multiple of `sample_every`)."""
        ...


@runtime_checkable
class CellEngine(Protocol):
    """An engine that can also find the mean cell at a temperature and zero pressure."""

    def equilibrate_cell(
        self,
        state: MDState,
        temperature_K: float,
        *,
        duration_ps: float,
        discard_ps: float,
        timestep_fs: float,
        shape: Literal["iso", "aniso", "tri"],
        seed: int,
    ) -> Any:
        """Run at constant pressure; the result has `cell` and `standard_error`, (3, 3), Angstrom."""
        ...
