"""Relaxation of cell and positions; not converged is a recorded status, never a silent success."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.filters import FrechetCellFilter
from ase.optimize import FIRE

from screening.config.stability import RelaxConfig

# Beyond these a relaxation has left the structure it began with: an explosion, or a hole of the potential.
VOLUME_CHANGE_LIMIT = 0.5
FORCE_LIMIT_EV_A = 1e3


@dataclass(frozen=True)
class Relaxation:
    """Outcome of one relaxation.

    Attributes:
        atoms: The last geometry, whatever the status.
        status: "converged", "not_converged" or "exploded".
        reason: Why it is not converged, "" otherwise.
        energy_eV: Potential energy of `atoms`, None if it exploded.
        steps: Optimiser steps taken.
        max_force_eV_A: Largest force on an atom at the end, None if not finite.
        volume_change: Relative to the start.
    """

    atoms: Atoms
    status: str
    reason: str
    energy_eV: float | None
    steps: int
    max_force_eV_A: float | None
    volume_change: float


def relax(atoms: Atoms, calculator: Any, settings: RelaxConfig, seed: int) -> Relaxation:
    """Relax a copy of `atoms`.

    Args:
        atoms: Start geometry, periodic.
        calculator: ASE calculator with stress.
        settings: Thresholds.
        seed: Of the displacement that frees ions from sites where symmetry holds them.
    """
    work = atoms.copy()
    rng = np.random.default_rng(seed)
    work.positions += rng.normal(0.0, settings.rattle_A, work.positions.shape)
    work.calc = calculator
    target = FrechetCellFilter(work) if settings.cell else work
    optimiser = FIRE(target, logfile=None)
    trouble = ""
    for _ in optimiser.irun(fmax=settings.fmax_eV_A, steps=settings.max_steps):
        trouble = _trouble(work, atoms.get_volume())
        if trouble:
            break
    change = work.get_volume() / atoms.get_volume() - 1.0
    if trouble:
        return Relaxation(_plain(work), "exploded", trouble, None, optimiser.nsteps, None, float(change))
    forces = work.get_forces()
    converged = bool(optimiser.converged(target.get_forces().ravel()))
    return Relaxation(
        atoms=_plain(work),
        status="converged" if converged else "not_converged",
        reason="" if converged else f"forces above {settings.fmax_eV_A:g} eV/Angstrom after {optimiser.nsteps} steps",
        energy_eV=float(work.get_potential_energy()),
        steps=optimiser.nsteps,
        max_force_eV_A=float(np.linalg.norm(forces, axis=1).max()),
        volume_change=float(change),
    )


def _trouble(atoms: Atoms, start_volume: float) -> str:
    force = np.abs(atoms.get_forces()).max()
    if not np.isfinite(force) or not np.isfinite(atoms.get_potential_energy()):
        return "energy or forces are not finite"
    if force > FORCE_LIMIT_EV_A:
        return f"a force of {force:.3g} eV/Angstrom"
    change = atoms.get_volume() / start_volume - 1.0
    if abs(change) > VOLUME_CHANGE_LIMIT:
        return f"the volume changed by {change:+.0%}"
    return ""


def _plain(atoms: Atoms) -> Atoms:
    return Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)
