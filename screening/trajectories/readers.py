"""Trajectories from files, other programs' and the pipeline's own: unwrapped, equally spaced, in one cell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from screening.errors import StageError
from screening.records import read_json
from screening.trajectories.formats import Floats, Frame, format_of, keeps_times, read_frames
from screening.trajectories.frames import mean_cell
from screening.trajectories.storage import read_trajectory as read_chunks
from screening.trajectories.trajectory import Trajectory

# A step of more than this share of the cell between two frames could as well be one to the other side.
_AMBIGUOUS_STEP = 0.45
# What is asked for may differ by so much from the interval of a run's own record, and from times that other files hold,
# which are written with a few digits.
_OWN_RTOL, _WRITTEN_RTOL = 1e-6, 1e-3

_NO_INTERVAL = "{path} does not say the time between its frames: give it (--frame-interval-fs)"


def read_trajectory(
    path: Path,
    *,
    frame_interval_fs: float | None = None,
    stride: int = 1,
    elements: Mapping[int, str] | None = None,
    format: str | None = None,
) -> Trajectory:
    """Read a trajectory, wrapped or not, at fixed volume or with a cell per frame, any cell shape.

    Wrapped positions are unwrapped to the nearest image between frames; that leaves unwrapped ones as they are.
    A cell per frame: positions come back in the mean cell (see
    `displacement.unwrap` for the reason), which is the trajectory's one cell.

    Args:
        path: The file, or of the pipeline's own runs the md.json.
        frame_interval_fs: Time between the file's frames in fs (before `stride`); only the pipeline's own runs, and
            what `export_trajectory` wrote of them as extxyz or traj, know theirs.
        stride: Keep every so many frames.
        elements: LAMMPS atom type to element, where the dump has no element column.
        format: "xdatcar", "extxyz", "traj" or "lammps-dump"; told from the name and first line where None.

    Raises:
        StageError: missing or damaged file, unknown format, changing atoms, uneven steps, or frames so far apart
            that they cannot be unwrapped.
    """
    if not path.is_file():
        raise StageError(f"{path} is missing")
    if stride < 1 or (frame_interval_fs is not None and not frame_interval_fs > 0.0):
        raise StageError(f"stride {stride} and frame interval {frame_interval_fs} fs must be positive")
    if path.suffix == ".json":
        return _own(path, frame_interval_fs, stride)
    name = format_of(path, format)
    if frame_interval_fs is None and not keeps_times(name):
        raise StageError(_NO_INTERVAL.format(path=path))
    frames = list(islice(_unwrapped(path, read_frames(path, name, elements or {})), 0, None, stride))
    return _assemble(path, frames, _interval_fs(path, frames, frame_interval_fs, stride))


def _own(path: Path, frame_interval_fs: float | None, stride: int) -> Trajectory:
    """A run of a campaign, whose md.json names the chunks and their checksums."""
    try:
        chunks = read_json(path)["chunks"]
    except (ValueError, KeyError, TypeError) as error:
        raise StageError(f"{path} is not the record of a run: {error}") from error
    whole = read_chunks(path.parent / "chunks", chunks)
    _compare_intervals(path, whole.frame_interval_fs, frame_interval_fs, _OWN_RTOL)
    return whole.frames(slice(None, None, stride))


def _interval_fs(path: Path, frames: Sequence[Frame], asked_fs: float | None, stride: int) -> float:
    """Between the frames that were read: from their own times, which may not differ from what the user says."""
    times = [frame.time_ps for frame in frames if frame.time_ps is not None]
    if len(times) < max(2, len(frames)):
        if asked_fs is None:
            raise StageError(_NO_INTERVAL.format(path=path))
        return asked_fs * stride
    steps = np.diff(times) * 1000.0
    own = float(steps.mean())
    if not own > 0.0 or np.ptp(steps) > _WRITTEN_RTOL * own:
        raise StageError(f"{path}: frames are not equally spaced in time ({steps.min():g} to {steps.max():g} fs)")
    _compare_intervals(path, own / stride, asked_fs, _WRITTEN_RTOL)
    return own


def _compare_intervals(path: Path, own_fs: float, asked_fs: float | None, rtol: float) -> None:
    """A file that knows its interval does not take another one."""
    if asked_fs is not None and not np.isclose(asked_fs, own_fs, rtol=rtol, atol=0):
        raise StageError(f"{path}: its frames are {own_fs:g} fs apart, not {asked_fs:g} fs")


def _assemble(path: Path, frames: Sequence[Frame], interval_fs: float) -> Trajectory:
    if len(frames) < 2:
        raise StageError(f"{path} has {len(frames)} frames; a trajectory needs two at the least")
    first = frames[0]
    for index, frame in enumerate(frames):
        if frame.symbols != first.symbols:
            raise StageError(
                f"{path}: the atoms of frame {index + 1} differ from those of the first in number or order"
            )
    steps = [frame.step for frame in frames if frame.step is not None]
    if len(set(np.diff(steps))) > 1:
        raise StageError(f"{path}: frames are not equally spaced in time (steps {sorted(set(np.diff(steps)))})")
    fractional = np.array([frame.fractional for frame in frames])
    if not np.isfinite(fractional).all():
        raise StageError(f"{path} has coordinates that are not finite")
    cells = np.array([frame.cell for frame in frames])
    if np.abs(cells - cells[0]).max() < 1e-8:
        cells = cells[0]
    return Trajectory(first.symbols, fractional @ mean_cell(cells), mean_cell(cells), interval_fs)


def _unwrapped(path: Path, frames: Iterable[Frame]) -> Iterator[Frame]:
    """Frames with each atom followed to its nearest image; before any are skipped, so steps stay short."""
    before: Floats | None = None
    for frame in frames:
        if frame.unwrapped or before is None or before.shape != frame.fractional.shape:
            before = frame.fractional
            yield frame
            continue
        step = frame.fractional - before
        step -= np.round(step)
        if np.abs(step).max() > _AMBIGUOUS_STEP:
            raise StageError(
                f"{path}: an atom moves {np.abs(step).max():.2f} of a cell vector between two frames, so which way "
                "round the periodic cell it went cannot be told; write frames more often, or unwrapped coordinates"
            )
        before = before + step
        yield replace(frame, fractional=before)
