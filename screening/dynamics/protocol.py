"""What is run: thermal start, then NVT in chunks until the answer is known, restartable after each chunk."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary

from screening.config.dynamics import MDProtocol
from screening.dynamics.convergence import StoppingRule
from screening.dynamics.driver import Accepted, Changed, Driver
from screening.dynamics.engines.base import EngineFailure
from screening.errors import StageError
from screening.log import tell
from screening.records import sha256_of
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.run_record import Look, RunEnding, RunStatus
from screening.trajectories.storage import StoredChunk, chunk_path, read_chunk, read_chunks, stored_chunks, write_chunk

# Called with frames done, frames wanted at most and the last look after each chunk.
Progress = Callable[[int, int, Look | None], None]
_STATUS = {
    RunEnding.ANSWERED: RunStatus.COMPLETE,
    RunEnding.MELTED: RunStatus.MELTED,
    RunEnding.RUNAWAY: RunStatus.FAILED,
}


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes:
        status: What it is worth.
        ended_by: What ended it.
        reason: Of the end.
        n_chunks: Chunks on disk that belong to it.
        n_frames: Frames in them at equal intervals.
        looks: What was known of it at each look.
        largest_grade: Largest extrapolation grade of its chunks; None where nothing was watched.
        time_ps: Its length.
    """

    status: RunStatus
    ended_by: RunEnding
    reason: str
    n_chunks: int
    n_frames: int
    looks: tuple[Look, ...] = ()
    largest_grade: float | None = None
    time_ps: float = 0.0


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
    driver: Driver,
    settings: MDProtocol,
    temperature_K: float,
    seed: int,
    protocol: str,
    stop: StoppingRule | None = None,
    progress: Progress | None = None,
) -> RunOutcome:
    """Run until the rule ends it or `settings.duration_ps` is spent, continuing from the chunks that are there.

    A chunk depends on the state before it and on (seed, its index) only, so a run that was killed and
    restarted is the same as one that was not. Chunks that do not belong to it (another protocol, damaged, not the
    continuation of the one before) are replaced. Two processes on one run share it: the chunk that is written
    first counts, and both go on from it.

    Args:
        folder: Of the chunk files.
        start: State before the first chunk.
        driver: Runs the dynamics.
        settings: Lengths and intervals.
        temperature_K: Target.
        seed: Of this run.
        protocol: Hash of all that the frames depend on besides the length.
        stop: Ends the run before its length is spent; None never does.
        progress: See `Progress`; None tells nobody.

    Raises:
        StageError: a process with other settings writes into the same folder.
    """
    row = _Row(folder, start, settings, protocol, stop, driver)
    while row.extend():
        pass
    row.drop_rest()
    while not row.ended:
        chunk_seed = int(np.random.SeedSequence([seed, row.n_chunks]).generate_state(1)[0])
        try:
            made = _made(row, driver, settings, temperature_K, chunk_seed)
        except EngineFailure as failure:
            return row.outcome(str(failure))
        whole = StoredChunk(
            made.chunk, settings.sample_interval_fs, protocol, row.checksum, driver.checksum, made.grade
        )
        write_chunk(row.next_path, whole.thinned(row.frames, row.thinning))
        # What counts is what is on disk, whoever wrote it.
        if not row.extend():
            raise StageError(
                f"{row.next_path} was written by a run with other settings at the same time; "
                "stop that run, then run again"
            )
        if progress is not None:
            progress(row.frames, settings.frames, row.looks[-1] if row.looks else None)
    row.check()
    return row.outcome()


def _made(row: "_Row", driver: Driver, settings: MDProtocol, temperature_K: float, seed: int) -> Accepted:
    """The next chunk, made again as often as the driver changes."""
    while True:
        result: Chunk | EngineFailure
        try:
            result = driver.engine.run(
                row.state,
                steps=row.next_size * settings.steps_per_sample,
                sample_every=settings.steps_per_sample,
                timestep_fs=settings.step_fs,
                temperature_K=temperature_K,
                seed=seed,
            )
        except EngineFailure as failure:
            result = failure
        judged = driver.accept(row.state, result)
        if isinstance(judged, Changed):
            tell(judged.reason)
        else:
            return judged


class _Row:
    """The chunks on disk that belong to one run, from the first on without a break, and what was seen in them."""

    def __init__(
        self,
        folder: Path,
        start: MDState,
        settings: MDProtocol,
        protocol: str,
        stop: StoppingRule | None,
        driver: Driver,
    ) -> None:
        self.folder, self.settings, self.protocol, self.stop, self.driver = folder, settings, protocol, stop, driver
        self.state, self.frames, self.checksum = start, 0, ""
        # Of the last chunk, every how many-th frame is stored.
        self.every = 1
        self.paths: list[Path] = []
        self.looks: list[Look] = []
        self.grades: list[float] = []
        self.found = stored_chunks(folder)
        driver.enter(0, "")

    @property
    def n_chunks(self) -> int:
        return len(self.paths)

    @property
    def next_path(self) -> Path:
        return chunk_path(self.folder, len(self.paths))

    @property
    def next_size(self) -> int:
        return min(self.settings.frames_per_chunk, self.settings.frames - self.frames)

    @property
    def thinning(self) -> int:
        """Every how many-th frame of the next chunk is stored."""
        return self.settings.thinning(self.frames)

    @property
    def ended(self) -> bool:
        """Whether the run is at its end."""
        return self.next_size <= 0 or bool(self.looks and self.looks[-1].ending)

    def extend(self) -> bool:
        """Take the next chunk from disk; False if the run has ended, or it is not there or not of the run."""
        path = self.next_path
        if self.ended or not path.exists():
            return False
        try:
            stored = read_chunk(path)
        except StageError as error:
            tell(f"recomputed: {error}")
            return False
        # A chunk cut short by an earlier, shorter run length is not one this run would have made.
        size, every = self.next_size, self.thinning
        kept = (self.frames + size) // every - self.frames // every
        if (stored.protocol, len(stored.chunk.positions), stored.previous, stored.driver) != (
            self.protocol,
            kept,
            self.checksum,
            self.driver.checksum,
        ):
            return False
        self.paths.append(path)
        self.state, self.checksum = stored.chunk.end, sha256_of(path)
        self.grades += [] if stored.grade is None else [stored.grade]
        before, self.frames, self.every = self.frames, self.frames + size, every
        # At the end of the budget too, so that the record says what was reached.
        if self.stop is not None and (self.stop.due(before, self.frames) or self.next_size <= 0):
            self.looks.append(self.stop.look(read_chunks(self.paths)))
        if not self.ended:
            self.driver.enter(self.n_chunks, self.checksum)
        return True

    def outcome(self, failure: str = "") -> RunOutcome:
        """How the run ended: one that has, or one that failed in its next chunk."""
        ending = self.looks[-1].ending if self.looks else None
        time_ps = self.frames * self.settings.sample_interval_fs / 1000
        n_frames = self.frames // self.every
        facts = (self.n_chunks, n_frames, tuple(self.looks), max(self.grades, default=None), time_ps)
        if failure:
            return RunOutcome(RunStatus.FAILED, RunEnding.FAILED, failure, *facts)
        if ending is None:
            missing = f": {self.looks[-1].reason}" if self.looks else ""
            reached = f"the run reached its length of {self.settings.duration_ps:g} ps{missing}"
            return RunOutcome(RunStatus.COMPLETE, RunEnding.BUDGET, reached, *facts)
        return RunOutcome(_STATUS[ending], ending, self.looks[-1].reason, *facts)

    def drop_rest(self) -> None:
        """Delete the chunks found at the start that stand where this run's own will be."""
        if not self.ended:
            for path in self.found[len(self.paths) :]:
                path.unlink(missing_ok=True)

    def check(self) -> None:
        """Raise if another process changed a chunk after this one had taken it."""
        if self.paths and self.checksum != sha256_of(self.paths[-1]):
            raise StageError(f"{self.paths[-1]} was changed by another process; stop it, then run again")
        for path, after in itertools.pairwise(self.paths):
            if read_chunk(after).previous != sha256_of(path):
                raise StageError(f"{path} was changed by another process; stop it, then run again")
