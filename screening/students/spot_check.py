"""A handful of frames of a run, labelled at its end: was the student still right where the run went?"""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from ase import Atoms

from screening.config.student import StudentConfig
from screening.constants import GPA
from screening.dynamics.engines.lammps import StaticResult
from screening.students.acceptance import wrong_forces_of_few
from screening.students.errors_of import errors_of
from screening.trajectories.run_record import SpotCheck
from screening.trajectories.storage import read_chunks
from screening.trajectories.trajectory import Trajectory


def checked_indices(n_frames: int, n: int) -> list[int]:
    """Numbers of up to `n` frames evenly over a run, the last one among them."""
    return sorted({round((n_frames - 1) * (k + 1) / n) for k in range(n)})


def frames_at(trajectory: Trajectory, indices: Sequence[int]) -> list[Atoms]:
    """Some frames of a run, wrapped into its cell."""
    frames = [trajectory.atoms(index) for index in indices]
    for frame in frames:
        frame.wrap()
    return frames


def frames_over(chunks: Sequence[Path], n: int) -> list[Atoms]:
    """Up to `n` frames evenly over a run, the last one among them."""
    trajectory = read_chunks(chunks)
    return frames_at(trajectory, checked_indices(trajectory.n_frames, n))


def spot_check(
    frames: Sequence[Atoms],
    student: Sequence[StaticResult],
    teacher: Sequence[StaticResult],
    n_unlabelled: int,
    settings: StudentConfig,
    mobile: Collection[str] = (),
) -> SpotCheck:
    """What a few frames say of a student.

    Args:
        frames: With a label.
        student: Its answers.
        teacher: The potential's.
        n_unlabelled: Frames beside these to which the potential has no answer.
        settings: Limits, those of the student's examination.
        mobile: Elements whose forces count.
    """
    asked = len(frames) + n_unlabelled
    doubts = []
    if n_unlabelled > settings.max_unlabelled_share * asked:
        doubts.append(f"the potential has no answer to {n_unlabelled} of {asked} frames")
    if not frames:
        return SpotCheck(n_frames=0, n_unlabelled=n_unlabelled, doubt="; ".join(doubts))
    errors = errors_of(frames, student, teacher, [0] * len(frames), None)
    pressure = -float(
        np.mean([np.trace(own.stress - true.stress) / 3 / GPA for own, true in zip(student, teacher, strict=True)])
    )
    doubts += wrong_forces_of_few(errors, settings, mobile)
    if not abs(pressure) <= settings.max_stress_mae_GPa:
        doubts.append(f"pressure off by {pressure:+.2f} GPa, at most {settings.max_stress_mae_GPa:g} allowed")
    return SpotCheck(
        n_frames=len(frames),
        n_unlabelled=n_unlabelled,
        force_meV_A=errors.force_meV_A,
        force_rms_meV_A=errors.force_rms_meV_A,
        force_by_element_meV_A=errors.force_by_element_meV_A,
        force_slope_by_element=errors.force_slope_by_element or {},
        pressure_error_GPa=pressure,
        doubt="; ".join(doubts),
    )
