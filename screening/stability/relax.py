"""Relaxation of cell and positions; not converged is a recorded status, never a silent success."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.filters import FrechetCellFilter
from ase.optimize import FIRE

from screening.config.stability import RelaxConfig
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.protocol import thermal_start
from screening.records import derive_seed

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


@dataclass(frozen=True)
class Minimum:
    """The lowest of several relaxations of one ordering.

    Attributes:
        best: The relaxation of lowest energy; the last one if all exploded.
        energies_eV: Of all starts that have one, in the order made.
        repeated: Whether the lowest energy was found twice within the tolerance.
    """

    best: Relaxation
    energies_eV: tuple[float, ...]
    repeated: bool

    @property
    def spread_eV(self) -> float | None:
        """Standard deviation of the starts' energies, None for fewer than two: how much a single start is worth."""
        return float(np.std(self.energies_eV, ddof=1)) if len(self.energies_eV) > 1 else None


def relax_from_several_starts(atoms: Atoms, calculator: Any, settings: RelaxConfig, seed: int) -> Minimum:
    """Relax from several arrangements of the soft degrees of freedom and keep the lowest.

    Relaxations of one ordering scatter by millielectronvolts per atom over the mobile ions' starting places, as
    much as mixing enthalpies themselves. The first start is `atoms`; each further one comes from a short anneal
    of the lowest found so far. Starts end once the lowest energy was met twice, or at `settings.max_starts`.

    Args:
        atoms: Start geometry, periodic.
        calculator: ASE calculator with stress.
        settings: Thresholds, number of starts, anneal.
        seed: Of displacements and anneals.
    """
    done = relax(atoms, calculator, settings, seed)
    best, energies, repeated = done, _known([done]), False
    tolerance = settings.start_tolerance_meV_atom * len(atoms) / 1000
    for start in range(1, settings.max_starts):
        try:
            annealed = _anneal(best.atoms, calculator, settings, derive_seed(seed, start))
        except EngineFailure:
            continue
        done = relax(annealed, calculator, settings, derive_seed(seed, start))
        energies += _known([done])
        if done.energy_eV is not None and (best.energy_eV is None or done.energy_eV < best.energy_eV):
            best = done
        repeated = len(energies) > 1 and sorted(energies)[1] - min(energies) < tolerance
        if repeated:
            break
    return Minimum(best, tuple(energies), repeated)


def _known(done: list[Relaxation]) -> list[float]:
    return [relaxation.energy_eV for relaxation in done if relaxation.energy_eV is not None]


def _anneal(atoms: Atoms, calculator: Any, settings: RelaxConfig, seed: int) -> Atoms:
    """The geometry after a short NVT run."""
    timestep_fs = 2.0
    steps = max(1, round(settings.anneal_ps * 1000 / timestep_fs))
    chunk = AseEngine(calculator, thermostat_time_fs=50.0).run(
        thermal_start(atoms, settings.anneal_K, seed),
        steps=steps,
        sample_every=steps,
        timestep_fs=timestep_fs,
        temperature_K=settings.anneal_K,
        seed=seed,
    )
    return Atoms(atoms.symbols, positions=chunk.end.positions, cell=chunk.end.cell, pbc=True)
