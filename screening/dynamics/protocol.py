"""What is run: thermal start, then NVT in chunks until the length asked for, restartable after each chunk."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary

from screening.config.dynamics import MDProtocol
from screening.dynamics.engines.base import Engine, EngineFailure, MDState
from screening.dynamics.storage import StoredChunk, chunk_path, read_chunk, stored_chunks, write_chunk


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes:
        status: "complete" or "failed".
        reason: Why it failed, "" otherwise.
        n_chunks: Chunks on disk that belong to it.
        n_frames: Frames in them.
    """

    status: str
    reason: str
    n_chunks: int
    n_frames: int


def thermal_start(atoms: Atoms, temperature_K: float, seed: int) -> MDState:
    """Positions as given, velocities drawn at the temperature, centre of mass at rest."""
    start = Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
    MaxwellBoltzmannDistribution(start, temperature_K=temperature_K, rng=np.random.default_rng(seed))
    Stationary(start)
    return MDState(
        tuple(start.get_chemical_symbols()),
        start.positions.copy(),
        start.get_velocities() * units.fs,
        start.cell.array.copy(),
    )


def run_chunks(
    folder: Path,
    start: MDState,
    engine: Engine,
    settings: MDProtocol,
    temperature_K: float,
    seed: int,
    protocol: str,
    progress: Callable[[int, int], None] | None = None,
) -> RunOutcome:
    """Run until `settings.duration_ps`, continuing from the chunks that are there.

    A chunk depends on the state before it and on (seed, its index) only, so a run that was killed and
    restarted is the same as one that was not. Chunks of another protocol in the folder are replaced.

    Args:
        folder: Of the chunk files.
        start: State before the first chunk.
        engine: Runs the dynamics.
        settings: Lengths and intervals.
        temperature_K: Target.
        seed: Of this run.
        protocol: Hash of all that the frames depend on besides the length.
        progress: Called with frames done and frames wanted after each chunk.
    """
    done, state, frames = 0, start, 0
    for path in stored_chunks(folder):
        stored = read_chunk(path)
        # A chunk cut short by an earlier, shorter run length is not one this run would have made.
        wanted = min(settings.frames_per_chunk, settings.frames - frames)
        if stored.protocol != protocol or len(stored.chunk.positions) != wanted:
            break
        done, state, frames = done + 1, stored.chunk.end, frames + len(stored.chunk.positions)
    while frames < settings.frames:
        size = min(settings.frames_per_chunk, settings.frames - frames)
        chunk_seed = int(np.random.SeedSequence([seed, done]).generate_state(1)[0])
        try:
            chunk = engine.run(
                state,
                steps=size * settings.steps_per_sample,
                sample_every=settings.steps_per_sample,
                timestep_fs=settings.timestep_fs,
                temperature_K=temperature_K,
                seed=chunk_seed,
            )
        except EngineFailure as failure:
            return RunOutcome("failed", str(failure), done, frames)
        write_chunk(chunk_path(folder, done), StoredChunk(chunk, settings.sample_interval_fs, protocol))
        done, state, frames = done + 1, chunk.end, frames + size
        if progress is not None:
            progress(frames, settings.frames)
    return RunOutcome("complete", "", done, frames)
