"""Relaxation: finds a known minimum, and says so when it does not."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.lj import LennardJones

from screening.config.stability import RelaxConfig
from screening.stability.relax import relax
from screening.stability.starts import relax_from_several_starts
from screening.stability.topology import Framework
from tests.unit.stability.wells import TwoWells

NONE = Framework("Li", frozenset())
ARGON = {"sigma": 3.4, "epsilon": 0.0104, "rc": 12.0, "smooth": False}


@pytest.mark.slow
def test_lennard_jones_crystal_relaxes_to_its_lattice_constant():
    """The fcc minimum of the full 12-6 sum is a = 1.5420 sigma; a cutoff at 3.5 sigma moves it by under 1 %."""
    atoms = bulk("Ar", "fcc", a=5.6, cubic=True) * (2, 2, 2)
    done = relax(
        atoms, LennardJones(**ARGON), RelaxConfig(fmax_eV_A=1e-4, rattle_A=0.02, max_steps=2000), seed=1, framework=NONE
    )
    assert done.status == "converged"
    assert (done.atoms.get_volume() / 8) ** (1 / 3) == pytest.approx(1.542 * 3.4, rel=0.01)


def test_too_few_steps_is_not_converged():
    atoms = bulk("Ar", "fcc", a=5.0, cubic=True)
    done = relax(atoms, LennardJones(**ARGON), RelaxConfig(max_steps=2, fmax_eV_A=1e-4), seed=1, framework=NONE)
    assert done.status == "not_converged"
    assert "after" in done.reason
    assert done.energy_eV is not None


class NaNForces(Calculator):
    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.0, "forces": np.full((len(atoms), 3), np.nan), "stress": np.zeros(6)}


def test_nan_forces_are_an_explosion_with_a_reason():
    done = relax(bulk("Ar", "fcc", a=5.0, cubic=True), NaNForces(), RelaxConfig(), seed=1, framework=NONE)
    assert done.status == "exploded"
    assert done.energy_eV is None
    assert "finite" in done.reason


def test_the_seed_decides_the_displacement_and_nothing_else():
    atoms = bulk("Ar", "fcc", a=5.3, cubic=True)
    runs = [relax(atoms, LennardJones(**ARGON), RelaxConfig(max_steps=5), seed=s, framework=NONE) for s in (1, 1, 2)]
    assert np.array_equal(runs[0].atoms.positions, runs[1].atoms.positions)
    assert not np.array_equal(runs[0].atoms.positions, runs[2].atoms.positions)


class Raises(Calculator):
    """A potential that stumbles over a structure."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, error):
        super().__init__()
        self.error = error

    def calculate(self, *_):
        raise self.error


def test_an_error_of_the_potential_is_a_failed_structure_but_a_full_memory_is_not():
    atoms = bulk("Ar", "fcc", a=5.3, cubic=True)
    done = relax(atoms, Raises(ValueError("isolated atom")), RelaxConfig(), seed=1, framework=NONE)
    assert (done.status, done.energy_eV) == ("failed", None)
    assert "ValueError: isolated atom" in done.reason
    with pytest.raises(MemoryError):
        relax(atoms, Raises(MemoryError()), RelaxConfig(), seed=1, framework=NONE)


def test_a_crystal_that_shrinks_away_is_collapsed():
    """Far too wide a crystal of strong attraction falls together within the cutoff."""
    atoms = bulk("Ar", "fcc", a=7.4, cubic=True)
    done = relax(atoms, LennardJones(**ARGON | {"epsilon": 1.0}), RelaxConfig(rattle_A=0.0), seed=1, framework=NONE)
    assert done.status == "collapsed"
    assert done.energy_eV is None


def test_several_starts_leave_the_upper_well_and_stop_once_the_lower_was_met_twice():
    roots = np.roots([0.4, 0, -0.4, 0.05]).real
    upper, lower = max(roots), min(roots)
    # The centre of mass is held: a heavy atom, at its place already, gives the light one room.
    atoms = Atoms("LiU", positions=[[upper, 0, 0], [lower, 10, 0]], cell=[20, 20, 20], pbc=True)
    settings = RelaxConfig(cell=False, max_starts=40, anneal_K=4000, anneal_ps=0.2, fmax_eV_A=1e-4, rattle_A=0.0)
    found = relax_from_several_starts(atoms, TwoWells(), settings, seed=3, framework=NONE)
    lowest = 2 * (0.1 * (lower**2 - 1) ** 2 + 0.05 * lower)
    energies = [start.energy_eV for start in found.starts]
    assert energies[0] > lowest + 0.05
    assert found.best.energy_eV == pytest.approx(lowest, abs=1e-5)
    assert found.repeated
    assert 3 <= len(energies) < 40
    assert sum(energy < lowest + 1e-3 for energy in energies) == 2
    assert found.spread_eV == pytest.approx(np.std(energies, ddof=1))
