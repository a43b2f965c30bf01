"""A student that is wrong in the cell at constant pressure: noticed, taught, and the cell sought again."""

from pathlib import Path

import numpy as np
import pytest
from ase.units import GPa

from screening.dynamics.cell import run_cell
from screening.dynamics.driver import CELL
from screening.potentials.registry import load
from screening.students import production
from screening.students.labels import read_batch
from screening.students.pod import StudentPotential
from screening.students.production import WatchedStudent
from tests.students import crystal
from tests.unit.students.runs import LJ, MONITOR, PROTOCOL, asked

pytestmark = pytest.mark.slow

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
