"""The student runs, and what is worth asking the teacher about is picked from where it went."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import LammpsEngine, LammpsFailure
from screening.dynamics.protocol import thermal_start
from screening.potentials.student.design import Designer
from screening.potentials.student.fit import Solution
from screening.potentials.student.seeds import strained
from screening.records import derive_seed

# Frames this far apart are worth two labels.
SAMPLE_FS = 20.0
# Candidates whose extrapolation is looked at, per run and for each frame picked.
CANDIDATES_PER_PICK = 3
# Further out than this the student had already lost its way, and the frame would teach what never happens.
LOST_GRADE = 10.0
# Frames whose atoms are closer than this share of their summed covalent radii are no matter at all.
COLLISION = 0.5


@dataclass(frozen=True)
class Run:
    """One run of the student.

    Attributes:
        symbols: Elements.
        cell: (3, 3), Angstrom.
        positions: Sampled frames, (n_frames, n_atoms, 3), Angstrom.
        temperature_K: Target.
        wanted_ps: Length asked for.
        reached_ps: Length reached.
        failure: Why it ended early, "" otherwise.
    """

    symbols: tuple[str, ...]
    cell: NDArray[np.float64]
    positions: NDArray[np.floating]
    temperature_K: float
    wanted_ps: float
    reached_ps: float
    failure: str

    def frame(self, index: int) -> Atoms:
        """A sampled frame, wrapped into its cell."""
        atoms = Atoms(self.symbols, positions=self.positions[index].astype(float), cell=self.cell, pbc=True)
        atoms.wrap()
        return atoms


def run_student(
    engine: LammpsEngine,
    atoms: Atoms,
    temperature_K: float,
    length_ps: float,
    settings: StudentConfig,
    seed: int,
    strain: float = 0.0,
) -> Run:
    """Run from a relaxed ordering, sampled every 20 fs; a failure is part of the answer.

    Args:
        engine: Runs the student.
        atoms: Start.
        temperature_K: Target.
        length_ps: Length asked for.
        settings: Time step.
        seed: Of velocities, strain and thermostat.
        strain: Cell edges are stretched at random by up to so much, and squeezed by up to a third of it.
    """
    rng = np.random.default_rng(derive_seed(seed, "strain"))
    start = strained(atoms, np.diag(rng.uniform(-strain / 3, strain, 3))) if strain else atoms
    every = max(1, round(SAMPLE_FS / settings.timestep_fs))
    n_frames = max(2, round(length_ps * 1000 / (every * settings.timestep_fs)))
    state = thermal_start(start, temperature_K, derive_seed(seed, "velocities"))
    failure, reached = "", n_frames * every
    try:
        positions: NDArray[np.floating] = engine.run(
            state,
            steps=n_frames * every,
            sample_every=every,
            timestep_fs=settings.timestep_fs,
            temperature_K=temperature_K,
            seed=derive_seed(seed, "thermostat"),
        ).positions
    except LammpsFailure as caught:
        # Single precision as in a whole chunk, so that frames do not depend on how a run ended.
        positions, failure, reached = caught.positions.astype(np.float32), caught.reason, caught.step
    picosecond = settings.timestep_fs / 1000
    return Run(
        state.symbols,
        state.cell,
        positions,
        temperature_K,
        n_frames * every * picosecond,
        reached * picosecond,
        failure,
    )


def spread_frames(run: Run, n: int) -> list[Atoms]:
    """`n` frames evenly over a run: a fair sample of where the student goes."""
    if not len(run.positions):
        return []
    indices = np.linspace(len(run.positions) / (n + 1), len(run.positions) - 1, n)
    return [run.frame(i) for i in sorted({int(i) for i in indices})]


def informative_frames(
    run: Run, n: int, designer: Designer, solution: Solution, settings: StudentConfig
) -> list[Atoms]:
    """Up to `n` frames that lie furthest outside what the student was fitted to, failure or not.

    Before a failure the last frames are looked at, else frames over the whole run; those beyond recovery are left.
    """
    n_frames, n_candidates = len(run.positions), CANDIDATES_PER_PICK * n
    first = max(0, n_frames - n_candidates) if run.failure else 0
    indices = sorted({int(i) for i in np.linspace(first, n_frames - 1, n_candidates)}) if n_frames else []
    candidates = [frame for frame in (run.frame(i) for i in indices) if not collided(frame)]
    grades = [float(solution.leverage(rows, settings).max()) for rows in designer.rows(candidates, stress=False)]
    usable = [k for k, grade in enumerate(grades) if grade < LOST_GRADE] or list(range(min(1, len(candidates))))
    picked = sorted(usable, key=lambda k: grades[k], reverse=True)[:n]
    return [candidates[k] for k in sorted(picked)]


def collided(atoms: Atoms) -> bool:
    """Whether two atoms are so close that nothing can be learnt from it."""
    return closest_approach(atoms) < COLLISION


def closest_approach(atoms: Atoms) -> float:
    """Smallest distance of two atoms over the sum of their covalent radii."""
    from ase.data import covalent_radii
    from ase.neighborlist import neighbor_list

    first, second, distance = neighbor_list("ijd", atoms, 3.0)
    if not len(distance):
        return np.inf
    radii = covalent_radii[atoms.numbers]
    return float((distance / (radii[first] + radii[second])).min())


def shortest_distance(frames: Sequence[Atoms]) -> float:
    """Smallest distance of two atoms in any of the frames, Angstrom, at most 3."""
    from ase.neighborlist import neighbor_list

    return min((float(neighbor_list("d", atoms, 3.0).min(initial=3.0)) for atoms in frames), default=3.0)
