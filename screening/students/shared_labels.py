"""The teacher's answers by content, in a folder that campaigns share: what was labelled once is not paid for again.

A label is a file of its own, named by the hash of its frame, below the potential's checksum and the elements. It is
written once and never changed, so any number of processes may read and write.
"""

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

from screening.config.student import StudentConfig
from screening.log import tell
from screening.records.arrays import known_arrays, write_arrays
from screening.students.design import Label

# Frames whose coordinates agree to so many digits after the point (Angstrom) have one label: forces then agree to
# 1e-5 eV/Angstrom.
DIGITS = 6


@dataclass(frozen=True)
class KnownFrame:
    """A frame with its label.

    Attributes:
        key: See `frame_key`.
        atoms: The frame.
        label: The teacher's answer.
        contact: Whether it was made to bring two atoms together.
    """

    key: str
    atoms: Atoms
    label: Label
    contact: bool


class SharedLabels:
    """Labels of one potential."""

    def __init__(self, folder: Path, checksum: str) -> None:
        """`checksum`: of the potential, dispersion included; labels of another one are not seen."""
        self._folder, self._checksum = folder / checksum[:16], checksum
        self._writable = True

    @classmethod
    def of(cls, settings: StudentConfig, checksum: str) -> "SharedLabels | None":
        """Those that the settings ask for; None where a campaign keeps its labels to itself."""
        if settings.labels == "own":
            return None
        chosen = settings.label_store
        return cls(usual_folder() if chosen is None else Path(chosen).expanduser(), checksum)

    def find(self, atoms: Atoms) -> Label | None:
        """The label of a frame, None where there is none."""
        known = self._read(self._path(atoms))
        return None if known is None else known.label

    def keep(self, atoms: Atoms, label: Label, contact: bool = False) -> None:
        """Add a label; one that is there stays. Of a folder that must not be written the user is told once."""
        content = {
            "checksum": np.array(self._checksum),
            "numbers": atoms.numbers,
            "positions": atoms.positions,
            "cell": atoms.cell.array,
            "energy": np.array(label.energy),
            "forces": label.forces,
            "stress": label.stress,
            "contact": np.array(contact),
        }
        path = self._path(atoms)
        if not self._writable or self._read(path) is not None:
            return
        try:
            write_arrays(path, content)
        except OSError as error:  # no permission, a full disk, a file where a folder should be
            self._writable = False
            tell(f"student.label_store: {error}; its labels are used, new ones are not added")

    def within(self, elements: Collection[str]) -> list[KnownFrame]:
        """All frames that hold no other elements than these, in the order of their keys."""
        try:
            known = list(self._folder.iterdir()) if self._folder.is_dir() else []
        except OSError as error:  # another user's folder
            tell(f"student.label_store: {error}; none of its labels are used")
            return []
        families = [one for one in known if set(one.name.split("-")) <= set(elements)]
        paths = sorted((path for family in families for path in family.glob("*.npz")), key=lambda path: path.name)
        # Names with a dot in front are files that are being written.
        found = (self._read(path) for path in paths if not path.name.startswith("."))
        return [frame for frame in found if frame is not None]

    def _path(self, atoms: Atoms) -> Path:
        return self._folder / "-".join(sorted(set(atoms.get_chemical_symbols()))) / f"{frame_key(atoms)}.npz"

    def _read(self, path: Path) -> KnownFrame | None:
        """None where it is missing, damaged or of another potential."""
        a = known_arrays(path)
        if a is None:
            return None
        try:
            if str(a["checksum"]) != self._checksum:
                return None
            symbols = [chemical_symbols[number] for number in a["numbers"]]
            atoms = Atoms(symbols, positions=a["positions"], cell=a["cell"], pbc=True)
            label = Label(float(a["energy"]), a["forces"], a["stress"])
            return KnownFrame(path.stem, atoms, label, bool(a["contact"]))
        except (ValueError, KeyError):
            return None


def frame_key(atoms: Atoms) -> str:
    """Hash of elements, cell and positions, these rounded to 1e-6 Angstrom."""
    digest = hashlib.sha256(" ".join(atoms.get_chemical_symbols()).encode())
    for values in (atoms.cell.array, atoms.positions):
        # Minus zero is zero.
        digest.update((np.round(np.asarray(values, dtype=float), DIGITS) + 0.0).tobytes())
    return digest.hexdigest()[:32]


def usual_folder() -> Path:
    """Where labels are shared if the campaign names no folder: in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "screening" / "labels"
