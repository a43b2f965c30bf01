"""Files that older versions of the program wrote; see tests/data/README.md."""

import tarfile
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
# Python 3.11.3 and older, Debian's for one, have no filters.
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def unpack(folder: Path) -> list[Path]:
    """Every frozen file, in a folder for each format; returns the record files among them."""
    for archive in sorted(DATA.glob("format*.tar.xz")):
        with tarfile.open(archive) as files:
            files.extractall(folder / archive.name.removesuffix(".tar.xz"), **SAFELY)
    return sorted(folder.rglob("*.json"))
