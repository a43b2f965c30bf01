"""A student taught cold melts a crystal: taught on the way, each step goes on with what the one before learnt."""

import itertools
from contextlib import closing

import numpy as np
import pytest

from screening.config.candidates import GlassConfig
from screening.config.dynamics import Integration, MDProtocol, MonitorConfig
from screening.config.potential import TeacherConfig
from screening.dynamics.driver import Changed
from screening.dynamics.engines.lammps import LammpsFailure
from screening.dynamics.glass import melt_and_quench
from screening.dynamics.protocol import thermal_start
from screening.potentials.registry import load
from screening.students import refit
from screening.students.labels import read_batch
from screening.students.melting import MeltingStudent
from screening.students.pod import StudentPotential
from screening.trajectories.storage import read_chunk
from tests.students import crystal

pytestmark = pytest.mark.slow

GLASS = GlassConfig(melt_K=1500, melt_ps=1.6, quench_K_per_ps=500, end_K=1200, volume_ratio=1.4)
MD = Integration(timestep_fs=4, chunk_ps=0.4, thermostat_time_fs=50)
MONITOR = MonitorConfig(interval_ps=0.1, frames=4, max_retrainings=10, max_grade=0.4)


def melter(family, folder):
    teacher = load(TeacherConfig(name="lj")).calculator
    student = StudentPotential.load(family / "student")
    return closing(MeltingStudent(student, family / "labels", teacher, "lj", MONITOR, folder / "retraining", 50))


def quench(family, folder):
    """The glass and what the student was taught."""
    with melter(family, folder) as melting:
        glass = melt_and_quench(crystal(), melting.of, GLASS, MD, "Li", folder, 1, "key", lambda _: None)
        return glass, melting.teachings


@pytest.fixture(scope="module")
def whole(family, tmp_path_factory):
    folder = tmp_path_factory.mktemp("melt")
    return folder, *quench(family, folder)


def test_the_melt_ends_and_every_step_knows_what_was_taught_before(family, whole):
    folder, glass, teachings = whole
    assert glass.status in ("amorphous", "crystalline"), glass.reason
    assert teachings[0].temperature_K == 1500
    assert teachings[0].checksum_before == StudentPotential.load(family / "student").checksum
    for event, after in itertools.pairwise(teachings):
        assert event.checksum_after == after.checksum_before
    last = read_chunk(max(folder.glob("step_*/chunk_*.h5")))
    assert last.driver == teachings[-1].checksum_after


@pytest.mark.parametrize("lost", ["step_0[1-9]/*.h5", "step_*/*.h5", "retraining/*/journal.json"])
def test_a_restart_gives_the_same_glass(family, whole, lost):
    folder, glass, teachings = whole
    for path in folder.glob(lost):
        path.unlink()
    again, taught = quench(family, folder)
    assert taught == teachings
    assert np.array_equal(again.atoms.positions, glass.atoms.positions)


def test_what_is_taught_in_a_step_is_learnt_beside_what_was_taught_before(family, tmp_path, monkeypatch):
    protocol = MDProtocol(duration_ps=0.4, sample_interval_fs=20, **MD.model_dump())
    read = []
    monkeypatch.setattr(refit, "read_batch", lambda path: read.append(path) or read_batch(path))
    with melter(family, tmp_path) as melting:
        start = thermal_start(crystal(), 30.0, 1)
        lost = LammpsFailure(0, "atoms were lost", np.array([start.positions + 0.3 * k for k in range(3)]))
        for step in range(2):
            driver = melting.of(step, 30.0, protocol)
            driver.enter(0, "")
            assert isinstance(driver.accept(start, lost), Changed)
    taught = [tmp_path / "retraining" / f"step_0{step}" / "labels" / "01.npz" for step in range(2)]
    assert driver.taught_with == taught
    assert taught[0] in read
    assert [event.temperature_K for event in melting.teachings] == [30.0, 30.0]
