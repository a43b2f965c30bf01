"""The crystal of a CIF: its block, cell, symmetry and atoms, each held against what else the file states."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from screening.errors import StructureError
from screening.parents.cif.atoms import read_atoms
from screening.parents.cif.block import Block, choose, read_blocks
from screening.parents.cif.contents import compare_contents
from screening.parents.cif.expand import expand
from screening.parents.cif.group import Group
from screening.parents.cif.symmetry import SYMMETRY_TAGS, find_symmetry

if TYPE_CHECKING:
    from pymatgen.core import Lattice, Structure


@dataclass(frozen=True)
class CifContent:
    """The crystal of a CIF, the group that expanded it, and what the reader has to know."""

    structure: "Structure"
    group: Group
    notes: list[str]


def read_cif(path: Path, block: str | None = None) -> CifContent:
    """Read a crystal of a CIF.

    Args:
        path: The file; any name.
        block: Name of the data block, where several hold a crystal.

    Returns:
        The structure in the cell and setting of the file, with partial occupancies as they stand.

    Raises:
        StructureError: names file, block and atom: no crystal or several, an unknown element, a value that is no
            number, occupancies that sum to more than 1, hydrogens without places, symmetry that is contradictory or
            left open, atoms at odds with formula, Z or density.
    """
    blocks = read_blocks(path)
    chosen = choose(blocks, block, path)
    _check_symmetry_is_here(chosen, blocks)
    lattice = _cell(chosen)
    symmetry = find_symmetry(chosen, lattice.matrix)
    atoms, notes = read_atoms(chosen)
    structure, moved = expand(atoms, symmetry.group, lattice, chosen.where)
    compared = compare_contents(structure, chosen, any(atom.is_deuterium for atom in atoms))
    return CifContent(structure, symmetry.group, [*symmetry.notes, *notes, *moved, *compared])


def _check_symmetry_is_here(chosen: Block, blocks: list[Block]) -> None:
    """Refuse a crystal without symmetry beside a block without atoms that states one.

    Raises:
        StructureError: names both blocks.
    """
    if chosen.tags(*SYMMETRY_TAGS):
        return
    for other in blocks:
        if not other.has_positions() and (tags := other.tags(*SYMMETRY_TAGS)):
            raise StructureError(
                f"{chosen.where}: states no symmetry, but data_{other.name} without atoms states {tags[0]}; "
                f"move it into data_{chosen.name}, or delete it if the crystal is P 1"
            )


def _cell(block: Block) -> "Lattice":
    """The cell of a block.

    Raises:
        StructureError: a length or an angle is missing, is no number, or is none of a cell.
    """
    from pymatgen.core import Lattice

    values = {}
    for tag in (*(f"_cell_length_{axis}" for axis in "abc"), *(f"_cell_angle_{a}" for a in ("alpha", "beta", "gamma"))):
        value = block.number(tag)
        if value is None:
            raise StructureError(f"{block.where}: {tag} is missing; write it, also where the symmetry fixes it")
        if value <= 0 or ("angle" in tag and value >= 180):
            raise StructureError(f"{block.where}: {tag} is {value:g}, which no cell has")
        values[tag] = value
    lattice = Lattice.from_parameters(*values.values())
    if not np.allclose(lattice.parameters, list(values.values()), rtol=1e-4):
        raise StructureError(
            f"{block.where}: no cell has the angles {', '.join(f'{v:g}' for v in [*values.values()][3:])}"
        )
    return lattice
