"""Energies, forces and stresses of one calculator, with everything that is not a finite number refused."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class EvaluationError(Exception):
    """The calculator raised, or returned something that is not a finite number; the text says which."""


class Evaluator:
    """Evaluates copies of structures, so that no caller's atoms carry the calculator.

    Attributes:
        calculator: The ASE calculator.
        count: Number of structures evaluated so far.
    """

    def __init__(self, calculator: Any) -> None:
        """Wrap an ASE calculator: energy in eV, forces in eV/Å, stress in eV/Å^3."""
        self.calculator = calculator
        self.count = 0

    def energy(self, atoms: Any) -> float:
        """Potential energy, eV."""
        return float(self._evaluate(atoms, "energy")["energy"])

    def energy_and_forces(self, atoms: Any) -> tuple[float, Array]:
        """Energy in eV and forces in eV/Å, shape (atoms, 3)."""
        results = self._evaluate(atoms, "forces", "energy")
        return float(results["energy"]), results["forces"]

    def stress(self, atoms: Any) -> Array:
        """Stress in eV/Å^3, shape (3, 3), positive under tension."""
        return self._evaluate(atoms, "stress")["stress"]

    def energy_and_stress(self, atoms: Any) -> tuple[float, Array]:
        """Energy in eV and stress in eV/Å^3, shape (3, 3), positive under tension."""
        results = self._evaluate(atoms, "stress", "energy")
        return float(results["energy"]), results["stress"]

    def forget(self) -> None:
        """Make the calculator forget its last result, which it would otherwise return for an equal structure."""
        if hasattr(self.calculator, "reset"):
            self.calculator.reset()

    def _evaluate(self, atoms: Any, *quantities: str) -> dict[str, Array]:
        copy = atoms.copy()
        copy.calc = self.calculator
        self.count += 1
        getters = {
            "energy": copy.get_potential_energy,
            "forces": copy.get_forces,
            "stress": lambda: copy.get_stress(voigt=False),
        }
        results = {}
        for quantity in quantities:
            whose = f"the {quantity} of {copy.get_chemical_formula()}"
            try:
                results[quantity] = np.array(getters[quantity](), dtype=float)
            except Exception as error:  # a calculator raises whatever its library raises
                raise EvaluationError(f"{whose} could not be computed ({type(error).__name__}: {error})") from error
            if not np.all(np.isfinite(results[quantity])):
                raise EvaluationError(f"{whose} is not a finite number")
        return results
