"""What an MD engine is: it takes a state and returns a chunk of trajectory and the state at its end."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.special import chdtri

from screening.trajectories.chunk import Chunk, MDState

# Of the target. A frame this much hotter has left physics: a hole in the potential, or too long a step. The run ends
# there and not where its mean is, so that the frames before still teach a student.
BLOWN_UP_FACTOR = 3.0
# Chance that noise alone makes a frame as hot.
FALSE_ALARM = 1e-12


def blown_up_above_K(temperature_K: float, n_atoms: int) -> float:
    """Instantaneous temperature from which on a run has blown up, K.

    Without its centre of mass a cell has 3 N - 3 degrees of freedom, and its temperature over the target is chi^2
    over them: below 20 atoms noise alone passes three times the target now and then, and the limit is higher.

    Args:
        temperature_K: Target.
        n_atoms: In the cell.
    """
    freedom = 3 * max(n_atoms - 1, 1)
    return temperature_K * max(BLOWN_UP_FACTOR, float(chdtri(freedom, FALSE_ALARM)) / freedom)


class EngineFailure(Exception):
    """The dynamics failed in a way that is a finding about the candidate or the potential, not about the machine."""


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
        """Run `steps` steps (a multiple of `sample_every`).

        Raises:
            EngineFailure: the dynamics failed; says how.
            ValueError: see `frames_in`.
        """
        ...


def frames_in(steps: int, sample_every: int) -> int:
    """Frames of a chunk.

    Raises:
        ValueError: steps would be left over, or there is no frame.
    """
    if steps % sample_every or steps < sample_every:
        raise ValueError(f"steps ({steps}) must be a positive multiple of sample_every ({sample_every})")
    return steps // sample_every


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


@runtime_checkable
class StaticEngine(Protocol):
    """An engine that can also tell the forces of structures."""

    def forces(self, frames: Sequence[Atoms]) -> list[NDArray[np.float64]]:
        """Forces of each periodic frame, eV/Angstrom, (n_atoms, 3).

        Raises:
            EngineFailure: the potential has none.
        """
        ...
