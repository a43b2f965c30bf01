"""Data blocks of a CIF: their values by tag, in whichever spelling of the dictionaries."""

import math
import re
from pathlib import Path

import gemmi

from screening.errors import StructureError
from screening.parents.text import read_text

# What a file writes for a value it does not know, and for one that does not apply.
UNKNOWN = ("?", ".", "")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Block:
    """One data block.

    Attributes:
        name: As in the file, without `data_`.
        where: File and block, for messages.
    """

    def __init__(self, block: gemmi.cif.Block, path: Path):
        self.name = block.name.strip()
        self.where = f"{path}, data_{self.name}"
        self._columns: dict[str, tuple[str, list[str]]] = {}
        for item in block:
            if isinstance(item.pair, list | tuple):
                self._add(str(item.pair[0]), [str(item.pair[1])])
            elif item.loop:
                for number, tag in enumerate(item.loop.tags):
                    self._add(tag, item.loop.values[number :: item.loop.width()])

    def _add(self, tag: str, raw: list[str]) -> None:
        values = [text if text in UNKNOWN else gemmi.cif.as_string(text).strip() for text in raw]
        earlier, known = self._columns.setdefault(_plain(tag), (tag, values))
        if not set(known) - set(UNKNOWN):
            self._columns[_plain(tag)] = (tag, values)
        elif values != known and set(values) - set(UNKNOWN):
            said = tag if tag == earlier else f"{earlier} and {tag}"
            raise StructureError(f"{self.where}: {said}: given twice with different values; delete one")

    def column(self, tag: str) -> list[str]:
        """All values of a tag, `?` and `.` as they stand; none where the tag is missing."""
        return self._columns.get(_plain(tag), ("", []))[1]

    def stated(self, *tags: str) -> dict[str, str]:
        """The value of each tag that has one, by the tag as the file spells it.

        Raises:
            StructureError: a tag has several.
        """
        found: dict[str, str] = {}
        for tag, values in (self._columns[_plain(tag)] for tag in tags if _plain(tag) in self._columns):
            known = list(dict.fromkeys(value for value in values if value not in UNKNOWN))
            if len(known) > 1:
                raise StructureError(f"{self.where}: {tag} has {len(known)} values: {', '.join(known[:3])}; keep one")
            if known:
                found[tag] = known[0]
        return found

    def text(self, tag: str) -> str | None:
        """The one value of a tag; None where the file does not know it."""
        return next(iter(self.stated(tag).values()), None)

    def number(self, tag: str) -> float | None:
        """A number without its uncertainty; None where the file does not state it.

        Raises:
            StructureError: the value is no number.
        """
        text = self.text(tag)
        if text is None:
            return None
        value = number(text)
        if value is None:
            raise StructureError(f"{self.where}: {tag} is {text!r}, not a number")
        return value

    def tags(self, *beginnings: str) -> list[str]:
        """Tags with a value whose plain spelling begins so, as the file spells them."""
        return [
            tag
            for plain, (tag, values) in self._columns.items()
            if plain.startswith(beginnings) and any(value not in UNKNOWN for value in values)
        ]

    def has_positions(self) -> bool:
        """Whether any atom of the block has a place."""
        return bool(self.tags("_atom_site_fract_x", "_atom_site_cartn_x"))


def number(text: str) -> float | None:
    """A number of a CIF without its uncertainty, such as 0.3333(2); None where the text is none."""
    value = gemmi.cif.as_number(text)
    return value if math.isfinite(value) else None


def read_blocks(path: Path) -> list[Block]:
    """The data blocks of a file.

    Raises:
        StructureError: the file cannot be read, breaks the syntax of CIF, or states one item twice.
    """
    # Beyond ASCII are names of authors, which gemmi takes in quotes only, and spaces of a word processor.
    text = _CONTROL.sub("", read_text(path).replace("\u00a0", " ")).encode("ascii", "replace").decode()
    try:
        document = gemmi.cif.read_string(text, check_level=0)
    except (ValueError, RuntimeError) as error:
        raise StructureError(f"{path}: cannot be read as CIF ({_reason(str(error), text)})") from None
    return [Block(block, path) for block in document]


def choose(blocks: list[Block], wanted: str | None, path: Path) -> Block:
    """The block that holds the crystal.

    Raises:
        StructureError: no block has atoms, several have and none is named, or the named one is not there.
    """
    crystals = [block for block in blocks if block.has_positions()]
    listed = "; ".join(f"{block.name} ({block.text('_chemical_formula_sum') or _atoms(block)})" for block in crystals)
    if wanted is not None:
        named = [block for block in crystals if block.name == wanted.removeprefix("data_")]
        if not named:
            raise StructureError(f"{path}: has no block {wanted!r} with atoms; those with atoms: {listed or 'none'}")
        if len(named) > 1:
            raise StructureError(f"{path}: has {len(named)} blocks {wanted!r} with atoms; rename one")
        return named[0]
    if not crystals:
        raise StructureError(
            f"{path}: not a CIF with atoms (no _atom_site_label with _atom_site_fract_x); its blocks: "
            f"{', '.join(block.name for block in blocks) or 'none'}"
        )
    if len(crystals) > 1:
        raise StructureError(
            f"{path}: holds {len(crystals)} crystals: {listed}; name one with `block: '{crystals[0].name}'` beside "
            "`file`, or make one file of each"
        )
    return crystals[0]


def _atoms(block: Block) -> str:
    return f"{len(block.column('_atom_site_fract_x'))} rows of atoms"


def _plain(tag: str) -> str:
    """A tag in the spelling of the oldest dictionary: `_Cell.length_a` is `_cell_length_a`."""
    return tag.lower().replace(".", "_").rstrip("_")


def _reason(message: str, text: str) -> str:
    """What gemmi says, with the line it is about."""
    if text.rstrip().lower().endswith("loop_"):
        return "it breaks off in a loop without columns"
    match = re.match(r"string:(\d+)(?::\d+\(\d+\))?(?: in data_\S*)?: (.*)", message, re.DOTALL)
    if not match:
        return message.removeprefix("string: ")
    lines = text.splitlines()
    shown = lines[int(match[1]) - 1].strip()[:60] if int(match[1]) <= len(lines) else "the end of the file"
    return f"line {match[1]}, {shown!r}: {match[2]}"
