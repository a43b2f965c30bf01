"""The student as an ASE calculator, for relaxations; dynamics run through its engine."""

from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress

from screening.students.pod import StudentPotential


class StudentCalculator(Calculator):
    """Energy (eV), forces (eV/Angstrom) and stress (eV/Angstrom^3, positive under tension) of a student.

    Raises LammpsFailure where LAMMPS fails, PotentialError for an element the student does not know.
    """

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, student: StudentPotential) -> None:
        super().__init__()
        self.student = student
        self.engine = student.engine()

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """As ASE asks for it."""
        super().calculate(atoms, properties, system_changes)
        (answer,) = self.engine.evaluate([self.atoms])
        self.results = {
            "energy": answer.energy,
            "forces": answer.forces,
            "stress": full_3x3_to_voigt_6_stress(answer.stress),
        }

    def close(self) -> None:
        """End the LAMMPS process."""
        self.engine.close()
