"""A run shared by MPI ranks: the same as on one core, also in how it fails and ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk

from screening.dynamics.engines.lammps import LammpsEngine, LammpsFailure
from screening.dynamics.protocol import thermal_start

pytestmark = pytest.mark.slow

ARGON = bulk("Ar", "fcc", a=5.26, cubic=True) * (4, 4, 4)
START = thermal_start(ARGON, 60.0, 1)
LONG = {"steps": 10**7, "sample_every": 10**4}
RUN = {"steps": 50, "sample_every": 10, "timestep_fs": 4, "temperature_K": 60.0, "seed": 3}


def engine(ranks: int) -> LammpsEngine:
    return LammpsEngine(["Ar"], ["pair_style lj/cut 8.5", "pair_coeff 1 1 0.0104 3.4"], ranks=ranks)


def test_two_ranks_run_what_one_runs_and_repeat_it_to_the_bit():
    one = engine(1).run(START, **RUN)
    shared = engine(2)
    two, again = shared.run(START, **RUN), shared.run(START, **RUN)
    shared.close()
    np.testing.assert_allclose(two.positions, one.positions, atol=1e-5)
    np.testing.assert_allclose(two.end.velocities, one.end.velocities, atol=1e-9)
    np.testing.assert_allclose(two.potential_energy_eV, one.potential_energy_eV, rtol=1e-10)
    assert np.array_equal(again.positions, two.positions)
    assert np.array_equal(again.end.velocities, two.end.velocities)


def test_the_cell_and_single_frames_are_the_same_too():
    shared, alone = engine(2), engine(1)
    settings = {"duration_ps": 2.0, "discard_ps": 0.5, "timestep_fs": 4.0, "shape": "iso", "seed": 1}
    cells = [e.equilibrate_cell(START, 60.0, **settings).cell for e in (shared, alone)]
    np.testing.assert_allclose(cells[0], cells[1], atol=1e-6)
    (two,), (one,) = shared.evaluate([ARGON]), alone.evaluate([ARGON])
    shared.close()
    assert two.energy == pytest.approx(one.energy, rel=1e-12)
    np.testing.assert_allclose(two.stress, one.stress, atol=1e-12)


def test_a_failure_is_one_and_the_next_run_goes_on():
    shared = engine(2)
    before = shared.run(START, **RUN)
    with pytest.raises(LammpsFailure, match="ost"):
        shared.run(START, **(RUN | {"timestep_fs": 400, "temperature_K": 6000.0}))
    assert np.array_equal(shared.run(START, **RUN).positions, before.positions)
    shared.close()


def workers(of: int) -> list[int]:
    """Processes that descend from one, in any generation."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found, generation = [], [of]
    while generation:
        generation = [pid for pid, parent in parents.items() if parent in generation]
        found += generation
    return found


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in _state(pid)]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_rank_that_crashes_is_a_failure_of_the_potential():
    shared = engine(2)
    before = shared.run(START, **RUN)
    ranks = [pid for pid in workers(os.getpid()) if b"lammps_worker\0mpi" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    crash = threading.Timer(0.5, os.kill, (ranks[-1], signal.SIGSEGV))
    crash.start()
    with pytest.raises(LammpsFailure, match="crashed"):
        shared.run(START, **(RUN | LONG))
    assert np.array_equal(shared.run(START, **RUN).positions, before.positions)
    shared.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("ranks", [1, 2])
def test_no_shared_memory_is_left_behind_however_a_process_ends(ranks):
    """A megabyte for each job: a campaign of thousands filled the memory of its machine."""
    running = engine(ranks)
    running.evaluate([ARGON])
    mine = [pid for pid in workers(os.getpid()) if b"lammps_worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    named = [line for pid in mine for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if "mpich_shm" in line]
    running.close()
    assert named
    assert all(line.endswith("(deleted)") for line in named)


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import tests.unit.dynamics.test_ranks as t
shared = t.engine(2)
shared.run(t.START, **t.RUN)
print("ready", flush=True)
shared.run(t.START, **(t.RUN | t.LONG))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_goes_on_after_the_run_was_killed():
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parents[3])], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    started = workers(process.pid)
    assert len(started) >= 3
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 30
    while alive(started) and time.monotonic() < deadline:
        time.sleep(0.1)
    left = alive(started)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left
