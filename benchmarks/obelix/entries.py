"""Measured compounds: OBELiX's own table or one of the same form."""

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from screening.errors import ConfigError

ENTRIES = Path(__file__).with_name("entries.csv")
#: What a column is called here, and in OBELiX's table.
_NAMES = {
    "id": "ID",
    "composition": "Reduced Composition",
    "family": "Family",
    "measured_conductivity_S_cm": "Ionic conductivity (S cm-1)",
    "doi": "DOI",
}
_NEEDED = ("id", "measured_conductivity_S_cm")
ENERGY = "measured_activation_energy_eV"
#: No solid conducts its ions better at room temperature; what is more is in another unit.
MOST_S_CM = 1.0


@dataclass(frozen=True)
class Entry:
    """A compound; its structure is <id>.cif.

    Attributes:
        conductivity_S_cm: Measured at room temperature; where `bounded`, it is below this.
        energy_eV: Measured barrier, None where it is not in the table.
    """

    id: str
    composition: str
    family: str
    conductivity_S_cm: float
    bounded: bool
    energy_eV: float | None
    doi: str


def read_entries(path: Path) -> list[Entry]:
    """The compounds of a table.

    Raises:
        ConfigError: the file is no table, a column is missing, a value is no number or in another unit, an id is
            missing or stands twice, or a line has more values than columns, as `2,4` for 2.4 makes; with the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text: save it as UTF-8") from None
    with StringIO(text, newline="") as file:
        table = csv.DictReader(file)
        found = table.fieldnames or ()
        columns = {key: name for key, theirs in _NAMES.items() for name in (key, theirs) if name in found}
        if missing := [f"`{key}` or `{_NAMES[key]}`" for key in _NEEDED if key not in columns]:
            raise ConfigError(f"{path}: no column {' and no column '.join(missing)}")
        entries: dict[str, Entry] = {}
        named: dict[str, str] = {}
        for row in table:
            where = f"{path}, line {table.line_num}"
            if None in row:
                raise ConfigError(
                    f"{where} has more values than columns: write 2.4 and not 2,4, and quote texts with commas"
                )
            entry = _entry({key: (row[name] or "").strip() for key, name in columns.items()}, row.get(ENERGY), where)
            if entry.id in entries:
                raise ConfigError(f"{where}: {entry.id} stands twice")
            # Campaigns and their folders are named so.
            plain = "".join(c if c.isalnum() else "-" for c in entry.id)
            if (other := named.setdefault(plain, entry.id)) != entry.id:
                raise ConfigError(
                    f"{where}: {entry.id} and {other} would have one folder; tell them by letters or digits"
                )
            entries[entry.id] = entry
    if not entries:
        raise ConfigError(f"{path} has no compounds, only the names of its columns")
    return list(entries.values())


def _entry(row: dict[str, str], energy: str | None, where: str) -> Entry:
    text = row["measured_conductivity_S_cm"]
    value = _positive(text.removeprefix("<"), f"{where}: conductivity")
    if value > MOST_S_CM:
        raise ConfigError(f"{where}: conductivity {text} S/cm is more than any solid has; the column is in S/cm")
    id = row["id"].removeprefix("obelix-")
    if not id:
        raise ConfigError(f"{where}: it has no id, which names the structure's file")
    return Entry(
        id=id,
        composition=row.get("composition", ""),
        family=row.get("family", ""),
        conductivity_S_cm=value,
        bounded=text.startswith("<"),
        energy_eV=_positive(energy, f"{where}: {ENERGY}") if energy else None,
        doi=row.get("doi", ""),
    )


def _positive(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise ConfigError(f"{what} {text!r} is no positive number")
    return value
