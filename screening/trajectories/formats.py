"""Frames out of files of other programs: VASP XDATCAR, extended XYZ, ASE .traj, LAMMPS text dumps."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import TextIO

import ase.io
import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from screening.errors import StageError

Floats = NDArray[np.float64]

# In cell vectors.
_WRAPPED_SPAN = 1.2


@dataclass(frozen=True)
class Frame:
    """One frame: elements, fractional coordinates (n_atoms, 3), cell (3, 3) and, where the file says, step and time."""

    symbols: tuple[str, ...]
    fractional: Floats
    cell: Floats
    unwrapped: bool = False
    step: int | None = None
    time_ps: float | None = None


def format_of(path: Path, told: str | None = None) -> str:
    """The format of a file: what the user told, or what its name or its first line tells.

    Raises:
        StageError: nothing tells, or the format is not known.
    """
    name = told or _guess(path)
    if name is None:
        raise StageError(f"the format of {path} cannot be told from its name; known: {', '.join(sorted(_READERS))}")
    if name not in _READERS:
        raise StageError(f"format {name!r} is not known; known: {', '.join(sorted(_READERS))}")
    return name


def _guess(path: Path) -> str | None:
    name = path.name.lower()
    if "xdatcar" in name:
        return "xdatcar"
    if name.endswith((".xyz", ".extxyz")):
        return "extxyz"
    if name.endswith(".traj"):
        return "traj"
    with path.open("rb") as file:
        return "lammps-dump" if file.readline().startswith(b"ITEM:") else None


def keeps_times(format: str) -> bool:
    """Whether files of this format can say the time of a frame."""
    return format in ("extxyz", "traj")


def read_frames(path: Path, format: str, elements: Mapping[int, str]) -> Iterator[Frame]:
    """The frames of a file, one after the other; one that was cut while it was written ends them.

    Args:
        path: The file.
        format: "xdatcar", "extxyz", "traj" or "lammps-dump"; see `format_of`.
        elements: LAMMPS atom type to element, where the dump has no element column.

    Raises:
        StageError: the file is damaged or not of this format.
    """
    try:
        yield from _READERS[format](path, elements)
    except (ValueError, IndexError, KeyError, UnicodeDecodeError) as error:
        raise StageError(f"{path} cannot be read as {format}: {error}") from error


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


def _read_ase(format: str, path: Path, _: Mapping[int, str]) -> Iterator[Frame]:
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
    symbols = _dump_symbols(table, order, elements)
    fractional, unwrapped = _dump_coordinates(table, order, cell, origin)
    return Frame(symbols, fractional, cell, unwrapped, step)


def _dump_coordinates(
    table: Mapping[str, list[str]], order: NDArray[np.intp], cell: Floats, origin: Floats
) -> tuple[Floats, bool]:
    """Fractional coordinates from the columns there are, unwrapped ones first, and whether they are unwrapped."""

    def has(*names: str) -> bool:
        return all(name in table for name in names)

    def read(*names: str) -> Floats:
        return np.stack([np.array(table[name], dtype=np.float64)[order] for name in names], axis=1)

    inverse = np.linalg.inv(cell)
    if has("xu", "yu", "zu"):
        return (read("xu", "yu", "zu") - origin) @ inverse, True
    if has("xsu", "ysu", "zsu"):
        return read("xsu", "ysu", "zsu"), True
    if has("x", "y", "z"):
        fractional = (read("x", "y", "z") - origin) @ inverse
    elif has("xs", "ys", "zs"):
        fractional = read("xs", "ys", "zs")
    else:
        raise ValueError(f"no coordinates in the columns {' '.join(table)}")
    if has("ix", "iy", "iz"):
        return fractional + read("ix", "iy", "iz"), True
    return fractional, False


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
    "extxyz": partial(_read_ase, "extxyz"),
    "traj": partial(_read_ase, "traj"),
    "lammps-dump": _read_dump,
}
