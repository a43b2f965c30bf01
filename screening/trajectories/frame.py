"""One frame of a file, the form that every reader gives."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MAX_NOTES = 10


class Unreadable(Exception):
    """A file is not of the format that it is read as, or damaged; says where. `formats.read_frames` names the file."""


@dataclass(frozen=True)
class Frame:
    """One frame.

    Attributes:
        symbols: Element of each atom, n_atoms.
        fractional: Fractional coordinates, (n_atoms, 3).
        cell: Row vectors in Angstrom, (3, 3).
        unwrapped: The file says that its coordinates are unwrapped.
        step: Number of the step, where the file says one.
        time: Time, where the file says one, in its own unit.
        time_unit_fs: That unit in fs; None where the file does not say it.
        md_step_fs: Time step of the run in fs, where the file says it but not how many steps lie between frames.
    """

    symbols: tuple[str, ...]
    fractional: Floats
    cell: Floats
    unwrapped: bool = False
    step: int | None = None
    time: float | None = None
    time_unit_fs: float | None = None
    md_step_fs: float | None = None


@dataclass(frozen=True)
class Source:
    """A file and what the user says of it.

    Attributes:
        path: The file.
        format: A name in `formats.FORMATS`.
        elements: Element of each LAMMPS atom type, or of each count of an XDATCAR without names; empty where not said.
        topology: File that names the atoms, for formats that hold coordinates only.
        notes: What the user should know of how the file was read; readers add to it.
    """

    path: Path
    format: str
    elements: Mapping[int, str] = field(default_factory=dict)
    topology: Path | None = None
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a note; of very many the first are enough."""
        if len(self.notes) < _MAX_NOTES:
            self.notes.append(text)
        elif len(self.notes) == _MAX_NOTES:
            self.notes.append(f"{self.path}: more of this kind")

    def note_open_axes(self, axes: Sequence[str]) -> None:
        """Note axes that the file says are not periodic: diffusivities are of three, conductivities of the volume."""
        if axes:
            self.note(
                f"{self.path} says that the cell is not periodic along {', '.join(axes)}; it is taken as periodic in "
                "three directions, and all of its volume counts in the conductivity: of a slab or a particle the "
                "numbers are wrong"
            )


Reader = Callable[[Source], Iterator[Frame]]


def cut(source: Source, frame: int, where: str = "") -> None:
    """Note that the last frame of a file is not whole: the run was stopped while it wrote it."""
    source.note(f"{source.path}: frame {frame} at the end of the file is not whole{where} and is left out")


def unknown_elements(symbols: Sequence[str]) -> list[str]:
    """Those that are no chemical elements."""
    return sorted(set(symbols) - set(chemical_symbols[1:]))
