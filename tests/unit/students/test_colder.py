"""Colder temperatures in training and examination: which, what of them is judged, and that both are asked."""

import numpy as np
import pytest

from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import StaticResult
from screening.students.colder import EXAMINED, TAUGHT, ColderLessons, ladder_K
from screening.students.distill import distill
from screening.students.errors_of import errors_of
from screening.students.labels import read_batch
from screening.students.record import AtTemperature, Examination
from tests.blank import blank_json
from tests.students import SMALL, crystal
from tests.unit.students.test_errors_of import answers

SETTINGS = StudentConfig()
TRIES = 60


def test_the_ladder_ends_at_the_coldest_and_is_even_in_one_over_T():
    assert ladder_K(800, 300) == (300, pytest.approx(436.36, abs=0.01))
    cold, half = ladder_K(1000, 200)
    assert 1 / half - 1 / 1000 == pytest.approx(1 / cold - 1 / half)
    # So near to each other nothing is new.
    assert ladder_K(350, 300) == (300,)
    assert ladder_K(320, 300) == ladder_K(300, 300) == ladder_K(30, 300) == ()


def shortcomings(rng, share=0.3, n_unlabelled=0, failure="", **wrong) -> list[str]:
    """Reasons against a student at 300 and 436 K, where forces are this share of the hot ones."""
    found = []
    for temperature in (300.0, 436.0):
        frames, student, teacher = answers(rng, n_frames=EXAMINED, **wrong)
        own, true = (
            [StaticResult(one.energy, share * one.forces, one.stress) for one in some] for some in (student, teacher)
        )
        errors = errors_of(frames, own, true, [0] * EXAMINED, None, n_unlabelled)
        found.append(AtTemperature(temperature_K=temperature, failure=failure, errors=errors))
    return ColderLessons([], (300.0, 436.0), SETTINGS, None, 1).shortcomings(found)


@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0])
def test_right_students_are_accepted(rng, noise):
    assert sum(bool(shortcomings(rng, noise=noise)) for _ in range(TRIES)) <= TRIES / 20


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"soft": 0.8}, "times the teacher's"),
        # 45 meV/A, well below the absolute limit.
        ({"noise": 2.5}, "that it is an error of"),
        ({"n_unlabelled": 2}, "have no label"),
        ({"failure": "atoms were lost"}, "its run failed: atoms were lost"),
    ],
)
def test_wrong_ones_are_refused_at_the_temperature(rng, wrong, why):
    found = [shortcomings(rng, **wrong) for _ in range(TRIES)]
    assert sum(any("at 300 K: " in r and why in r for r in reasons) for reasons in found) >= TRIES * 19 / 20


def of_a_lithium_conductor(rng, **wrong) -> list[str]:
    """Reasons against a student of an argyrodite at 300 K, whose forces are three tenths of the hot ones."""
    frames, student, teacher = answers(rng, n_frames=EXAMINED, **wrong)
    own, true = (
        [StaticResult(one.energy, 0.3 * one.forces, one.stress) for one in some] for some in (student, teacher)
    )
    errors = errors_of(frames, own, true, [0] * EXAMINED, None)
    lessons = ColderLessons([], (300.0,), SETTINGS, None, 1, mobile={"Li"})
    return lessons.shortcomings([AtTemperature(temperature_K=300.0, failure="", errors=errors)])


@pytest.mark.parametrize("right", [{}, {"noise": 1.5}, {"stiff": {"P": 1.35, "S": 1.2}}])
def test_bonds_of_the_framework_may_be_stiff(rng, right):
    assert sum(bool(of_a_lithium_conductor(rng, **right)) for _ in range(TRIES)) <= TRIES / 20


@pytest.mark.parametrize(
    "wrong", [{"stiff": {"Li": 0.8}}, {"stiff": {"Li": 1.25}}, {"stiff": {"P": 1.7}}, {"noise": 3.5}]
)
def test_mobile_ions_may_not_and_nothing_may_be_far_off(rng, wrong):
    assert sum(bool(of_a_lithium_conductor(rng, **wrong)) for _ in range(TRIES)) >= TRIES * 19 / 20


def test_without_a_label_it_is_refused():
    lessons = ColderLessons([], (300.0,), SETTINGS, None, 1)
    (reason,) = lessons.shortcomings([AtTemperature(temperature_K=300.0, failure="", errors=None)])
    assert reason == "at 300 K: the teacher could label none of its frames"


def test_files_of_before_have_no_such_key():
    assert "colder" not in blank_json(Examination)


@pytest.mark.slow
def test_a_student_learns_and_is_examined_at_each(teacher, tmp_path):
    # An eighth: a run that begins there with the heat of the hot one would count as blown up.
    report = distill([crystal()], teacher, SMALL, 120.0, tmp_path, 1, coldest_K=15.0)
    assert report.accepted, report.verdict.reason
    assert [one.temperature_K for one in report.verdict.colder] == [15.0, pytest.approx(26.67, abs=0.01)]
    assert {one.errors.n_frames for one in report.verdict.colder} == {EXAMINED}
    taught = [atoms for atoms, _ in read_batch(tmp_path / "labels" / "colder.npz")]
    assert len(taught) == 2 * TAUGHT
    # Colder indeed: closer to rest than the hot frames are.
    hot = [atoms for atoms, _ in read_batch(min((tmp_path / "labels").glob("examination_*.npz")))]
    spread = [np.mean([np.sqrt(teacher_forces(atoms, teacher)) for atoms in some]) for some in (taught[:TAUGHT], hot)]
    assert spread[0] < 0.8 * spread[1]
    rows = report.record().as_dict()["verdict"]["colder"]
    assert rows[0]["errors"]["force_rms_meV_A"] < report.verdict.errors.force_rms_meV_A


def teacher_forces(atoms, teacher) -> float:
    atoms.calc = teacher
    return float((atoms.get_forces() ** 2).mean())
