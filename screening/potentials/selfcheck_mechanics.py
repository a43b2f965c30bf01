"""Whether forces and stress are the derivatives of the energy, and the energy knows nothing of labels and axes.

All checks run on one rattled, sheared crystal without symmetry, so that nothing vanishes by symmetry.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from screening.constants import GPA
from screening.potentials.selfcheck_evaluate import Array, Evaluator
from screening.potentials.selfcheck_report import Check, limited

RATTLE_A, SHEAR, ATOMS_AT_LEAST = 0.08, 0.02, 8
# Steps of the four-point central differences, Å for the atom that moves most and strain: large enough to drown single
# precision (1e-7 of the energy), small enough for a formula whose error goes with the fourth power of the step.
FORCE_STEP_A, FORCE_DIRECTIONS, STRAIN_STEP = 0.02, 5, 0.004
# Measured: up to 0.02 % for smooth models and 1.1 % for CHGNet, whose energy has small jumps.
FORCE_BOUND_PERCENT = 2.0
# Percent of the largest component, which counts as at least the floor; measured: 0.1 %, for CHGNet up to 2.0 %.
STRESS_BOUND_PERCENT, STRESS_FLOOR_GPA = 5.0, 1.5
# Measured: 0.02 meV for smooth models, up to 0.5 meV for CHGNet.
JUMP_BOUND_MEV = 2.0
PATH_LENGTH_A, PATH_POINTS = 0.8, 27
# D4's coefficients change within 0.3 % of a length where a shell of neighbours is lost: steep, no jump in such steps.
SWELL, SWELL_POINTS = 0.05, 53
# Measured: 0.003 meV/atom and 0.3 meV/Å in single precision; the bounds leave room for a GPU's reduced precision.
INVARIANCE_BOUND_MEV_ATOM, INVARIANCE_BOUND_MEV_A = 0.1, 5.0


def rattled(atoms: Any, seed: int) -> Any:
    """A copy with at least 8 atoms, sheared by 2 % and displaced by 0.08 Å: no symmetry is left."""
    random = np.random.default_rng(seed)
    copy = atoms.copy()
    while len(copy) < ATOMS_AT_LEAST:
        shortest = int(np.argmin(copy.cell.lengths()))
        copy = copy.repeat([2 if axis == shortest else 1 for axis in range(3)])
    strain = random.uniform(-SHEAR, SHEAR, (3, 3))
    copy.set_cell(copy.cell.array @ (np.eye(3) + (strain + strain.T) / 2), scale_atoms=True)
    copy.positions += random.normal(0, RATTLE_A, copy.positions.shape)
    return copy


def derivative_checks(evaluator: Evaluator, sample: Any, seed: int) -> list[Check]:
    """Forces against central differences of the energy, and stress against finite strain."""
    return [_forces(evaluator, sample, seed), _stress(evaluator, sample, seed)]


def _forces(evaluator: Evaluator, sample: Any, seed: int) -> Check:
    """The median over directions: one that crosses a small jump of the energy is judged by the smoothness check."""
    _, forces = evaluator.energy_and_forces(sample)
    rms = float(np.sqrt((forces**2).mean()))
    errors = []
    for direction in _directions(forces, seed):
        step = FORCE_STEP_A / np.abs(direction).max()
        numeric = -_derivative(evaluator, sample, direction, step)
        analytic = float((forces * direction).sum())
        errors.append(abs(numeric - analytic) / max(abs(numeric), abs(analytic), 1e-3))
    value = 100 * float(np.median(errors))
    text = f"differ from central differences by {value:.2f} % (rms {rms:.2f} eV/Å)"
    return limited("forces", sample.get_chemical_formula(), value, FORCE_BOUND_PERCENT, "%", text)


def _directions(forces: Array, seed: int) -> list[Array]:
    """Unit vectors in the space of all coordinates, shape (atoms, 3) each.

    Each mixes the forces on a random half of the atoms with a random part, so that the derivative is large, every
    atom takes part and so do directions across the forces.
    """
    random = np.random.default_rng(seed)
    directions = []
    for _ in range(FORCE_DIRECTIONS):
        half = forces * (random.permutation(len(forces)) % 2)[:, None]
        across = random.normal(size=forces.shape)
        mixed = half / max(float(np.linalg.norm(half)), 1e-12) + across / np.linalg.norm(across)
        directions.append(mixed / np.linalg.norm(mixed))
    return directions


def _derivative(evaluator: Evaluator, sample: Any, direction: Array, step: float) -> float:
    """Derivative of the energy along `direction`, eV per unit of it."""

    def energy(distance: float) -> float:
        moved = sample.copy()
        moved.positions += distance * direction
        return evaluator.energy(moved)

    return _four_points(energy, step)


def _four_points(energy: Callable[[float], float], step: float) -> float:
    near = energy(step) - energy(-step)
    far = energy(2 * step) - energy(-2 * step)
    return float((8 * near - far) / (12 * step))


def _stress(evaluator: Evaluator, sample: Any, seed: int) -> Check:
    stress = evaluator.stress(sample)
    general = np.random.default_rng(seed).uniform(-1, 1, (3, 3))
    worst = 0.0
    for strain in (np.eye(3), np.diag([1.0, -1.0, 0.0]), (general + general.T) / 2):

        def energy(amount: float, strain: Array = strain) -> float:
            strained = sample.copy()
            strained.set_cell(sample.cell.array @ (np.eye(3) + amount * strain), scale_atoms=True)
            return evaluator.energy(strained)

        numeric = _four_points(energy, STRAIN_STEP) / sample.get_volume()
        worst = max(worst, abs(numeric - float((stress * strain).sum())) / float(np.abs(strain).sum()))
    size = float(np.abs(stress).max()) / GPA
    worst /= GPA
    value = 100 * worst / max(size, STRESS_FLOOR_GPA)
    text = f"differs from finite strain by {worst:.3f} GPa (largest component {size:.2f} GPa)"
    return limited("stress", sample.get_chemical_formula(), value, STRESS_BOUND_PERCENT, "%", text)


def smoothness_checks(evaluator: Evaluator, sample: Any, seed: int) -> list[Check]:
    """No jump of the energy while one atom moves by 0.8 Å and while the cell swells by 10 %."""
    return [_path(evaluator, sample, seed), _swelling(evaluator, sample)]


def _path(evaluator: Evaluator, sample: Any, seed: int) -> Check:
    atom = _roomiest(sample)
    direction = np.random.default_rng(seed).normal(size=3)
    direction /= np.linalg.norm(direction)
    positions = np.linspace(-PATH_LENGTH_A / 2, PATH_LENGTH_A / 2, PATH_POINTS)
    energies, slopes = np.empty(len(positions)), np.empty(len(positions))
    for i, distance in enumerate(positions):
        moved = sample.copy()
        moved.positions[atom] += distance * direction
        energies[i], forces = evaluator.energy_and_forces(moved)
        slopes[i] = -forces[atom] @ direction
    value = 1e3 * largest_jump(energies, slopes, positions[1] - positions[0])
    text = f"largest jump {value:.3f} meV while one {sample.symbols[atom]} moves by {PATH_LENGTH_A:g} Å"
    return limited("smoothness", sample.get_chemical_formula(), value, JUMP_BOUND_MEV, "meV", text)


def _roomiest(sample: Any) -> int:
    """The atom whose nearest neighbour is farthest: it can move without running into another one."""
    distances = sample.get_all_distances(mic=True)
    np.fill_diagonal(distances, np.inf)
    return int(np.argmax(distances.min(axis=1)))


def _swelling(evaluator: Evaluator, sample: Any) -> Check:
    """Hydrostatic swelling takes whole shells of neighbours across the cutoff at once."""
    strains = np.linspace(-SWELL, SWELL, SWELL_POINTS)
    energies, slopes = np.empty(len(strains)), np.empty(len(strains))
    for i, strain in enumerate(strains):
        swollen = sample.copy()
        swollen.set_cell(sample.cell.array * np.exp(strain), scale_atoms=True)
        energies[i], stress = evaluator.energy_and_stress(swollen)
        slopes[i] = swollen.get_volume() * np.trace(stress)
    value = 1e3 * largest_jump(energies, slopes, strains[1] - strains[0]) / len(sample)
    text = f"largest jump {value:.3f} meV/atom while the cell swells by {200 * SWELL:.0f} % in length"
    return limited("smoothness", sample.get_chemical_formula(), value, JUMP_BOUND_MEV, "meV", text)


def largest_jump(energies: Array, slopes: Array, step: float) -> float:
    """Largest change of the energy between neighbouring points that its slopes do not account for.

    Args:
        energies: Energies at equally spaced points, shape (points,).
        slopes: Derivatives of the energy there, per unit of `step`, shape (points,).
        step: Distance of neighbouring points.
    """
    # Trapezoid with the Euler-Maclaurin correction: the error goes with the fifth power of the step.
    change = np.diff(energies)
    bend = np.gradient(slopes, step)
    expected = step * (slopes[1:] + slopes[:-1]) / 2 - step**2 * np.diff(bend) / 12
    # Ends left out: the derivative of the slope is one-sided there.
    return float(np.abs(change - expected)[1:-1].max())


def invariance_checks(evaluator: Evaluator, sample: Any, seed: int) -> list[Check]:
    """The same crystal computed again, turned, shifted, wrapped, with its atoms shuffled, and twice as large."""
    energy, forces = evaluator.energy_and_forces(sample)
    formula = sample.get_chemical_formula()
    checks = []
    for name, told, other, expected in _equivalents(sample, forces, seed):
        evaluator.forget()
        other_energy, other_forces = evaluator.energy_and_forces(other)
        per_atom = 1e3 * (other_energy / len(other) - energy / len(sample))
        force = 1e3 * float(np.abs(other_forces - expected).max())
        text = f"{told} changes the energy by {per_atom:.4f} meV/atom and a force by up to {force:.2f} meV/Å"
        ratio = max(abs(per_atom) / INVARIANCE_BOUND_MEV_ATOM, force / INVARIANCE_BOUND_MEV_A)
        checks.append(limited(name, formula, ratio, 1.0, "of the bound", text))
    return checks


def _equivalents(sample: Any, forces: Array, seed: int) -> list[tuple[str, str, Any, Array]]:
    """Name, what was done, the equivalent structure and the forces it should have, shape (atoms, 3)."""
    from scipy.spatial.transform import Rotation

    random = np.random.default_rng(seed)
    turn = Rotation.from_rotvec(random.uniform(0.5, 1.5, 3)).as_matrix()
    turned = sample.copy()
    turned.set_cell(sample.cell.array @ turn.T)
    turned.positions = sample.positions @ turn.T
    shifted = sample.copy()
    shifted.positions += random.uniform(1, 5, 3)
    wrapped = sample.copy()
    wrapped.positions += random.integers(-2, 3, (len(sample), 3)) @ sample.cell.array
    order = random.permutation(len(sample))
    doubled = sample.repeat((2, 1, 1))
    return [
        ("repetition", "computing it again", sample, forces),
        ("rotation", "turning the crystal", turned, forces @ turn.T),
        ("translation", "shifting all atoms", shifted, forces),
        ("periodicity", "moving atoms by whole cells", wrapped, forces),
        ("permutation", "shuffling the atoms", sample[order], forces[order]),
        ("extensivity", "doubling the cell", doubled, np.tile(forces, (2, 1))),
    ]
