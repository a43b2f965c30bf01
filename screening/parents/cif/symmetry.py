"""The symmetry a data block states: operations, else Hall symbol, else name with its setting, else number.

Statements that contradict one another are refused with both, and so is what leaves the setting open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import gemmi

from screening.errors import StructureError
from screening.parents.cif.block import Block
from screening.parents.cif.group import Floats, Group
from screening.parents.cif.names import Name, Setting, all_settings, is_of_system, named, settings_of

_LISTS = ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz")
_HALL = ("_space_group_name_Hall", "_symmetry_space_group_name_Hall")
_NAMES = (
    "_space_group_name_H-M_alt",
    "_symmetry_space_group_name_H-M",
    "_space_group_name_H-M",
    "_space_group_name_H-M_full",
)
# Names the group in a setting that may be another than the file's.
_REFERENCE = "_space_group_name_H-M_ref"
_NUMBERS = ("_space_group_IT_number", "_symmetry_Int_Tables_number")
_SYSTEMS = ("_space_group_crystal_system", "_symmetry_cell_setting")
_CODE = "_space_group_IT_coordinate_system_code"
# Codes that fix the origin or, with it, the axes; what they say of a group with one setting is nothing.
_EXACT_CODES, _EMPTY_CODES = ("1", "2", "h", "r"), ("1", "abc")
_TRANSFORMS = ("_space_group_transform_Pp_abc", "_space_group_transform_Qq_xyz")
_OF_NO_CRYSTAL = {
    "magnetic": ("_space_group_magn", "_space_group_symop_magn", "_magnetic_space_group"),
    "modulated or composite": (
        "_cell_modulation_dimension",
        "_cell_subsystem",
        "_space_group_ssg",
        "_space_group_symop_ssg",
    ),
}
# Every item on symmetry begins so.
SYMMETRY_TAGS = ("_space_group_", "_symmetry_")
_SHOWN = 6
_ADVICE = "list the operations (_space_group_symop_operation_xyz)"


@dataclass(frozen=True)
class Symmetry:
    """The group of a file's cell, and what the reader has to know of how it was found."""

    group: Group
    notes: list[str] = field(default_factory=list)


def find_symmetry(block: Block, matrix: Floats) -> Symmetry:
    """The operations a block states.

    Args:
        block: A block with atoms.
        matrix: Its cell vectors as rows, (3, 3), Å.

    Raises:
        StructureError: two statements contradict each other, one cannot be used, the setting is left open, the cell
            does not fit, or the symmetry is not that of a three-dimensional crystal.
    """
    for kind, beginnings in _OF_NO_CRYSTAL.items():
        tags = [tag for tag in block.tags(*beginnings) if block.column(tag) != ["0"]]
        if tags:
            raise StructureError(
                f"{block.where}: describes a {kind} structure ({tags[0]}), whose cell and operations are not those of "
                "the atoms alone; give the crystal as a plain CIF"
            )
    explicit, source = _explicit(block)
    symmetry = _by_name(block, matrix) if explicit is None else _compared(block, explicit, source)
    if not symmetry.group.fits(matrix):
        raise StructureError(
            f"{block.where}: the cell does not fit the symmetry {symmetry.group.name}; correct the lengths and angles, "
            "or the setting (unique axis, hexagonal or rhombohedral axes)"
        )
    return symmetry


def _explicit(block: Block) -> tuple[Group | None, str]:
    """The group that the list of operations or the Hall symbol gives, and which of them."""
    found: dict[str, Group] = {}
    for tag in _LISTS:
        if block.tags(tag):
            found[f"the operations of {tag}"] = _whole(block, tag)
    for tag, symbol in block.stated(*_HALL).items():
        group = Group.of_hall(symbol)
        if group is not None:
            found[f"{tag} {symbol!r}"] = group
        elif not found:
            raise StructureError(f"{block.where}: {tag} {symbol!r} is no Hall symbol; correct it, or {_ADVICE}")
    if not found:
        return None, ""
    (source, group), *others = found.items()
    for other, second in others:
        if odd := sorted(second.triplets ^ group.triplets):
            raise StructureError(
                f"{block.where}: {source} give {group.name}, but {other} gives {second.name}; only one of them has "
                f"{odd[0]}; correct or delete one"
            )
    return group, source


def _whole(block: Block, tag: str) -> Group:
    """The group of a list of operations.

    Raises:
        StructureError: one cannot be read, or they are not a whole group.
    """
    operations = []
    for text in block.column(tag):
        try:
            if not re.fullmatch(r"[xyz\d\s+\-*/.,]+", text.lower()):
                raise ValueError("x, y, z, numbers and signs only")
            operation = gemmi.Op(re.sub(r"\s", "", text))
            if abs(operation.det_rot()) != gemmi.Op.DEN**3:
                raise ValueError("it changes volumes")
        except (RuntimeError, ValueError) as error:
            raise StructureError(f"{block.where}: the operation {text!r} of {tag} cannot be read ({error})") from None
        operations.append(operation)
    group = Group.of(operations)
    if (missing := group.missing()) is not None:
        raise StructureError(
            f"{block.where}: the {len(group.operations)} operations of {tag} are not a whole group: {missing} is "
            "missing; list all, those of the centring too"
        )
    return group


def _compared(block: Block, group: Group, source: str) -> Symmetry:
    """The group that operations or a Hall symbol give, after a look at the other statements.

    Raises:
        StructureError: name, number, code of the setting or crystal system are of another group or setting.
    """
    notes = [] if "operations" in source else [f"The file lists no symmetry operations; those of {source} were used."]

    def check(tag: str, text: str, agrees: bool) -> None:
        if not agrees:
            raise StructureError(
                f"{block.where}: {source} give {group.name}, but {tag} is {text!r}; correct or delete one of them"
            )

    for tag, text in block.stated(*_HALL).items():
        if Group.of_hall(text) is None:
            notes.append(f"{tag} {text!r} is no Hall symbol and was not compared with {source}.")
    for tag, text in block.stated(*_NAMES, _REFERENCE).items():
        name = named(text)
        if name is None:
            notes.append(f"{tag} {text!r} is no known name of a setting and was not compared with {source}.")
        elif tag.endswith("_ref"):
            check(tag, text, group.number == name.number)
        elif not _is_of(group, name) and not name.is_exact and group.number == name.number and not _has_name(group):
            notes.append(f"{tag} {text!r} names the type; {source} give its axes, which have no name of their own.")
        else:
            check(tag, text, _is_of(group, name))
    for tag, text in block.stated(*_NUMBERS).items():
        check(tag, text, text == str(group.number))
    for tag, text in block.stated(*_SYSTEMS).items():
        check(tag, text, group.number is None or is_of_system(group.number, text))
    for tag, text in block.stated(_CODE).items():
        coded = tuple(s for s in settings_of(group.number or 0) if text.lower() in s.codes)
        check(tag, text, not coded or _is_of(group, Name(coded, text.lower() in _EXACT_CODES)))
    return Symmetry(group, notes)


def _is_of(group: Group, name: Name) -> bool:
    return any(
        group.triplets == setting.group.triplets if name.is_exact else group.is_shifted(setting.group)
        for setting in name.settings
    )


def _has_name(group: Group) -> bool:
    """Whether a setting of the tables, or the reverse one, differs from a group by its origin alone.

    Where none does, as in a primitive cell of a centred lattice, a name can only be that of the type.
    """
    settings = tuple(setting for setting in all_settings() if setting.number == group.number)
    names = (setting.label.replace(":H", ":HR") for setting in settings if setting.label.endswith(":H"))
    reverse = [setting for text in names if (name := named(text)) for setting in name.settings]
    return any(group.is_shifted(setting.group) for setting in (*settings, *reverse))


def _by_name(block: Block, matrix: Floats) -> Symmetry:
    """The group of the one setting that name, number, code and cell leave.

    Raises:
        StructureError: none or several are left, or what the file states of its symmetry cannot be used.
    """
    names, numbers = block.stated(*_NAMES), block.stated(*_NUMBERS)
    said = {**names, **block.stated(_REFERENCE), **numbers, **block.stated(_CODE, *_SYSTEMS)}
    if not (names or numbers):
        if others := block.tags(*SYMMETRY_TAGS):
            raise StructureError(
                f"{block.where}: states its symmetry by {', '.join(others[:_SHOWN])} alone, which does not give it; "
                f"{_ADVICE}"
            )
        return Symmetry(Group.of([gemmi.Op("x,y,z")]), ["The file states no symmetry; read as P1."])
    quoted = ", ".join(f"{tag} {text!r}" for tag, text in said.items())
    if block.stated(*_TRANSFORMS):
        raise StructureError(f"{block.where}: {quoted} and a transformation of the axes; {_ADVICE}")
    left = _allowed(block, names, numbers)
    if not left:
        raise StructureError(f"{block.where}: no setting of a space group has all of {quoted}; correct one of them")
    fitting = [setting for setting in left if setting.group.fits(matrix)] or left[:1]
    # Of a short monoclinic name the usual axis, where the cell fits several.
    if names and is_of_system(fitting[0].number, "monoclinic"):
        fitting = fitting[:1]
    if len({setting.group.triplets for setting in fitting}) > 1:
        choices = [setting.label for setting in fitting]
        more = f" and {len(choices) - _SHOWN} more" if len(choices) > _SHOWN else ""
        raise StructureError(
            f"{block.where}: {quoted} leaves the setting open: {', '.join(choices[:_SHOWN])}{more}; write one of "
            f"them as _space_group_name_H-M_alt, or {_ADVICE}"
        )
    return Symmetry(
        fitting[0].group,
        [
            "The file lists no symmetry operations; those of the named space group were used: "
            f"{fitting[0].label} (Hall symbol {fitting[0].hall})."
        ],
    )


def _allowed(block: Block, names: dict[str, str], numbers: dict[str, str]) -> list[Setting]:
    """The settings that all statements of a block allow."""
    read = [named(text) for text in names.values()]
    for text, name in zip(names.values(), read, strict=True):
        if name is None:
            number = next(iter(numbers.values()), "not stated")
            raise StructureError(f"{block.where}: symmetry {text} (number {number}) cannot be read; {_ADVICE}")
    first = next(iter(numbers.values()), "")
    left = list(read[0].settings) if read and read[0] else list(settings_of(int(first) if first.isdigit() else 0))
    for name in read[1:]:
        left = [setting for setting in left if name and setting in name.settings]
    for text in block.stated(_REFERENCE).values():
        reference = named(text)
        left = [setting for setting in left if reference is None or setting.number == reference.number]
    left = [setting for setting in left if all(text == str(setting.number) for text in numbers.values())]
    for text in block.stated(*_SYSTEMS).values():
        left = [setting for setting in left if is_of_system(setting.number, text)]
    for text in block.stated(_CODE).values():
        coded = [setting for setting in left if text.lower() in setting.codes]
        left = coded or (left if text.lower() in _EMPTY_CODES else [])
    return left
