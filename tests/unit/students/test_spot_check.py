"""A few frames at the end of a run: a right student is not doubted, a wrong one is, and the ranking hears of it."""

from types import SimpleNamespace

import numpy as np
import pytest

from screening.config.dynamics import LATER_MONITOR, MDProtocol, MonitorConfig
from screening.config.settings import without_unset
from screening.config.student import StudentConfig
from screening.constants import GPA
from screening.dynamics.engines.lammps import StaticResult
from screening.dynamics.run import RunPlan
from screening.stages.ranking import _doubts
from screening.stages.transport import _made_again, _student
from screening.students.run_lesson import neighbours
from screening.students.spot_check import checked_indices, spot_check
from screening.trajectories.run_record import DrivenBy, RunRecord, SpotCheck
from screening.trajectories.trajectory import Trajectory
from screening.transport.record import CandidateTransport
from tests.blank import blank, blank_json
from tests.unit.students.test_errors_of import answers

SETTINGS = StudentConfig()
TRIES = 60


def checks(rng, n_unlabelled=0, **wrong) -> list[SpotCheck]:
    return [spot_check(*answers(rng, n_frames=3, **wrong), n_unlabelled, SETTINGS) for _ in range(TRIES)]


@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0])
def test_three_frames_do_not_make_a_right_student_doubtful(rng, noise):
    found = checks(rng, noise=noise)
    assert sum(bool(check.doubt) for check in found) <= TRIES / 20
    assert {check.n_frames for check in found} == {3}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"soft": 0.8}, "times the teacher's"),
        ({"noise": 2.0}, "mean force error"),
        ({"n_unlabelled": 2}, "no answer to 2"),
    ],
)
def test_three_frames_show_a_wrong_one(rng, wrong, why):
    found = [check for check in checks(rng, **wrong) if why in check.doubt]
    assert len(found) >= TRIES * 19 / 20


def test_pressure_is_the_students_less_the_potentials(rng):
    frames, student, teacher = answers(rng, n_frames=3)
    pressed = [StaticResult(one.energy, one.forces, one.stress - 0.8 * GPA * np.eye(3)) for one in student]
    check = spot_check(frames, pressed, teacher, 0, SETTINGS)
    assert check.pressure_error_GPa == pytest.approx(0.8)
    assert "pressure off by +0.80 GPa" in check.doubt


def test_without_a_label_the_check_says_so():
    check = spot_check([], [], [], 3, SETTINGS)
    assert check.force_meV_A is None
    assert check.doubt == "the potential has no answer to 3 of 3 frames"


def run(doubt: str | None, name: str = "o0_r0"):
    check = None if doubt is None else SpotCheck(n_frames=3, doubt=doubt)
    return SimpleNamespace(name=name, record=blank(RunRecord, spot_check=check))


def test_doubts_of_runs_reach_the_ranking():
    assert _student([run(None), run("")], 600) == ""
    doubt = _student([run(""), run("forces on Li are 0.80 times", "o0_r1"), run("x", "o0_r2")], 600)
    assert "at 600 K" in doubt
    assert "o0_r1: forces on Li are 0.80 times, and of 1 more of 3 runs" in doubt
    assert doubt in _doubts(blank(CandidateTransport, student_doubt=doubt))
    still = SimpleNamespace(spot_check=SpotCheck(n_frames=3, doubt="y"), times_made_again=2)
    assert "o0_r0: y (though made again 2 times)" in _student([SimpleNamespace(name="o0_r0", record=still)], 600)
    # Files of before the key stay as they are.
    assert "student_doubt" not in blank_json(CandidateTransport)
    assert "spot_check" not in blank_json(RunRecord)


def test_runs_that_were_made_again_are_told_in_the_ranking():
    taught = SimpleNamespace(name="o0_r1", record=SimpleNamespace(times_made_again=2))
    runs = [run(None), taught]
    assert _made_again([run(None)], 600) == ""
    told = _made_again(runs, 600)
    assert told == "1 of 2 runs at 600 K was made again with a student that has learnt from the spot check"
    assert told in _doubts(blank(CandidateTransport, student_taught=told))
    assert "student_taught" not in blank_json(CandidateTransport)


def protocol_of(md: MDProtocol) -> str:
    """Of a student's run."""
    student = DrivenBy(
        name="lj",
        version="",
        functional="",
        checksum="",
        precision="",
        device="",
        student_checksum="a",
        student_refused="",
    )
    return RunPlan("x", 0, {}, 600.0, 0, 1, md, stop=None).protocol(student)


def test_runs_of_before_the_check_go_on_and_are_not_made_again():
    before, after = (MDProtocol(monitor=MonitorConfig(spot_check_frames=frames)) for frames in (0, 3))
    assert protocol_of(before) == protocol_of(after)
    settings = {"md": MDProtocol().model_dump(mode="json"), "monitor": MonitorConfig().model_dump(mode="json")}
    kept = without_unset(settings)
    for monitor in (kept["md"]["monitor"], kept["monitor"]):
        assert not set(LATER_MONITOR) & set(monitor)
        assert "max_grade" in monitor
    asked = without_unset({"md": MDProtocol(monitor=MonitorConfig(spot_check_frames=9)).model_dump(mode="json")})
    assert asked["md"]["monitor"]["spot_check_frames"] == 9


def long_run(n_frames: int, interval_fs: float = 20.0) -> Trajectory:
    """Atom 0 tells the number of the frame."""
    positions = np.zeros((n_frames, 2, 3), dtype=np.float32)
    positions[:, 0, 0], positions[:, 1, 0] = 1e-3 * np.arange(n_frames), 5.0
    return Trajectory(("Li", "Li"), positions, np.eye(3) * 10.0, interval_fs)


def numbers(frames) -> list[int]:
    return [round(1000 * frame.positions[0, 0]) for frame in frames]


def test_neighbours_are_a_quarter_and_half_a_picosecond_before_the_frames_of_the_check():
    run_ = long_run(301)
    checked = checked_indices(301, 3)
    assert checked == [100, 200, 300]
    found = neighbours(run_, checked)
    # 250 fs are 12 frames of 20 fs.
    assert numbers(found.learnt) == [88, 188, 288]
    assert numbers(found.unseen) == [76, 176, 276]
    assert numbers(neighbours(long_run(301, 160.0), checked).learnt) == [98, 198, 298]
    # Of a short run each frame is taken once.
    short = neighbours(long_run(9), checked_indices(9, 3))
    taken = [*checked_indices(9, 3), *numbers(short.learnt), *numbers(short.unseen)]
    assert len(taken) == len(set(taken))
