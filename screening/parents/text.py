"""The text of structure files."""

from pathlib import Path

from screening.errors import StructureError


def read_text(path: Path) -> str:
    """The text of a file: UTF-8 with or without byte order mark, or Latin-1, which old files use in names of authors.

    Raises:
        StructureError: the file is missing, a folder, empty, binary, or may not be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise StructureError(f"{path}: there is no such file") from None
    except OSError as error:
        raise StructureError(f"{path}: cannot be read ({error.strerror})") from None
    if not data.strip():
        raise StructureError(f"{path}: the file is empty")
    if b"\0" in data:
        raise StructureError(f"{path}: a binary file; CIF, POSCAR or extxyz text is needed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
