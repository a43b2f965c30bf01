"""Trajectories of other programs (VASP XDATCAR, extended XYZ, ASE .traj, LAMMPS text dumps) and the pipeline's own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import ase.io
import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from screening.config.transport import LocalPictureConfig, TransportConfig
from screening.dynamics.storage import read_trajectory as read_chunks
from screening.dynamics.trajectory import Trajectory
from screening.errors import StageError
from screening.records import read_json
from screening.transport.analysis import analyse_temperature
from screening.transport.displacement import mean_cell
from screening.transport.local_orderings import local_picture_of_orderings

Floats = NDArray[np.float64]

#: A step of more than this share of the cell between two frames could as well be one to the other side.
_AMBIGUOUS_STEP = 0.45


_NO_INTERVAL = "{path} does not say the time between its frames: give it (--frame-interval-fs)"


@dataclass(frozen=True)
class Frame:
    """One frame: elements, fractional coordinates (n_atoms, 3), cell (3, 3) and, where the file says, step and time."""

    symbols: tuple[str, ...]
    fractional: Floats
    cell: Floats
    unwrapped: bool = False
    step: int | None = None
    time_ps: float | None = None


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
    name = format or guess_format(path)
    if name not in _READERS:
        raise StageError(f"format {name!r} is not known; known: {', '.join(sorted(_READERS))}")
    if frame_interval_fs is None and _READERS[name] is not _read_ase:
        raise StageError(_NO_INTERVAL.format(path=path))
    try:
        frames = list(islice(_unwrapped(path, _READERS[name](path, elements or {})), 0, None, stride))
    except (ValueError, IndexError, KeyError, StopIteration, UnicodeDecodeError) as error:
        raise StageError(f"{path} cannot be read as {name}: {error}") from error
    return _assemble(path, frames, _interval_fs(path, frames, frame_interval_fs, stride))


def _own(path: Path, frame_interval_fs: float | None, stride: int) -> Trajectory:
    """A run of a campaign, whose md.json names the chunks and their checksums."""
    try:
        chunks = read_json(path)["chunks"]
    except (ValueError, KeyError, TypeError) as error:
        raise StageError(f"{path} is not the record of a run: {error}") from error
    whole = read_chunks(path.parent / "chunks", chunks)
    if frame_interval_fs is not None and not np.isclose(frame_interval_fs, whole.frame_interval_fs, rtol=1e-6, atol=0):
        raise StageError(f"{path}: its frames are {whole.frame_interval_fs:g} fs apart, not {frame_interval_fs:g} fs")
    cells = whole.cells if whole.cells.ndim == 2 else whole.cells[::stride]
    return Trajectory(
        whole.symbols,
        whole.positions[::stride],
        cells,
        whole.frame_interval_fs * stride,
        None if whole.temperatures_K is None else whole.temperatures_K[::stride],
        None if whole.energies_eV is None else whole.energies_eV[::stride],
    )


def analyse_files(
    paths: Sequence[Path],
    *,
    mobile: str,
    charge: float,
    temperature_K: float,
    frame_interval_fs: float | None = None,
    settings: TransportConfig | None = None,
    stride: int = 1,
    elements: Mapping[int, str] | None = None,
    format: str | None = None,
    orderings: Sequence[int] | None = None,
    local: bool = False,
) -> dict[str, Any]:
    """`analyse_temperature` on files: replicas or orderings of one material at one temperature.

    Args:
        paths: One or more trajectories; see `read_trajectory` for these and the other arguments.
        mobile: Element of the mobile ions.
        charge: Of one ion in elementary charges.
        temperature_K: Temperature of the runs in K.
        settings: Fit window and thresholds; the defaults where None.
        orderings: Which ordering each file is of; replicas of one ordering where None.
        local: Add `local`: `local_picture_of_orderings`, with sites from the density.

    Raises:
        StageError: see `read_trajectory`, `analyse_temperature` and `local_picture`.
    """
    chosen = settings or TransportConfig()
    trajectories = [
        read_trajectory(path, frame_interval_fs=frame_interval_fs, stride=stride, elements=elements, format=format)
        for path in paths
    ]
    record = analyse_temperature(
        trajectories,
        mobile=mobile,
        charge=charge,
        temperature_K=temperature_K,
        settings=chosen,
        orderings=orderings,
    )
    record = {"files": [str(path) for path in paths], **record}
    if not local:
        return record
    labels = orderings or [0] * len(trajectories)
    groups = (
        (label, [t for t, own in zip(trajectories, labels, strict=True) if own == label])
        for label in dict.fromkeys(labels)
    )
    return {**record, "local": local_picture_of_orderings(record, groups, chosen, LocalPictureConfig())}


def guess_format(path: Path) -> str:
    """The format from the file's name, or from its first line.

    Raises:
        StageError: neither tells.
    """
    name = path.name.lower()
    if "xdatcar" in name:
        return "xdatcar"
    if name.endswith((".xyz", ".extxyz")):
        return "extxyz"
    if name.endswith(".traj"):
        return "traj"
    with path.open("rb") as file:
        if file.readline().startswith(b"ITEM:"):
            return "lammps-dump"
    raise StageError(f"the format of {path} cannot be told from its name; known: {', '.join(sorted(_READERS))}")


def _interval_fs(path: Path, frames: Sequence[Frame], asked_fs: float | None, stride: int) -> float:
    """Between the frames that were read: from their own times, which may not differ from what the user says."""
    times = [frame.time_ps for frame in frames if frame.time_ps is not None]
    if len(times) < max(2, len(frames)):
        if asked_fs is None:
            raise StageError(_NO_INTERVAL.format(path=path))
        return asked_fs * stride
    steps = np.diff(times) * 1000.0
    own = float(steps.mean())
    if not own > 0.0 or np.ptp(steps) > 1e-3 * own:
        raise StageError(f"{path}: frames are not equally spaced in time ({steps.min():g} to {steps.max():g} fs)")
    if asked_fs is not None and not np.isclose(asked_fs * stride, own, rtol=1e-3, atol=0):
        raise StageError(f"{path}: its frames are {own / stride:g} fs apart, not {asked_fs:g} fs")
    return own


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


def _read_xdatcar(path: Path, _: Mapping[int, str]) -> Iterator[Frame]:
    """VASP: a header with scale, cell, elements and counts, once (fixed cell) or before each frame."""
    with path.open(encoding="utf-8") as file:
        header = _xdatcar_header(file, file.readline())
        while line := file.readline():
            if not line.strip():
                continue
            if "direct" not in line.lower() and "konfig" not in line.lower():
                header = _xdatcar_header(file, line)
                continue
            symbols, cell = header
            rows = list(islice(file, len(symbols)))
            if len(rows) < len(symbols) or not rows[-1].endswith("\n"):
                return  # the run was cut while it wrote this frame
            yield Frame(symbols, _triples(rows), cell)


def _triples(rows: Sequence[str]) -> Floats:
    """The first three numbers of each row, (n, 3)."""
    if len(rows[0].split()) == 3:
        values = np.fromstring("".join(rows), sep=" ")
        if len(values) == 3 * len(rows):
            return values.reshape(-1, 3)
    return np.array([row.split()[:3] for row in rows], dtype=np.float64)


def _xdatcar_header(file: TextIO, _title: str) -> tuple[tuple[str, ...], Floats]:
    scale = float(file.readline())
    cell = np.array([file.readline().split() for _ in range(3)], dtype=np.float64)
    if cell.shape != (3, 3):
        raise ValueError("no cell in the header")
    # A negative scale is the wanted volume.
    cell *= scale if scale > 0 else (abs(scale) / abs(np.linalg.det(cell))) ** (1.0 / 3.0)
    return _xdatcar_symbols(file.readline(), file.readline()), cell


@lru_cache(maxsize=4)  # the same two lines stand before each frame of a run with a changing cell
def _xdatcar_symbols(names_line: str, counts_line: str) -> tuple[str, ...]:
    names, counts = names_line.split(), [int(n) for n in counts_line.split()]
    if len(names) != len(counts) or not names:
        raise ValueError("elements and counts of the header do not match")
    return tuple(name.split("_")[0].split("/")[0] for name, n in zip(names, counts, strict=True) for _ in range(n))


# In cell vectors.
_WRAPPED_SPAN = 1.2


def _read_ase(path: Path, _: Mapping[int, str]) -> Iterator[Frame]:
    format = "traj" if path.name.endswith(".traj") else "extxyz"
    images: Iterable[Atoms] = ase.io.iread(str(path), index=":", format=format)
    frames = list(_ase_frames(images))
    # Neither format says whether atoms were put back into the cell. Where all coordinates together span more than the
    # cell, with some room for programs that put them back now and then only, they were not.
    low = np.min([frame.fractional.min(axis=0) for frame in frames], axis=0)
    high = np.max([frame.fractional.max(axis=0) for frame in frames], axis=0)
    unwrapped = bool((high - low).max() > _WRAPPED_SPAN)
    return (replace(frame, unwrapped=unwrapped) for frame in frames)


def _ase_frames(images: Iterable[Atoms]) -> Iterator[Frame]:
    numbers, symbols = np.empty(0, dtype=np.intp), ()
    for atoms in images:
        cell = np.array(atoms.cell[:], dtype=np.float64)
        if abs(np.linalg.det(cell)) < 1e-6:
            raise ValueError("a frame without a three-dimensional cell")
        if not np.array_equal(atoms.numbers, numbers):
            numbers, symbols = atoms.numbers, tuple(atoms.get_chemical_symbols())
        time = atoms.info.get("time_ps")
        time_ps = None if time is None else float(time)
        yield Frame(symbols, atoms.positions @ np.linalg.inv(cell), cell, time_ps=time_ps)


def _read_dump(path: Path, elements: Mapping[int, str]) -> Iterator[Frame]:
    with path.open(encoding="utf-8") as file:
        while (line := file.readline()).startswith("ITEM: TIMESTEP"):
            frame = _dump_frame(file, elements)
            if frame is None:
                return  # cut while writing
            yield frame
        if line.strip():
            raise ValueError(f"expected 'ITEM: TIMESTEP', found {line.strip()[:60]!r}")


def _dump_frame(file: TextIO, elements: Mapping[int, str]) -> Frame | None:
    step = int(file.readline())
    line = file.readline()
    while not line.startswith("ITEM: NUMBER OF ATOMS"):  # UNITS and TIME may stand before it
        if not line:
            return None
        line = file.readline()
    n_atoms = int(file.readline())
    bounds = file.readline()
    rows = [file.readline().split() for _ in range(3)]
    if not bounds.startswith("ITEM: BOX BOUNDS") or any(not row for row in rows):
        return None
    cell, origin = _dump_cell(bounds, np.array(rows, dtype=np.float64))
    columns = file.readline().split()[2:]
    lines = list(islice(file, n_atoms))
    if len(lines) < n_atoms or not lines[-1].endswith("\n"):
        return None
    words = " ".join(lines).split()
    if len(words) != n_atoms * len(columns):
        raise ValueError(f"rows of step {step} do not have the {len(columns)} columns {' '.join(columns)}")
    table = {name: words[index :: len(columns)] for index, name in enumerate(columns)}
    order = np.argsort(np.array(table["id"], dtype=np.int64)) if "id" in table else np.arange(n_atoms)

    def has(*names: str) -> bool:
        return all(name in table for name in names)

    def read(*names: str) -> Floats:
        return np.stack([np.array(table[name], dtype=np.float64)[order] for name in names], axis=1)

    inverse = np.linalg.inv(cell)
    symbols = _dump_symbols(table, order, elements)
    if has("xu", "yu", "zu"):
        return Frame(symbols, (read("xu", "yu", "zu") - origin) @ inverse, cell, True, step)
    if has("xsu", "ysu", "zsu"):
        return Frame(symbols, read("xsu", "ysu", "zsu"), cell, True, step)
    if has("x", "y", "z"):
        fractional = (read("x", "y", "z") - origin) @ inverse
    elif has("xs", "ys", "zs"):
        fractional = read("xs", "ys", "zs")
    else:
        raise ValueError(f"no coordinates in the columns {' '.join(columns)}")
    if has("ix", "iy", "iz"):
        return Frame(symbols, fractional + read("ix", "iy", "iz"), cell, True, step)
    return Frame(symbols, fractional, cell, False, step)


def _dump_cell(line: str, rows: Floats) -> tuple[Floats, Floats]:
    """Cell and origin from the three bounds lines: orthogonal, restricted or general triclinic."""
    if "abc" in line:
        return rows[:, :3], rows[:, 3]
    low, high = rows[:, 0].copy(), rows[:, 1].copy()
    xy, xz, yz = rows[:, 2] if rows.shape[1] == 3 else (0.0, 0.0, 0.0)
    # The bounds of a tilted box are those of the box around it (LAMMPS manual, "Triclinic simulation boxes").
    low[0] -= min(0.0, xy, xz, xy + xz)
    high[0] -= max(0.0, xy, xz, xy + xz)
    low[1] -= min(0.0, yz)
    high[1] -= max(0.0, yz)
    lengths = high - low
    return np.array([[lengths[0], 0.0, 0.0], [xy, lengths[1], 0.0], [xz, yz, lengths[2]]]), low


def _dump_symbols(
    table: Mapping[str, Sequence[str]], order: NDArray[np.intp], elements: Mapping[int, str]
) -> tuple[str, ...]:
    column = next((name for name in ("element", "type") if name in table), None)
    if column is None:
        raise ValueError("neither an element nor a type column")
    known = {word: word if column == "element" else elements.get(int(word)) for word in set(table[column])}
    missing = sorted(int(word) for word, symbol in known.items() if symbol is None)
    if missing:
        raise ValueError(f"the dump has no element column: say which elements the types {missing} are")
    unknown = sorted({str(symbol) for symbol in known.values()} - set(chemical_symbols))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is no element")
    words = np.array(table[column])[order]
    return tuple(str(known[word]) for word in words)


_READERS: dict[str, Callable[[Path, Mapping[int, str]], Iterator[Frame]]] = {
    "xdatcar": _read_xdatcar,
    "extxyz": _read_ase,
    "traj": _read_ase,
    "lammps-dump": _read_dump,
}
