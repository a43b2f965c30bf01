"""Is a student still where it was taught? For monitoring production runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from ase import Atoms

from screening.students.exploration import EXTRAPOLATING
from screening.students.pod import StudentPotential


@dataclass(frozen=True)
class Monitor:
    """What a student knew about some frames.

    Attributes:
        grades: Largest extrapolation grade in each frame.
        elements: Element of the atom that has it.
    """

    grades: tuple[float, ...]
    elements: tuple[str, ...]

    @property
    def share_extrapolating(self) -> float:
        """Share of frames with an atom the student was not taught about."""
        return sum(grade > EXTRAPOLATING for grade in self.grades) / max(1, len(self.grades))


def monitor(student: StudentPotential, frames: Sequence[Atoms]) -> Monitor:
    """Extrapolation grades of frames of a production run; about 50 ms a frame of 50 atoms.

    Raises:
        LammpsFailure: LAMMPS failed on one of them.
    """
    worst = [(float(g.max()), int(g.argmax())) for g in student.extrapolation(frames)]
    symbols = [atoms.get_chemical_symbols()[k] for atoms, (_, k) in zip(frames, worst, strict=True)]
    return Monitor(tuple(grade for grade, _ in worst), tuple(symbols))
