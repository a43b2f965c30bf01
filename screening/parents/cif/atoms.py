"""The rows of atoms of a data block: which element, how much of it, where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from screening.errors import StructureError
from screening.parents.checks import LARGEST_FRACTION, OCCUPANCY_ROUNDING
from screening.parents.cif.block import UNKNOWN, Block, number
from screening.parents.cif.elements import by_label, by_symbol, charge_of, exact, formula_elements, letters_of
from screening.parents.cif.group import Floats

_POSITION = tuple(f"_atom_site_fract_{axis}" for axis in "xyz")
# How often a row's position is in the cell, or, in old files of SHELX, how many operations keep it.
MULTIPLICITIES = (
    "_atom_site_symmetry_multiplicity",
    "_atom_site_site_symmetry_multiplicity",
    "_atom_site_site_symmetry_order",
    "_atom_site_Wyckoff_symbol",
)
# Occupancies below this are none: no file means so little, and pymatgen drops them.
_EMPTY = 1e-6
# The Pauling File writes 0.8Nb + 0.2Zr for a mixed site.
_MIXED = re.compile(r"(\d*\.?\d+)\s*([A-Z][a-z]?)")


@dataclass(frozen=True)
class Atom:
    """One row of a file, or one element of a row in the Pauling File's notation.

    Attributes:
        name: Label, or type symbol and number of the row where it has none.
        element: Its symbol; H for deuterium.
        kind: The type symbol as the file has it, charge included; the element of the label where it has none.
        charge: Oxidation number of its type in e, None where the file has none.
        occupancy: 0 to 1, rounding included.
        position: Fractional, (3,).
        multiplicities: What the file says of its position, by tag.
    """

    name: str
    element: str
    kind: str
    charge: float | None
    occupancy: float
    position: Floats
    multiplicities: dict[str, int] = field(default_factory=dict)

    @property
    def is_deuterium(self) -> bool:
        """Whether the file says so."""
        return letters_of(self.kind).upper() == "D"

    def is_kind_of(self, other: Atom) -> bool:
        """Whether element and charge of their types are the same: Li+ is Li1+, Fe2+ is not Fe3+.

        A type without a charge is not told apart from one with.
        """
        if (self.element, self.is_deuterium) != (other.element, other.is_deuterium):
            return False
        own, others = charge_of(self.kind), charge_of(other.kind)
        return own is None or others is None or own == others


def read_atoms(block: Block) -> tuple[list[Atom], list[str]]:
    """The atoms of a block that are there, in the order of the file, and what the reader has to know.

    Raises:
        StructureError: names the row: no element, no number where one is needed, an occupancy outside 0 to 1, or
            hydrogens without positions.
    """
    columns = {tag: block.column(tag) for tag in _POSITION}
    n_rows = len(columns[_POSITION[0]])
    if not n_rows:
        raise StructureError(
            f"{block.where}: cannot be read as CIF (its atoms have no _atom_site_fract_x; Cartesian positions are not "
            "read, write fractions of the cell)"
        )
    labels, types = block.column("_atom_site_label"), block.column("_atom_site_type_symbol")
    if not labels and not types:
        raise StructureError(f"{block.where}: its atoms have neither _atom_site_label nor _atom_site_type_symbol")
    charges, elements = _oxidation_numbers(block), formula_elements(block)
    rows = _Rows(block, n_rows)
    notes = _Notes()
    atoms = []
    for row in range(n_rows):
        label = rows.value("_atom_site_label", row)
        symbol = rows.value("_atom_site_type_symbol", row)
        name = (symbol or f"row {row + 1}") + (f" of row {row + 1}" if symbol else "") if label is None else label
        if (rows.value("_atom_site_calc_flag", row) or "").lower() == "dum":
            notes.dummies.append(name)
            continue
        occupancy = rows.occupancy(row, name)
        hydrogens = number(rows.value("_atom_site_attached_hydrogens", row) or "0")
        if hydrogens != 0:
            raise StructureError(
                f"{block.where}: hydrogens are attached to atom {name} but have no positions; add them"
            )
        position = np.array([rows.coordinate(tag, row, name) for tag in _POSITION])
        stated = {tag: int(m[0]) for tag in MULTIPLICITIES if (m := re.match(r"\d+", rows.value(tag, row) or ""))}
        shares = _shares(symbol, label)
        notes.mixed |= len(shares) > 1
        for share, kind in shares:
            element = (
                by_label(kind, name, elements, block.where) if symbol is None else by_symbol(kind, name, block.where)
            )
            notes.add(name, kind, element, label if symbol else None)
            if occupancy * share < _EMPTY:
                notes.empty.append(name)
                continue
            charge = charges.get(kind, charges.get(element))
            own = (
                letters_of(kind) if symbol is None and letters_of(kind) == "D" else element if symbol is None else kind
            )
            atoms.append(Atom(name, element, own, charge, occupancy * share, position, stated))
    if not atoms:
        raise StructureError(f"{block.where}: there are no atoms; every row is empty")
    notes.disorder = bool(block.tags("_atom_site_disorder_group"))
    return atoms, notes.texts()


class _Rows:
    """Values of the rows of atoms, with messages that name the atom."""

    def __init__(self, block: Block, n_rows: int):
        self.where, self.n_rows = block.where, n_rows
        self._block = block
        for tag in block.tags("_atom_site_"):
            # Anisotropic displacements have a loop of their own.
            if (
                not tag.lower().startswith(("_atom_site_aniso", "_atom_site_moment"))
                and len(block.column(tag)) != n_rows
            ):
                raise StructureError(f"{self.where}: {tag} has {len(block.column(tag))} values for {n_rows} atoms")

    def value(self, tag: str, row: int) -> str | None:
        column = self._block.column(tag)
        return None if not column or column[row] in UNKNOWN else column[row]

    def occupancy(self, row: int, name: str) -> float:
        column = self._block.column("_atom_site_occupancy")
        share = number(column[row]) if column else 1.0
        if share is None or not 0 <= share <= 1 + OCCUPANCY_ROUNDING:
            shown = f"not a number ({column[row]!r})" if share is None else f"{share:g}, outside 0 to 1"
            raise StructureError(f"{self.where}: the occupancy of atom {name} is {shown}")
        return share

    def coordinate(self, tag: str, row: int, name: str) -> float:
        column = self._block.column(tag)
        value = number(column[row]) if column else None
        if value is None:
            shown = repr(column[row]) if column else "missing"
            raise StructureError(f"{self.where}: cannot be read as CIF ({tag} of atom {name} is {shown}, not a number)")
        if abs(value) > LARGEST_FRACTION:
            raise StructureError(f"{self.where}: {tag} of atom {name} is {value:g}, no fraction of a cell; is it in Å?")
        return value


@dataclass
class _Notes:
    """What was read otherwise than it is written, by kind."""

    dummies: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    deuterium: list[str] = field(default_factory=list)
    spelled: dict[str, str] = field(default_factory=dict)
    relabelled: list[str] = field(default_factory=list)
    mixed: bool = False
    disorder: bool = False

    def add(self, name: str, kind: str, element: str, label: str | None) -> None:
        letters = letters_of(kind)
        if letters.upper() == "D":
            self.deuterium.append(name)
        elif not letters.startswith(element):
            self.spelled[letters] = element
        simple = re.fullmatch(r"([A-Z][a-z]?)\d*[A-Za-z]?", label or "")
        said = exact(simple[1]) if simple else None
        if said not in (None, element) and letters.upper() != "D":
            self.relabelled.append(f"{name} as {element}")

    def texts(self) -> list[str]:
        listed = {
            "Dummy atoms are skipped": self.dummies,
            "Sites with occupancy 0 are skipped": self.empty,
            "Deuterium is taken for hydrogen": self.deuterium,
            "Symbols read": [f"{letters} as {element}" for letters, element in self.spelled.items()],
            "Read by type symbol, not by label": self.relabelled,
        }
        notes = [f"{what}: {', '.join(dict.fromkeys(names))}." for what, names in listed.items() if names]
        if self.mixed:
            notes.append("Mixed sites in Pauling file notation were split.")
        if self.disorder:
            notes.append("Disorder groups are not kept: sites of one group may be filled without one another.")
        return notes


def _shares(symbol: str | None, label: str | None) -> list[tuple[float, str]]:
    """Kinds of a row with the part of it that each takes."""
    if symbol is not None and " + " in symbol:
        parts = [_MIXED.fullmatch(re.sub(r"\(\d*\)|<[^>]*>", "", part).strip()) for part in symbol.split(" + ")]
        if all(parts):
            return [(float(part[1]), part[2]) for part in parts if part]
    return [(1.0, symbol if symbol is not None else (label or ""))]


def _oxidation_numbers(block: Block) -> dict[str, float]:
    """Charge of each type symbol; of an element without one of its own, that of its plain symbol."""
    kinds, values = block.column("_atom_type_symbol"), block.column("_atom_type_oxidation_number")
    if len(kinds) != len(values):
        return {}
    read = {kind: number(value) for kind, value in zip(kinds, values, strict=True)}
    return {kind: value for kind, value in read.items() if value is not None}
