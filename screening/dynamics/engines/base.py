"""What an MD engine is: it takes a state and returns a chunk of trajectory and the state at its end."""

from typing import Any, Literal, Protocol, runtime_checkable

from screening.trajectories.chunk import Chunk, MDState


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
