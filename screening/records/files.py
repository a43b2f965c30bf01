"""Files that are written whole or not at all: text and JSON."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from screening.errors import DamagedRecord, StageError

REMEDY = "delete it and run again; it will be recomputed"
# Files this process is to make and that were not there when it began.
_claimed: set[Path] = set()


def claim(path: Path) -> None:
    """Say that this process makes `path`: if the file appears meanwhile, another process made it.

    A job whose scheduler was killed goes on and may end long after its successor, perhaps with older settings; its
    result must not replace the one that others have read already.
    """
    if not path.exists():
        _claimed.add(path.absolute())


def atomic_write(path: Path, write: Callable[[Path], object], new: bool = False) -> None:
    """Call `write` on a temporary name in the folder of `path`, fsync, then rename to `path`.

    A reader sees the whole file or none; a killed writer leaves the old file as it was.

    Raises:
        FileExistsError: `new`, and the file is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        if new:
            _link(temporary, path)
        else:
            temporary.replace(path)
    except OSError as error:
        # A full disk is noticed by calls that know no name; users want to know which file it was.
        error.filename = error.filename or str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _link(temporary: Path, path: Path) -> None:
    """Give the file its name unless that is taken; in one step where the file system has hard links."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError(f"{path} exists") from None
        temporary.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, in UTF-8.

    Raises:
        StageError: the file was claimed and another process wrote something else to it meanwhile.
    """
    new = path.absolute() in _claimed
    try:
        atomic_write(path, lambda temporary: temporary.write_text(text, encoding="utf-8"), new)
    except FileExistsError:
        if not _same_but_for_times(path.read_text(encoding="utf-8"), text):
            raise StageError(
                f"{path} was written by another process meanwhile and is left as it is; "
                "see that no job of an earlier run is still going, then run again"
            ) from None
    _claimed.discard(path.absolute())


def _same_but_for_times(one: str, other: str) -> bool:
    """Whether two files hold the same, apart from where and when records were made."""
    try:
        records = [json.loads(text) for text in (one, other)]
        for record in records:
            for name in ("host", "started_utc", "ended_utc"):
                record["provenance"].pop(name, None)
        return bool(records[0] == records[1])
    except (ValueError, KeyError, TypeError, AttributeError):
        return one == other


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write a record to `path` atomically; NaN and infinity are refused: a value that is not known is None."""
    write_text(path, json_text(record))


def json_text(record: dict[str, Any]) -> str:
    """A record as text; refuses NaN and infinity."""
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


class _Record(dict[str, Any]):
    """A record that names its file when a value is asked for that it should have and has not."""

    def __init__(self, values: dict[str, Any], path: Path, remedy: str) -> None:
        super().__init__(values)
        self._path = path
        self._remedy = remedy

    def __missing__(self, key: str) -> Any:
        raise DamagedRecord(self._path, f"no {key!r} in it", self._remedy)


def _parsed(text: bytes) -> Any:
    """JSON four times as fast as Python's own reader, which has the last word on what is not JSON."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text.decode("utf-8"), parse_constant=_refused)


def read_json(path: Path, remedy: str = REMEDY) -> dict[str, Any]:
    """Read a record.

    Args:
        path: The file.
        remedy: What to do where it is damaged.

    Raises:
        StageError: the file is missing or is not whole, with the stage's file named; later, when a value is asked for
            that the record lacks.
    """
    try:
        record = _parsed(path.read_bytes())
    except FileNotFoundError:
        raise StageError(f"{path} is missing: the stage that writes it has not run, or it was deleted") from None
    except (ValueError, RecursionError) as error:
        raise DamagedRecord(path, str(error), remedy) from None
    if not isinstance(record, dict):
        raise DamagedRecord(path, "not a record", remedy)
    return _Record(record, path, remedy)


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no number")
