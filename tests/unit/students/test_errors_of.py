"""Students that are wrong on purpose are refused by what their answers are, right ones are not."""

import numpy as np
import pytest
from ase import Atoms

from screening.config.settings import without_unset
from screening.config.stages import StudentSettings
from screening.config.student import LATER_FIELDS, StudentConfig
from screening.dynamics.engines.lammps import StaticResult
from screening.students.acceptance import judge, shortcomings
from screening.students.errors_of import errors_of, force_slope
from screening.students.record import Errors

SETTINGS = StudentConfig()
# Root mean square of the forces on each element of an argyrodite at 1000 K, meV/Angstrom, and what a student errs.
RMS = {"Li": 430, "S": 760, "P": 1250, "Cl": 450}
NOISE = {"Li": 45, "S": 80, "P": 140, "Cl": 50}
TRIES = 60


def answers(
    rng: np.random.Generator,
    soft: float = 1.0,
    noise: float = 1.0,
    n_frames: int = 30,
    shift_eV: float = 0.0,
    stiff=None,
):
    """Frames of Li24P4S20Cl4 with a teacher's answers and those of a student that errs; `stiff` by element."""
    slopes = np.array([(stiff or {}).get(s, 1.0) for s in ["Li"] * 24 + ["P"] * 4 + ["S"] * 20 + ["Cl"] * 4])[:, None]
    symbols = ["Li"] * 24 + ["P"] * 4 + ["S"] * 20 + ["Cl"] * 4
    rms, wrong = (np.array([values[s] for s in symbols])[:, None] / 1000 for values in (RMS, NOISE))
    frames, student, teacher = [], [], []
    for _ in range(n_frames):
        frames.append(Atoms(symbols, positions=rng.uniform(0, 10, (52, 3)), cell=[10] * 3, pbc=True))
        forces, stress = rng.normal(size=(52, 3)) * rms, np.eye(3) * rng.normal() * 1e-3
        energy = rng.normal() * 0.76
        teacher.append(StaticResult(energy, forces, stress))
        own = soft * slopes * forces + noise * rng.normal(size=(52, 3)) * wrong
        student.append(StaticResult(soft * energy + noise * rng.normal() * 0.1 + shift_eV, own, stress))
    return frames, student, teacher


def graded(frames) -> list[np.ndarray]:
    """Of each atom the same grade."""
    return [np.full(len(frame), 0.5) for frame in frames]


def examined(rng: np.random.Generator, n_unlabelled: int = 0, **wrong) -> Errors:
    frames, student, teacher = answers(rng, **wrong)
    return errors_of(frames, student, teacher, [0] * len(frames), graded(frames), n_unlabelled)


def refused(rng: np.random.Generator, **wrong) -> list[str]:
    """Reasons of those that are refused."""
    found = (shortcomings(examined(rng, **wrong), SETTINGS) for _ in range(TRIES))
    return ["; ".join(reasons) for reasons in found if reasons]


@pytest.mark.parametrize("right", [{"noise": 0.0}, {"noise": 0.5}, {}])
def test_students_as_good_as_those_of_today_are_accepted(rng, right):
    assert len(refused(rng, **right)) <= TRIES / 20


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"soft": 0.8}, "forces on Li are 0.80 times the teacher's"),
        ({"soft": 1.2}, "forces on P are 1.20 times the teacher's"),
        ({"soft": 0.8, "noise": 0.0}, "forces on Cl are 0.80 times the teacher's"),
        ({"n_frames": 20, "n_unlabelled": 10}, "10 of 30 frames of its runs have no label"),
        ({"n_frames": 1, "n_unlabelled": 29}, "29 of 30 frames"),
        ({"shift_eV": 0.2}, "mean energy error 3.8"),
    ],
)
def test_wrong_ones_are_refused_and_told_why(rng, wrong, reason):
    reasons = refused(rng, **wrong)
    assert len(reasons) >= TRIES * 19 / 20
    assert any(reason[:20] in found for found in reasons)


def test_what_is_small_beside_nothing_is_large(rng):
    """At a tenth of the forces an error of 60 meV/A is no small one."""
    frames, student, teacher = answers(rng, noise=0.0)
    cold = [StaticResult(one.energy / 10, one.forces / 10, one.stress) for one in teacher]
    wrong = [
        StaticResult(one.energy + 0.1 * rng.normal(), one.forces + 0.02 * rng.normal(size=(52, 3)), one.stress)
        for one in cold
    ]
    errors = errors_of(frames, wrong, cold, [0] * 30, graded(frames))
    reasons = shortcomings(errors, SETTINGS)
    assert errors.force_meV_A < SETTINGS.max_force_mae_meV_A / 4
    assert any("mean force error" in reason and "of the" in reason for reason in reasons)
    assert any("a cell's energy" in reason for reason in reasons)
    assert len(student) == len(wrong)


def test_the_slope_and_its_error_are_those_of_many_repetitions(rng):
    found = np.array([slope_of(rng) for _ in range(200)])
    assert found[:, 0].mean() == pytest.approx(0.9, abs=3 * found[:, 0].std() / 200**0.5)
    # Frames that share an error: taken for independent atoms, the error would be a third of this.
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(ddof=1), rel=0.2)


def slope_of(rng: np.random.Generator) -> tuple[float, float]:
    frame = np.repeat(np.arange(20), 30)
    true = rng.normal(size=(600, 3))
    factor = 0.9 + 0.1 * rng.normal(size=20)
    found = force_slope(factor[frame][:, None] * true + 0.1 * rng.normal(size=(600, 3)), true, frame)
    assert found is not None
    return found


def test_where_no_force_acts_there_is_no_slope():
    assert force_slope(np.ones((3, 3)), np.zeros((3, 3)), np.zeros(3, dtype=int)) is None
    still = [StaticResult(0.0, np.zeros((2, 3)), np.zeros((3, 3)))] * 2
    errors = errors_of([Atoms("Li2")] * 2, still, still, [0, 0], [np.full(2, 0.1)] * 2)
    assert errors.force_slope_by_element == {}
    assert shortcomings(errors, SETTINGS) == []


def test_errors_of_cells_leave_out_what_is_common_to_an_ordering(rng):
    frames, _, teacher = answers(rng, n_frames=6)
    shifted = [
        StaticResult(one.energy + shift, one.forces, one.stress)
        for one, shift in zip(teacher, [1, 1, 1, 2, 2, 5], strict=True)
    ]
    errors = errors_of(frames, shifted, teacher, [0, 0, 0, 1, 1, 1], graded(frames))
    assert errors.relative_energy_meV_cell == pytest.approx(1000 * (0 + 0 + 0 + 1 + 1 + 2) / 6)
    assert errors.energy_meV_atom == pytest.approx(1000 * 12 / 52 / 6)


def test_a_student_without_a_labelled_frame_is_refused():
    assert "could label none" in judge([], [], None, SETTINGS).reason


def test_a_student_made_before_there_was_a_limit_has_the_same_settings():
    settings = {"student": StudentConfig().model_dump(mode="json"), "seed": 1}
    assert not set(LATER_FIELDS) & set(without_unset(settings)["student"])
    changed = {"student": StudentConfig(max_force_slope_error=0.2).model_dump(mode="json")}
    assert without_unset(changed)["student"]["max_force_slope_error"] == 0.2
    assert set(LATER_FIELDS) <= set(StudentSettings.model_fields["student"].annotation.model_fields)
