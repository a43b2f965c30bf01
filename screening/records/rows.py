"""What a row of a table is: one frozen class per table, whose attributes are its columns.

    @dataclass(frozen=True, slots=True, kw_only=True)
    class ShortlistRow(Row):
        FILE: ClassVar = "shortlist.csv"
        shortlisted: Annotated[bool, Key("whether it goes on to molecular dynamics")]

A list of names is written with spaces between. A table has no room for a format number: a column that an older table
lacks is one that may be `absent`, and its default stands for it; one that had another name says what it `was`. A column
for each of several temperatures has a name with <T> in it, such as "weight_<T>K", and is a dictionary by temperature
in K.
"""

import math
import re
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, Self, get_args, get_origin

from screening.errors import DamagedRecord
from screening.records.fields import Field, Wrong, is_optional, layout, set_of, without_none
from screening.records.files import REMEDY
from screening.records.tables import read_text_table, write_table
from screening.records.typed import Part, Record

#: Stands for a temperature in K in the name of a column.
TEMPERATURE = "<T>"


class Row(Part):
    """A row of a table; subclasses are frozen dataclasses with a `Key` for each column.

    Attributes:
        FILE: Name of the table in a campaign, for readers of the reference.
    """

    __slots__ = ()
    FILE: ClassVar[str]

    @classmethod
    def read(cls, path: Path) -> list[Self]:
        """Read a table.

        Raises:
            StageError: the table is missing or damaged; names the file, the line, the column and what to do.
        """
        return cls.from_texts(read_text_table(path), path)

    @classmethod
    def from_texts(cls, rows: Sequence[dict[str, str]], path: Path) -> list[Self]:
        """The rows from the texts of a table; `path` is for messages.

        Raises:
            StageError: as `read`.
        """
        found = []
        for number, row in enumerate(rows, start=2):
            try:
                found.append(cls(**_parsed(cls, row)))
            except Wrong as wrong:
                raise DamagedRecord(path, f"line {number}: {wrong}", REMEDY) from None
        return found

    @classmethod
    def write(cls, path: Path, rows: Sequence[Self], origin: dict[str, Any] | None = None) -> None:
        """Write a table whole or not at all; see `tables.write_table` for `origin`."""
        write_table(path, [row.cells() for row in rows], cls.columns(rows), origin)

    @classmethod
    def columns(cls, rows: Sequence[Self]) -> list[str]:
        """Names of the columns that a table of these rows has."""
        names: list[str] = []
        for field in layout(cls):
            if TEMPERATURE not in field.name:
                names.append(field.name)
                continue
            temperatures = dict.fromkeys(t for row in rows for t in getattr(row, field.attribute))
            names += [_column(field, t) for t in temperatures]
        return names

    def cells(self) -> dict[str, Any]:
        """Its values by the names of the columns."""
        values: dict[str, Any] = {}
        for field in layout(type(self)):
            value = getattr(self, field.attribute)
            if TEMPERATURE in field.name:
                values |= {_column(field, t): one for t, one in value.items()}
            elif isinstance(value, tuple):
                values[field.name] = " ".join(value)
            else:
                values[field.name] = value if field.encode is None or value is None else field.encode(value)
        return values


def _column(field: Field, temperature_K: float) -> str:
    return field.name.replace(TEMPERATURE, f"{temperature_K:g}")


def _parsed(kind: Any, row: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for attribute, name, parse, pattern, absent, was in _steps(kind):
        try:
            if pattern is not None:
                values[attribute] = {
                    float(found[1]): parse(text) for column, text in row.items() if (found := pattern.fullmatch(column))
                }
            elif name in row:
                values[attribute] = parse(row[name])
            elif was and was in row:
                values[attribute] = parse(row[was])
            elif not absent:
                raise Wrong("is no column of it")
        except Wrong as wrong:
            raise wrong.inside(name) from None
    return values


@cache
def _steps(kind: Any) -> tuple[tuple[str, str, Callable[[str], Any], re.Pattern[str] | None, bool, str], ...]:
    return tuple(_step(field) for field in layout(kind))


def _step(field: Field) -> tuple[str, str, Callable[[str], Any], re.Pattern[str] | None, bool, str]:
    absent, was = bool(field.key.absent), field.key.was
    if TEMPERATURE not in field.name:
        return field.attribute, field.name, _parser(field.kind), None, absent, was
    before, after = map(re.escape, field.name.split(TEMPERATURE))
    return (
        field.attribute,
        field.name,
        _parser(get_args(field.kind)[1]),
        re.compile(rf"{before}([\d.]+){after}"),
        absent,
        was,
    )


def _parser(kind: Any) -> Callable[[str], Any]:
    if is_optional(kind) and get_origin(without_none(kind)) is tuple:
        # An empty list is known to be empty; None is for tables without the column.
        return _parser(without_none(kind))
    if is_optional(kind):
        known = _parser(without_none(kind))
        one = without_none(kind)
        numbers = one in (int, float) or (isinstance(one, type) and issubclass(one, Enum))
        return lambda text: None if text == "" or (numbers and _no_number(text)) else known(text)
    if get_origin(kind) is tuple:
        return lambda text: tuple(text.split())
    if get_origin(kind) is frozenset:
        return set_of(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, Enum):
        members = {member.value: member for member in kind}
        return lambda text: _of(members, text)
    parsers: dict[Any, Callable[[str], Any]] = {str: str, bool: _truth, int: _whole, float: _number}
    return parsers[kind]


def _of(members: dict[Any, Any], text: str) -> Any:
    if text not in members:
        raise Wrong(f"is {text!r}, none of {', '.join(map(str, members))}")
    return members[text]


def _truth(text: str) -> bool:
    if text not in ("True", "False"):
        raise Wrong(f"is {text!r} where True or False belongs")
    return text == "True"


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Wrong(f"is {text!r} where a whole number belongs") from None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Wrong(f"is {text!r} where a number belongs")
    return value


def _no_number(text: str) -> bool:
    """Whether it says that there is none; other programs write so what is not known."""
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return False


def scalars(kind: type[Record]) -> tuple[Field, ...]:
    """Keys of a record that fit a cell of a table: single values, and lists of phrases."""
    return tuple(field for field in layout(kind) if field.types - {NoneType} or _is_text(field.kind))


def _is_text(kind: Any) -> bool:
    return kind == tuple[str, ...] or (isinstance(kind, type) and issubclass(kind, Enum))


def write_scalars(
    path: Path, kind: type[Record], records: Sequence[Record], origin: dict[str, Any] | None = None
) -> None:
    """Write the single values of records as a table, a row each; curves, tensors and provenance stay in the records.

    Args:
        path: Of the table.
        kind: Of the records, of which there may be none.
        records: The rows.
        origin: See `tables.write_table`.
    """
    fields = scalars(kind)
    rows = [{field.name: _cell(getattr(record, field.attribute)) for field in fields} for record in records]
    write_table(path, rows, [field.name for field in fields], origin)


def _cell(value: Any) -> Any:
    return "; ".join(value) if isinstance(value, tuple) else value
