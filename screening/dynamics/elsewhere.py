"""A replica that starts from another place of the mobile ions: run hot, then cooled.

Replicas that all start from one relaxed ordering may all be stuck in its arrangement, and agree because of that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from screening.dynamics.engines.base import Engine, EngineFailure
from screening.dynamics.protocol import thermal_start
from screening.records import derive_seed
from screening.trajectories.chunk import MDState

# Length of the hot run, and of each step of the cooling, ps.
HOT_PS, STEP_PS = 5.0, 1.0
# Of the temperature before: three steps from 1000 to 500 K.
COOLING = 0.8
# Root mean square displacement of the framework beyond which the crystal is no longer the same, Angstrom.
SAME_CRYSTAL_A = 1.5


@dataclass(frozen=True)
class Start:
    """Where a run begins.

    Attributes:
        atoms: In its cell.
        how: In words.
    """

    atoms: Atoms
    how: str


def hot_start(
    atoms: Atoms,
    engine: Engine,
    hot_K: float,
    temperature_K: float,
    timestep_fs: float,
    mobile: frozenset[str],
    seed: int,
) -> Start:
    """The crystal after a hot run and cooling; as it was where that fails or the framework does not last.

    Args:
        atoms: Relaxed, in the cell of the run.
        engine: Runs it.
        hot_K: Of the hot run; at least the run's own temperature is taken.
        temperature_K: Of the run that starts here.
        timestep_fs: Of both.
        mobile: Elements that are no part of the framework.
        seed: Of velocities and thermostats.
    """
    hot_K = max(hot_K, temperature_K)
    steps = [(hot_K, HOT_PS), *cooling(hot_K, temperature_K)]
    state = thermal_start(atoms, hot_K, derive_seed(seed, "hot start"))
    try:
        state = through(steps, state, engine, timestep_fs, seed)
    except EngineFailure as failure:
        return Start(atoms, f"the relaxed ordering, as the hot run failed: {failure}")
    moved = _framework_A(atoms, state.positions, mobile)
    if not moved <= SAME_CRYSTAL_A:
        return Start(atoms, f"the relaxed ordering, as the framework moved by {moved:.1f} A at {hot_K:g} K")
    return Start(state.atoms(), f"{HOT_PS:g} ps at {hot_K:g} K, cooled to {temperature_K:g} K")


def cooling(hot_K: float, temperature_K: float) -> list[tuple[float, float]]:
    """Steps between two temperatures, each with its length in ps; left-over heat would look like a blown-up run."""
    steps = []
    while (hot_K := hot_K * COOLING) > temperature_K:
        steps.append((hot_K, STEP_PS))
    return steps


def through(
    steps: Iterable[tuple[float, float]], state: MDState, engine: Engine, timestep_fs: float, seed: int
) -> MDState:
    """Where a run through temperatures ends.

    Args:
        steps: Each temperature (K) with its length (ps).
        state: Start.
        engine: Runs it.
        timestep_fs: Of all.
        seed: Of the thermostats.

    Raises:
        EngineFailure: A step failed.
    """
    for k, (warm_K, length_ps) in enumerate(steps):
        n = max(1, round(length_ps * 1000 / timestep_fs))
        state = engine.run(
            state,
            steps=n,
            sample_every=n,
            timestep_fs=timestep_fs,
            temperature_K=warm_K,
            seed=derive_seed(seed, "hot start", k),
        ).end
    return state


def _framework_A(atoms: Atoms, positions: np.ndarray, mobile: frozenset[str]) -> float:
    """Root mean square displacement of the framework, without what is common to it; 0 where there is none."""
    framework = [k for k, symbol in enumerate(atoms.get_chemical_symbols()) if symbol not in mobile]
    if not framework:
        return 0.0
    moved = (positions - atoms.positions)[framework]
    return float(np.sqrt(((moved - moved.mean(axis=0)) ** 2).sum(axis=1).mean()))
