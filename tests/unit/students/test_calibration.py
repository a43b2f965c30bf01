"""What a grade says of an error: measured on frames that were not learnt, and a bound that fires where it must."""

import numpy as np
import pytest
from ase import Atoms

from screening.config.dynamics import LATER_MONITOR, MDProtocol, MonitorConfig
from screening.dynamics.engines.lammps import StaticResult
from screening.students.calibration import PER_GRADE, error_at, error_per_grade, grade_bound
from screening.students.errors_of import errors_of
from screening.students.pod import StudentPotential
from screening.students.record import Errors
from tests.blank import blank_json
from tests.unit.students.runs import HOT, PROTOCOL, run
from tests.unit.students.test_spot_check import protocol_of

FACTOR = 180.0


def atoms_that_err(rng, n_frames=30, factor=FACTOR):
    """Grades as a student of an argyrodite has, and errors that scatter about a factor times these."""
    grades = [rng.lognormal(np.log(0.25), 0.5, 52) for _ in range(n_frames)]
    return grades, [factor * g * np.sqrt((rng.normal(size=(52, 3)) ** 2).mean(axis=1)) for g in grades]


def test_the_factor_is_found_and_holds_for_other_atoms(rng):
    held = []
    for _ in range(100):
        typical, most = error_per_grade(*atoms_that_err(rng))
        assert typical == pytest.approx(FACTOR, rel=0.1)
        grades, errors = atoms_that_err(rng, 5)
        held += [np.mean(np.concatenate(errors) <= most * np.concatenate(grades))]
    # 95 % of atoms of other frames err by less.
    assert np.mean(held) == pytest.approx(0.95, abs=0.01)


def test_a_few_atoms_promise_no_more_than_they_show():
    grades, errors = [np.array([1.0, 1.0])], [np.array([10.0, 30.0])]
    typical, most = error_per_grade(grades, errors)
    assert typical == pytest.approx(np.sqrt(500))
    assert most == 30
    assert error_per_grade([np.array([0.0, np.nan])], [np.array([1.0, 2.0])]) is None
    assert error_per_grade([], []) is None


def test_errors_of_frames_hold_it_where_grades_of_atoms_are_known(rng):
    frames = [Atoms("Li52", positions=rng.uniform(0, 10, (52, 3)), cell=[10] * 3, pbc=True) for _ in range(9)]
    grades = [rng.lognormal(np.log(0.25), 0.5, 52) for _ in frames]
    true = [StaticResult(0.0, rng.normal(size=(52, 3)), np.zeros((3, 3))) for _ in frames]
    own = [
        StaticResult(0.0, one.forces + 0.1 * g[:, None] * rng.normal(size=(52, 3)), one.stress)
        for one, g in zip(true, grades, strict=True)
    ]
    found = errors_of(frames, own, true, [0] * 9, grades)
    assert found.force_error_per_grade_meV_A == pytest.approx(100, rel=0.1)
    assert found.largest_grade == pytest.approx(max(g.max() for g in grades))
    # A frame without descriptors has no grades, and is as far out as can be.
    lost = errors_of(frames, own, true, [0] * 9, [None, *grades[1:]])
    assert lost.largest_grade == np.inf
    assert lost.force_error_per_grade_meV_A == pytest.approx(100, rel=0.1)
    assert errors_of(frames, own, true, [0] * 9, None).force_error_per_grade_meV_A is None
    assert PER_GRADE not in blank_json(Errors)


def test_the_bound_is_an_error_where_one_is_set_and_known():
    facts = {"errors": {PER_GRADE: 200.0}}
    assert grade_bound(MonitorConfig(), facts) == 2
    assert grade_bound(MonitorConfig(max_atom_error_meV_A=250), facts) == 1.25
    assert error_at(1.25, facts) == 250
    # Students of before.
    for before in ({}, {"errors": None}, {"errors": {"force_meV_A": 60.0}}):
        assert grade_bound(MonitorConfig(max_atom_error_meV_A=250), before) == 2
        assert error_at(2.0, before) is None


def test_runs_of_before_go_on_and_those_with_another_bound_are_others():
    plain = protocol_of(MDProtocol())
    assert "max_atom_error_meV_A" in LATER_MONITOR
    assert protocol_of(MDProtocol(monitor=MonitorConfig(max_atom_error_meV_A=250))) != plain
    assert protocol_of(MDProtocol(monitor=MonitorConfig(spot_check_rounds=0))) == plain


@pytest.mark.slow
def test_the_bound_fires_where_the_student_errs_by_more_and_not_where_it_does_not(family, tmp_path):
    student = StudentPotential.load(family / "student")
    assert student.facts["errors"][PER_GRADE] > 0
    allowed = 4 * student.facts["errors"]["force_meV_A"]
    md = PROTOCOL.model_copy(
        update={"monitor": PROTOCOL.monitor.model_copy(update={"max_atom_error_meV_A": allowed, "max_grade": 100})}
    )
    cold, untaught = run(family, tmp_path / "cold", 30.0, md)
    assert (cold.status, untaught.events) == ("complete", [])
    watch = untaught.watch(cold.largest_grade)
    assert watch.error_at_max_grade_meV_A == pytest.approx(allowed)
    assert watch.max_grade == pytest.approx(allowed / student.facts["errors"][PER_GRADE])
    _, taught = run(family, tmp_path / "hot", HOT, md)
    first = taught.events[0]
    assert first.force_error_before_meV_A > allowed
    assert "meV/A in its force" in first.reason
