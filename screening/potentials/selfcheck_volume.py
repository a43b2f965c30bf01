"""Volume and stiffness of reference crystals against measured values: the check that tells right weights from wrong."""

from dataclasses import dataclass

import numpy as np

from screening.constants import GPA
from screening.potentials.references import Crystal
from screening.potentials.selfcheck_evaluate import Array, Evaluator
from screening.potentials.selfcheck_report import Check, failed, limited

# Of 192 crystals and six sound potentials none is off by more than 8.8 % (docs/potentials.md).
VOLUME_BOUND_PERCENT = 12.0
# The same gave 0.60 to 1.57 times the measured bulk modulus. An energy in kcal/mol or hartree is off by 23 or 27.
STIFFNESS_FACTOR = 2.0
# Relative lattice constants: +-6 % in length is -17 to +19 % in volume, and a fit of seven points is not thrown by
# the noise of single precision. A minimum outside is looked for up to LENGTH_LIMIT, so that the text can say where.
LENGTHS = tuple(round(0.94 + 0.02 * i, 2) for i in range(7))
LENGTH_STEP, LENGTH_LIMIT = 0.02, (0.84, 1.20)


@dataclass(frozen=True)
class Minimum:
    """Minimum of the energy over isotropic scaling at fixed fractional coordinates.

    Attributes:
        volume_ratio: Its volume over the measured one.
        bulk_modulus_GPa: From the curvature there.
    """

    volume_ratio: float
    bulk_modulus_GPa: float


def volume_checks(evaluator: Evaluator, crystal: Crystal) -> list[Check]:
    """Compare one crystal's volume, and its bulk modulus where a measured one is at hand.

    Raises:
        EvaluationError: the potential cannot compute the crystal.
    """
    atoms = crystal.atoms()
    per_atom = atoms.get_volume() / len(atoms)
    minimum = find_minimum(evaluator, crystal)
    if isinstance(minimum, str):
        return [failed("volume", crystal.name, minimum)]
    difference = 100 * (minimum.volume_ratio - 1)
    computed = minimum.volume_ratio * per_atom
    text = f"{computed:.2f} Å^3/atom, {difference:+.1f} % from the measured {per_atom:.2f}"
    checks = [limited("volume", crystal.name, difference, VOLUME_BOUND_PERCENT, "%", text)]
    if crystal.bulk_modulus_GPa is not None:
        ratio = minimum.bulk_modulus_GPa / crystal.bulk_modulus_GPa
        passed = 1 / STIFFNESS_FACTOR <= ratio <= STIFFNESS_FACTOR
        text = f"bulk modulus {minimum.bulk_modulus_GPa:.0f} GPa, measured {crystal.bulk_modulus_GPa:.0f}"
        checks.append(Check("stiffness", crystal.name, ratio, STIFFNESS_FACTOR, "ratio", passed, text))
    return checks


def find_minimum(evaluator: Evaluator, crystal: Crystal) -> Minimum | str:
    """The minimum of the energy over the crystal's size, or a sentence that says there is none near.

    Args:
        evaluator: The potential.
        crystal: The crystal; its cell is scaled from the measured size, by -6 to +6 % in length and further where
            the energy still falls.
    """
    atoms = crystal.atoms()
    lengths = list(LENGTHS)
    energies = [_energy(evaluator, atoms, length) for length in lengths]
    while (lowest := int(np.argmin(energies))) in (0, len(lengths) - 1):
        step = -LENGTH_STEP if lowest == 0 else LENGTH_STEP
        length = lengths[lowest] + step
        if not LENGTH_LIMIT[0] <= length <= LENGTH_LIMIT[1]:
            direction = "shrinks" if step < 0 else "grows"
            return f"the energy still falls when the crystal {direction} by {100 * (lengths[lowest] ** 3 - 1):+.0f} %"
        where = 0 if lowest == 0 else len(lengths)
        lengths.insert(where, length)
        energies.insert(where, _energy(evaluator, atoms, length))
    window = slice(max(0, lowest - 3), lowest + 4)
    return _fit(np.array(lengths[window]) ** 3, np.array(energies[window]), atoms.get_volume())


def _energy(evaluator: Evaluator, atoms: object, length: float) -> float:
    scaled = atoms.copy()  # type: ignore[attr-defined]
    scaled.set_cell(scaled.cell * length, scale_atoms=True)
    return evaluator.energy(scaled)


def _fit(ratios: Array, energies: Array, volume_A3: float) -> Minimum | str:
    """The minimum of a cubic through energy over volume ratio, between the neighbours of the lowest point."""
    from scipy.optimize import brentq

    slope = np.polynomial.Polynomial.fit(ratios, energies, 3).deriv()
    lowest = int(np.argmin(energies))
    left, right = ratios[max(0, lowest - 1)], ratios[min(len(ratios) - 1, lowest + 1)]
    if not slope(left) < 0 < slope(right):
        return "the energy has no smooth minimum over the volume"
    ratio = float(brentq(slope, left, right))
    return Minimum(ratio, float(ratio * slope.deriv()(ratio) / volume_A3 / GPA))
