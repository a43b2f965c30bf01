"""NVT dynamics through ASE with any of its calculators."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.constraints import FixCom
from ase.md.bussi import Bussi
from numpy.typing import NDArray

from screening.dynamics.engines.base import EngineFailure, blown_up_above_K, frames_in
from screening.trajectories.chunk import Chunk, MDState


class AseEngine:
    """Stochastic velocity rescaling (Bussi, Donadio, Parrinello 2007, 10.1063/1.2408420).

    The thermostat scales all velocities by one factor, so it leaves diffusion alone where Langevin friction
    would slow it down. The centre of mass is held: the other 3N - 3 degrees of freedom have the temperature, as in
    LAMMPS.
    """

    name = "ase"

    def __init__(self, calculator: Any, thermostat_time_fs: float) -> None:
        self.calculator = calculator
        self.thermostat_time_fs = thermostat_time_fs

    def run(
        self,
        state: MDState,
        *,
        steps: int,
        sample_every: int,
        timestep_fs: float,
        temperature_K: float,
        seed: int,
    ) -> Chunk:
        """Run a chunk; see `Engine`.

        Raises:
            EngineFailure: the run blew up; says at which step and how.
        """
        atoms = state.atoms()
        atoms.set_velocities(state.velocities / units.fs)
        # It rests, so without this the others would share its kT: N / (N - 1) times the temperature, and nothing tells.
        atoms.set_constraint(FixCom())
        # Results kept from an earlier chunk must not leak into this one, or a restart would differ.
        self.calculator.reset()
        atoms.calc = self.calculator
        dynamics = Bussi(
            atoms,
            timestep=timestep_fs * units.fs,
            temperature_K=temperature_K,
            taut=self.thermostat_time_fs * units.fs,
            rng=np.random.default_rng(seed),
        )
        n_frames, hottest_K = frames_in(steps, sample_every), blown_up_above_K(temperature_K, len(atoms))
        positions = np.empty((n_frames, len(atoms), 3), dtype=np.float32)
        energies, temperatures = np.empty(n_frames), np.empty(n_frames)
        for k in range(n_frames):
            try:
                dynamics.run(sample_every)
            except Exception as error:
                if np.isfinite(atoms.positions).all():
                    raise
                # Infinite forces: the potential stumbles over the positions they led to.
                raise EngineFailure(
                    f"the run blew up within {(k + 1) * sample_every * timestep_fs:g} fs of its chunk: "
                    f"positions are no longer numbers ({type(error).__name__})"
                ) from error
            positions[k] = atoms.positions
            energies[k] = atoms.get_potential_energy()
            temperatures[k] = atoms.get_temperature()
            if not np.isfinite(energies[k]) or not temperatures[k] < hottest_K:
                raise EngineFailure(
                    f"the run blew up at {(k + 1) * sample_every * timestep_fs:g} fs of its chunk: "
                    f"{temperatures[k]:.0f} K at a target of {temperature_K:g} K"
                )
        end = MDState(state.symbols, atoms.positions.copy(), atoms.get_velocities() * units.fs, state.cell)
        return Chunk(positions, energies, temperatures, end)

    def forces(self, frames: Sequence[Atoms]) -> list[NDArray[np.float64]]:
        """Forces of each frame, eV/Angstrom, (n_atoms, 3)."""
        found = []
        for frame in frames:
            atoms = frame.copy()
            atoms.calc = self.calculator
            found.append(np.array(atoms.get_forces(), dtype=float))
        return found
