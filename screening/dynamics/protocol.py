"""What is run: thermal start, then NVT in chunks until the length asked for, restartable after each chunk."""

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary

from screening.config.dynamics import MDProtocol
from screening.dynamics.engines.base import Engine, EngineFailure, MDState
from screening.dynamics.storage import StoredChunk, chunk_path, read_chunk, stored_chunks, write_chunk
from screening.errors import StageError
from screening.records import sha256_of


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
    restarted is the same as one that was not. Chunks that do not belong to it (another protocol, damaged, not the
    continuation of the one before) are replaced. Two processes on one run share it: the chunk that is written
    first counts, and both go on from it.

    Args:
        folder: Of the chunk files.
        start: State before the first chunk.
        engine: Runs the dynamics.
        settings: Lengths and intervals.
        temperature_K: Target.
        seed: Of this run.
        protocol: Hash of all that the frames depend on besides the length.
        progress: Called with frames done and frames wanted after each chunk.

    Raises:
        StageError: a process with other settings writes into the same folder.
    """
    row = _Row(folder, start, settings, protocol)
    while row.extend():
        pass
    row.drop_rest()
    while row.frames < settings.frames:
        size = row.next_size
        chunk_seed = int(np.random.SeedSequence([seed, row.n_chunks]).generate_state(1)[0])
        try:
            chunk = engine.run(
                row.state,
                steps=size * settings.steps_per_sample,
                sample_every=settings.steps_per_sample,
                timestep_fs=settings.timestep_fs,
                temperature_K=temperature_K,
                seed=chunk_seed,
            )
        except EngineFailure as failure:
            return RunOutcome("failed", str(failure), row.n_chunks, row.frames)
        write_chunk(row.next_path, StoredChunk(chunk, settings.sample_interval_fs, protocol, row.checksum))
        # What counts is what is on disk, whoever wrote it.
        if not row.extend():
            raise StageError(
                f"{row.next_path} was written by a run with other settings at the same time; "
                "stop that run, then run again"
            )
        if progress is not None:
            progress(row.frames, settings.frames)
    row.check()
    return RunOutcome("complete", "", row.n_chunks, row.frames)


class _Row:
    """The chunks on disk that belong to one run, from the first on without a break."""

    def __init__(self, folder: Path, start: MDState, settings: MDProtocol, protocol: str) -> None:
        self.folder, self.settings, self.protocol = folder, settings, protocol
        self.state, self.frames, self.checksum = start, 0, ""
        self.paths: list[Path] = []
        self.found = stored_chunks(folder)

    @property
    def n_chunks(self) -> int:
        return len(self.paths)

    @property
    def next_path(self) -> Path:
        return chunk_path(self.folder, len(self.paths))

    @property
    def next_size(self) -> int:
        return min(self.settings.frames_per_chunk, self.settings.frames - self.frames)

    def extend(self) -> bool:
        """Take the next chunk from disk; False if it is not there or does not belong to the run."""
        path = self.next_path
        if self.next_size <= 0 or not path.exists():
            return False
        try:
            stored = read_chunk(path)
        except StageError as error:
            print(f"made anew: {error}", file=sys.stderr, flush=True)
            return False
        # A chunk cut short by an earlier, shorter run length is not one this run would have made.
        if (stored.protocol, len(stored.chunk.positions), stored.previous) != (
            self.protocol,
            self.next_size,
            self.checksum,
        ):
            return False
        self.paths.append(path)
        self.state, self.checksum = stored.chunk.end, sha256_of(path)
        self.frames += len(stored.chunk.positions)
        return True

    def drop_rest(self) -> None:
        """Delete the chunks found at the start that stand where this run's own will be."""
        if self.frames < self.settings.frames:
            for path in self.found[len(self.paths) :]:
                path.unlink(missing_ok=True)

    def check(self) -> None:
        """Raise if another process changed a chunk after this one had taken it."""
        if self.paths and self.checksum != sha256_of(self.paths[-1]):
            raise StageError(f"{self.paths[-1]} was changed by another process; stop it, then run again")
        for path, after in itertools.pairwise(self.paths):
            if read_chunk(after).previous != sha256_of(path):
                raise StageError(f"{path} was changed by another process; stop it, then run again")
