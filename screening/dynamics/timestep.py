"""The time step that a crystal allows, from the period of its fastest vibration."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from ase import Atoms, units
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh

from screening.dynamics.engines.base import Engine, StaticEngine

Floats = NDArray[np.float64]
#: Forces of frames of the same atoms in eV/Angstrom, (n_atoms, 3) each.
Forces = Callable[[Sequence[Atoms]], Sequence[Floats]]

# Steps in a period. Velocity Verlet is stable up to a third of it; with a fifteenth it sees a harmonic vibration
# 0.7 % too fast (the relative shift is (omega step)^2 / 24).
STEPS_IN_A_PERIOD = 15
# The period of one crystal differs by some per cent from student to student, and orderings of one candidate do: without
# this they would get 4 fs here and 3.3 there.
TOLERANCE_OF_PERIOD = 0.05
SHORTEST_FS, LONGEST_FS = 1.0, 5.0
# Largest displacement of an atom in a difference of forces, Angstrom: far above the noise of single precision.
DISPLACEMENT_A = 0.01
# Relative accuracy of the eigenvalue, twice that of the period.
TOLERANCE = 0.02


@dataclass(frozen=True)
class MeasuredStep:
    """A time step and what it follows from.

    Attributes:
        step_fs: Of the runs.
        period_fs: Of the fastest vibration.
    """

    step_fs: float
    period_fs: float


def measured_step(structures: Iterable[Atoms], engine: Engine, sample_interval_fs: float) -> MeasuredStep:
    """The longest time step that all these structures allow.

    Args:
        structures: Relaxed, at least one.
        engine: Finds their forces.
        sample_interval_fs: Time between frames, which the step divides.

    Raises:
        EngineFailure: the engine could not find the forces.
        TypeError: it finds none without running.
    """
    if not isinstance(engine, StaticEngine):
        raise TypeError(f"the {engine.name} engine finds no forces of a structure; give md.timestep_fs as a number")
    period = min(fastest_period_fs(atoms, engine.forces) for atoms in structures)
    return MeasuredStep(step_fs(period, sample_interval_fs), period)


def step_fs(period_fs: float, sample_interval_fs: float) -> float:
    """A fifteenth of the period or up to 5 % more, 1 to 5 fs, rounded down to a whole part of the time between frames.

    Args:
        period_fs: Of the fastest vibration.
        sample_interval_fs: Time between frames; where it is shorter than the step could be, it is the step.
    """
    longest = (1 + TOLERANCE_OF_PERIOD) * period_fs / STEPS_IN_A_PERIOD
    allowed = float(np.clip(longest, SHORTEST_FS, LONGEST_FS))
    return sample_interval_fs / ceil(sample_interval_fs / allowed - 1e-9)


def fastest_period_fs(atoms: Atoms, forces: Forces) -> float:
    """Period of the fastest harmonic vibration of a relaxed cell, fs; infinite where nothing vibrates.

    The largest eigenvalue of the mass-weighted Hessian, whose products with vectors are differences of forces: Lanczos'
    method needs some twenty of them and never the matrix.

    Args:
        atoms: Periodic, near a minimum.
        forces: Finds the forces of some frames.
    """
    roots = np.repeat(np.sqrt(atoms.get_masses()), 3)

    def product(vector: Floats) -> Floats:
        moved = vector.ravel() / roots
        scale = DISPLACEMENT_A / np.abs(moved.reshape(-1, 3)).max()
        frames = []
        for sign in (1, -1):
            frame = Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
            frame.positions += sign * scale * moved.reshape(-1, 3)
            frames.append(frame)
        ahead, behind = forces(frames)
        curvature: Floats = np.subtract(behind, ahead).ravel() / (2 * scale) / roots
        return curvature

    # The same start for the same cell: a run that is made again must get the same step.
    start = np.random.default_rng(len(roots)).normal(size=len(roots))
    if not product(start).any():
        return float("inf")
    hessian = LinearOperator((len(roots), len(roots)), matvec=product, dtype=float)
    (largest,) = eigsh(hessian, k=1, which="LA", v0=start, tol=TOLERANCE, return_eigenvectors=False)
    return float(2 * np.pi / np.sqrt(largest) / units.fs) if largest > 0 else float("inf")
