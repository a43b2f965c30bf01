"""What every engine keeps: it repeats itself, has its temperature, rests as a whole, and says when it failed."""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.data import atomic_masses, atomic_numbers

from screening.config.dynamics import MDProtocol
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.base import Engine, EngineFailure
from screening.dynamics.protocol import run_chunks, thermal_start
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.storage import read_trajectory, stored_chunks


class EngineTests(ABC):
    """Override `make`, `calculator`, `failing` and `failure_says`.

    The thermostat's time constant should be 50 fs or less: the temperature is the mean over 400 of them.
    """

    temperature_K: ClassVar[float] = 60.0
    timestep_fs: ClassVar[float] = 4.0
    #: What the message of a failure says, a regular expression.
    failure_says: ClassVar[str]

    @abstractmethod
    def make(self) -> Engine:
        """A new engine with a potential for `crystal`."""

    @abstractmethod
    def calculator(self) -> Any:
        """The same potential as an ASE calculator."""

    @abstractmethod
    def failing(self) -> Engine:
        """A new engine whose potential tears `crystal` apart within some hundred steps."""

    def crystal(self) -> Atoms:
        """Of two masses, and so small that 3N and 3N - 3 degrees of freedom tell apart: 8 and 7 parts."""
        atoms = bulk("Ar", "fcc", a=5.4, cubic=True) * (2, 1, 1)
        atoms.numbers[::2] = 36
        atoms.rattle(0.05, seed=1)
        return atoms

    @pytest.fixture(scope="class")
    def engine(self) -> Engine:
        """One for all tests of the class, as one is for all chunks of a run."""
        return self.make()

    def start(self) -> MDState:
        """Some atoms lie cells away from the others, as unwrapped positions do."""
        atoms = self.crystal()
        atoms.positions += np.random.default_rng(2).integers(-2, 3, (len(atoms), 3)) @ atoms.cell.array
        return thermal_start(atoms, self.temperature_K, seed=5)

    def run(self, engine: Engine, start: MDState, n_frames: int = 5, sample_every: int = 5, seed: int = 7) -> Chunk:
        """A short chunk."""
        return engine.run(
            start,
            steps=n_frames * sample_every,
            sample_every=sample_every,
            timestep_fs=self.timestep_fs,
            temperature_K=self.temperature_K,
            seed=seed,
        )

    def test_the_same_state_and_seed_give_the_same_chunk_bit_by_bit(self, engine: Engine) -> None:
        """Of an engine that has run before, and of a new one; another seed gives another."""
        first = self.run(engine, self.start())
        for again in (self.run(engine, self.start()), self.run(self.make(), self.start())):
            assert first.positions.tobytes() == again.positions.tobytes()
            assert first.potential_energy_eV.tobytes() == again.potential_energy_eV.tobytes()
            assert first.temperature_K.tobytes() == again.temperature_K.tobytes()
            assert first.end.positions.tobytes() == again.end.positions.tobytes()
            assert first.end.velocities.tobytes() == again.end.velocities.tobytes()
        assert self.run(engine, self.start(), seed=8).end.positions.tobytes() != first.end.positions.tobytes()

    def test_a_run_restarted_after_any_chunk_is_the_undisturbed_one(self, engine: Engine, tmp_path: Path) -> None:
        settings = MDProtocol(duration_ps=0.4, timestep_fs=self.timestep_fs, sample_interval_fs=20, chunk_ps=0.1)

        def go(folder: Path, using: Engine) -> Any:
            outcome = run_chunks(folder, self.start(), Unwatched(using), settings, self.temperature_K, 5, "p")
            assert outcome.n_chunks == 4
            return read_trajectory(folder)

        whole = go(tmp_path / "whole", engine)
        for kept in (1, 3):
            broken = tmp_path / f"broken{kept}"
            shutil.copytree(tmp_path / "whole", broken)
            for path in stored_chunks(broken)[kept:]:
                path.unlink()
            again = go(broken, self.make())
            assert np.array_equal(again.positions, whole.positions)
            assert np.array_equal(again.energies_eV, whole.energies_eV)

    def test_a_chunk_has_the_frames_asked_for_and_leads_to_its_end(self, engine: Engine) -> None:
        """Unwrapped, the cell as it was, the state it started from untouched."""
        start, before = self.start(), self.start()
        chunk = self.run(engine, start)
        assert chunk.positions.shape == (5, len(start.symbols), 3)
        assert chunk.positions.dtype == np.float32
        assert chunk.potential_energy_eV.shape == chunk.temperature_K.shape == (5,)
        np.testing.assert_array_equal(chunk.positions[-1], chunk.end.positions.astype(np.float32))
        assert chunk.end.symbols == start.symbols
        np.testing.assert_array_equal(chunk.end.cell, start.cell)
        for name in ("positions", "velocities", "cell"):
            np.testing.assert_array_equal(getattr(start, name), getattr(before, name))
        steps = np.diff(np.concatenate([start.positions[None], chunk.positions]), axis=0)
        assert 1e-3 < np.abs(steps).max() < 1.0

    def test_steps_that_no_frame_would_hold_are_refused(self, engine: Engine) -> None:
        state = {"timestep_fs": self.timestep_fs, "temperature_K": self.temperature_K, "seed": 1}
        for steps in (11, 0):
            with pytest.raises(ValueError, match="multiple"):
                engine.run(self.start(), steps=steps, sample_every=5, **state)

    def test_energies_are_the_potentials_and_temperatures_those_of_the_velocities(self, engine: Engine) -> None:
        chunk = self.run(engine, self.start())
        atoms = self.crystal()
        atoms.calc = self.calculator()
        for positions, energy in zip(chunk.positions, chunk.potential_energy_eV, strict=True):
            atoms.positions = positions
            assert energy == pytest.approx(atoms.get_potential_energy(), rel=1e-5)
        atoms.set_velocities(chunk.end.velocities / units.fs)
        kinetic = atoms.get_kinetic_energy()
        assert chunk.temperature_K[-1] == pytest.approx(2 * kinetic / (3 * len(atoms) - 3) / units.kB, rel=1e-5)

    def test_without_forces_to_speak_of_atoms_keep_their_velocities(self, engine: Engine) -> None:
        """One step of a tenth of a femtosecond: positions move by velocity times time, whatever the units inside."""
        start = self.start()
        state = {"temperature_K": self.temperature_K, "seed": 1}
        chunk = engine.run(start, steps=1, sample_every=1, timestep_fs=0.1, **state)
        moved = chunk.end.positions - start.positions
        np.testing.assert_allclose(moved, 0.1 * start.velocities, rtol=0, atol=0.02 * np.abs(moved).max())

    @pytest.mark.slow
    def test_the_temperature_is_the_one_asked_for_and_the_whole_is_at_rest(self, engine: Engine) -> None:
        """The other 3N - 3 degrees of freedom share it: 3N would give 8/7 of it."""
        start = self.start()
        chunk = self.run(engine, start, n_frames=625, sample_every=8)
        # 21 degrees of freedom scatter by 31 %; 600 frames, nearly a time constant of the thermostat apart: 2 %.
        assert chunk.temperature_K[25:].mean() == pytest.approx(self.temperature_K, rel=0.06)
        masses = np.array([atomic_masses[atomic_numbers[symbol]] for symbol in start.symbols])
        momenta = masses[:, None] * chunk.end.velocities
        assert np.abs(momenta.sum(axis=0)).max() < 1e-8 * np.abs(momenta).sum()

    def test_a_run_that_blows_up_is_a_failure_that_says_why(self) -> None:
        """A finding about the potential, not a fault of the machine: no other exception, and no chunk."""
        with pytest.raises(EngineFailure, match=self.failure_says):
            self.run(self.failing(), self.start(), n_frames=400)
