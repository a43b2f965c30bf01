"""Which format a file is in, and which reader it has."""

import re
from collections.abc import Iterator
from pathlib import Path

from screening.errors import StageError
from screening.trajectories.frame import Frame, Reader, Source, Unreadable, unknown_elements
from screening.trajectories.lammps_dump import read_dump
from screening.trajectories.text import open_binary
from screening.trajectories.through_ase import read_extxyz, read_traj
from screening.trajectories.through_mdanalysis import read_dcd, read_xdr
from screening.trajectories.vasprun import read_vasprun
from screening.trajectories.xdatcar import read_xdatcar

FORMATS: dict[str, Reader] = {
    "xdatcar": read_xdatcar,
    "vasprun": read_vasprun,
    "extxyz": read_extxyz,
    "traj": read_traj,
    "lammps-dump": read_dump,
    "dcd": read_dcd,
    "xtc": read_xdr,
    "trr": read_xdr,
}
#: What files of a name hold, where their beginning does not tell. Compression is not part of the name.
_NAMES = (
    (re.compile(r"xdatcar", re.IGNORECASE), "xdatcar"),
    (re.compile(r"vasprun.*\.xml$", re.IGNORECASE), "vasprun"),
    (re.compile(r"\.(ext)?xyz$", re.IGNORECASE), "extxyz"),
    (re.compile(r"\.traj$", re.IGNORECASE), "traj"),
    (re.compile(r"(\.(lammpstrj|dump)$|^dump\.)", re.IGNORECASE), "lammps-dump"),
    (re.compile(r"\.dcd$", re.IGNORECASE), "dcd"),
    (re.compile(r"\.xtc$", re.IGNORECASE), "xtc"),
    (re.compile(r"\.trr$", re.IGNORECASE), "trr"),
)
_OTHERS = {
    "outcar": "positions of an OUTCAR are in the XDATCAR and the vasprun.xml beside it: give one of them",
    "vaspout.h5": "positions of a vaspout.h5 are in the XDATCAR and the vasprun.xml beside it: give one of them",
    ".nc": "NetCDF is not read: write extended XYZ or a LAMMPS dump from it",
    ".bin": "binary dumps are not read: LAMMPS' tool binary2txt makes a text of them",
}


def format_of(path: Path, told: str | None = None) -> str:
    """The format of a file: what the user told, or what its beginning or its name tells.

    Raises:
        StageError: nothing tells, or the format is not known.
    """
    known = ", ".join(sorted(FORMATS))
    if told is not None and told not in FORMATS:
        raise StageError(f"format {told!r} is not known; known: {known}")
    name = told or _by_content(path) or by_name(path)
    if name is None:
        lower = path.name.lower()
        for part, remedy in _OTHERS.items():
            if part in lower:
                raise StageError(f"{path}: {remedy}")
        raise StageError(
            f"the format of {path} cannot be told from its beginning or its name: say it (--format); known: {known}"
        )
    return name


def by_name(path: Path) -> str | None:
    """The format that a file's name tells, None where it tells none."""
    name = re.sub(r"\.(gz|bz2|xz)$", "", path.name, flags=re.IGNORECASE)
    return next((format for pattern, format in _NAMES if pattern.search(name)), None)


def _by_content(path: Path) -> str | None:
    try:
        with open_binary(path) as file:
            head = file.read(4096)
    except (EOFError, OSError):
        return None
    text = head.decode("latin-1").lstrip("\ufeffï»¿")
    if text.startswith("ITEM:"):
        return "lammps-dump"
    if text.startswith("- of Ulm"):
        return "traj"
    if head[4:8] == b"CORD":
        return "dcd"
    if text.startswith("<?xml") and "<modeling" in text:
        return "vasprun"
    if re.match(r"\s*\d+\s*\n.*Lattice\s*=", text):
        return "extxyz"
    if re.search(r"^ *(Direct configuration=|Konfig=)", text, re.MULTILINE):
        return "xdatcar"
    return None


def read_frames(source: Source) -> Iterator[Frame]:
    """The frames of a file, one after the other; one that was cut while it was written ends them, with a note.

    Raises:
        StageError: the file is damaged or not of this format.
    """
    unknown = unknown_elements(list(source.elements.values()))
    if unknown:
        raise StageError(f"--elements: {', '.join(unknown)} is no element")
    try:
        yield from FORMATS[source.format](source)
    except Unreadable as error:
        raise StageError(f"{source.path} cannot be read as {source.format}: {error}") from error
