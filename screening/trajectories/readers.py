"""Trajectories from files, other programs' and the pipeline's own: unwrapped, equally spaced, in one cell."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from screening.errors import StageError
from screening.trajectories.assembling import Assembler, Piece
from screening.trajectories.formats import format_of, read_frames
from screening.trajectories.frame import Source
from screening.trajectories.interval import compare_intervals
from screening.trajectories.run_record import RunRecord
from screening.trajectories.storage import chunk_folder, read_unfinished
from screening.trajectories.storage import read_trajectory as read_chunks
from screening.trajectories.trajectory import Trajectory

# What is asked for may differ by so much from the interval of a run's own record.
_OWN_RTOL = 1e-6


def read_trajectory(
    path: Path | str,
    *,
    frame_interval_fs: float | None = None,
    stride: int = 1,
    elements: Mapping[int, str] | None = None,
    format: str | None = None,
    topology: Path | str | None = None,
) -> Trajectory:
    """Read a trajectory, wrapped or not, at fixed volume or with a cell per frame, any cell shape.

    Atoms are followed to the nearest image from frame to frame (`following`). A cell per frame: positions come back in
    the mean cell (see `frames.unwrap` for the reason), which is the trajectory's one cell. Frames are read one at a
    time; memory is 24 bytes for each atom of each frame that is kept while they are read, and 12 in the end.

    Args:
        path: The file; of the pipeline's own runs the md.json, or the folder of a run that is not finished.
        frame_interval_fs: Time between the file's frames in fs (before `stride`), where the file does not say it.
        stride: Keep every so many frames.
        elements: Element of each LAMMPS atom type, where the dump does not name them.
        format: A name in `formats.FORMATS`; told from the beginning or the name of the file where None.
        topology: File that names the atoms, for dcd, xtc and trr.

    Raises:
        StageError: missing or damaged file, unknown format, changing atoms, uneven steps, a time that contradicts the
            file's, or frames so far apart that atoms cannot be followed.
    """
    return read_piece(
        Path(path),
        frame_interval_fs=frame_interval_fs,
        stride=stride,
        elements=elements,
        format=format,
        topology=topology,
    ).trajectory


def read_piece(
    path: Path,
    *,
    frame_interval_fs: float | None = None,
    stride: int = 1,
    elements: Mapping[int, str] | None = None,
    format: str | None = None,
    topology: Path | str | None = None,
) -> Piece:
    """`read_trajectory`, with the numbers of its frames."""
    if not path.exists():
        raise StageError(f"{path} is missing")
    if stride < 1 or (frame_interval_fs is not None and not 0.0 < frame_interval_fs < np.inf):
        raise StageError(f"stride {stride} and frame interval {frame_interval_fs} fs must be positive")
    if path.is_dir() or path.suffix == ".json":
        whole = _own(path)
        compare_intervals(str(path), whole.frame_interval_fs, frame_interval_fs, _OWN_RTOL)
        return Piece(whole.frames(slice(None, None, stride)), None)
    name = format_of(path, format)
    told = dict(elements or {})
    as_written = np.zeros(3, dtype=bool)
    while True:
        source = Source(path, name, told, None if topology is None else Path(topology))
        assembler = Assembler(source, frame_interval_fs, stride, as_written)
        axes = assembler.take(read_frames(source))
        if not axes.any():
            return assembler.piece()
        as_written = as_written | axes


def _own(path: Path) -> Trajectory:
    """A run of a campaign: its md.json names the chunks and their checksums; without it, what is there so far."""
    if path.is_dir():
        return read_unfinished(chunk_folder(path))
    record = RunRecord.read(path)
    return read_chunks(record.chunk_folder(path.parent), record.chunks)
