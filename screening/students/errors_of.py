"""How far a student's answers are from its teacher's on the same frames: numbers alone, whoever gave them."""

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from screening.constants import GPA
from screening.dynamics.engines.lammps import StaticResult
from screening.students.calibration import error_per_grade
from screening.students.exploration import EXTRAPOLATING
from screening.students.record import Errors

Floats = NDArray[np.float64]


def errors_of(
    frames: Sequence[Atoms],
    student: Sequence[StaticResult],
    teacher: Sequence[StaticResult],
    groups: Sequence[int],
    grades: Sequence[Floats | None] | None,
    n_unlabelled: int = 0,
) -> Errors:
    """Errors of a student.

    Args:
        frames: At least one.
        student: Its answers.
        teacher: The teacher's.
        groups: Ordering that each frame belongs to.
        grades: Of the atoms of each frame, (n_atoms,), None where they cannot be told; None for no frame's.
        n_unlabelled: Frames beside these to which the teacher has no answer.
    """
    names = np.concatenate([np.array(frame.get_chemical_symbols()) for frame in frames])
    number = np.concatenate([np.full(len(frame), k) for k, frame in enumerate(frames)])
    own = np.concatenate([answer.forces for answer in student])
    true = np.concatenate([answer.forces for answer in teacher])
    wrong = 1e3 * np.abs(own - true)
    atoms = np.array([len(frame) for frame in frames])
    energy = 1e3 * np.array([s.energy - t.energy for s, t in zip(student, teacher, strict=True)])
    scatter = _within(1e3 * np.array([answer.energy for answer in teacher]), groups)
    relative = _within(energy, groups)
    stress = [np.abs(s.stress - t.stress)[np.triu_indices(3)] / GPA for s, t in zip(student, teacher, strict=True)]
    elements = [str(element) for element in sorted(set(names))]
    slopes = {e: force_slope(own[names == e], true[names == e], number[names == e]) for e in elements}
    found = {element: slope for element, slope in slopes.items() if slope is not None}
    grade = np.array([np.inf if one is None else one.max() for one in grades or ()])
    of_atoms = [np.full(len(f), np.nan) if g is None else g for f, g in zip(frames, grades or (), strict=False)]
    by_frame = np.split(np.sqrt((wrong**2).mean(axis=1)), np.cumsum(atoms)[:-1]) if grades else []
    typical, most = error_per_grade(of_atoms, by_frame) or (None, None)
    return Errors(
        n_frames=len(frames),
        n_unlabelled=n_unlabelled,
        force_meV_A=float(wrong.mean()),
        force_by_element_meV_A={e: float(wrong[names == e].mean()) for e in elements},
        force_slope_by_element={element: slope for element, (slope, _) in found.items()},
        force_slope_error_by_element={element: error for element, (_, error) in found.items()},
        force_rms_meV_A=float(1e3 * np.sqrt((true**2).mean())),
        force_rms_by_element_meV_A={e: float(1e3 * np.sqrt((true[names == e] ** 2).mean())) for e in elements},
        energy_meV_atom=float(np.abs(energy / atoms).mean()),
        relative_energy_meV_atom=float(np.abs(_within(energy / atoms, groups)).mean()),
        relative_energy_meV_cell=float(np.abs(relative).mean()),
        energy_scatter_meV_cell=float(np.abs(scatter).mean()),
        stress_GPa=float(np.mean(stress)),
        largest_grade=float(grade.max(initial=0.0)),
        share_extrapolating=float((grade > EXTRAPOLATING).mean()) if len(grade) else 0.0,
        force_error_per_grade_meV_A=typical,
        force_error_per_grade_95_meV_A=most,
    )


def force_slope(student: Floats, teacher: Floats, frame: NDArray[np.intp]) -> tuple[float, float] | None:
    """Slope of a student's force components on its teacher's, through the origin, and its standard error.

    Below one the student is soft: its crystal vibrates and hops as if it were hotter. Frames are independent of each
    other, the atoms in one are not (cluster-robust variance: Liang, Zeger, Biometrika 73, 13 (1986)).

    Args:
        student, teacher: (n_atoms, 3).
        frame: That each atom belongs to, (n_atoms,).

    Returns:
        None where no force acts.
    """
    power = float((teacher**2).sum())
    if not power:
        return None
    slope = float((student * teacher).sum() / power)
    residual = student - slope * teacher
    frames, which = np.unique(frame, return_inverse=True)
    sums = np.bincount(which, weights=(residual * teacher).sum(axis=1))
    few = len(frames) / max(1, len(frames) - 1)
    # A few frames may agree by chance: no less than what as many independent components would leave.
    least = float((residual**2).sum()) / max(1, residual.size - 1) / power
    return slope, float(np.sqrt(max(few * float((sums**2).sum()) / power**2, least)))


def _within(values: Floats, groups: Sequence[int]) -> Floats:
    """Values less the mean of their group."""
    group = np.array(groups)
    return np.asarray(values - np.array([values[group == g].mean() for g in group]))
