"""Several structures evaluated together, and runs that share the evaluations."""

import threading

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.lj import LennardJones

from screening.config.potential import PotentialConfig
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.protocol import thermal_start
from screening.errors import PotentialError
from screening.potentials.batch import one_by_one, run_together
from screening.potentials.registry import check_batched

PAIR = {"sigma": 2.2, "epsilon": 0.05, "rc": 6.0, "smooth": True}


class Pair(LennardJones):
    """Forgets its neighbours, whose order otherwise depends on what was evaluated before."""

    def calculate(self, *arguments, **keywords):
        self.nl = None
        super().calculate(*arguments, **keywords)


def argon(seed: int, repeat: int = 2) -> Atoms:
    atoms = bulk("Ar", "fcc", a=3.5, cubic=True).repeat(repeat)
    atoms.rattle(0.05, seed=seed)
    return atoms


def nvt(seed: int, temperature_K: float = 60, steps: int = 40):
    def run(calculator):
        state = thermal_start(argon(seed), temperature_K, seed)
        return AseEngine(calculator, 100.0).run(
            state, steps=steps, sample_every=10, timestep_fs=2.0, temperature_K=temperature_K, seed=seed
        )

    return run


@pytest.mark.slow
def test_runs_together_are_the_runs_alone_bit_by_bit_and_may_end_apart() -> None:
    runs = [nvt(1), nvt(2, temperature_K=90), nvt(3, steps=20)]
    together = run_together(one_by_one(Pair(**PAIR)), runs)
    for run, chunk in zip(runs, together, strict=True):
        alone = run(Pair(**PAIR))
        np.testing.assert_array_equal(chunk.positions, alone.positions)
        np.testing.assert_array_equal(chunk.end.velocities, alone.end.velocities)
        np.testing.assert_array_equal(chunk.potential_energy_eV, alone.potential_energy_eV)


def test_all_that_go_on_are_in_one_evaluation_in_the_order_of_the_runs_on_the_calling_thread() -> None:
    alone = one_by_one(Pair(**PAIR))
    seen = []

    def evaluate(structures):
        seen.append((threading.current_thread(), [atoms.info["run"] for atoms in structures]))
        return alone(structures)

    def asking(number: int, times: int):
        def run(calculator):
            atoms = argon(number, 1)
            atoms.info["run"] = number
            atoms.calc = calculator
            for _ in range(times):
                atoms.get_potential_energy()
                atoms.positions[0] += 0.01
            return number

        return run

    assert run_together(evaluate, [asking(0, 2), asking(1, 4), asking(2, 3)]) == [0, 1, 2]
    assert [numbers for _, numbers in seen] == [[0, 1, 2], [0, 1, 2], [1, 2], [1]]
    assert {thread for thread, _ in seen} == {threading.current_thread()}


@pytest.mark.slow
def test_a_run_that_fails_does_not_disturb_the_others() -> None:
    def hot(calculator):
        return nvt(4, temperature_K=60, steps=400)(_Broken(calculator))

    fine, failed = run_together(one_by_one(Pair(**PAIR)), [nvt(1), hot])
    np.testing.assert_array_equal(fine.positions, nvt(1)(Pair(**PAIR)).positions)
    assert isinstance(failed, EngineFailure)


def test_who_asks_for_what_cannot_be_evaluated_is_told_so_and_nobody_else() -> None:
    alone = one_by_one(Pair(**PAIR))

    def evaluate(structures):
        if any(len(atoms) == 1 for atoms in structures):
            raise ValueError("one atom")
        return alone(structures)

    def energy(atoms):
        def run(calculator):
            atoms.calc = calculator
            return atoms.get_potential_energy()

        return run

    found = run_together(evaluate, [energy(argon(1)), energy(Atoms("Ar", pbc=True, cell=[9, 9, 9])), energy(argon(2))])
    assert isinstance(found[1], ValueError)
    for seed, value in ((1, found[0]), (2, found[2])):
        atoms = argon(seed)
        atoms.calc = Pair(**PAIR)
        assert value == atoms.get_potential_energy()


def test_mace_has_no_batches() -> None:
    """As the package is in no environment with others, it has no class of tests."""
    with pytest.raises(PotentialError, match=r"remove md\.batched, or use one of lj, matgl, nequix, sevenn"):
        check_batched(PotentialConfig(name="mace"))


class _Broken:
    """Forces that grow until the run blows up."""

    def __init__(self, calculator) -> None:
        self.calculator, self.factor = calculator, 1.0

    def __getattr__(self, name):
        return getattr(self.calculator, name)

    def get_forces(self, *arguments, **keywords):
        self.factor *= 1.5
        return self.factor * self.calculator.get_forces(*arguments, **keywords)
