"""A teacher of fluorite oxides: pair potentials in LAMMPS, as an ASE calculator and as an engine of its own.

Buckingham's form with the parameters of MOX-07 (Potashnikov et al., J. Nucl. Mater. 419, 217 (2011)) for UO2;
a trivalent cation has uranium's repulsion and three quarters of its charge, which makes oxygen vacancies. Coulomb's
interaction is damped and shifted (Fennell, Gezelter, J. Chem. Phys. 124, 234104 (2006)), so that everything is a table
of pairs and a nanosecond of 96 atoms costs minutes. It is a potential, not a model of these oxides: what counts is that
its own diffusivities can be known as well as one likes.
"""

from collections.abc import Callable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress
from numpy.typing import NDArray
from scipy.special import erfc

from screening.dynamics.engines.lammps import LammpsEngine

Floats = NDArray[np.float64]

COULOMB_EV_A = 14.3996454
IONICITY = 0.6862303
CHARGES = {"O": -2 * IONICITY, "Gd": 3 * IONICITY, "U": 4 * IONICITY}
# A in eV and B in 1/A of A exp(-B r) with oxygen.
REPULSION = {"Gd": (873.1066, 2.783855), "U": (873.1066, 2.783855)}
OXYGEN = (50211.74, 5.520015)
OXYGEN_C_EV_A6 = 74.79611
RANGE_A, DAMPING_PER_A = 9.0, 0.2
TABLE_FROM_A, TABLE_POINTS = 0.8, 6000
ELEMENTS = tuple(CHARGES)


def pair_energy(one: str, other: str) -> Callable[[Floats], Floats]:
    """Energy of two ions in eV, of their distance in A; zero with its slope at the range."""

    def energy(r: Floats) -> Floats:
        return _short(one, other, r) + CHARGES[one] * CHARGES[other] * COULOMB_EV_A * _shifted(r)

    return energy


def _short(one: str, other: str, r: Floats) -> Floats:
    if one == other == "O":
        bare = _buckingham(r, *OXYGEN, OXYGEN_C_EV_A6)
        end = RANGE_A + np.array([-1e-4, 0.0, 1e-4])
        before, at, after = _buckingham(end, *OXYGEN, OXYGEN_C_EV_A6)
        return bare - at - (after - before) / 2e-4 * (r - RANGE_A)
    if "O" in (one, other):
        return _buckingham(r, *REPULSION[one if other == "O" else other], 0.0)
    return np.zeros_like(r)


def _buckingham(r: Floats, a: float, b: float, c: float) -> Floats:
    return a * np.exp(-b * r) - c / r**6


def _shifted(r: Floats) -> Floats:
    """Damped and shifted 1/r."""
    at = erfc(DAMPING_PER_A * RANGE_A) / RANGE_A
    slope = at / RANGE_A + 2 * DAMPING_PER_A / np.sqrt(np.pi) * np.exp(-((DAMPING_PER_A * RANGE_A) ** 2)) / RANGE_A
    shifted: Floats = erfc(DAMPING_PER_A * r) / r - at + slope * (r - RANGE_A)
    return shifted


def engine() -> LammpsEngine:
    """Runs the teacher itself."""
    pairs = list(combinations_with_replacement(range(len(ELEMENTS)), 2))
    commands = [f"pair_style table spline {TABLE_POINTS}"]
    commands += [f"pair_coeff {i + 1} {j + 1} pairs.table {_name(i, j)} {RANGE_A}" for i, j in pairs]
    return LammpsEngine(ELEMENTS, commands, {"pairs.table": "\n".join(_table(i, j) for i, j in pairs)})


def _name(i: int, j: int) -> str:
    return f"{ELEMENTS[i]}_{ELEMENTS[j]}"


def _table(i: int, j: int) -> str:
    r, step = np.linspace(TABLE_FROM_A, RANGE_A, TABLE_POINTS), 1e-5
    energy = pair_energy(ELEMENTS[i], ELEMENTS[j])
    force = (energy(r - step) - energy(r + step)) / (2 * step)
    rows = [f"{k + 1} {x:.8f} {e:.10g} {f:.10g}" for k, (x, e, f) in enumerate(zip(r, energy(r), force, strict=True))]
    return "\n".join(["", _name(i, j), f"N {TABLE_POINTS} R {TABLE_FROM_A} {RANGE_A}", "", *rows, ""])


class Teacher(Calculator):
    """Energy (eV), forces (eV/A) and stress (eV/A^3) of the pair potentials."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self) -> None:
        super().__init__()
        self._engine = engine()

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """As ASE asks for it."""
        super().calculate(atoms, properties, system_changes)
        (answer,) = self._engine.evaluate([self.atoms])
        stress = full_3x3_to_voigt_6_stress(answer.stress)
        self.results = {"energy": answer.energy, "forces": answer.forces, "stress": stress}


def teacher() -> Teacher:
    """For `potential.name`."""
    return Teacher()
