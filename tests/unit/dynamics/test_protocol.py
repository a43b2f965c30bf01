"""Runs: right temperature, right length, and the same after a kill."""

import dataclasses
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ase import units
from ase.build import bulk
from ase.calculators.calculator import Calculator
from ase.calculators.lj import LennardJones

from screening.config.dynamics import MDProtocol
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import blown_up_above_K
from screening.dynamics.protocol import run_chunks, thermal_start
from screening.errors import StageError
from screening.records import sha256_of
from screening.trajectories.storage import (
    StoredChunk,
    chunk_path,
    read_chunk,
    read_trajectory,
    stored_chunks,
    write_chunk,
)

SETTINGS = MDProtocol(duration_ps=1.0, timestep_fs=4, sample_interval_fs=20, chunk_ps=0.3, thermostat_time_fs=50)
ARGON = bulk("Ar", "fcc", a=5.3, cubic=True) * (2, 2, 2)


def engine() -> AseEngine:
    return AseEngine(LennardJones(sigma=3.4, epsilon=0.0104, rc=6.0, smooth=True), SETTINGS.thermostat_time_fs)


def run(folder: Path, settings: MDProtocol = SETTINGS, protocol: str = "p", seed: int = 5):
    return run_chunks(folder, thermal_start(ARGON, 60.0, seed), Unwatched(engine()), settings, 60.0, seed, protocol)


def test_length_temperature_and_storage(tmp_path):
    outcome = run(tmp_path)
    assert (outcome.status, outcome.n_frames, outcome.n_chunks) == ("complete", 50, 4)
    trajectory = read_trajectory(tmp_path)
    assert trajectory.positions.shape == (50, 32, 3)
    assert trajectory.positions.dtype == np.float32
    # 3N = 96 degrees of freedom: the mean over 40 correlated frames is good to about 10 %.
    assert trajectory.temperatures_K[10:].mean() == pytest.approx(60, rel=0.15)


class Springs(Calculator):
    """Every atom on a spring to every other: harmonic, and the same wherever the crystal is."""

    implemented_properties = ("energy", "forces")

    def __init__(self, places: np.ndarray, stiffness_eV_A2: float) -> None:
        super().__init__()
        self.places, self.stiffness = places, stiffness_eV_A2

    def calculate(self, *arguments, **named) -> None:
        super().calculate(*arguments, **named)
        moved = self.atoms.positions - self.places
        moved -= moved.mean(axis=0)
        self.results = {"energy": self.stiffness * np.sum(moved**2) / 2, "forces": -self.stiffness * moved}


def test_every_mode_but_the_crystals_own_motion_has_the_temperature():
    """Equipartition in a cell so small that 3N and 3N - 3 degrees of freedom tell apart: 3N would give 8/7 of this."""
    crystal = bulk("Ar", "fcc", a=5.3, cubic=True) * (2, 1, 1)
    springs = Springs(crystal.positions.copy(), 1.0)
    chunk = AseEngine(springs, 50.0).run(
        thermal_start(crystal, 300.0, 1), steps=8000, sample_every=8, timestep_fs=4.0, temperature_K=300.0, seed=1
    )
    expected = (3 * len(crystal) - 3) / 2 * units.kB * 300.0
    assert chunk.potential_energy_eV[100:].mean() == pytest.approx(expected, rel=0.06)
    assert chunk.temperature_K[100:].mean() == pytest.approx(300.0, rel=0.06)
    masses = crystal.get_masses()
    np.testing.assert_allclose(masses @ chunk.end.velocities, 0.0, atol=1e-10)


def test_restart_from_any_chunk_gives_the_same_trajectory(tmp_path):
    run(tmp_path / "whole")
    whole = read_trajectory(tmp_path / "whole")
    for kept in (1, 3):
        broken = tmp_path / f"broken{kept}"
        run(broken)
        for path in stored_chunks(broken)[kept:]:
            path.unlink()
        run(broken)
        again = read_trajectory(broken)
        assert np.array_equal(again.positions, whole.positions)
        assert np.array_equal(again.energies_eV, whole.energies_eV)


def test_a_longer_run_continues_a_shorter_one_and_equals_a_fresh_one(tmp_path):
    longer = SETTINGS.model_copy(update={"duration_ps": 1.5})
    run(tmp_path / "grown")
    run(tmp_path / "grown", longer)
    run(tmp_path / "fresh", longer)
    assert np.array_equal(read_trajectory(tmp_path / "grown").positions, read_trajectory(tmp_path / "fresh").positions)


def test_another_protocol_does_not_continue_the_old_chunks(tmp_path):
    run(tmp_path, seed=5)
    run(tmp_path, seed=6, protocol="other")
    run(tmp_path / "fresh", seed=6, protocol="other")
    assert np.array_equal(read_trajectory(tmp_path).positions, read_trajectory(tmp_path / "fresh").positions)


@pytest.mark.parametrize("damage", [b"not hdf5", b"", None])
def test_a_damaged_chunk_is_named_by_its_reader_and_remade_by_the_run(tmp_path, damage, capsys):
    run(tmp_path / "whole")
    run(tmp_path / "broken")
    path = chunk_path(tmp_path / "broken", 2)
    path.write_bytes(path.read_bytes()[:1500] if damage is None else damage)
    with pytest.raises(StageError, match=r"chunk_00002.*damaged.*delete it and .*md\.json"):
        read_trajectory(tmp_path / "broken")
    run(tmp_path / "broken")
    assert "recomputed" in capsys.readouterr().err
    for one, other in zip(stored_chunks(tmp_path / "whole"), stored_chunks(tmp_path / "broken"), strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_chunk_that_is_not_the_one_written_is_refused(tmp_path):
    run(tmp_path)
    checksums = {path.name: sha256_of(path) for path in stored_chunks(tmp_path)}
    read_trajectory(tmp_path, checksums)
    checksums["chunk_00001.h5"] = "0" * 64
    with pytest.raises(StageError, match=r"chunk_00001.*checksum"):
        read_trajectory(tmp_path, checksums)


def test_a_chunk_that_does_not_continue_the_one_before_is_remade(tmp_path):
    """As when two runs of different luck had written in turn into one folder."""
    run(tmp_path / "a")
    run(tmp_path / "b", seed=6)
    chunk_path(tmp_path / "b", 1).replace(chunk_path(tmp_path / "a", 1))
    run(tmp_path / "a")
    run(tmp_path / "whole")
    assert np.array_equal(read_trajectory(tmp_path / "a").positions, read_trajectory(tmp_path / "whole").positions)


class Rival:
    """An engine during whose chunk another process writes a chunk of its own."""

    name = "rival"

    def __init__(self, folder: Path, protocol: str) -> None:
        self.folder, self.protocol, self.engine, self.done = folder, protocol, engine(), 0

    def run(self, state, **arguments):
        chunk = self.engine.run(state, **arguments)
        path = chunk_path(self.folder, self.done)
        previous = sha256_of(chunk_path(self.folder, self.done - 1)) if self.done else ""
        # The rival's chunk differs a little, as on another processor.
        end = dataclasses.replace(chunk.end, positions=chunk.end.positions + 1e-9)
        assert write_chunk(path, StoredChunk(dataclasses.replace(chunk, end=end), 20.0, self.protocol, previous))
        self.done += 1
        return chunk


def test_two_processes_on_one_run_share_it(tmp_path):
    outcome = run_chunks(
        tmp_path, thermal_start(ARGON, 60.0, 5), Unwatched(Rival(tmp_path, "p")), SETTINGS, 60.0, 5, "p"
    )
    assert outcome.n_frames == 50
    paths = stored_chunks(tmp_path)
    for path, after in itertools.pairwise(paths):
        assert read_chunk(after).previous == sha256_of(path)


def test_a_rival_with_other_settings_is_an_error(tmp_path):
    with pytest.raises(StageError, match=r"chunk_00000.*other settings"):
        run_chunks(tmp_path, thermal_start(ARGON, 60.0, 5), Unwatched(Rival(tmp_path, "q")), SETTINGS, 60.0, 5, "p")


def test_a_run_that_blows_up_is_a_recorded_failure(tmp_path):
    class Repulsive(LennardJones):
        def calculate(self, *args, **kwargs):
            super().calculate(*args, **kwargs)
            self.results["forces"] = 50.0 * np.random.default_rng(0).normal(size=self.results["forces"].shape)

    hot = AseEngine(Repulsive(sigma=3.4, epsilon=0.01, rc=6.0), 50.0)
    outcome = run_chunks(tmp_path, thermal_start(ARGON, 60.0, 1), Unwatched(hot), SETTINGS, 60.0, 1, "p")
    assert outcome.status == "failed"
    assert "blew up" in outcome.reason


def test_noise_alone_blows_up_no_cell_however_small():
    velocities = np.random.default_rng(0).normal(size=(200_000, 5, 3))
    velocities -= velocities.mean(axis=1, keepdims=True)
    hottest = 300.0 * (velocities**2).sum(axis=(1, 2)).max() / 12
    # Five atoms are three times too hot once in some thousand frames.
    assert 3 * 300.0 < hottest < blown_up_above_K(300.0, 5)
    assert blown_up_above_K(300.0, 52) == 3 * 300.0


SCRIPT = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import tests.unit.dynamics.test_protocol as t
slow = t.engine()
fast = slow.run
def run(*args, **kwargs):
    time.sleep(0.5)
    return fast(*args, **kwargs)
slow.run = run
t.run_chunks(Path(sys.argv[1]), t.thermal_start(t.ARGON, 60.0, 5), t.Unwatched(slow), t.SETTINGS, 60.0, 5, "p")
"""


def test_kill_minus_nine_then_rerun_is_identical(tmp_path):
    killed = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(killed), str(Path(__file__).parents[3])])
    deadline = time.monotonic() + 60
    while not chunk_path(killed, 1).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert 2 <= len(stored_chunks(killed)) < 4
    run(killed)
    run(tmp_path / "whole")
    assert np.array_equal(read_trajectory(killed).positions, read_trajectory(tmp_path / "whole").positions)
    assert not list(killed.glob(".*")) or all(p.suffix == ".h5" for p in killed.glob(".*"))
