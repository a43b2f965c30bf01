"""A teacher with the correction that first principles gave: what a corrected student is a student of."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress
from numpy.typing import NDArray

from screening.dynamics.engines.lammps import LammpsEngine, StaticResult
from screening.errors import PotentialError
from screening.records.arrays import read_arrays, write_arrays
from screening.students.basis import Basis
from screening.students.design import Label
from screening.students.labels import ask_teacher
from screening.students.pod import StudentPotential

FILE = "correction.npz"


class CorrectedTeacher(Calculator):
    """Energy (eV), forces (eV/Angstrom) and stress (eV/Angstrom^3) of a teacher plus a linear correction."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, teacher: Calculator, basis: Basis, coefficients: NDArray[np.float64]) -> None:
        super().__init__()
        self.teacher = teacher
        self.checksum = hashlib.sha256(coefficients.tobytes()).hexdigest()
        files = {"parameters.pod": basis.parameter_text, "coefficients.pod": basis.coefficient_text(coefficients)}
        named = f"pair_coeff * * parameters.pod coefficients.pod {' '.join(basis.elements)}"
        self.engine = LammpsEngine(basis.elements, ["pair_style pod", named], files, min_distance_A=0)

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """As ASE asks for it."""
        super().calculate(atoms, properties, system_changes)
        label = ask_teacher(self.teacher, self.atoms)
        (added,) = self.engine.evaluate([self.atoms])
        total = summed(label, added)
        self.results = {
            "energy": total.energy,
            "forces": total.forces,
            "stress": full_3x3_to_voigt_6_stress(total.stress),
        }

    def close(self) -> None:
        """End the LAMMPS process."""
        self.engine.close()


def summed(label: StaticResult, added: StaticResult) -> Label:
    """A teacher's answer with its correction."""
    return Label(label.energy + added.energy, label.forces + added.forces, label.stress + added.stress)


def keep(folder: Path, coefficients: NDArray[np.float64]) -> None:
    """Write a correction beside the student that has it."""
    write_arrays(folder / FILE, {"coefficients": coefficients})


def with_correction(teacher: Calculator, student: StudentPotential, folder: Path, checksum: str) -> CorrectedTeacher:
    """The teacher of a corrected student.

    Args:
        teacher: Without the correction.
        student: Of the family; the correction has its descriptors.
        folder: Of the correction.
        checksum: As student.json has it.

    Raises:
        PotentialError: the correction is missing, damaged or another one.
    """
    path = folder / FILE
    try:
        corrected = CorrectedTeacher(teacher, student.basis, read_arrays(path)["coefficients"])
    except (OSError, ValueError, KeyError) as error:
        raise PotentialError(f"{path} is missing or damaged ({error}); delete student.json to make it again") from None
    if corrected.checksum != checksum:
        raise PotentialError(f"{path} is not the correction that student.json names; delete that to make it again")
    return corrected
