"""A trajectory on disk: a folder of chunk files, each written once, each able to continue the run.

Every chunk names the checksum of the chunk it continues, so a row of chunks is one run or is seen not to be.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np

from screening.errors import StageError
from screening.records import atomic_write, sha256_of
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.run_record import newest_chunk_folder
from screening.trajectories.trajectory import Trajectory


def chunk_path(folder: Path, index: int) -> Path:
    """File of a chunk; the first has index 0."""
    return folder / f"chunk_{index:05d}.h5"


@dataclass(frozen=True)
class StoredChunk:
    """A chunk and what it belongs to.

    Attributes:
        chunk: Frames and end state.
        frame_interval_fs: Time between frames in fs; frames are at whole multiples of it, counted from the run's start.
        protocol: Hash of all that the frames depend on besides the length.
        previous: SHA-256 of the file of the chunk before, "" for the first.
        driver: Checksum of what made it, where that may change during a run.
        grade: Largest extrapolation grade of its frames, None where it was not watched.
        covered_fs: Length of the chunk in fs where frames were left out; None where its frames are all.
    """

    chunk: Chunk
    frame_interval_fs: float
    protocol: str
    previous: str
    driver: str = ""
    grade: float | None = None
    covered_fs: float | None = None

    @property
    def length_fs(self) -> float:
        """Of the chunk."""
        return self.frame_interval_fs * len(self.chunk.positions) if self.covered_fs is None else self.covered_fs

    def thinned(self, start: int, every: int) -> "StoredChunk":
        """With the frames at whole multiples of `every` frame intervals, counted from the run's start.

        Args:
            start: Frames of the run before this chunk, none of them left out.
            every: One leaves all.
        """
        if every == 1:
            return self
        kept = slice(every - 1 - start % every, None, every)
        chunk = replace(
            self.chunk,
            positions=self.chunk.positions[kept],
            potential_energy_eV=self.chunk.potential_energy_eV[kept],
            temperature_K=self.chunk.temperature_K[kept],
        )
        return replace(self, chunk=chunk, frame_interval_fs=every * self.frame_interval_fs, covered_fs=self.length_fs)


def write_chunk(path: Path, stored: StoredChunk) -> bool:
    """Write a chunk atomically: positions as float32 (compressed), the end state in full precision.

    Returns:
        False if the file is there already, which is then left as it is: another process runs the same run.
    """
    content = _hdf5_bytes(stored)
    try:
        atomic_write(path, lambda temporary: temporary.write_bytes(content), new=True)
    except FileExistsError:
        return False
    return True


def _hdf5_bytes(stored: StoredChunk) -> bytes:
    """The chunk as an HDF5 file, made in memory: the HDF5 library crashes the process on a disk that is full."""
    chunk = stored.chunk
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["format"] = "screening trajectory chunk 2"
        file.attrs["protocol"] = stored.protocol
        file.attrs["previous"] = stored.previous
        file.attrs["driver"] = stored.driver
        if stored.grade is not None:
            file.attrs["largest_grade"] = stored.grade
        file.attrs["frame_interval_fs"] = stored.frame_interval_fs
        if stored.covered_fs is not None:
            file.attrs["covered_fs"] = stored.covered_fs
        file.attrs["symbols"] = list(chunk.end.symbols)
        data = file.create_dataset("positions_A", data=chunk.positions, chunks=True, compression="gzip", shuffle=True)
        data.attrs["note"] = "unwrapped Cartesian, (n_frames, n_atoms, 3)"
        file["potential_energy_eV"] = chunk.potential_energy_eV
        file["temperature_K"] = chunk.temperature_K
        file["end/positions_A"] = chunk.end.positions
        file["end/velocities_A_fs"] = chunk.end.velocities
        file["end/cell_A"] = chunk.end.cell
    return buffer.getvalue()


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
            interval, protocol = float(file.attrs["frame_interval_fs"]), str(file.attrs["protocol"])
            grade, covered = file.attrs.get("largest_grade"), file.attrs.get("covered_fs")
            return StoredChunk(
                chunk,
                interval,
                protocol,
                str(file.attrs.get("previous", "")),
                str(file.attrs["driver"]),
                None if grade is None else float(grade),
                None if covered is None else float(covered),
            )
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise StageError(_damaged(path, str(error))) from None


def _damaged(path: Path, why: str) -> str:
    record = path.parent.parent / "md.json"
    return (
        f"{path} is missing, damaged or of another version ({why}): "
        f"delete it and {record} and run again, the run will continue there"
    )


def stored_chunks(folder: Path) -> list[Path]:
    """The unbroken row of chunk files from the first on."""
    paths: list[Path] = []
    while chunk_path(folder, len(paths)).exists():
        paths.append(chunk_path(folder, len(paths)))
    return paths


def read_trajectory(folder: Path, checksums: dict[str, str] | None = None, *, dense: bool = False) -> Trajectory:
    """Frames of a run at equal intervals, or those of the chunks named.

    Args:
        folder: Of the chunk files.
        checksums: File name of each chunk of the run, in order, and its SHA-256; default: whatever is there.
        dense: As far as all frames were stored, and no further.

    Raises:
        StageError: a chunk is missing, damaged, or not the one that was written.
    """
    paths = stored_chunks(folder) if checksums is None else [folder / name for name in checksums]
    if not paths:
        raise StageError(f"{folder} holds no chunk of a trajectory")
    trajectory = read_chunks(paths, dense=dense)
    for path, expected in zip(paths, (checksums or {}).values(), strict=False):
        if sha256_of(path) != expected:
            raise StageError(_damaged(path, "its checksum is not the one in md.json"))
    return trajectory


def read_chunks(paths: Sequence[Path], *, dense: bool = False) -> Trajectory:
    """Frames of some chunks of one run, in the order given, from its first on.

    A long run stores fewer and fewer frames. They are read at the interval of its last chunk, of which all others are
    whole parts.

    Args:
        paths: Of the chunks.
        dense: Up to the first chunk that lacks frames, at the interval of the first one.

    Raises:
        StageError: a chunk is missing or damaged.
    """
    first = read_chunk(paths[0])
    least = first.frame_interval_fs
    interval = least if dense else read_chunk(paths[-1]).frame_interval_fs
    positions, energies, temperatures, start_fs = [], [], [], 0.0
    for path in paths:
        stored = read_chunk(path)
        own = stored.frame_interval_fs
        if own > interval + 1e-6:
            break
        # Frames of the chunk are the multiples of its interval after its start.
        before, every = int(start_fs / own + 1e-6), round(interval / own)
        kept = slice(every - 1 - before % every, None, every)
        positions.append(stored.chunk.positions[kept])
        energies.append(stored.chunk.potential_energy_eV[kept])
        temperatures.append(stored.chunk.temperature_K[kept])
        start_fs += stored.length_fs
    return Trajectory(
        symbols=first.chunk.end.symbols,
        positions=np.concatenate(positions),
        cells=first.chunk.end.cell,
        frame_interval_fs=interval,
        temperatures_K=np.concatenate(temperatures),
        energies_eV=np.concatenate(energies),
    )


def chunk_folder(folder: Path) -> Path:
    """Where the chunks are of a run's folder, or of the folder of chunks itself.

    Raises:
        StageError: there are none.
    """
    for place in (newest_chunk_folder(folder), folder):
        if any(place.glob("chunk_*.h5")):
            return place
    raise StageError(f"{folder} holds no chunk of a trajectory")


def read_unfinished(folder: Path) -> Trajectory:
    """What there is of a run that goes on or was stopped, each chunk checked to continue the one before.

    Raises:
        StageError: a chunk is damaged, or continues another run.
    """
    paths = stored_chunks(folder)
    if not paths:
        raise StageError(f"{folder} holds no chunk of a trajectory from the first on")
    before = ""
    for path in paths:
        if read_chunk(path).previous != before:
            raise StageError(f"{path} does not continue the chunk before it: they are of two runs")
        before = sha256_of(path)
    trajectory = read_chunks(paths)
    picoseconds = trajectory.n_frames * trajectory.frame_interval_fs / 1000.0
    note = f"{folder}: no md.json, the run goes on or was stopped; {len(paths)} chunks so far, {picoseconds:g} ps"
    unused = len(list(folder.glob("chunk_*.h5"))) - len(paths)
    if unused:
        note += f"; {unused} more after a missing one are not used"
    return replace(trajectory, notes=(note,))
