"""Relaxation of cell and positions; what goes wrong is a recorded status, never a silent success."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.filters import FrechetCellFilter
from ase.optimize import FIRE

from screening.config.stability import RelaxationConfig
from screening.errors import is_full_memory
from screening.stability.status import RelaxationStatus
from screening.stability.topology import Framework

# Beyond these a relaxation has left the structure it began with: an explosion, or a hole of the potential.
VOLUME_CHANGE_LIMIT = 0.5
FORCE_LIMIT_EV_A = 1e3
# scipy says at every step that a logarithm of the strain is known to 5e-13 only; a larger error is still told.
HARMLESS = r"logm result may be inaccurate, approximate err = \d\.\d+e-1\d"


@dataclass(frozen=True)
class Relaxation:
    """Outcome of one relaxation.

    Attributes:
        atoms: The last geometry, whatever the status.
        status: Whether it is the structure that was asked for.
        reason: Why it is not converged, "" otherwise.
        energy_eV: Potential energy of `atoms`, None unless converged or not converged.
        steps: Optimiser steps taken.
        max_force_eV_A: Largest force on an atom at the end, None where there is no energy.
        volume_change: Relative to the start.
    """

    atoms: Atoms
    status: RelaxationStatus
    reason: str
    energy_eV: float | None
    steps: int
    max_force_eV_A: float | None
    volume_change: float


def relax(
    atoms: Atoms,
    calculator: Any,
    settings: RelaxationConfig,
    seed: int,
    framework: Framework | None,
    ideal: Atoms | None = None,
) -> Relaxation:
    """Relax a copy of `atoms`.

    Args:
        atoms: Start geometry, periodic.
        calculator: ASE calculator with stress.
        settings: Thresholds.
        seed: Of the displacement that frees ions from sites where symmetry holds them.
        framework: Whose bonds must be the same afterwards; None where none are prescribed.
        ideal: Geometry whose bonds count and whose volume the change is relative to; default: `atoms`.
    """
    ideal = atoms if ideal is None else ideal
    work = atoms.copy()
    rng = np.random.default_rng(seed)
    work.positions += rng.normal(0.0, settings.rattle_A, work.positions.shape)
    work.calc = calculator
    target = FrechetCellFilter(work) if settings.cell else work
    optimiser = FIRE(target, logfile=None)

    def unusable(status: RelaxationStatus, reason: str) -> Relaxation:
        change = work.get_volume() / ideal.get_volume() - 1.0
        return Relaxation(plain(work), status, reason, None, optimiser.nsteps, None, float(change))

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=HARMLESS)
            for _ in optimiser.irun(fmax=settings.fmax_eV_A, steps=settings.max_steps):
                trouble = _trouble(work, ideal.get_volume())
                if trouble is not None:
                    return unusable(*trouble)
        forces = work.get_forces()
        converged = bool(optimiser.converged(target.get_forces().ravel()))
        energy = float(work.get_potential_energy())
    except Exception as error:
        # A structure that the potential stumbles over must not lose the others.
        if is_full_memory(error):
            raise
        return unusable(RelaxationStatus.FAILED, f"the potential raised {type(error).__name__}: {error}")
    changed = framework.changes(ideal, work) if framework else ""
    if changed:
        return unusable(RelaxationStatus.FRAMEWORK_CHANGED, changed)
    return Relaxation(
        atoms=plain(work),
        status=RelaxationStatus.CONVERGED if converged else RelaxationStatus.NOT_CONVERGED,
        reason="" if converged else f"forces above {settings.fmax_eV_A:g} eV/Angstrom after {optimiser.nsteps} steps",
        energy_eV=energy,
        steps=optimiser.nsteps,
        max_force_eV_A=float(np.linalg.norm(forces, axis=1).max()),
        volume_change=float(work.get_volume() / ideal.get_volume() - 1.0),
    )


def _trouble(atoms: Atoms, start_volume: float) -> tuple[RelaxationStatus, str] | None:
    """Status and reason if the geometry is no longer a crystal that can be relaxed."""
    force = np.abs(atoms.get_forces()).max()
    if not np.isfinite(force) or not np.isfinite(atoms.get_potential_energy()):
        return RelaxationStatus.EXPLODED, "energy or forces are not finite"
    if force > FORCE_LIMIT_EV_A:
        return RelaxationStatus.EXPLODED, f"a force of {force:.3g} eV/Angstrom"
    change = atoms.get_volume() / start_volume - 1.0
    if abs(change) > VOLUME_CHANGE_LIMIT:
        grown = RelaxationStatus.EXPLODED if change > 0 else RelaxationStatus.COLLAPSED
        return grown, f"the volume changed by {change:+.0%}"
    return None


def plain(atoms: Atoms) -> Atoms:
    """Elements, positions and cell, and nothing else."""
    return Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
