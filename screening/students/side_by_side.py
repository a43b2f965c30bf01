"""Student and teacher run from one state: do the same neighbours surround the atoms, do these move as far?"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from numpy.typing import NDArray

from screening.config.dynamics import LATER_MONITOR, MDProtocol
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.lammps import LammpsEngine, LammpsFailure
from screening.dynamics.protocol import run_chunks, thermal_start
from screening.errors import PotentialError
from screening.records import content_hash, derive_seed
from screening.students.exploration import Run, steps_per_sample
from screening.students.neighbours import pairs_within
from screening.students.pod import StudentPotential
from screening.students.record import Difference, SideBySide
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.storage import read_trajectory
from screening.trajectories.trajectory import Trajectory
from screening.transport.msd import mean_squared_displacement

Floats = NDArray[np.float64]

# The student first runs alone, so that both start from a state of the hot crystal.
EQUILIBRATION_PS = 2.0
THERMOSTAT_FS = 100.0
# The student runs so many times as long as the teacher: what lengths of the teacher's run scatter by is seen from it.
SEGMENTS = 8
# Neighbours are counted up to here, in shells of this width, in Angstrom.
REACH_A, SHELL_A = 5.0, 0.1
# Pairs of elements with fewer neighbours than this in a frame say nothing.
FEWEST_NEIGHBOURS = 2.0
# A difference is refused beyond this many times the scatter, if it is also larger than what would matter.
SCATTERS = 4.0
NEIGHBOURS_MATTER, DISPLACEMENT_MATTERS = 0.15, np.log(1.3)


def run_beside(
    student: StudentPotential,
    teacher: Calculator,
    atoms: Atoms,
    temperature_K: float,
    length_ps: float,
    folder: Path,
    seed: int,
) -> SideBySide | Run:
    """Run both from the same state and compare; a run of the teacher that is on disk is continued.

    Args:
        student: What is judged.
        teacher: ASE calculator.
        atoms: Relaxed ordering.
        temperature_K: Of both.
        length_ps: Of the teacher's run, at least 0.2.
        folder: For the teacher's trajectory.
        seed: Of velocities and thermostats.

    Returns:
        The comparison; the student's run where that failed, and then the teacher is not asked.

    Raises:
        PotentialError: the teacher's run failed.
    """
    hot = _hot_run(student, atoms, temperature_K, SEGMENTS * length_ps, seed)
    if isinstance(hot, Run):
        return hot
    start, fast = hot
    slow = _teacher_run(student, teacher, start, temperature_K, length_ps, folder, derive_seed(seed, "teacher"))
    return compare(Trajectory(start.symbols, fast.positions, start.cell, _sample_fs(student)), slow, temperature_K)


def run_beside_again(student: StudentPotential, folder: Path, temperature_K: float, seed: int) -> SideBySide | Run:
    """Another student beside a run that the teacher made for the first; it starts from that run's first frame.

    Args:
        student: What is judged.
        folder: Of the teacher's run.
        temperature_K: Of both.
        seed: Of velocities and thermostats.

    Returns:
        As `run_beside`.
    """
    slow = read_trajectory(folder)
    length = SEGMENTS * slow.n_frames * slow.frame_interval_fs / 1000
    hot = _hot_run(student, slow.atoms(0), temperature_K, length, seed)
    if isinstance(hot, Run):
        return hot
    start, fast = hot
    return compare(Trajectory(start.symbols, fast.positions, start.cell, _sample_fs(student)), slow, temperature_K)


def _hot_run(
    student: StudentPotential, atoms: Atoms, temperature_K: float, length_ps: float, seed: int
) -> tuple[MDState, Chunk] | Run:
    """A state of the hot crystal and the student's run from it; how far the student came where it failed."""
    with closing(student.engine(THERMOSTAT_FS)) as engine:
        cold = thermal_start(atoms, temperature_K, derive_seed(seed, "velocities"))
        warmed = _student_run(student, engine, cold, temperature_K, EQUILIBRATION_PS, derive_seed(seed, "hot"))
        if isinstance(warmed, Run):
            return warmed
        fast = _student_run(student, engine, warmed.end, temperature_K, length_ps, derive_seed(seed, "student"))
        return fast if isinstance(fast, Run) else (warmed.end, fast)


def _student_run(
    student: StudentPotential,
    engine: LammpsEngine,
    start: MDState,
    temperature_K: float,
    length_ps: float,
    seed: int,
) -> Chunk | Run:
    """The whole run, or how far it came where it failed."""
    interval, every = _sample_fs(student), steps_per_sample(student)
    wanted = max(1, round(length_ps * 1000 / interval))
    try:
        return engine.run(
            start,
            steps=wanted * every,
            sample_every=every,
            timestep_fs=student.settings.step_fs,
            temperature_K=temperature_K,
            seed=seed,
        )
    except LammpsFailure as failure:
        picosecond = interval / 1000
        reached = len(failure.positions) * picosecond
        positions = failure.positions.astype(np.float32)
        return Run(start.symbols, start.cell, positions, temperature_K, wanted * picosecond, reached, failure.reason)


def _teacher_run(
    student: StudentPotential,
    teacher: Calculator,
    start: MDState,
    temperature_K: float,
    length_ps: float,
    folder: Path,
    seed: int,
) -> Trajectory:
    settings = MDProtocol(
        duration_ps=length_ps,
        timestep_fs=student.settings.step_fs,
        sample_interval_fs=_sample_fs(student),
        chunk_ps=max(length_ps / 10, 0.1),
    )
    lengths = settings.model_dump(mode="json", exclude={"monitor": set(LATER_MONITOR)})
    protocol = content_hash([lengths, student.checksum, temperature_K, start.positions.tolist()])
    engine = Unwatched(AseEngine(teacher, THERMOSTAT_FS))
    outcome = run_chunks(folder, start, engine, settings, temperature_K, seed, protocol)
    if outcome.status != "complete":
        raise PotentialError(f"the teacher's run beside the student's failed: {outcome.reason}")
    return read_trajectory(folder)


def _sample_fs(student: StudentPotential) -> float:
    return steps_per_sample(student) * student.settings.step_fs


def compare(student: Trajectory, teacher: Trajectory, temperature_K: float) -> SideBySide:
    """Compare a student's run with a shorter one of its teacher.

    Args:
        student: Sampled as often as `teacher` and at least twice as long; cut into lengths of the teacher's.
        teacher: From the same state.
        temperature_K: Of both.

    Raises:
        ValueError: the student's run is too short.
    """
    segments = list(_segments(student, teacher.n_frames))
    if len(segments) < 2:
        raise ValueError(f"the student's {student.n_frames} frames must be at least twice {teacher.n_frames}")
    lag = max(1, teacher.n_frames // 2)
    moved = [_displacement(segment, lag) for segment in segments]
    ratio = {e: float(np.mean([m[e] for m in moved]) / value) for e, value in _displacement(teacher, lag).items()}
    return SideBySide(
        temperature_K=temperature_K,
        length_ps=teacher.n_frames * teacher.frame_interval_fs / 1000,
        lag_ps=lag * teacher.frame_interval_fs / 1000,
        neighbours=_neighbour_differences([_shells(segment) for segment in segments], _shells(teacher)),
        displacement={
            element: _difference(
                abs(np.log(value)), float(np.std(np.log([m[element] for m in moved]), ddof=1)), DISPLACEMENT_MATTERS
            )
            for element, value in ratio.items()
        },
        displacement_ratio=ratio,
    )


def _difference(value: float, scatter: float, matters: float) -> Difference:
    return Difference(float(value), scatter, max(matters, SCATTERS * scatter))


def _segments(trajectory: Trajectory, n_frames: int) -> Iterator[Trajectory]:
    for first in range(0, trajectory.n_frames - n_frames + 1, n_frames):
        yield trajectory.frames(slice(first, first + n_frames))


def _displacement(trajectory: Trajectory, lag: int) -> dict[str, float]:
    """Mean squared displacement of each element at one lag (frames), Angstrom^2."""
    found = {}
    for element in sorted(set(trajectory.symbols)):
        paths = trajectory.positions[:, trajectory.indices(element)]
        found[element] = float(mean_squared_displacement(paths, np.array([lag]))[0])
    return found


def _shells(trajectory: Trajectory) -> dict[str, Floats]:
    """Neighbours of each pair of elements in each shell, mean over frames."""
    symbols = np.array(trajectory.symbols)
    names, species = np.unique(symbols, return_inverse=True)
    edges = np.arange(0, REACH_A + SHELL_A / 2, SHELL_A)
    counts = np.zeros((len(names), len(names), len(edges) - 1))
    for k in range(trajectory.n_frames):
        i, j, distance = pairs_within(trajectory.atoms(k), REACH_A)
        shell = np.minimum((distance / SHELL_A).astype(int), counts.shape[2] - 1)
        np.add.at(counts, (species[i], species[j], shell), 1.0 / trajectory.n_frames)
    return {f"{a}-{b}": counts[x, y] for x, a in enumerate(names) for y, b in enumerate(names) if x <= y}


def _neighbour_differences(segments: list[dict[str, Floats]], teacher: dict[str, Floats]) -> dict[str, Difference]:
    found = {}
    for pair, count in teacher.items():
        if count.sum() < FEWEST_NEIGHBOURS:
            continue
        mean = np.mean([segment[pair] for segment in segments], axis=0)
        # Each segment against the others, as the teacher is against all of them.
        rest = [(len(segments) * mean - s[pair]) / (len(segments) - 1) for s in segments]
        own = [_moved_share(segment[pair], other) for segment, other in zip(segments, rest, strict=True)]
        # Absolute differences have a mean of their own from noise alone: the root mean square holds both.
        found[pair] = _difference(_moved_share(count, mean), float(np.sqrt(np.mean(np.square(own)))), NEIGHBOURS_MATTER)
    return found


def _moved_share(one: Floats, other: Floats) -> float:
    return float(np.abs(one - other).sum() / (one.sum() + other.sum()))
