"""Relaxation: finds a known minimum, and says so when it does not."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.lj import LennardJones

from screening.config.stability import RelaxConfig
from screening.stability.relax import relax

ARGON = {"sigma": 3.4, "epsilon": 0.0104, "rc": 12.0, "smooth": False}


def test_lennard_jones_crystal_relaxes_to_its_lattice_constant():
    """The fcc minimum of the full 12-6 sum is a = 1.5420 sigma; a cutoff at 3.5 sigma moves it by under 1 %."""
    atoms = bulk("Ar", "fcc", a=5.6, cubic=True) * (2, 2, 2)
    done = relax(atoms, LennardJones(**ARGON), RelaxConfig(fmax_eV_A=1e-4, rattle_A=0.02, max_steps=2000), seed=1)
    assert done.status == "converged"
    assert (done.atoms.get_volume() / 8) ** (1 / 3) == pytest.approx(1.542 * 3.4, rel=0.01)


def test_too_few_steps_is_not_converged():
    atoms = bulk("Ar", "fcc", a=5.0, cubic=True)
    done = relax(atoms, LennardJones(**ARGON), RelaxConfig(max_steps=2, fmax_eV_A=1e-4), seed=1)
    assert done.status == "not_converged"
    assert "after" in done.reason
    assert done.energy_eV is not None


class NaNForces(Calculator):
    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.0, "forces": np.full((len(atoms), 3), np.nan), "stress": np.zeros(6)}


def test_nan_forces_are_an_explosion_with_a_reason():
    done = relax(bulk("Ar", "fcc", a=5.0, cubic=True), NaNForces(), RelaxConfig(), seed=1)
    assert done.status == "exploded"
    assert done.energy_eV is None
    assert "finite" in done.reason


def test_the_seed_decides_the_displacement_and_nothing_else():
    atoms = bulk("Ar", "fcc", a=5.3, cubic=True)
    runs = [relax(atoms, LennardJones(**ARGON), RelaxConfig(max_steps=5), seed=s) for s in (1, 1, 2)]
    assert np.array_equal(runs[0].atoms.positions, runs[1].atoms.positions)
    assert not np.array_equal(runs[0].atoms.positions, runs[2].atoms.positions)
