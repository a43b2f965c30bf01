"""Is a student still where it was taught? For monitoring production runs."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from ase import Atoms

from screening.students.design import Designer
from screening.students.exploration import EXTRAPOLATING, worst_atoms
from screening.students.pod import StudentPotential


@dataclass(frozen=True)
class Monitor:
    """What a student knew about some frames.

    Attributes:
        grades: Largest extrapolation grade in each frame; infinite where LAMMPS cannot compute the descriptors.
        elements: Element of the atom that has it, "" where there is none.
    """

    grades: tuple[float, ...]
    elements: tuple[str, ...]

    @property
    def share_extrapolating(self) -> float:
        """Share of frames with an atom the student was not taught about."""
        return sum(grade > EXTRAPOLATING for grade in self.grades) / max(1, len(self.grades))


def monitor(student: StudentPotential, frames: Sequence[Atoms]) -> Monitor:
    """Extrapolation grades of frames of a production run; about 50 ms a frame of 50 atoms."""
    with closing(Designer(student.basis, student.settings)) as designer:
        found = worst_atoms(student, designer, frames)
    return Monitor(tuple(grade for grade, _ in found), tuple(element for _, element in found))
