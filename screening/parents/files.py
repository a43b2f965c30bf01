"""Parents from the user's own files: CIF, POSCAR, extended XYZ."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.config.parents import FileBlock
from screening.errors import StructureError
from screening.parents.base import Parent, find_space_group, split_charges
from screening.parents.checks import check_structure
from screening.parents.cif.reader import read_cif
from screening.parents.poscar import read_poscar
from screening.parents.text import read_text

if TYPE_CHECKING:
    from pymatgen.core import Structure


_ANGSTROM = ("å", "a", "ang", "angstrom", "angstroms", "ångström", "metal")


def load(path: Path, id: str | None = None, block: str | None = None) -> Parent:
    """Read a parent from a file; the format follows the name.

    Formats: `.cif`; `.vasp`, `.poscar` or a name that begins with POSCAR or CONTCAR; `.extxyz`, `.xyz` (the last
    frame). Partial occupancies of a CIF are kept as they stand.

    Args:
        path: The file.
        id: Name of the parent; the file's name without its ending by default.
        block: Name of the data block, for a CIF with several crystals.

    Raises:
        StructureError: names the file and what is wrong: missing, empty, unreadable, of unknown format, not
            periodic, without volume, with overlapping atoms, unknown elements or impossible occupancies.
    """
    format = _format_of(path)
    if format == "cif":
        content = read_cif(path, block)
        structure, notes = content.structure, content.notes
    elif block is not None:
        raise StructureError(f"{path}: no CIF, so it has no `block` {block!r}; leave the key out")
    else:
        structure, notes = {"poscar": read_poscar, "extxyz": _read_extxyz}[format](path)
    check_structure(structure, str(path))
    structure, charges, note = split_charges(structure)
    return Parent(
        id=id or path.stem,
        structure=structure,
        source=f"file {path.name}" + (f", data block {block}" if block is not None else ""),
        space_group=find_space_group(structure),
        notes=" ".join([*notes, note]).strip(),
        oxidation_states=charges,
    )


def load_relative(value: str | FileBlock, base: Path) -> Parent:
    """`load` for the registry: `value` is a path, or one with a data block; relative ones count from `base`."""
    file, block = (value.file, value.block) if isinstance(value, FileBlock) else (value, None)
    return load(base / Path(file).expanduser(), block=block)


def _format_of(path: Path) -> str:
    ending, name = path.suffix.lower(), path.name.upper()
    if ending in (".cif", ".mcif"):
        return "cif"
    if ending in (".vasp", ".poscar") or name.startswith(("POSCAR", "CONTCAR")):
        return "poscar"
    if ending in (".extxyz", ".xyz"):
        return "extxyz"
    if path.is_dir():
        raise StructureError(f"{path}: is a folder; name a structure file in it")
    raise StructureError(f"{path}: format unknown; name it .cif, .vasp (or POSCAR) or .extxyz")


def _read_extxyz(path: Path) -> tuple["Structure", list[str]]:
    import ase.io
    from pymatgen.io.ase import AseAtomsAdaptor

    text = read_text(path)
    try:
        frames = ase.io.read(io.StringIO(text), index=":", format="extxyz")
    except KeyError as error:
        raise StructureError(f"{path}: cannot be read as extxyz ({error} is not an element)") from None
    except Exception as error:  # ASE's reader fails on damaged files with nearly any type
        raise StructureError(f"{path}: cannot be read as extxyz ({type(error).__name__}: {error})") from error
    if not frames:
        raise StructureError(f"{path}: holds no frame")
    atoms = frames[-1]
    if not atoms.pbc.all() or not atoms.cell.any():
        raise StructureError(f"{path}: not periodic in three directions; give Lattice and pbc on its second line")
    if (atoms.numbers == 0).any():
        raise StructureError(f"{path}: an atom is of no known element")
    if not np.isfinite(atoms.cell.array).all():
        raise StructureError(f"{path}: the cell is not a number")
    if atoms.cell.volume == 0:
        raise StructureError(f"{path}: the cell has no volume")
    _check_statements({**atoms.info, **atoms.arrays}, path)
    bare = atoms.copy()
    # Forces, charges and the like of the frame are not part of the crystal.
    for name in set(bare.arrays) - {"numbers", "positions"}:
        del bare.arrays[name]
    bare.info.clear()
    bare.set_constraint()
    notes = [f"The last of {len(frames)} frames."] if len(frames) > 1 else []
    return AseAtomsAdaptor.get_structure(bare), notes


def _check_statements(stated: dict[str, Any], path: Path) -> None:
    """Refuse what a frame states and ASE passes over.

    Raises:
        StructureError: partial occupancies, or a unit that is not Å.
    """
    said = {name.lower(): value for name, value in stated.items()}
    # ASE writes `spacegroup_kinds` for ordered crystals too; a disordered one has `occupancy` beside them.
    for name in ("occupancy", "occupancies"):
        if name in said:
            raise StructureError(f"{path}: states partial occupancies ({name}), which are not read; give a CIF")
    for name in ("unit", "units", "length_unit"):
        if str(said.get(name, "Å")).lower() not in _ANGSTROM:
            raise StructureError(f"{path}: states its unit as {said[name]!r}; extxyz is read in Å: convert it")
