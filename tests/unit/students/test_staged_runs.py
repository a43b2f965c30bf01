"""The md stage with a student: what its record says of teaching and of the check at the end."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from ase.calculators.calculator import Calculator

from screening.errors import PotentialError
from screening.potentials.registry import load
from screening.stages import md as md_stage
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.trajectories.storage import read_chunk, stored_chunks
from tests.students import crystal
from tests.unit.students.runs import HOT, LJ, MONITOR, PROTOCOL, asked, staged

pytestmark = pytest.mark.slow


def test_the_record_of_a_run_says_what_was_taught_when(family, tmp_path):
    record = staged(family, tmp_path, HOT)
    assert record["status"] == "complete"
    assert record["monitor"]["largest_grade"] <= 0.4
    event = record["monitor"]["events"][0]
    assert event["checksum_before"] == record["driver"]["student_checksum"]
    assert {"chunk", "time_ps", "grade", "labels", "checksum_after"} <= set(event)
    times = ("started_utc", "ended_utc", "ran_ps", "processor_s")
    again = staged(family, tmp_path, HOT)
    # The second time nothing was left to run.
    assert record["provenance"]["ran_ps"] == pytest.approx(0.9)
    assert again["provenance"]["ran_ps"] == 0
    assert record["provenance"]["processor_s"] > 0
    for one in (record, again):
        for name in times:
            one["provenance"].pop(name)
    assert again == record


def test_a_finished_run_is_checked_on_a_few_of_its_frames(family, tmp_path):
    check = staged(family, tmp_path, 30.0)["spot_check"]
    assert (check["n_frames"], check["n_unlabelled"], check["doubt"], check["reason"]) == (3, 0, "", "")
    frames = [frame for frame, _ in read_batch(tmp_path / "run" / "retraining" / "labels" / "spot_check.npz")]
    chunks = stored_chunks(tmp_path / "run" / "chunks")
    last = read_chunk(chunks[-1]).chunk.positions[-1]
    assert np.abs(frames[-1].get_distances(0, range(1, 32), mic=True) - distances(last)).max() < 1e-3
    with closing(StudentPotential.load(family / "student").engine()) as engine:
        own = [answer.forces for answer in engine.evaluate(frames)]
    true = [asked(frame).get_forces() for frame in frames]
    assert check["force_meV_A"] == pytest.approx(1000 * np.abs(np.subtract(own, true)).mean(), rel=1e-3)
    assert set(check["force_slope_by_element"]) == {"Ne", "Ar"}


def test_a_further_replica_begins_where_a_hot_run_left_the_ions(family, tmp_path):
    record = staged(family, tmp_path / "second", 20.0, replica=1, starts="hot")
    assert record["status"] == "complete"
    assert record["began"] == "5 ps at 30 K, cooled to 20 K"
    first = staged(family, tmp_path / "first", 20.0, starts="hot")
    assert "began" not in first
    assert first["protocol"] == staged(family, tmp_path / "first", 20.0)["protocol"]


def distances(positions: np.ndarray) -> np.ndarray:
    atoms = crystal()
    atoms.positions[:] = positions
    return atoms.get_distances(0, range(1, 32), mic=True)


def test_a_run_counts_where_the_potential_is_not_at_hand_to_check_it(family, tmp_path, monkeypatch):
    other = load(LJ)
    monkeypatch.setattr(md_stage, "load", lambda *_: type(other)(other.calculator, "lj", "1", "other", "f" * 64))
    record = staged(family, tmp_path, 30.0)
    assert record["status"] == "complete"
    assert record["spot_check"]["n_frames"] == 0
    assert "differ from its teacher's" in record["spot_check"]["reason"]
    assert record["spot_check"]["doubt"] == ""


class Speechless(Calculator):
    """Has no answer to any frame, or to all but so many."""

    def __init__(self, answers: int = 0) -> None:
        super().__init__()
        self.answers = answers

    def calculate(self, *arguments, **_keywords):
        self.answers -= 1
        if self.answers < 0:
            raise RuntimeError("isolated atoms")
        whole = load(LJ).calculator
        whole.calculate(*arguments)
        self.results = whole.results


def test_a_run_to_whose_frames_the_potential_has_no_answer_is_doubted(family, tmp_path, monkeypatch):
    same = load(LJ)
    monkeypatch.setattr(md_stage, "load", lambda *_: replace(same, calculator=Speechless()))
    record = staged(family, tmp_path, 30.0)
    check = record["spot_check"]
    assert record["status"] == "complete"
    assert (check["n_frames"], check["n_unlabelled"]) == (0, 3)
    assert "no answer to 3 of 3 frames" in check["doubt"]
    assert "isolated atoms" in check["reason"]


def test_a_cell_is_accepted_where_one_frame_alone_has_a_label(family, tmp_path, monkeypatch):
    same = load(LJ)
    monitor = MONITOR.model_copy(update={"max_pressure_error_GPa": 10.0})
    md = PROTOCOL.model_copy(update={"cell_equilibration_ps": 4.0, "monitor": monitor})
    monkeypatch.setattr(md_stage, "load", lambda *_: replace(same, calculator=Speechless(answers=1)))
    cell = staged(family, tmp_path, 30.0, md=md)["run_cell"]
    assert np.isfinite(cell["pressure_error_GPa"])
    assert "pressure_error_uncertainty_GPa" not in cell


def test_another_teacher_is_not_asked(family, tmp_path, monkeypatch):
    other = load(LJ)
    monkeypatch.setattr(md_stage, "load", lambda *_: type(other)(other.calculator, "lj", "1", "other", "f" * 64))
    with pytest.raises(PotentialError, match=r"the weights of lj differ from its teacher's"):
        staged(family, tmp_path, HOT)
