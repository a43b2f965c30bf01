"""The teacher's answers, kept: each batch is one file, written once, so a killed distillation loses one at most."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from numpy.typing import NDArray

from screening.errors import PotentialError
from screening.records.arrays import known_arrays, read_arrays, write_arrays
from screening.students.design import Label
from screening.students.seeds import CONTACT
from screening.students.shared_labels import SharedLabels

# A teacher's forces beyond this belong to collisions that no run of interest sees.
MAX_FORCE_EV_A = 30.0


class LabelStore:
    """Labels frames with the teacher, or reads the labels of the same frames from an earlier try."""

    def __init__(
        self,
        folder: Path,
        teacher: Calculator | Callable[[], Calculator],
        fingerprint: str,
        shared: SharedLabels | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            folder: Of the batches.
            teacher: Or what loads it, called where it is asked.
            fingerprint: Tells teachers apart: labels of another one are not used; nor are they in `shared`.
            shared: Labels that campaigns share; None where they do not.
        """
        self._shared = shared
        self._folder = folder
        self._teacher = teacher
        self._fingerprint = fingerprint
        self.n_labels = self.n_shared = 0

    def label(self, name: str, frames: Sequence[Atoms]) -> list[Label | None]:
        """One label per frame; None where the teacher has no finite answer or forces too large to be of use.

        Raises:
            PotentialError: the teacher failed on every frame.
        """
        if not frames:
            return []
        path = self._folder / f"{name}.npz"
        key = _key(frames, self._fingerprint)
        arrays = _read(path, key)
        if arrays is None:
            arrays = self._ask(frames, contact=name == CONTACT)
            content = {"key": np.array(key), **_structures(frames), **arrays}
            write_arrays(path, content)
        labels = [
            Label(float(arrays[f"energy_{k}"]), arrays[f"forces_{k}"], arrays[f"stress_{k}"])
            if f"energy_{k}" in arrays
            else None
            for k in range(len(frames))
        ]
        self.n_labels += sum(label is not None for label in labels)
        self.n_shared += int(arrays.get("n_shared", 0))
        return labels

    def asks(self, name: str, frames: Sequence[Atoms]) -> bool:
        """Whether the teacher is asked for these labels, and must be at hand."""
        if _read(self._folder / f"{name}.npz", _key(frames, self._fingerprint)) is not None:
            return False
        return any(self._shared is None or self._shared.find(atoms) is None for atoms in frames)

    def forget_others(self) -> None:
        """Delete batches of another teacher: its course of training may have been longer than this one will be.

        Who is taught in production is fitted to all batches of the folder.
        """
        for path in self._folder.glob("*.npz"):
            arrays = known_arrays(path)
            if arrays is None:
                continue  # damaged, which who reads it says
            of_this = (self._fingerprint, _key(_frames(arrays), self._fingerprint))
            if str(arrays.get("key", "")) not in of_this:
                path.unlink(missing_ok=True)

    def adopt(self, name: str, choose: Callable[[], Sequence[tuple[Atoms, Label]]]) -> list[tuple[Atoms, Label]]:
        """Labels that others have paid for, as they were chosen at the first call: the store may have grown since."""
        path = self._folder / f"{name}.npz"
        if _read(path, self._fingerprint) is None:
            write_batch(path, choose(), self._fingerprint)
        known = read_batch(path)
        self.n_labels += len(known)
        self.n_shared += len(known)
        return list(known)

    def _ask(self, frames: Sequence[Atoms], contact: bool) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {}
        trouble, n_shared = "", 0
        for k, atoms in enumerate(frames):
            label = None if self._shared is None else self._shared.find(atoms)
            if label is not None:
                n_shared += 1
                arrays.update(_answers(k, label))
                continue
            # Outside: what cannot be loaded is no frame's fault.
            teacher = self._teacher() if callable(self._teacher) else self._teacher
            try:
                label = ask_teacher(teacher, atoms)
            except Exception as error:  # a universal potential may refuse a frame in a way of its own
                trouble = f"{type(error).__name__}: {error}"
                continue
            if np.abs(label.forces).max() > MAX_FORCE_EV_A:
                continue
            arrays.update(_answers(k, label))
            if self._shared is not None:
                self._shared.keep(atoms, label, contact)
        if trouble and not arrays:
            raise PotentialError(f"the teacher failed on all of {len(frames)} frames, last with {trouble}")
        return arrays | ({"n_shared": np.array(n_shared)} if n_shared else {})


def ask_teacher(teacher: Calculator, atoms: Atoms) -> Label:
    """Energy, forces and stress in one call.

    Raises:
        PotentialError: an answer is missing or not finite.
    """
    from ase.stress import voigt_6_to_full_3x3_stress

    clean = Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
    # Straight to `calculate`: asking for one property after the other makes some teachers compute twice.
    teacher.calculate(clean, ["energy", "forces", "stress"], all_changes)
    try:
        energy, forces, stress = (teacher.results[name] for name in ("energy", "forces", "stress"))
    except KeyError as error:
        raise PotentialError(f"the teacher gives no {error.args[0]}") from None
    tensor = np.asarray(stress, dtype=float)
    tensor = voigt_6_to_full_3x3_stress(tensor) if tensor.shape == (6,) else tensor
    label = Label(float(energy), np.array(forces, dtype=float), tensor)
    if not (np.isfinite(label.energy) and np.isfinite(label.forces).all() and np.isfinite(tensor).all()):
        raise PotentialError("the teacher's answer is not finite")
    return label


def _answers(k: int, label: Label) -> dict[str, NDArray[Any]]:
    return {f"energy_{k}": np.array(label.energy), f"forces_{k}": label.forces, f"stress_{k}": label.stress}


def _key(frames: Sequence[Atoms], fingerprint: str) -> str:
    digest = hashlib.sha256(fingerprint.encode())
    for atoms in frames:
        digest.update(" ".join(atoms.get_chemical_symbols()).encode())
        digest.update(np.ascontiguousarray(atoms.positions).tobytes())
        digest.update(np.ascontiguousarray(atoms.cell.array).tobytes())
    return digest.hexdigest()


def _structures(frames: Sequence[Atoms]) -> dict[str, NDArray[Any]]:
    """The frames themselves, so that a file of labels is of use by itself."""
    arrays: dict[str, NDArray[Any]] = {}
    for k, atoms in enumerate(frames):
        arrays.update({f"numbers_{k}": atoms.numbers, f"positions_{k}": atoms.positions, f"cell_{k}": atoms.cell.array})
    return arrays


def labelled(frames: Sequence[Atoms], labels: Sequence[Label | None]) -> list[tuple[Atoms, Label]]:
    """The frames that have a label, with it."""
    return [(frame, label) for frame, label in zip(frames, labels, strict=True) if label is not None]


def write_batch(path: Path, known: Sequence[tuple[Atoms, Label]], key: str) -> None:
    """Labelled frames as one batch; `key` tells whose and which they are."""
    arrays = {"key": np.array(key), **_structures([atoms for atoms, _ in known])}
    for k, (_, label) in enumerate(known):
        arrays.update(_answers(k, label))
    write_arrays(path, arrays)


def read_batch(path: Path) -> list[tuple[Atoms, Label]]:
    """The labelled frames of one batch.

    Raises:
        PotentialError: the file is damaged.
    """
    try:
        a = read_arrays(path)
    except OSError as error:
        raise PotentialError(f"{path} is damaged ({error}); delete it and distill again") from None
    return [
        (atoms, Label(float(a[f"energy_{k}"]), a[f"forces_{k}"], a[f"stress_{k}"]))
        for k, atoms in enumerate(_frames(a))
        if f"energy_{k}" in a
    ]


def frames_in_batch(path: Path) -> int:
    """How many frames a batch has, with a label or without."""
    return len(_frames(read_arrays(path)))


def _frames(a: Mapping[str, NDArray[Any]]) -> list[Atoms]:
    """All frames of a batch."""
    return [
        Atoms(a[f"numbers_{k}"], positions=a[f"positions_{k}"], cell=a[f"cell_{k}"], pbc=True)
        for k in range(sum(name.startswith("numbers_") for name in a))
    ]


def _read(path: Path, key: str) -> dict[str, NDArray[Any]] | None:
    """The arrays of a batch, or None where it is missing, damaged or of other frames."""
    arrays = known_arrays(path)
    return arrays if arrays is not None and str(arrays.pop("key", "")) == key else None
