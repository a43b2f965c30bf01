"""CIF files, read without guesses: partial occupancies are kept, and what pymatgen would repair is refused."""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screening.errors import StructureError
from screening.parents.checks import FORMULA_NOTED, OCCUPANCY_ROUNDING, formula_deviation

if TYPE_CHECKING:
    from pymatgen.core import Structure
    from pymatgen.core.operations import SymmOp

_GROUP_NUMBER = ("_space_group_IT_number", "_symmetry_Int_Tables_number")
_GROUP_NAME = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M")


@dataclass(frozen=True)
class CifContent:
    """The crystal of a CIF, the symmetry operations that expanded it, and what the reader has to know."""

    structure: "Structure"
    operations: "list[SymmOp]"
    notes: list[str]


def read_cif(path: Path) -> CifContent:
    """Read the one crystal of a CIF.

    Args:
        path: The file; any name, read as UTF-8 (or Latin-1, which old files use in names of authors).

    Returns:
        The structure in the cell and setting of the file, with partial occupancies as they stand.

    Raises:
        StructureError: no atoms, more than one crystal, an unknown element, an occupancy that is missing or sums
            to more than 1, implicit hydrogens, symmetry that cannot be read, or atoms at odds with the formula.
    """
    from pymatgen.io.cif import CifParser

    text = read_text(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            parser = CifParser.from_str(text, occupancy_tolerance=1 + OCCUPANCY_ROUNDING, check_cif=False)
            blocks = {name: block for name, block in parser.as_dict().items() if _column(block, "label")}
            if not blocks:
                raise StructureError(f"{path}: not a CIF with atoms (no _atom_site_label)")
            if len(blocks) > 1:
                raise StructureError(
                    f"{path}: holds {len(blocks)} crystals ({', '.join(blocks)}); make one file of each"
                )
            block = next(iter(blocks.values()))
            _check_rows(block, path)
            structures = parser.parse_structures(primitive=False, on_error="raise")
        except StructureError:
            raise
        except ZeroDivisionError as error:
            raise StructureError(f"{path}: cannot be read as CIF (it breaks off in a loop without columns)") from error
        except Exception as error:  # pymatgen's parser fails on damaged files with nearly any type
            raise StructureError(f"{path}: cannot be read as CIF ({_first_line(error)})") from error
    if min(structures[0].lattice.abc) <= 0 or _negative_length(block):
        raise StructureError(f"{path}: a cell length is not positive")
    messages = dict.fromkeys([*parser.warnings, *(str(warning.message) for warning in caught)])
    notes = _judge(list(messages), block, path)
    notes += _check_formula(structures[0], block, path)
    empty = [label for label, share in zip(_column(block, "label"), _occupancies(block), strict=True) if share == 0]
    if empty:
        notes.append(f"Sites with occupancy 0 are skipped: {', '.join(empty)}.")
    return CifContent(structures[0], list(parser.symmetry_operations), notes)


def _negative_length(block: dict[str, Any]) -> bool:
    """Pymatgen takes one as a reversed vector."""
    return any(str(block.get(f"_cell_length_{axis}", "")).strip().startswith("-") for axis in "abc")


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        StructureError: the file is missing, a folder, empty, binary, or may not be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise StructureError(f"{path}: there is no such file") from None
    except OSError as error:
        raise StructureError(f"{path}: cannot be read ({error.strerror})") from None
    if not data.strip():
        raise StructureError(f"{path}: the file is empty")
    if b"\0" in data:
        raise StructureError(f"{path}: a binary file; CIF, POSCAR or extxyz text is needed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _check_rows(block: dict[str, Any], path: Path) -> None:
    """Refuse rows that pymatgen would guess at: elements it does not know, occupancies that are no numbers."""
    from pymatgen.core import Element

    labels = _column(block, "label")
    symbols = _column(block, "type_symbol") or labels
    for label, symbol in zip(labels, symbols, strict=True):
        match = re.match(r"[A-Za-z]{1,2}", symbol)
        known = match and any(Element.is_valid_symbol(match[0][:n].capitalize()) for n in (2, 1))
        # Only a label may go on after the element, as in "OW1"; a type symbol is an element and perhaps a charge.
        exact = re.fullmatch(r"([A-Z][a-z]?)(\d*\.?\d*[+-]?|[+-]\d*)(:.*)?", symbol)
        if not known or (_column(block, "type_symbol") and not (exact and Element.is_valid_symbol(exact[1]))):
            raise StructureError(f"{path}: {symbol!r} of atom {label} is not an element")
    for label, share in zip(labels, _occupancies(block), strict=True):
        if share is None or not 0 <= share <= 1 + OCCUPANCY_ROUNDING:
            shown = "not a number" if share is None else f"{share:g}, outside 0 to 1"
            raise StructureError(f"{path}: the occupancy of atom {label} is {shown}")


def _occupancies(block: dict[str, Any]) -> list[float | None]:
    """Occupancy of each row; 1 where the file has no such column, None where the value is no number."""
    column = _column(block, "occupancy")
    if not column:
        return [1.0] * len(_column(block, "label"))
    shares: list[float | None] = []
    for text in column:
        try:
            shares.append(float(re.sub(r"\(.*\)", "", text)))
        except ValueError:
            shares.append(None)
    return shares


def _judge(messages: list[str], block: dict[str, Any], path: Path) -> list[str]:
    """Notes from the parser's warnings; those that mean a wrong crystal are raised."""
    notes = []
    for message in messages:
        line = message.splitlines()[0] if message else ""
        if "implicit hydrogens" in message:
            raise StructureError(f"{path}: hydrogens are attached to atoms but have no positions; add them")
        if "Possible issue in CIF file" in message or "parsed as" in message:
            raise StructureError(f"{path}: {line}")
        if "sum to > 1" in message:
            continue  # within rounding, else the parser has refused it
        if "Defaulting to P1" in message:
            number = next((str(block[key]) for key in _GROUP_NUMBER if key in block), "1")
            name = next((str(block[key]) for key in _GROUP_NAME if key in block), "P1")
            if number != "1" or name.replace(" ", "") not in ("P1", "?", "."):
                raise StructureError(f"{path}: symmetry {name} (number {number}) cannot be read; list its operations")
            notes.append("The file states no symmetry; read as P1.")
        elif "Spacegroup from" in message:
            notes.append("The file lists no symmetry operations; those of the named space group were used.")
        elif "Pauling file corrections" in message:
            notes.append("Mixed sites in Pauling file notation were split.")
    return notes


def _check_formula(structure: "Structure", block: dict[str, Any], path: Path) -> list[str]:
    """Compare the atoms with the formula the file states."""
    stated = str(block.get("_chemical_formula_sum", "")).strip()
    if not stated or stated in "?.":
        return []
    deviation = formula_deviation(structure, stated, str(path))
    if deviation is None:
        return [f"The stated formula {stated!r} cannot be read, so the atoms were not compared with it."]
    return (
        [f"The atoms deviate from the stated formula {stated!r} by {deviation:.1%}."]
        if deviation > FORMULA_NOTED
        else []
    )


def _column(block: dict[str, Any], name: str) -> list[str]:
    value = block.get(f"_atom_site_{name}", [])
    return [value] if isinstance(value, str) else list(value)


def _first_line(error: Exception) -> str:
    text = str(error).replace("No structure parsed for section 1 in CIF.\n", "").strip()
    return text.splitlines()[0] if text else type(error).__name__
