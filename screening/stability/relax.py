"""Relaxation of cell and positions; what goes wrong is a recorded status, never a silent success."""

from collections.abc import Sequence
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
from screening.stability.topology import Framework

# Beyond these a relaxation has left the structure it began with: an explosion, or a hole of the potential.
VOLUME_CHANGE_LIMIT = 0.5
FORCE_LIMIT_EV_A = 1e3
# The first start, one that does not descend from it, and one that goes on from the lower of the two: two equal
# energies among fewer may be the same basin found twice because it was never left.
MIN_STARTS = 3


@dataclass(frozen=True)
class Relaxation:
    """Outcome of one relaxation.

    Attributes:
        atoms: The last geometry, whatever the status.
        status: "converged" or "not_converged"; or "exploded", "collapsed", "framework_changed" or "failed" (the
            potential raised an error), none of which is the structure that was asked for.
        reason: Why it is not converged, "" otherwise.
        energy_eV: Potential energy of `atoms`, None unless converged or not converged.
        steps: Optimiser steps taken.
        max_force_eV_A: Largest force on an atom at the end, None where there is no energy.
        volume_change: Relative to the start.
    """

    atoms: Atoms
    status: str
    reason: str
    energy_eV: float | None
    steps: int
    max_force_eV_A: float | None
    volume_change: float


def relax(
    atoms: Atoms,
    calculator: Any,
    settings: RelaxConfig,
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

    def unusable(status: str, reason: str) -> Relaxation:
        change = work.get_volume() / ideal.get_volume() - 1.0
        return Relaxation(_plain(work), status, reason, None, optimiser.nsteps, None, float(change))

    try:
        for _ in optimiser.irun(fmax=settings.fmax_eV_A, steps=settings.max_steps):
            trouble = _trouble(work, ideal.get_volume())
            if trouble is not None:
                return unusable(*trouble)
        forces = work.get_forces()
        converged = bool(optimiser.converged(target.get_forces().ravel()))
        energy = float(work.get_potential_energy())
    except Exception as error:
        # A structure that the potential stumbles over must not lose the others; a full memory is the machine's fault.
        if "Memory" in type(error).__name__:
            raise
        return unusable("failed", f"the potential raised {type(error).__name__}: {error}")
    changed = framework.changes(ideal, work) if framework else ""
    if changed:
        return unusable("framework_changed", changed)
    return Relaxation(
        atoms=_plain(work),
        status="converged" if converged else "not_converged",
        reason="" if converged else f"forces above {settings.fmax_eV_A:g} eV/Angstrom after {optimiser.nsteps} steps",
        energy_eV=energy,
        steps=optimiser.nsteps,
        max_force_eV_A=float(np.linalg.norm(forces, axis=1).max()),
        volume_change=float(work.get_volume() / ideal.get_volume() - 1.0),
    )


def _trouble(atoms: Atoms, start_volume: float) -> tuple[str, str] | None:
    """Status and reason if the geometry is no longer a crystal that can be relaxed."""
    force = np.abs(atoms.get_forces()).max()
    if not np.isfinite(force) or not np.isfinite(atoms.get_potential_energy()):
        return "exploded", "energy or forces are not finite"
    if force > FORCE_LIMIT_EV_A:
        return "exploded", f"a force of {force:.3g} eV/Angstrom"
    change = atoms.get_volume() / start_volume - 1.0
    if abs(change) > VOLUME_CHANGE_LIMIT:
        return "exploded" if change > 0 else "collapsed", f"the volume changed by {change:+.0%}"
    return None


def _plain(atoms: Atoms) -> Atoms:
    return Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)


@dataclass(frozen=True)
class Minimum:
    """The lowest of several relaxations of one ordering.

    Attributes:
        best: The relaxation of lowest energy; the first one if none has an energy.
        starts: All relaxations, in the order made; a start whose anneal blew up has the status "failed".
        repeated: Whether the lowest energy was found twice within the tolerance.
    """

    best: Relaxation
    starts: tuple[Relaxation, ...]
    repeated: bool

    @property
    def spread_eV(self) -> float | None:
        """Standard deviation of the starts' energies, None for fewer than two: how much a single start is worth."""
        energies = _known(self.starts)
        return float(np.std(energies, ddof=1)) if len(energies) > 1 else None


def relax_from_several_starts(
    atoms: Atoms, calculator: Any, settings: RelaxConfig, seed: int, framework: Framework | None
) -> Minimum:
    """Relax from several arrangements of the soft degrees of freedom and keep the lowest.

    Relaxations of one ordering scatter by millielectronvolts per atom over the mobile ions' starting places, as
    much as mixing enthalpies themselves. The first start is `atoms`; the others come after a short anneal, by turns
    of `atoms` again (which leaves a basin that all descendants of one start share) and of the lowest found so far.
    Starts end once the lowest energy was met twice among three or more, or at `settings.max_starts`.

    Args:
        atoms: Start geometry, periodic.
        calculator: ASE calculator with stress.
        settings: Thresholds, number of starts, anneal.
        seed: Of displacements and anneals.
        framework: Whose bonds must be those of `atoms` afterwards; None where none are prescribed.
    """
    starts = [relax(atoms, calculator, settings, seed, framework)]
    tolerance = settings.start_tolerance_meV_atom * len(atoms) / 1000
    repeated = False
    while len(starts) < settings.max_starts and not (repeated and len(starts) >= MIN_STARTS):
        lowest = _lowest(starts)
        source = atoms if len(starts) % 2 or lowest.energy_eV is None else lowest.atoms
        own_seed = derive_seed(seed, len(starts))
        try:
            annealed = _anneal(source, calculator, settings, own_seed)
        except EngineFailure as failure:
            change = source.get_volume() / atoms.get_volume() - 1.0
            starts.append(Relaxation(source, "failed", f"anneal: {failure}", None, 0, None, float(change)))
            continue
        starts.append(relax(annealed, calculator, settings, own_seed, framework, ideal=atoms))
        energies = sorted(_known(starts))
        repeated = len(energies) > 1 and energies[1] - energies[0] < tolerance
    return Minimum(_lowest(starts), tuple(starts), repeated)


def not_relaxed(atoms: Atoms, reason: str) -> Minimum:
    """What stands for a structure that could not be made."""
    never = Relaxation(atoms, "failed", reason, None, 0, None, 0.0)
    return Minimum(never, (), repeated=False)


def _known(done: Sequence[Relaxation]) -> list[float]:
    return [relaxation.energy_eV for relaxation in done if relaxation.energy_eV is not None]


def _lowest(done: Sequence[Relaxation]) -> Relaxation:
    return min(done, key=lambda relaxation: np.inf if relaxation.energy_eV is None else relaxation.energy_eV)


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
