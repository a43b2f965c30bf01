"""The student runs, and what is worth asking the teacher about is picked from where it went."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from screening.dynamics.elsewhere import cooling, through
from screening.dynamics.engines.lammps import LammpsEngine, LammpsFailure
from screening.dynamics.protocol import thermal_start
from screening.records import derive_seed
from screening.students.design import Designer
from screening.students.neighbours import pairs_within
from screening.students.pod import StudentPotential
from screening.students.seeds import strained

# Frames this far apart are worth two labels.
SAMPLE_FS = 20.0
# The extrapolation is looked at so often.
SEGMENT_FS = 1000.0
# A training run ends beyond this grade: twice the error forces are fitted to, about 0.1 ps before things go wrong.
EXTRAPOLATING = 2.0
# Candidates whose extrapolation is looked at, per run and for each frame picked.
CANDIDATES_PER_PICK = 3
# Further out than this the student had already lost its way, and the frame would teach what never happens.
LOST_GRADE = 10.0
# A run in which two atoms come closer than this share of the closest approach in the training ends.
DISTANCE_MARGIN = 0.8
# Neighbours are looked for up to here, in Angstrom: further apart nothing collides.
NEAR_A = 3.0
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
    student: StudentPotential,
    engine: LammpsEngine,
    atoms: Atoms,
    temperature_K: float,
    length_ps: float,
    seed: int,
    strain: float = 0.0,
    designer: Designer | None = None,
    hot_K: float | None = None,
) -> Run:
    """Run from a relaxed ordering, sampled every 20 fs; a failure is part of the answer.

    Args:
        student: What is run.
        engine: Runs it.
        atoms: Start.
        temperature_K: Target.
        length_ps: Length asked for.
        seed: Of velocities, strain and thermostat.
        strain: Cell edges are stretched at random by up to so much, and squeezed by up to a third of it.
        designer: Looks at the extrapolation every picosecond and ends the run where it is too large; None never does.
        hot_K: Of the run that left the atoms there: it is cooled in steps first. None where they are at rest.
    """
    timestep = student.settings.step_fs
    rng = np.random.default_rng(derive_seed(seed, "strain"))
    start = strained(atoms, np.diag(rng.uniform(-strain / 3, strain, 3))) if strain else atoms
    every = steps_per_sample(student)
    wanted = max(2, round(length_ps * 1000 / (every * timestep)))
    per_segment = max(2, round(SEGMENT_FS / (every * timestep)))
    state = thermal_start(start, temperature_K, derive_seed(seed, "velocities"))
    pieces: list[NDArray[np.floating]] = []
    done, failure = 0, ""
    while done < wanted and not failure:
        size = min(per_segment, wanted - done)
        try:
            if hot_K is not None and done == 0:
                state = through(cooling(hot_K, temperature_K), state, engine, timestep, seed)
            chunk = engine.run(
                state,
                steps=size * every,
                sample_every=every,
                timestep_fs=timestep,
                temperature_K=temperature_K,
                seed=derive_seed(seed, "thermostat", done),
            )
        except LammpsFailure as caught:
            # Single precision as in a whole chunk, so that frames do not depend on how a run ended.
            pieces.append(caught.positions.astype(np.float32))
            failure = caught.reason
            done += len(caught.positions)
            break
        pieces.append(chunk.positions)
        state, done = chunk.end, done + size
        if designer is not None:
            (grade,) = grades(student, designer, [state.atoms()])
            failure = f"it extrapolates (grade {grade:.1f})" if grade > EXTRAPOLATING else ""
    positions = np.concatenate([piece for piece in pieces if len(piece)] or [np.empty((0, len(atoms), 3))])
    picosecond = every * timestep / 1000
    return Run(
        state.symbols,
        start.cell.array.copy(),
        positions,
        temperature_K,
        wanted * picosecond,
        done * picosecond,
        failure,
    )


def steps_per_sample(student: StudentPotential) -> int:
    """Time steps between frames `SAMPLE_FS` apart, or the next thing to it."""
    return max(1, round(SAMPLE_FS / student.settings.step_fs))


def grades(student: StudentPotential, designer: Designer, frames: Sequence[Atoms]) -> list[float]:
    """Largest extrapolation grade in each frame; infinite where LAMMPS cannot compute the descriptors."""
    return [grade for grade, _ in worst_atoms(student, designer, frames)]


def worst_atoms(student: StudentPotential, designer: Designer, frames: Sequence[Atoms]) -> list[tuple[float, str]]:
    """Largest extrapolation grade in each frame, and the element of the atom that has it; infinite and "" for none."""
    return [
        (np.inf, "") if grade is None else (float(grade.max()), str(atoms.symbols[int(grade.argmax())]))
        for atoms, grade in zip(frames, atom_grades(student, designer, frames), strict=True)
    ]


def atom_grades(
    student: StudentPotential, designer: Designer, frames: Sequence[Atoms]
) -> list[NDArray[np.float64] | None]:
    """Extrapolation grade of each atom of each frame, (n_atoms,); None where LAMMPS cannot compute the descriptors."""
    rows = designer.tolerant_rows(frames, stress=False)
    return [None if one is None else student.solution.leverage(one, student.settings) for one in rows]


def spread_frames(run: Run, n: int) -> list[Atoms]:
    """`n` frames evenly over a run: a fair sample of where the student goes."""
    if not len(run.positions):
        return []
    indices = np.linspace(len(run.positions) / (n + 1), len(run.positions) - 1, n)
    return [run.frame(i) for i in sorted({int(i) for i in indices})]


def fair_sample(run: Run, n: int) -> list[Atoms]:
    """Up to `n` frames evenly over a run, without those in which atoms have collided."""
    return [frame for frame in spread_frames(run, n) if not collided(frame)]


def informative_frames(run: Run, n: int, designer: Designer, student: StudentPotential) -> list[Atoms]:
    """Up to `n` frames that lie furthest outside what the student was fitted to, failure or not.

    Before a failure the last frames are looked at, else frames over the whole run; those beyond recovery are left.
    """
    n_frames, n_candidates = len(run.positions), CANDIDATES_PER_PICK * n
    first = max(0, n_frames - n_candidates) if run.failure else 0
    indices = sorted({int(i) for i in np.linspace(first, n_frames - 1, n_candidates)}) if n_frames else []
    candidates = [frame for frame in (run.frame(i) for i in indices) if not collided(frame)]
    found = grades(student, designer, candidates)
    usable = [k for k, grade in enumerate(found) if grade < LOST_GRADE] or list(range(min(1, len(candidates))))
    picked = sorted(usable, key=lambda k: found[k], reverse=True)[:n]
    return [candidates[k] for k in sorted(picked)]


def collided(atoms: Atoms) -> bool:
    """Whether two atoms are so close that nothing can be learnt from it."""
    return closest_approach(atoms) < COLLISION


def closest_approach(atoms: Atoms) -> float:
    """Smallest distance of two atoms over the sum of their covalent radii."""
    from ase.data import covalent_radii

    first, second, distance = pairs_within(atoms, NEAR_A)
    if not len(distance):
        return np.inf
    radii = covalent_radii[atoms.numbers]
    return float((distance / (radii[first] + radii[second])).min())


def closest_allowed_A(frames: Sequence[Atoms]) -> float:
    """Distance of two atoms below which a student trained on these frames ends its run, Angstrom."""
    shortest = min((float(pairs_within(atoms, NEAR_A)[2].min(initial=NEAR_A)) for atoms in frames), default=NEAR_A)
    return DISTANCE_MARGIN * shortest
