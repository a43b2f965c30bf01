"""POSCAR files: read by pymatgen, after a look at what it would pass over."""

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from screening.errors import StructureError
from screening.parents.checks import LARGEST_FRACTION
from screening.parents.text import read_text

if TYPE_CHECKING:
    from pymatgen.core import Structure

_FLAGS = {"T", "F", ".TRUE.", ".FALSE."}


def read_poscar(path: Path) -> tuple["Structure", list[str]]:
    """The crystal of a POSCAR or CONTCAR, and notes.

    Raises:
        StructureError: names the line: no elements, as many elements as counts or positions as atoms are not there, an
            element beside a position that is not the one of the header, Direct coordinates that are lengths.
    """
    from pymatgen.core import Element
    from pymatgen.io.vasp import Poscar

    lines = read_text(path).splitlines()
    _check_cell(lines, path)
    named = len(lines) > 6 and not _is_number(lines[5])
    symbols = [re.split(r"[_/]", word)[0] for word in _words(lines[5])] if named else []
    counts = _words(lines[6 if named else 5]) if len(lines) > 6 else []
    if named and all(word.isdigit() for word in counts):
        _check_counts(symbols, counts, lines, path)
    elif not named and all(word.isdigit() for word in counts):
        _check_groups([int(word) for word in counts], lines, path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            structure = Poscar.from_str("\n".join(_with_length_scale(lines))).structure
        except Exception as error:  # pymatgen's parser fails on damaged files with nearly any type
            raise StructureError(f"{path}: cannot be read as POSCAR ({type(error).__name__}: {error})") from error
    # Flags of selective dynamics without its line are taken for tritium and fluorine.
    flags = not named and {str(element) for element in structure.composition.elements} <= {"H", "F"}
    if flags or any("cannot be determined" in str(warning.message) for warning in caught):
        raise StructureError(f"{path}: does not name its elements; put their symbols on the sixth line")
    # Constraints and velocities are no part of the crystal.
    for name in list(structure.site_properties):
        structure.remove_site_property(name)
    furthest = float(abs(structure.frac_coords).max())
    if furthest > LARGEST_FRACTION and not _is_cartesian(lines, named):
        raise StructureError(
            f"{path}: a Direct coordinate is {furthest:g}, no fraction of a cell; is it in Å? Then write "
            "Cartesian, else bring the atoms into the cell"
        )
    if Element("D") not in structure.composition:
        return structure, []
    structure.replace_species({Element("D"): Element("H")})
    return structure, ["Deuterium is taken for hydrogen."]


def _with_length_scale(lines: list[str]) -> list[str]:
    """The lines with a factor of lengths where the second is a negative volume.

    Pymatgen multiplies Cartesian positions with the volume itself.
    """
    scale = float(lines[1].split()[0])
    if scale >= 0:
        return lines
    volume = abs(np.linalg.det([[float(word) for word in line.split()[:3]] for line in lines[2:5]]))
    return [lines[0], repr(float((-scale / volume) ** (1 / 3))), *lines[2:]]


def _check_counts(symbols: list[str], counts: list[str], lines: list[str], path: Path) -> None:
    """Hold the header against itself and against the positions.

    Raises:
        StructureError: they contradict each other.
    """
    if len(symbols) != len(counts):
        raise StructureError(
            f"{path}: line 6 names {len(symbols)} elements ({' '.join(symbols)}), line 7 has {len(counts)} numbers "
            f"({' '.join(counts)}); give each element its number of atoms"
        )
    for symbol in symbols:
        if _element(symbol) != symbol:
            raise StructureError(f"{path}: {symbol!r} on line 6 is not an element; write symbols such as Li, Cl")
    elements = [symbol for symbol, count in zip(symbols, counts, strict=True) for _ in range(int(count))]
    first = _first_position(lines, named=True)
    for number, (element, line) in enumerate(zip(elements, lines[first:], strict=False), start=first + 1):
        said = _element(next((word for word in _words(line)[3:] if word.upper() not in _FLAGS), ""))
        if said not in (None, element):
            raise StructureError(
                f"{path}: line {number} says {said}, but lines 6 and 7 make this atom {element}; correct one of them"
            )
    for number, line in enumerate(lines[first : first + len(elements)], start=first + 1):
        if not line.strip():
            raise StructureError(f"{path}: line 7 counts {len(elements)} atoms, but line {number} is blank")
    if len(lines) < first + len(elements):
        raise StructureError(
            f"{path}: cannot be read as POSCAR: line 7 counts {len(elements)} atoms, but the file ends at line "
            f"{len(lines)} after {max(len(lines) - first, 0)} positions; it may be cut"
        )
    after = lines[first + len(elements) :]
    if after and len(_words(after[0])) >= 3 and all(_is_number(word) for word in _words(after[0])[:3]):
        raise StructureError(
            f"{path}: line 7 counts {len(elements)} atoms, but line {first + len(elements) + 1} is one more position; "
            "correct the numbers"
        )


def _check_cell(lines: list[str], path: Path) -> None:
    """Refuse a scale or cell vectors that are no numbers.

    Raises:
        StructureError: names the line.
    """
    if len(lines) < 8:
        raise StructureError(f"{path}: cannot be read as POSCAR: it ends at line {len(lines)}, before any position")
    if len(lines[1].split()) != 1 or not _is_number(lines[1]) or float(lines[1]) == 0:
        raise StructureError(
            f"{path}: cannot be read as POSCAR: line 2 has to be one number, the scale, not {lines[1].strip()!r}"
        )
    for number in (3, 4, 5):
        words = lines[number - 1].split()[:3]
        if len(words) != 3 or not all(_is_number(word) for word in words):
            raise StructureError(
                f"{path}: cannot be read as POSCAR: line {number} has to be a cell vector of three numbers, not "
                f"{lines[number - 1].strip()!r}"
            )


def _check_groups(counts: list[int], lines: list[str], path: Path) -> None:
    """Hold the elements beside the positions against the counts of a header without elements.

    Raises:
        StructureError: the atoms of one count are of two elements.
    """
    start = _first_position(lines, named=False)
    for count in counts:
        said: dict[str, int] = {}
        for number, line in enumerate(lines[start : start + count], start=start + 1):
            element = _element(next((word for word in _words(line)[3:] if word.upper() not in _FLAGS), ""))
            if element is not None:
                said.setdefault(element, number)
        if len(said) > 1:
            (first, _), (other, at) = list(said.items())[:2]
            raise StructureError(
                f"{path}: line {at} says {other}, but line 6 counts it with atoms that are {first}; correct one of them"
            )
        start += count


def _first_position(lines: list[str], named: bool) -> int:
    """Index of the line of the first position."""
    mode = 7 if named else 6
    selective = len(lines) > mode and lines[mode].strip()[:1] in ("S", "s")
    return mode + 1 + selective


def _is_cartesian(lines: list[str], named: bool) -> bool:
    return lines[_first_position(lines, named) - 1].strip()[:1] in tuple("CcKk")


def _element(word: str) -> str | None:
    """The element that a name or a label such as Li1 begins with."""
    from pymatgen.core import Element

    match = re.match(r"[A-Z][a-z]?(?![A-Za-z])", word)
    return match[0] if match and match[0] != "T" and Element.is_valid_symbol(match[0]) else None


def _words(line: str) -> list[str]:
    return re.split(r"[!#]", line)[0].split()


def _is_number(text: str) -> bool:
    try:
        float((text.split() or [""])[0])
    except ValueError:
        return False
    return True
