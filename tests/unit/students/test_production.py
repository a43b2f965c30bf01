"""A student taught cold and run hot: noticed, taught, and the same whatever happens on the way."""

import shutil

import numpy as np
import pytest
from ase.calculators.calculator import Calculator

from screening.dynamics.driver import Changed
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.engines.lammps import LammpsFailure
from screening.dynamics.protocol import thermal_start
from screening.potentials.registry import load
from screening.students import production
from screening.students.pod import StudentPotential
from screening.students.production import WatchedStudent
from screening.students.record import JournalRecord
from screening.trajectories.storage import read_chunk, stored_chunks
from tests.students import crystal
from tests.unit.students.runs import HOT, LJ, MONITOR, PROTOCOL, contents, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(family, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    outcome, driver = run(family, folder)
    return folder, outcome, driver


def test_where_it_was_taught_nothing_happens(family, tmp_path):
    outcome, driver = run(family, tmp_path, 30.0)
    assert (outcome.status, driver.events) == ("complete", [])
    assert outcome.largest_grade < 0.4
    assert not (tmp_path / "retraining").exists()


def test_a_hot_run_stops_teaches_and_goes_on(family, whole):
    folder, outcome, driver = whole
    assert outcome.status == "complete"
    assert outcome.n_frames == 45
    assert outcome.largest_grade <= 0.4
    first = driver.events[0]
    assert (first.chunk, first.previous) == (0, "")
    assert first.checksum_before == StudentPotential.load(family / "student").checksum
    assert first.grade > 0.4
    assert 0 < first.time_ps <= 0.3
    assert first.labels == 4
    # The point of it: closer to the teacher where the run went.
    assert first.force_error_after_meV_A < 0.5 * first.force_error_before_meV_A
    for event, after in zip(driver.events, driver.events[1:], strict=False):
        assert event.checksum_after == after.checksum_before
    chunks = [read_chunk(path) for path in stored_chunks(folder / "chunks")]
    assert chunks[-1].driver == driver.events[-1].checksum_after
    assert all(chunk.grade <= 0.4 for chunk in chunks)


class Mute(Calculator):
    """Has no answer."""

    def calculate(self, *_arguments, **_keywords):
        raise RuntimeError("not asked before")


def test_what_one_run_was_taught_another_does_not_pay_for(family, whole, tmp_path):
    store = tmp_path / "store"
    paid, first = run(family, tmp_path / "one", label_store=store)
    assert paid == whole[1]
    assert len(list(store.rglob("*.npz"))) == sum(event.labels for event in first.events)
    free, second = run(family, tmp_path / "two", label_store=store, teacher=Mute())
    assert free == paid
    assert second.events == first.events


class Killed(BaseException):
    """kill -9, as far as one process can show it."""


@pytest.mark.parametrize("moment", ["labels", "version", "journal", "chunk"])
def test_killed_at_any_moment_and_repeated_it_is_the_same(family, whole, tmp_path, monkeypatch, moment):
    def die(*_arguments, **_keywords):
        raise Killed

    with monkeypatch.context() as patch:
        places = {
            "labels": (production.LabelStore, "label"),
            "version": (StudentPotential, "save"),
            "journal": (JournalRecord, "write"),
            "chunk": (WatchedStudent, "_use"),
        }
        owner, name = places[moment]
        if moment == "chunk":
            use = WatchedStudent._use

            def use_first(self, student):
                if (tmp_path / "retraining" / JournalRecord.FILE).exists():
                    raise Killed
                use(self, student)

            patch.setattr(owner, name, use_first)
        else:
            patch.setattr(owner, name, die)
        with pytest.raises(Killed):
            run(family, tmp_path)
    outcome, driver = run(family, tmp_path)
    assert outcome == whole[1]
    assert driver.events == whole[2].events
    assert contents(tmp_path) == contents(whole[0])


@pytest.mark.parametrize("lost", ["journal", "version", "last chunk", "everything but labels"])
def test_what_was_lost_is_made_again_the_same(family, whole, tmp_path, lost):
    shutil.copytree(whole[0], tmp_path, dirs_exist_ok=True)
    if lost == "journal":
        (tmp_path / "retraining" / JournalRecord.FILE).unlink()
    if lost == "version":
        shutil.rmtree(tmp_path / "retraining" / "student_01")
    if lost == "last chunk":
        stored_chunks(tmp_path / "chunks")[-1].unlink()
    if lost == "everything but labels":
        shutil.rmtree(tmp_path / "chunks")
        (tmp_path / "retraining" / JournalRecord.FILE).unlink()
    outcome, driver = run(family, tmp_path)
    assert outcome == whole[1]
    assert driver.events == whole[2].events
    assert contents(tmp_path) == contents(whole[0])


def test_a_finished_run_is_read_and_not_run(family, whole, tmp_path, monkeypatch):
    shutil.copytree(whole[0], tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("screening.dynamics.engines.lammps.LammpsEngine.run", None)
    outcome, driver = run(family, tmp_path)
    assert outcome == whole[1]
    assert driver.events == whole[2].events


def test_there_is_a_bound_to_teaching(family, tmp_path):
    settings = PROTOCOL.model_copy(update={"monitor": MONITOR.model_copy(update={"max_retrainings": 0})})
    outcome, _ = run(family, tmp_path, settings=settings)
    assert (outcome.status, outcome.ended_by, outcome.n_frames) == ("failed", "failed", 0)
    assert "leaves its training" in outcome.reason
    assert "after 0 retrainings" in outcome.reason
    tight = PROTOCOL.model_copy(
        update={"monitor": MONITOR.model_copy(update={"max_retrainings": 2, "max_grade": 0.01})}
    )
    outcome, driver = run(family, tmp_path / "tight", settings=tight)
    assert "after 2 retrainings" in outcome.reason
    assert len(driver.events) == 2


def watched(family, folder, teacher=lambda: load(LJ).calculator):
    driver = WatchedStudent(
        StudentPotential.load(family / "student"),
        family / "labels",
        teacher,
        "lj",
        MONITOR,
        folder,
        thermostat_time_fs=50,
        frame_interval_fs=20,
        frames_per_chunk=15,
    )
    driver.enter(0, "")
    return driver


def test_a_failure_of_the_student_teaches_it_too(family, tmp_path):
    atoms = crystal()
    rng = np.random.default_rng(1)
    frames = atoms.positions + rng.normal(scale=0.15, size=(5, 32, 3))
    driver = watched(family, tmp_path)
    before = driver.checksum
    failure = LammpsFailure(25, "the temperature ran away to 4000 K", frames)
    changed = driver.accept(thermal_start(atoms, HOT, 1), failure)
    assert isinstance(changed, Changed)
    assert "ran away" in changed.reason
    assert driver.checksum != before
    assert driver.events[0].grade is None
    assert driver.events[0].time_ps == pytest.approx(0.1)
    driver.close()


def test_a_failure_with_nothing_to_learn_from_ends_the_run(family, tmp_path):
    start = thermal_start(crystal(), HOT, 1)
    driver = watched(family, tmp_path)
    with pytest.raises(EngineFailure, match="none of the frames"):
        driver.accept(start, LammpsFailure(0, "atoms were lost", np.empty((0, 32, 3))))

    class Mute:
        def calculate(self, *_arguments):
            raise RuntimeError("no answer")

    driver = watched(family, tmp_path / "mute", Mute)
    frames = np.array([start.positions] * 3)
    with pytest.raises(EngineFailure, match="no answer"):
        driver.accept(start, LammpsFailure(15, "atoms were lost", frames))
