"""VASP's XDATCAR, with one header or with one before each frame (cell that changes).

Read here, because ASE and pymatgen drop the numbers of the steps, load all frames at once and stop at a cut one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from screening.trajectories.frame import Floats, Frame, Source, Unreadable, cut
from screening.trajectories.text import Lines, read_lines

_FRAME = re.compile(r"\s*(direct|konfig)\b[^=]*(=\s*(?P<step>\d+)?.*)?$", re.IGNORECASE)
#: Numbers that run together where the second is negative, as VASP prints large ones.
_JOINED = re.compile(r"(?<=[\d.])-")


def read_xdatcar(source: Source) -> Iterator[Frame]:
    """The frames of an XDATCAR.

    Raises:
        Unreadable: with the frame and the line that cannot be read.
    """
    with read_lines(source.path) as lines:
        header, count = None, 0
        while (line := lines.next()) is not None:
            if _starts_header(lines):
                header = _header(source, lines)
                if header is None and count == 0:
                    raise Unreadable(f"its header is not whole, the file ends in line {lines.number}")
                if header is None:
                    return cut(source, count + 1, f" (its header ends in line {lines.number})")
                continue
            if not line.strip():
                continue
            match = _FRAME.match(line)
            if match is None or header is None:
                raise Unreadable(
                    f"line {lines.number}: expected 'Direct configuration=' or a header, found "
                    f"{line.strip()[:60]!r}, after {count} frames; cut the file there if it was damaged"
                )
            symbols, cell = header
            first = lines.number + 1
            rows = lines.block(len(symbols))
            if rows is None:
                return cut(source, count + 1, f" (it begins in line {first - 1})")
            count += 1
            step = match["step"]
            yield Frame(symbols, _triples(rows, count, first), cell, step=None if step is None else int(step))
    return None


def _starts_header(lines: Lines) -> bool:
    """Whether the line just read is a title: after it comes the scale, one number alone, where a frame has three."""
    words = (lines.peek() or "").split()
    try:
        return len(words) == 1 and bool(np.isfinite(float(words[0])))
    except ValueError:
        return False


def _header(source: Source, lines: Lines) -> tuple[tuple[str, ...], Floats] | None:
    """Elements and cell; None where the file ends within."""
    first = lines.number + 1
    rows = lines.block(6 if _names(lines.peek(5)) else 5)
    if rows is None:
        return None
    scale = float(rows[0])
    cell = _triples(rows[1:4], 0, first + 1)
    if scale == 0.0 or abs(np.linalg.det(cell)) < 1e-6:
        raise Unreadable(f"lines {first + 1} to {first + 3}: the cell has no volume (scale {scale:g})")
    # A negative scale is the wanted volume.
    cell *= scale if scale > 0 else (abs(scale) / abs(np.linalg.det(cell))) ** (1.0 / 3.0)
    try:
        counts = tuple(int(word) for word in rows[-1].split())
    except ValueError:
        raise Unreadable(
            f"line {lines.number}: expected the numbers of atoms, found {rows[-1].strip()[:60]!r}"
        ) from None
    if any(count < 0 for count in counts) or not sum(counts):
        raise Unreadable(f"line {lines.number}: the numbers of atoms are {rows[-1].strip()[:60]}: none may be negative")
    names = tuple(rows[4].split()) if len(rows) == 6 else _named(source, len(counts), lines.number)
    if len(names) != len(counts) or not names:
        raise Unreadable(
            f"lines {lines.number - 1} and {lines.number}: {len(names)} elements ({' '.join(names)}) "
            f"and {len(counts)} numbers of atoms"
        )
    return _symbols(names, counts), cell


def _names(line: str | None) -> bool:
    """Whether a line names elements, as VASP 4 did not."""
    return not all(word.isdecimal() for word in (line or "").split())


def _named(source: Source, n: int, line: int) -> tuple[str, ...]:
    if sorted(source.elements) != list(range(1, n + 1)):
        raise Unreadable(
            f"line {line}: the header names no elements (VASP 4): say which the {n} are, such as "
            f"--elements {','.join(('Li', 'P', 'S', 'Cl', 'Br', 'O')[:n])}"
        )
    return tuple(source.elements[k] for k in range(1, n + 1))


@lru_cache(maxsize=4)  # the same two lines stand before each frame of a run with a changing cell
def _symbols(names: tuple[str, ...], counts: tuple[int, ...]) -> tuple[str, ...]:
    elements = (re.split("[_/]", name)[0] for name in names)  # Li_sv, Li/6a3f of VASP 6
    return tuple(name for name, n in zip(elements, counts, strict=True) for _ in range(n))


def _triples(rows: Sequence[str], frame: int, first: int) -> Floats:
    """The first three numbers of each row, (n, 3); rows may hold flags after them."""
    if len(rows[0].split()) == 3:
        try:
            values = np.array("".join(rows).split(), dtype=np.float64)
            if len(values) == 3 * len(rows):
                return values.reshape(-1, 3)
        except ValueError:
            pass
    return np.array([_triple(row, frame, first + k) for k, row in enumerate(rows)])


def _triple(row: str, frame: int, line: int) -> list[float]:
    words = _JOINED.sub(" -", row).split()
    try:
        return [float(words[axis]) for axis in range(3)]
    except (ValueError, IndexError):
        why = (
            "the frame ends here; the run was stopped and continued in this file, cut the frame out"
            if _FRAME.match(row)
            else "stars stand where a number was too wide for its column; wrap the coordinates into the cell"
            if "*" in row
            else "numbers run together"
            if any(word.count(".") > 1 for word in words)
            else "three numbers are expected"
        )
        where = f"frame {frame}" if frame else "the header"
        raise Unreadable(f"line {line} of {where}: {row.strip()[:60]!r}: {why}") from None
