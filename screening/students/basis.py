"""The descriptors as LAMMPS wants them described, and which coefficient belongs to what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from screening.config.student import BasisConfig


@dataclass(frozen=True)
class Basis:
    """Proper orthogonal descriptors of atoms of given elements (Nguyen and Rohskopf 2023, 10.1016/j.jcp.2023.112030).

    The energy is linear in the coefficients: for each central element one constant, then pair, triplet and
    quadruplet functions for each combination of neighbour elements.

    Attributes:
        elements: Element of LAMMPS atom type 1, 2, ...
        settings: Sizes of the basis.
    """

    elements: tuple[str, ...]
    settings: BasisConfig

    @property
    def parameter_text(self) -> str:
        """The file that describes the descriptors to LAMMPS."""
        s = self.settings
        lines = {
            "species": " ".join(self.elements),
            "pbc": "1 1 1",
            "rin": s.inner_radius_A,
            "rcut": s.cutoff_A,
            "bessel_polynomial_degree": s.bessel_degree,
            "inverse_polynomial_degree": s.inverse_degree,
            "onebody": 1,
            "twobody_number_radial_basis_functions": s.radial_2body,
            "threebody_number_radial_basis_functions": s.radial_3body,
            "threebody_angular_degree": s.angular_3body,
            "fourbody_number_radial_basis_functions": s.radial_4body,
            "fourbody_angular_degree": s.angular_4body,
        }
        return "".join(f"{key} {value}\n" for key, value in lines.items())

    @property
    def _blocks(self) -> list[tuple[int, int]]:
        """(combinations of neighbour elements, functions of each) for one, two, three and four bodies."""
        s, n = self.settings, len(self.elements)
        # Angular functions of quadruplets up to degree 0, 1, ...: what LAMMPS tabulates.
        quadruplet = (1, 2, 4, 7, 11, 16)[s.angular_4body]
        return [
            (1, 1),
            (n, s.radial_2body),
            (n * (n + 1) // 2, s.radial_3body * (s.angular_3body + 1)),
            (n * (n + 1) * (n + 2) // 6, s.radial_4body * quadruplet),
        ]

    @property
    def n_coefficients(self) -> int:
        """Number of coefficients."""
        return len(self.elements) * sum(combinations * functions for combinations, functions in self._blocks)

    @property
    def function_of_coefficient(self) -> NDArray[np.intp]:
        """A number for the function that each coefficient multiplies, whatever its elements, (n_coefficients,)."""
        labels: list[NDArray[np.intp]] = []
        first = 0
        for combinations, functions in self._blocks:
            labels.append(np.tile(np.arange(first, first + functions), combinations))
            first += functions
        return np.tile(np.concatenate(labels), len(self.elements))

    def coefficient_text(self, coefficients: NDArray[np.float64]) -> str:
        """The file of coefficients for LAMMPS, exact to the last bit."""
        if coefficients.shape != (self.n_coefficients,):
            raise ValueError(f"{self.n_coefficients} coefficients are needed, not {coefficients.shape}")
        return f"model_coefficients: {len(coefficients)} 0 0\n" + "".join(f"{c:.17g}\n" for c in coefficients.tolist())

    def zbl_commands(self, styles: str, inner_A: float, outer_A: float) -> list[str]:
        """LAMMPS lines for `styles` overlaid with the nuclear repulsion of every pair."""
        numbers = [atomic_numbers[element] for element in self.elements]
        lines = [f"pair_style hybrid/overlay {styles} zbl {inner_A!r} {outer_A!r}"]
        for i, z in enumerate(numbers):
            lines += [f"pair_coeff {i + 1} {j + 1} zbl {z} {numbers[j]}" for j in range(i, len(numbers))]
        return lines


def elements_of(structures: Sequence[Atoms]) -> tuple[str, ...]:
    """The elements of ASE structures, sorted by atomic number."""
    symbols = {symbol for atoms in structures for symbol in atoms.get_chemical_symbols()}
    return tuple(sorted(symbols, key=lambda symbol: int(atomic_numbers[symbol])))
