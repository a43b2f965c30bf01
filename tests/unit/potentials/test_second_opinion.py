"""What a second potential says of a candidate: the record of it, and where there is nothing to compare."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.lj import LennardJones

from screening.potentials.base import Potential
from screening.potentials.second_opinion import RunFrame, second_opinion
from screening.potentials.trust_record import ComparisonStatus
from screening.trajectories.run_record import RunRecord
from tests.blank import blank


def lj(name: str, epsilon: float) -> Potential:
    return Potential(LennardJones(epsilon=epsilon, sigma=2.2, rc=6.0, smooth=True), name, "1", "none", name)


def frames(temperatures: tuple[float, ...]) -> list[RunFrame]:
    rng = np.random.default_rng(5)
    made = []
    for number, temperature_K in enumerate(temperatures):
        atoms = bulk("LiCl", "rocksalt", a=5.0, cubic=True)
        atoms.positions += rng.normal(0, temperature_K / 1000, atoms.positions.shape)
        run = blank(RunRecord, temperature_K=temperature_K, ordering=0, replica=1)
        made.append(RunFrame(run, number, 0.5 * number, atoms))
    return made


def test_frames_are_counted_in_all_and_at_each_temperature():
    said = second_opinion(frames((100.0, 100.0, 200.0, 100.0, 200.0, 300.0)), lj("a", 0.05), lj("b", 0.065))
    assert (said.status, said.reason, said.n_frames) == (ComparisonStatus.COMPLETE, "", 6)
    assert said.compared is not None
    assert [(at.temperature_K, at.n_frames) for at in said.compared.by_temperature] == [(100, 3), (200, 2), (300, 1)]
    assert said.compared.by_temperature[2].energy_disagreement_meV_atom is None
    assert said.compared.force_slope == pytest.approx(1.3)
    worst = said.compared.worst_frame
    assert (worst.frame, worst.temperature_K, worst.replica, worst.time_ps) == (5, 300.0, 1, 2.5)


def test_numbers_that_are_none_are_told_with_the_frame_they_are_of():
    said = second_opinion(frames((100.0, 200.0)), lj("a", 0.05), lj("b", float("nan")))
    assert (said.status, said.n_frames, said.compared) == (ComparisonStatus.FAILED, 2, None)
    assert said.reason == ("b gives energies or forces that are no numbers (100 K, ordering 0, replica 1, frame 0)")
    assert set(said.as_dict()) == {"status", "reason", "n_frames"}


def test_without_frames_nothing_is_compared():
    said = second_opinion([], lj("a", 0.05), lj("b", 0.065))
    assert (said.status, said.n_frames) == (ComparisonStatus.NO_FRAMES, 0)
