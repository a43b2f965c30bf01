"""Measured conductivities beside computed ones: an embedded table with sources, and the user's own.

The embedded values at room temperature are from OBELiX (NRC and Mila, CC BY 4.0), apart from Li5.5PS4.5Cl1.5 and
Li3YCl6, which are from the papers named. Laboratories scatter by most of a decade for one composition, so all are kept.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from screening.constants import is_room_temperature
from screening.errors import ConfigError
from screening.report.text import number

COLUMNS = ("composition", "conductivity_mS_cm", "note", "source")
# Compositions that agree within this share of each element are one: formulas are written with two decimals.
_SHARE_DECIMALS = 3

Key = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Measured:
    """What was measured of one composition at room temperature.

    Attributes:
        conductivities_mS_cm: Of each measurement, lowest first.
        notes: What is said of each sample, "" where nothing is.
        sources: DOI or other source of each.
    """

    conductivities_mS_cm: tuple[float, ...]
    notes: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def low(self) -> float:
        """The lowest in mS/cm."""
        return self.conductivities_mS_cm[0]

    @property
    def high(self) -> float:
        """The highest in mS/cm."""
        return self.conductivities_mS_cm[-1]

    @property
    def words(self) -> str:
        """The value, or the lowest and the highest with the digits that tell them apart."""
        digits = 1 if self.high > 3 * self.low else 2
        return " to ".join(dict.fromkeys(number(end, digits) for end in (self.low, self.high)))


def known(file: Path | None = None, temperature_K: float = 300.0) -> dict[Key, Measured]:
    """Measured conductivities by `key_of` the composition; what the file holds of one takes the embedded values' place.

    Args:
        file: A CSV with the columns composition, conductivity_mS_cm and, if wanted, note and source.
        temperature_K: Of the conductivities that they are to stand beside. The embedded ones are of room temperature;
            the file's are taken to be of this one.

    Raises:
        ConfigError: the file cannot be read, or a line of it cannot.
    """
    embedded = _embedded() if is_room_temperature(temperature_K) else {}
    return embedded if file is None else {**embedded, **_grouped(read_measured(file))}


def read_measured(file: Path) -> list[tuple[Key, float, str, str]]:
    """Lines of a user's table: composition, conductivity in mS/cm, note, source.

    Raises:
        ConfigError: as `known`; the message names file and line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(f"report.measured: {file}: cannot be read ({why})") from None
    return list(_lines(text, f"report.measured: {file}"))


@cache
def key_of(composition: str) -> Key:
    """A composition that does not depend on the formula unit: elements with their shares.

    Raises:
        ValueError: it is no formula.
    """
    from pymatgen.core import Composition

    try:
        parts = Composition(composition).fractional_composition
    except Exception as error:  # pymatgen raises its own kinds for one mistake
        raise ValueError(f"{composition!r} is no formula") from error
    if not parts:
        raise ValueError("the formula is empty")
    return tuple(sorted((str(element), round(share, _SHARE_DECIMALS)) for element, share in parts.items()))


def of(composition: str, table: Mapping[Key, Measured]) -> Measured | None:
    """What was measured of a composition; None where nothing was, or it is no formula."""
    try:
        return table.get(key_of(composition))
    except ValueError:
        return None


@cache
def _embedded() -> dict[Key, Measured]:
    text = (files("screening.report") / "data" / "measured.csv").read_text(encoding="utf-8")
    return _grouped(_lines(text, "measured.csv"))


def _lines(text: str, name: str) -> Iterable[tuple[Key, float, str, str]]:
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True, strict=True)
    try:
        yield from _rows(reader, name)
    except csv.Error as error:
        raise ConfigError(f"{name}: cannot be read after line {reader.line_num} ({error})") from None


def _rows(reader: "csv.DictReader[str]", name: str) -> Iterable[tuple[Key, float, str, str]]:
    missing = [column for column in COLUMNS[:2] if column not in (reader.fieldnames or ())]
    if missing:
        raise ConfigError(
            f"{name}: has no column {' and '.join(missing)}; the first line is {','.join(COLUMNS)} with commas "
            "between, of which the last two may be left out"
        )
    for row in reader:
        yield _line(row, f"{name}:{reader.line_num}")


def _line(row: dict[str | None, Any], where: str) -> tuple[Key, float, str, str]:
    if any(row.get(None) or ()):
        # 2,4 for 2.4 would be read as 2.
        raise ConfigError(
            f"{where}: has more values than the first line has columns; decimals have a point, and a value with a "
            "comma in it stands in double quotes"
        )
    try:
        key = key_of((row["composition"] or "").strip())
    except ValueError as error:
        raise ConfigError(f"{where}: composition: {error}") from None
    given = (row["conductivity_mS_cm"] or "").strip()
    try:
        value = float(given)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise ConfigError(f"{where}: conductivity_mS_cm: a number above 0 is needed (given: {given!r})")
    return key, value, (row.get("note") or "").strip(), (row.get("source") or "").strip()


def _grouped(lines: Iterable[tuple[Key, float, str, str]]) -> dict[Key, Measured]:
    found: dict[Key, list[tuple[float, str, str]]] = {}
    for key, value, note, source in lines:
        found.setdefault(key, []).append((value, note, source))
    return {key: Measured(*map(tuple, zip(*sorted(rows), strict=True))) for key, rows in found.items()}
