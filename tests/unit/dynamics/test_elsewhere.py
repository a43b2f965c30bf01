"""Replicas that start elsewhere: from a crystal that was hot, cooled, and is still the same crystal."""

from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from screening.config.dynamics import MDProtocol
from screening.config.transport import TransportConfig
from screening.dynamics.convergence import StoppingRule
from screening.dynamics.elsewhere import HOT_PS, hot_start
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.run import RunPlan
from screening.trajectories.chunk import Chunk
from screening.trajectories.run_record import DrivenBy
from tests.blank import blank

MOBILE = frozenset({"Li"})


class Moves:
    """An engine that moves elements by so much each time it is asked."""

    name = "moves"

    def __init__(self, fails_at: int = 99, **by_A: float) -> None:
        self.by_A, self.fails_at, self.asked = by_A, fails_at, []

    def run(self, state, *, steps, timestep_fs, temperature_K, seed, **_):
        if len(self.asked) == self.fails_at:
            raise EngineFailure("atoms were lost")
        self.asked.append((round(temperature_K), steps * timestep_fs, seed))
        rng = np.random.default_rng(seed)
        size = np.array([self.by_A.get(symbol, 0.0) for symbol in state.symbols])[:, None]
        end = replace(state, positions=state.positions + size * rng.normal(size=(len(size), 3)) + 0.3)
        return Chunk(end.positions[None].astype(np.float32), np.zeros(1), np.zeros(1), end)


def crystal() -> Atoms:
    return bulk("LiCl", "rocksalt", a=5.1, cubic=True) * (2, 2, 2)


def start(engine: Moves, temperature_K: float = 500.0, seed: int = 1):
    return hot_start(crystal(), engine, 1000.0, temperature_K, 2.0, MOBILE, seed)


def test_the_ions_are_elsewhere_and_the_crystal_was_cooled_in_steps():
    engine = Moves(Li=1.0, Cl=0.1)
    found = start(engine)
    assert [asked[0] for asked in engine.asked] == [1000, 800, 640, 512]
    assert engine.asked[0][1] == HOT_PS * 1000
    assert len({asked[2] for asked in engine.asked}) == 4
    assert found.how == "5 ps at 1000 K, cooled to 500 K"
    moved = found.atoms.positions - crystal().positions
    ions = np.array(crystal().get_chemical_symbols()) == "Li"
    assert np.std(moved[ions]) > 1.0
    assert np.std(moved[~ions]) < 0.5
    np.testing.assert_array_equal(found.atoms.positions, start(Moves(Li=1.0, Cl=0.1)).atoms.positions)
    assert np.abs(found.atoms.positions - start(Moves(Li=1.0, Cl=0.1), seed=2).atoms.positions).max() > 0.5


def test_a_run_hotter_than_the_student_was_taught_begins_from_its_own_temperature():
    engine = Moves(Li=1.0)
    assert start(engine, 1200.0).how == "5 ps at 1200 K, cooled to 1200 K"
    assert [asked[0] for asked in engine.asked] == [1200]


@pytest.mark.parametrize(
    ("engine", "why"),
    [(Moves(fails_at=1, Li=1.0), "failed: atoms were lost"), (Moves(Li=1.0, Cl=1.0), "the framework moved by 3.")],
)
def test_a_crystal_that_does_not_last_begins_as_relaxed_and_says_so(engine, why):
    found = start(engine)
    assert why in found.how
    np.testing.assert_array_equal(found.atoms.positions, crystal().positions)


def test_the_first_replica_and_runs_of_before_are_what_they_were():
    student = blank(DrivenBy, student_checksum="a")

    def protocol(replica: int, starts: str | None) -> str:
        md = MDProtocol(replica_starts=starts)
        stop = StoppingRule("Li", 600.0, md, TransportConfig())
        plan = RunPlan("x", 0, {}, 600.0, replica, 1, md, stop)
        return plan.protocol(student)

    assert protocol(0, "hot") == protocol(0, None)
    assert protocol(1, "hot") != protocol(1, None)
