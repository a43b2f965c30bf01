"""A student fitted again with labels that one run added to its family's."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms

from screening.errors import StageError
from screening.students.design import Designer, Label
from screening.students.exploration import closest_allowed_A
from screening.students.fit import NormalEquations, add_known
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.students.seeds import confidence_in


def refitted(
    student: StudentPotential,
    designer: Designer,
    family_labels: Path,
    taught_with: Sequence[Path],
    new: Sequence[tuple[Atoms, Label]],
) -> StudentPotential:
    """The student fitted to the family's labels, those of the run so far, and the new ones.

    Args:
        student: As it is.
        designer: Makes rows of its basis.
        family_labels: Folder of the labels that the family's student was fitted to.
        taught_with: Files of labels that it was taught with since.
        new: Frames and labels.

    Raises:
        StageError: the family's labels are gone.
        PotentialError: a file of labels is damaged.
    """
    refit = Refit(student, designer, family_labels, taught_with)
    refit.add(new)
    return refit.student()


class Refit:
    """The fit to all that a student knows, which may learn more."""

    def __init__(
        self, student: StudentPotential, designer: Designer, family_labels: Path, taught_with: Sequence[Path]
    ) -> None:
        """Arguments and errors as of `refitted`."""
        self._before, self._designer, self._new = student, designer, list[Atoms]()
        self._equations = NormalEquations(student.basis, student.settings, student.member)
        batches = sorted(family_labels.glob("*.npz"))
        if not batches:
            raise StageError(f"{family_labels} holds no labels: delete student.json beside it and run again")
        for path in [*batches, *taught_with]:
            confidence = confidence_in(path.stem) if path in batches else 1.0
            add_known([self._equations], designer, read_batch(path), confidence)

    def add(self, new: Sequence[tuple[Atoms, Label]]) -> None:
        """Learn further frames."""
        add_known([self._equations], self._designer, new)
        self._new += [frame for frame, _ in new]

    def student(self) -> StudentPotential:
        """The student that knows all so far."""
        before = self._before
        closest = closest_allowed_A(self._new)
        facts = {**before.facts, "taught_from": before.checksum, "n_labels_of_run": len(self._new)}
        return StudentPotential(
            before.basis, before.settings, self._equations.solve(), min(before.min_distance_A, closest), facts
        )


def force_error_meV_A(student: StudentPotential, designer: Designer, known: Sequence[tuple[Atoms, Label]]) -> float:
    """Mean absolute error of a force component on labelled frames, meV/Angstrom."""
    errors = []
    frames = [frame for frame, _ in known]
    for rows, (frame, label) in zip(designer.tolerant_rows(frames, stress=False), known, strict=True):
        if rows is not None:
            forces = student.solution.predict(rows)[1:].reshape(len(frame), 3)
            errors.append(np.abs(rows.box.to_caller(forces) - label.forces).ravel())
    return 1000.0 * float(np.concatenate(errors).mean())
