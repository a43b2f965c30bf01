"""Files that older versions of the program wrote; see tests/data/README.md."""

import tarfile
from pathlib import Path

DATA = Path(__file__).parent / "data"


def unpack(folder: Path) -> list[Path]:
    """Every frozen file, in a folder for each format; returns the record files among them."""
    for archive in sorted(DATA.glob("format*.tar.xz")):
        with tarfile.open(archive) as files:
            files.extractall(folder / archive.name.removesuffix(".tar.xz"), filter="data")
    return sorted(folder.rglob("*.json"))
