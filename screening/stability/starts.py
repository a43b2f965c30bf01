"""The lowest minimum of one ordering: relaxations from several arrangements of its mobile ions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from ase import Atoms

from screening.config.stability import RelaxConfig
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.protocol import thermal_start
from screening.records import derive_seed
from screening.stability.relax import Relaxation, plain, relax
from screening.stability.search import Search
from screening.stability.status import RelaxationStatus
from screening.stability.topology import Framework

# The first start, one that does not descend from it, and one that goes on from the lower of the two: two equal
# energies among fewer may be the same basin found twice because it was never left.
MIN_STARTS = 3
# The starts so far -> geometry of the next one, None if there is none.
Arrangements = Callable[[Sequence[Relaxation]], Atoms | None]


@dataclass(frozen=True)
class Minimum:
    """The lowest of several relaxations of one ordering.

    Attributes:
        best: The relaxation of lowest energy; the first one if none has an energy.
        starts: All relaxations, in the order made; a start whose anneal blew up has failed.
        repeated: Whether the lowest energy was found twice within the tolerance.
        search: What a student found, where one searched.
    """

    best: Relaxation
    starts: tuple[Relaxation, ...]
    repeated: bool
    search: Search | None = None

    @property
    def spread_eV(self) -> float | None:
        """Standard deviation of the starts' energies, None for fewer than two: how much a single start is worth.

        After a search the first start, which is known to be unfinished, does not count if two others have an energy;
        and the spread is at least that of the search itself.
        """
        energies = _known(self.starts)
        found = _known(self.starts[1:])
        if self.search is not None and len(found) > 1:
            return max(float(np.std(found, ddof=1)), self.search.spread_eV or 0.0)
        return float(np.std(energies, ddof=1)) if len(energies) > 1 else None


def relax_from_several_starts(
    atoms: Atoms,
    calculator: Any,
    settings: RelaxConfig,
    seed: int,
    framework: Framework | None,
    *,
    first: Relaxation | None = None,
    search: Search | None = None,
) -> Minimum:
    """Relax from several arrangements of the soft degrees of freedom and keep the lowest.

    Relaxations of one ordering scatter by millielectronvolts per atom over the mobile ions' starting places, as
    much as mixing enthalpies themselves. The first start is `atoms`. The others are the minima a student found, lowest
    first; without a student they come after a short anneal with the potential, by turns of `atoms` again (which
    leaves a basin that all descendants of one start share) and of the lowest found so far. Starts end once the lowest
    energy was met twice among three or more, or at `settings.max_starts`.

    Args:
        atoms: Start geometry, periodic.
        calculator: ASE calculator with stress.
        settings: Thresholds, number of starts, anneal.
        seed: Of displacements and anneals.
        framework: Whose bonds must be those of `atoms` afterwards; None where none are prescribed.
        first: The relaxation of `atoms`, if it was made before.
        search: What a student found; None where the potential itself is to anneal.
    """
    starts = [relax(atoms, calculator, settings, seed, framework) if first is None else first]
    following: Arrangements = (
        partial(_annealed, atoms, calculator, settings, seed)
        if search is None
        else lambda done: search.minima[len(done) - 1] if len(done) <= len(search.minima) else None
    )
    tolerance = settings.start_tolerance_meV_atom * len(atoms) / 1000
    repeated = False
    while len(starts) < settings.max_starts and not (repeated and len(starts) >= MIN_STARTS):
        try:
            start = following(starts)
        except EngineFailure as failure:
            starts.append(Relaxation(plain(atoms), RelaxationStatus.FAILED, f"anneal: {failure}", None, 0, None, 0.0))
            continue
        if start is None:
            break
        own_seed = derive_seed(seed, len(starts))
        starts.append(relax(start, calculator, settings, own_seed, framework, ideal=atoms))
        energies = sorted(_known(starts))
        repeated = len(energies) > 1 and energies[1] - energies[0] < tolerance
    return Minimum(lowest(starts), tuple(starts), repeated, search)


def not_relaxed(atoms: Atoms, reason: str) -> Minimum:
    """What stands for a structure that could not be made."""
    never = Relaxation(atoms, RelaxationStatus.FAILED, reason, None, 0, None, 0.0)
    return Minimum(never, (), repeated=False)


def lowest(done: Sequence[Relaxation]) -> Relaxation:
    """The relaxation of lowest energy; the first one if none has an energy."""
    return min(done, key=lambda relaxation: np.inf if relaxation.energy_eV is None else relaxation.energy_eV)


def _known(done: Sequence[Relaxation]) -> list[float]:
    return [relaxation.energy_eV for relaxation in done if relaxation.energy_eV is not None]


def _annealed(atoms: Atoms, calculator: Any, settings: RelaxConfig, seed: int, starts: Sequence[Relaxation]) -> Atoms:
    """The geometry after a short NVT run with the potential.

    Raises:
        EngineFailure: the run failed.
    """
    best = lowest(starts)
    source = atoms if len(starts) % 2 or best.energy_eV is None else best.atoms
    own_seed = derive_seed(seed, len(starts))
    timestep_fs = 2.0
    steps = max(1, round(settings.anneal_ps * 1000 / timestep_fs))
    chunk = AseEngine(calculator, thermostat_time_fs=50.0).run(
        thermal_start(source, settings.anneal_K, own_seed),
        steps=steps,
        sample_every=steps,
        timestep_fs=timestep_fs,
        temperature_K=settings.anneal_K,
        seed=own_seed,
    )
    return chunk.end.atoms()
