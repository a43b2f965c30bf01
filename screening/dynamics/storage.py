"""A trajectory on disk: a folder of chunk files, each written once, each able to continue the run."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from screening.dynamics.engines.base import Chunk, MDState
from screening.dynamics.trajectory import Trajectory
from screening.errors import StageError
from screening.records import atomic_write


def chunk_path(folder: Path, index: int) -> Path:
    """File of a chunk; the first has index 0."""
    return folder / f"chunk_{index:05d}.h5"


@dataclass(frozen=True)
class StoredChunk:
    """A chunk and what it belongs to."""

    chunk: Chunk
    frame_interval_fs: float
    protocol: str


def write_chunk(path: Path, stored: StoredChunk) -> None:
    """Write a chunk atomically: positions as float32 (compressed), the end state in full precision."""
    chunk = stored.chunk

    def write(temporary: Path) -> None:
        with h5py.File(temporary, "w") as file:
            file.attrs["format"] = "screening trajectory chunk 1"
            file.attrs["protocol"] = stored.protocol
            file.attrs["frame_interval_fs"] = stored.frame_interval_fs
            file.attrs["symbols"] = list(chunk.end.symbols)
            data = file.create_dataset(
                "positions_A", data=chunk.positions, chunks=True, compression="gzip", shuffle=True
            )
            data.attrs["note"] = "unwrapped Cartesian, (n_frames, n_atoms, 3)"
            file["potential_energy_eV"] = chunk.potential_energy_eV
            file["temperature_K"] = chunk.temperature_K
            file["end/positions_A"] = chunk.end.positions
            file["end/velocities_A_fs"] = chunk.end.velocities
            file["end/cell_A"] = chunk.end.cell

    atomic_write(path, write)


def read_chunk(path: Path) -> StoredChunk:
    """Read a chunk.

    Raises:
        StageError: missing or damaged; names the file.
    """
    try:
        with h5py.File(path, "r") as file:
            end = MDState(
                symbols=tuple(str(s) for s in file.attrs["symbols"]),
                positions=file["end/positions_A"][()],
                velocities=file["end/velocities_A_fs"][()],
                cell=file["end/cell_A"][()],
            )
            chunk = Chunk(file["positions_A"][()], file["potential_energy_eV"][()], file["temperature_K"][()], end)
            return StoredChunk(chunk, float(file.attrs["frame_interval_fs"]), str(file.attrs["protocol"]))
    except (OSError, KeyError) as error:
        raise StageError(
            f"{path} is missing or damaged ({error}); delete it and the chunks after it, the run will continue there"
        ) from None


def stored_chunks(folder: Path) -> list[Path]:
    """The unbroken row of chunk files from the first on."""
    paths: list[Path] = []
    while chunk_path(folder, len(paths)).exists():
        paths.append(chunk_path(folder, len(paths)))
    return paths


def read_trajectory(folder: Path, n_chunks: int | None = None) -> Trajectory:
    """All frames of a run, or those of its first `n_chunks` chunks.

    Raises:
        StageError: there are not that many chunks, or one is damaged.
    """
    paths = stored_chunks(folder)
    if (n_chunks is not None and len(paths) < n_chunks) or not paths:
        raise StageError(f"{folder} holds {len(paths)} chunks of a trajectory, {n_chunks or 'at least 1'} are needed")
    stored = [read_chunk(path) for path in paths[:n_chunks]]
    return Trajectory(
        symbols=stored[0].chunk.end.symbols,
        positions=np.concatenate([s.chunk.positions for s in stored]),
        cells=stored[0].chunk.end.cell,
        frame_interval_fs=stored[0].frame_interval_fs,
        temperatures_K=np.concatenate([s.chunk.temperature_K for s in stored]),
        energies_eV=np.concatenate([s.chunk.potential_energy_eV for s in stored]),
    )
