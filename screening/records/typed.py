"""What a record file is: one frozen class per file, read with every key checked, written whole with a format number.

    @dataclass(frozen=True, slots=True, kw_only=True)
    class LineRecord(Record):
        FILE: ClassVar = "arrhenius.json"
        activation_energy_eV: Annotated[float | None, Key("slope of the line", none="where there is no fit")]

Keys are named, typed and described in one place; the reference pages and the reader are made from it. A file has every
key of its class, whatever the default of the attribute is: defaults are for the code that makes records. What an older
format lacks is filled in by its migration.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from screening.errors import DamagedRecord, StageError
from screening.records.fields import Wrong, decoded, encoded, layout
from screening.records.files import REMEDY, read_json, write_json
from screening.version import __version__

#: Changes a record of one format, in place, into one of the next.
Migration = Callable[[dict[str, Any]], None]
#: Key of the format number; a file that has none is of format 1.
FORMAT_KEY = "format"


class Part:
    """A group of keys inside a record; subclasses are frozen dataclasses with a `Key` for each attribute."""

    __slots__ = ()

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Read from what `as_dict` gave, through JSON.

        Raises:
            Wrong: a key is missing or its value is of another type.
        """
        return cls(**decoded(cls, data))

    @classmethod
    def of(cls, base: "Part", **more: Any) -> Self:
        """One that has of `base` the keys that are its own too, and `more`."""
        own = {field.attribute for field in layout(cls)} - more.keys()
        known = {f.attribute: getattr(base, f.attribute) for f in layout(type(base)) if f.attribute in own}
        return cls(**known, **more)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, with the keys of the file in the order of the class."""
        return encoded(self)


class Record(Part):
    """What a whole file holds.

    Attributes:
        FILE: Name of the file in a campaign, for readers of the reference.
        FORMAT: Number of the present format.
        MIGRATIONS: Of each older format, what makes the next one of it.
        REMEDY: What to do where a file is damaged.
        LEADING: Keys that stand first in a file.
    """

    __slots__ = ()
    FILE: ClassVar[str]
    FORMAT: ClassVar[int] = 1
    MIGRATIONS: ClassVar[Mapping[int, Migration]] = {}
    REMEDY: ClassVar[str] = REMEDY
    LEADING: ClassVar[tuple[str, ...]] = ("id", "verdict", "status", "reason")

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if sorted(cls.MIGRATIONS) != list(range(1, cls.FORMAT)):
            raise TypeError(f"{cls.__name__}: a migration is needed from each format before {cls.FORMAT}, and no other")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of this or an older format.

        Raises:
            StageError: the file is missing, damaged or of a newer format; names the file, the key and what to do.
        """
        return cls.from_json(read_json(path, cls.REMEDY), path)

    @classmethod
    def from_json(cls, data: Mapping[str, Any], path: Path) -> Self:
        """The record from what a file held; `path` is for messages.

        Raises:
            StageError: as `read`.
        """
        try:
            return cls.from_dict(cls._migrated(dict(data), path))
        except KeyError as error:
            # Migrations take it for granted that a file is whole.
            raise cls._damaged(path, str(Wrong(where=str(error.args[0])))) from None
        except Wrong as wrong:
            raise cls._damaged(path, str(wrong)) from None

    def as_json(self) -> dict[str, Any]:
        """What the file holds, the format number first."""
        return {FORMAT_KEY: self.FORMAT, **self.as_dict()}

    def write(self, path: Path) -> None:
        """Write the file whole or not at all; NaN and infinity are refused.

        Raises:
            ValueError: a number is none.
            StageError: another process made the file meanwhile (see `files.claim`).
        """
        write_json(path, self.as_json())

    @classmethod
    def _migrated(cls, data: dict[str, Any], path: Path) -> dict[str, Any]:
        number = data.pop(FORMAT_KEY, 1)
        if type(number) is not int or number < 1:
            raise Wrong(f"{FORMAT_KEY!r} is {number!r} where a whole number from 1 belongs")
        if number > cls.FORMAT:
            raise StageError(
                f"{path} is of format {number}; screening {__version__} reads formats up to {cls.FORMAT} of "
                f"{cls.FILE}: use {_writer(data)}"
            )
        for older in range(number, cls.FORMAT):
            cls.MIGRATIONS[older](data)
        return data

    @classmethod
    def _damaged(cls, path: Path, what: str) -> DamagedRecord:
        return DamagedRecord(path, what, cls.REMEDY)


def _writer(data: Mapping[str, Any]) -> str:
    """The version of the program that wrote a record."""
    origin = data.get("provenance")
    version = origin.get("screening") if isinstance(origin, dict) else None
    return f"screening {version} or newer, which wrote it" if version else "the newer version that wrote it"
