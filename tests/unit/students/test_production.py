"""A student taught cold and run hot: noticed, taught, and the same whatever happens on the way."""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.units import GPa
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.dynamics import MDProtocol, MonitorConfig
from screening.config.potential import TeacherConfig
from screening.config.stages import MDSettings
from screening.config.transport import TransportConfig
from screening.dynamics.cell import run_cell
from screening.dynamics.driver import CELL, Changed
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.engines.lammps import LammpsFailure
from screening.dynamics.protocol import run_chunks, thermal_start
from screening.errors import PotentialError
from screening.potentials.registry import load
from screening.records import read_json
from screening.records.origin import PotentialFacts, Provenance
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stability.status import RelaxationStatus
from screening.stages import md as md_stage
from screening.stages.context import StageCall
from screening.students import production
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.students.production import WatchedStudent
from screening.students.record import JournalRecord, StudentRecord
from screening.trajectories.storage import read_chunk, stored_chunks
from tests.blank import blank
from tests.students import crystal

pytestmark = pytest.mark.slow

LJ = TeacherConfig(name="lj")
HOT = 1000.0
MONITOR = MonitorConfig(interval_ps=0.1, frames=4, max_retrainings=6, max_grade=0.4)
PROTOCOL = MDProtocol(duration_ps=0.9, timestep_fs=4, sample_interval_fs=20, chunk_ps=0.3, monitor=MONITOR)


def run(
    family: Path,
    folder: Path,
    temperature: float = HOT,
    settings: MDProtocol = PROTOCOL,
    label_store: Path | None = None,
    teacher: Calculator | None = None,
):
    """A run of the student, as the stage makes it; outcome and driver."""
    student = StudentPotential.load(family / "student")
    if label_store is not None:
        changed = {"labels": "shared", "label_store": str(label_store)}
        student = replace(student, settings=student.settings.model_copy(update=changed))
    driver = WatchedStudent(
        student,
        family / "labels",
        lambda: teacher or load(LJ).calculator,
        "lj",
        settings.monitor,
        folder / "retraining",
        thermostat_time_fs=50,
        frame_interval_fs=settings.sample_interval_fs,
        frames_per_chunk=settings.frames_per_chunk,
    )
    start = thermal_start(crystal(), temperature, 3)
    try:
        return run_chunks(folder / "chunks", start, driver, settings, temperature, 3, "p"), driver
    finally:
        driver.close()


def contents(folder: Path) -> dict[str, bytes]:
    """All that a run leaves behind but arrays, whose files hold the time they were written."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".npz"
    }


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


def staged(family: Path, folder: Path, temperature: float, replica: int = 0, starts: str | None = None) -> dict:
    """The md stage on a relaxed crystal and the family's student; its record."""
    structure = AseAtomsAdaptor.get_structure(crystal()).as_dict()
    relaxed = folder / "relaxed.json"
    ordering = blank(RelaxedOrdering, status=RelaxationStatus.CONVERGED, structure=structure)
    blank(RelaxedRecord, id="x", orderings=(ordering,)).write(relaxed)
    record = folder / "student.json"
    origin = blank(Provenance, potential=PotentialFacts(**load(LJ).record()))
    blank(StudentRecord, accepted=True, folder="family", provenance=origin).write(record)
    if not (folder / "family").exists():
        shutil.copytree(family, folder / "family")
    settings = MDSettings(
        seed=1,
        mobile_ion="Ne",
        potential=LJ,
        md=PROTOCOL.model_copy(update={"replica_starts": starts}),
        transport=TransportConfig(),
        student_required=False,
    )
    output = folder / "run" / "md.json"
    options = {"temperature": f"{temperature:g}", "ordering": "0", "replica": str(replica)}
    md_stage.run(StageCall({"relaxed": [relaxed], "student": [record]}, output, settings, options))
    return read_json(output)


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


def test_another_teacher_is_not_asked(family, tmp_path, monkeypatch):
    other = load(LJ)
    monkeypatch.setattr(md_stage, "load", lambda *_: type(other)(other.calculator, "lj", "1", "other", "f" * 64))
    with pytest.raises(PotentialError, match=r"the weights of lj differ from its teacher's"):
        staged(family, tmp_path, HOT)


NPT = PROTOCOL.model_copy(update={"cell_equilibration_ps": 4.0})


def celled(family: Path, folder: Path, bound_GPa: float, temperature: float = 60.0):
    """The cell of a run whose student's pressure may be off by so much; start, record and driver, closed."""
    monitor = MONITOR.model_copy(update={"max_pressure_error_GPa": bound_GPa})
    driver = WatchedStudent(
        StudentPotential.load(family / "student"),
        family / "labels",
        lambda: load(LJ).calculator,
        "lj",
        monitor,
        folder / "retraining",
        thermostat_time_fs=50,
        frame_interval_fs=NPT.sample_interval_fs,
        frames_per_chunk=NPT.frames_per_chunk,
    )
    try:
        return *run_cell(crystal(), driver, NPT, temperature, 3, "p", folder / "cell.json"), driver
    finally:
        driver.close()


def test_the_pressure_error_in_the_cell_is_that_of_student_against_teacher(family, tmp_path):
    _, record, driver = celled(family, tmp_path, 10.0)
    assert driver.events == []
    pairs = read_batch(tmp_path / "retraining" / "labels" / "cell_01.npz")
    # Compression is positive, ASE's stress is the other way round.
    teacher = [-np.trace(asked(frame).get_stress(voigt=False)) / 3 / GPa for frame, _ in pairs]
    engine = StudentPotential.load(family / "student").engine()
    student = [-np.trace(one.stress) / 3 / GPa for one in engine.evaluate([frame for frame, _ in pairs])]
    engine.close()
    assert record.mean.pressure_error_GPa == pytest.approx(np.mean(student) - np.mean(teacher), rel=1e-3)
    expected = np.std(np.subtract(student, teacher), ddof=1) / len(pairs) ** 0.5
    assert record.mean.pressure_error_uncertainty_GPa == pytest.approx(expected, rel=1e-3)


def asked(frame: Atoms) -> Atoms:
    frame.calc = load(LJ).calculator
    return frame


def test_a_student_that_is_wrong_in_the_cell_is_taught_there_and_the_cell_sought_again(family, tmp_path):
    start, before, _ = celled(family, tmp_path / "untaught", 10.0)
    bound = 0.5 * abs(before.mean.pressure_error_GPa)
    again, after, driver = celled(family, tmp_path / "taught", bound)
    assert 1 <= len(driver.events) <= production.CELL_TEACHINGS
    assert {event.chunk for event in driver.events} == {CELL}
    assert abs(after.mean.pressure_error_GPa) < abs(before.mean.pressure_error_GPa)
    assert again.get_volume() != start.get_volume()
    # Restarted it takes the cell and the student that it had.
    restarted, record, same = celled(family, tmp_path / "taught", bound)
    assert np.array_equal(restarted.cell.array, again.cell.array)
    assert (record, same.checksum, len(same.events)) == (after, driver.checksum, len(driver.events))


def test_an_error_that_teaching_does_not_mend_is_in_the_record_and_chunks_may_still_teach(family, tmp_path):
    _, record, driver = celled(family, tmp_path, 1e-9)
    assert len(driver.events) == production.CELL_TEACHINGS
    assert abs(record.mean.pressure_error_GPa) > 1e-9
    # Labels of the cell and of chunks do not share names.
    assert len(list((tmp_path / "retraining" / "labels").glob("cell_*.npz"))) == production.CELL_TEACHINGS + 1
