"""What hops said of a student goes with its runs to the line through their temperatures."""

from types import SimpleNamespace

import pytest

from screening.stages.transport import _barrier_error_eV
from screening.students.family import FamilyStudent
from screening.students.record import Barriers, Distillation, Examination, Member, StudentRecord
from screening.trajectories.run_record import RunRecord, Watch
from tests.blank import blank, blank_json


def verdict(error_eV: float | None, accepted: bool = True) -> Examination:
    barriers = None if error_eV is None else Barriers(n_hops=9, n_left_out=0, activation_energy_error_eV=error_eV)
    return blank(Examination, accepted=accepted, barriers=barriers)


def family(tmp_path, first, *members) -> FamilyStudent:
    further = tuple(blank(Member, number=k, verdict=one) for k, one in enumerate(members, start=1))
    distillation = blank(Distillation, verdict=first, members=further)
    record = blank(StudentRecord, accepted=True, distillation=distillation)
    record.write(tmp_path / "student.json")
    return FamilyStudent.read(tmp_path / "student.json")


def test_each_run_has_the_error_of_its_own_student(tmp_path):
    found = family(tmp_path, verdict(0.01), verdict(0.02), verdict(0.5, accepted=False), verdict(0.03))
    assert [found.barrier_error_eV(run) for run in range(4)] == [0.01, 0.02, 0.03, 0.01]


def test_without_an_examination_on_hops_there_is_none(tmp_path):
    assert family(tmp_path, verdict(None)).barrier_error_eV() is None
    assert FamilyStudent(tmp_path, blank(StudentRecord)).barrier_error_eV() is None
    assert "barriers" not in blank_json(Examination)
    assert "barrier_error_eV" not in blank_json(Watch)


def test_students_that_share_their_labels_err_alike():
    def run(error_eV: float | None, watched: bool = True):
        watch = blank(Watch, barrier_error_eV=error_eV) if watched else None
        return SimpleNamespace(record=blank(RunRecord, monitor=watch))

    assert _barrier_error_eV([run(0.01), run(0.02)]) == pytest.approx(0.015)
    assert _barrier_error_eV([run(0.01), run(None)]) is None
    assert _barrier_error_eV([run(0.01), run(None, watched=False)]) is None
