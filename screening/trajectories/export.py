"""A run's trajectory as a file that ASE, MDAnalysis, OVITO or VMD read."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import ase.io
import numpy as np
from ase import Atoms

from screening.errors import ConfigError
from screening.records import atomic_write
from screening.trajectories.run_record import RunRecord
from screening.trajectories.storage import read_trajectory
from screening.trajectories.trajectory import Trajectory

# CHARMM's unit of time in ps, which DCD files count in.
AKMA_PS = 0.0488882129


def export_trajectory(
    run: Path, path: Path, format: str, *, stride: int = 1, element: str | None = None
) -> tuple[int, int]:
    """Write the frames of a run, positions unwrapped, all of its atoms or those of one element.

    Args:
        run: Folder with md.json and chunks.
        path: File to write.
        format: A name in `FORMATS`.
        stride: Keep every so many frames.
        element: Keep its atoms only, such as the mobile ions.

    Returns:
        Frames and atoms written.

    Raises:
        ConfigError: the format or the element is not known, or the folder is none of a finished run.
        StageError: md.json or a chunk is damaged.
    """
    if format not in FORMATS:
        raise ConfigError(f"format {format!r} is not known; use one of {', '.join(FORMATS)}")
    if not (run / RunRecord.FILE).exists():
        raise ConfigError(
            f"{run} is no folder of a finished run, there is no md.json in it; give one such as "
            "results/NAME/candidates/ID/800K/o0_r0 (temperature, ordering, replica)"
        )
    record = RunRecord.read(run / RunRecord.FILE)
    trajectory = read_trajectory(record.chunk_folder(run), record.chunks)
    kept = np.arange(len(trajectory.symbols)) if element is None else trajectory.indices(element)
    if not len(kept):
        raise ConfigError(f"{run} has no {element}; its elements are {', '.join(sorted(set(trajectory.symbols)))}")
    frames = list(_frames(trajectory, kept, stride))
    interval_ps = stride * trajectory.frame_interval_fs / 1000
    atomic_write(path, lambda temporary: FORMATS[format](temporary, frames, interval_ps))
    return len(frames), len(kept)


def _frames(trajectory: Trajectory, kept: np.ndarray, stride: int) -> Iterator[Atoms]:
    for k in range(stride - 1, trajectory.n_frames, stride):
        atoms = trajectory.atoms(k)[kept]
        # The first stored frame is one interval after the start.
        atoms.info["time_ps"] = (k + 1) * trajectory.frame_interval_fs / 1000
        if trajectory.temperatures_K is not None:
            atoms.info["temperature_K"] = float(trajectory.temperatures_K[k])
        if trajectory.energies_eV is not None:
            atoms.info["potential_energy_eV"] = float(trajectory.energies_eV[k])
        yield atoms


def _through_ase(name: str) -> Callable[[Path, list[Atoms], float], None]:
    def write(path: Path, frames: list[Atoms], _interval_ps: float) -> None:
        ase.io.write(path, frames, format=name)

    return write


def _write_dcd(path: Path, frames: list[Atoms], interval_ps: float) -> None:
    """CHARMM's DCD, which ASE does not write: single precision, cell by lengths and angles, so frames are turned."""
    cell, turn = frames[0].cell.standard_form()
    a, b, c, alpha, beta, gamma = cell.cellpar()
    with path.open("wb") as file:
        control = [len(frames), 1, 1, *[0] * 6]
        header = struct.pack("<4s9if10i", b"CORD", *control, interval_ps / AKMA_PS, 1, *[0] * 8, 24)
        _record(file, header)
        _record(file, struct.pack("<i80s", 1, b"screening: unwrapped positions".ljust(80)))
        _record(file, struct.pack("<i", len(frames[0])))
        for atoms in frames:
            _record(file, struct.pack("<6d", a, gamma, b, beta, alpha, c))
            for axis in (atoms.positions @ turn.T).T.astype("<f4"):
                _record(file, axis.tobytes())


def _record(file: BinaryIO, content: bytes) -> None:
    """A Fortran record: its length before and after."""
    length = struct.pack("<i", len(content))
    file.write(length + content + length)


FORMATS: dict[str, Callable[[Path, list[Atoms], float], None]] = {
    "extxyz": _through_ase("extxyz"),
    "xyz": _through_ase("xyz"),
    "traj": _through_ase("traj"),
    "xdatcar": _through_ase("vasp-xdatcar"),
    "pdb": _through_ase("proteindatabank"),
    "dcd": _write_dcd,
}
