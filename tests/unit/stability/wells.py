"""A potential with two minima."""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes


class TwoWells(Calculator):
    """A tilted double well for one atom's x, minima near 0.9 and, lower, -1.1 Angstrom."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        x = atoms.positions[:, 0]
        forces = np.zeros((len(atoms), 3))
        forces[:, 0] = -(0.4 * x * (x**2 - 1) + 0.05)
        self.results = {"energy": float((0.1 * (x**2 - 1) ** 2 + 0.05 * x).sum()), "forces": forces}
