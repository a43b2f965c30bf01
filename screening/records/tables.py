"""Tables: CSV, written whole or not at all."""

import csv
import io
from pathlib import Path
from typing import Any

from screening.errors import DamagedRecord, StageError
from screening.records.checksums import sha256_of_text
from screening.records.files import REMEDY, write_text
from screening.records.origin import write_origin


def write_table(
    path: Path,
    rows: list[dict[str, Any]],
    columns: list[str] | None = None,
    origin: dict[str, Any] | None = None,
) -> None:
    """Write rows as CSV atomically; None is an empty field. `columns` are needed where there may be no row.

    A table has no room for its provenance: where `origin` is given it is written with `write_origin`.
    """
    names = columns or list(rows[0])
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, lineterminator="\n", extrasaction="raise")
    writer.writeheader()
    writer.writerows(rows)
    text = buffer.getvalue()
    if origin is not None:
        write_origin(path, origin, {path.name: sha256_of_text(text)})
    write_text(path, text)


def read_text_table(path: Path) -> list[dict[str, str]]:
    """Read a CSV that `write_table` wrote, every value as the text that it is.

    Raises:
        StageError: the file is missing or empty.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if not text.endswith("\n"):
            raise ValueError("cut off")
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
        if any(None in row or None in row.values() for row in rows):
            raise ValueError("a line has too many or too few fields")
    except FileNotFoundError:
        raise StageError(f"{path} is missing: the stage that writes it has not run, or it was deleted") from None
    except (ValueError, csv.Error) as error:
        raise DamagedRecord(path, str(error), REMEDY) from None
    return rows


def read_table(path: Path) -> list[dict[str, Any]]:
    """The same, numbers as numbers, True and False as such, empty fields as None: for tables of any columns.

    Raises:
        StageError: as `read_text_table`.
    """
    return [{key: _parsed(value) for key, value in row.items()} for row in read_text_table(path)]


def _parsed(value: str) -> Any:
    if value in ("", "True", "False"):
        return {"": None, "True": True, "False": False}[value]
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
