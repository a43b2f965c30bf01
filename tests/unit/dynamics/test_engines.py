"""Every engine, as `EngineTests` wants it, with one and the same Lennard-Jones crystal."""

from typing import Any

import numpy as np
import pytest
from ase import units
from ase.build import bulk
from ase.calculators.calculator import Calculator
from ase.calculators.lj import LennardJones

from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import Engine
from screening.dynamics.engines.lammps import LammpsEngine
from screening.dynamics.protocol import thermal_start
from tests.conformance.engine import EngineTests

EPSILON, SIGMA, CUTOFF = 0.0104, 3.4, 6.5
THERMOSTAT_FS = 30.0


class Growing(LennardJones):
    """Its forces grow from call to call."""

    factor = 1.0

    def calculate(self, *arguments: Any, **keywords: Any) -> None:
        super().calculate(*arguments, **keywords)
        self.factor *= 1.2
        self.results["forces"] = self.factor * self.results["forces"]


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


def lennard_jones(kind: type[LennardJones] = LennardJones) -> LennardJones:
    return kind(epsilon=EPSILON, sigma=SIGMA, rc=CUTOFF)


class TestAse(EngineTests):
    failure_says = "blew up at .* fs of its chunk|blew up within .* fs of its chunk"

    def make(self) -> Engine:
        return AseEngine(self.calculator(), THERMOSTAT_FS)

    def calculator(self) -> LennardJones:
        return lennard_jones()

    def failing(self) -> Engine:
        return AseEngine(lennard_jones(Growing), THERMOSTAT_FS)

    @pytest.mark.slow
    def test_every_mode_but_the_crystals_own_motion_has_the_temperature(self) -> None:
        """Equipartition in a cell so small that 3N and 3N - 3 degrees of freedom tell apart: 8 and 7 parts."""
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


class TestLammps(EngineTests):
    failure_says = "apart|temperature ran away|lost"

    def make(self, epsilon: float = EPSILON) -> Engine:
        pair = [f"pair_style lj/cut {CUTOFF}", "pair_modify shift yes", f"pair_coeff * * {epsilon} {SIGMA}"]
        return LammpsEngine(["Ar", "Kr"], pair, thermostat_time_fs=THERMOSTAT_FS)

    def calculator(self) -> LennardJones:
        return lennard_jones()

    def failing(self) -> Engine:
        """Attraction at all distances."""
        return self.make(-0.5)
