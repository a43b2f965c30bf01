"""The dynamics of two potentials beside each other."""

import numpy as np
import pytest
from ase.build import bulk

from screening.students.side_by_side import SEGMENTS, compare
from screening.trajectories.trajectory import Trajectory

LENGTH = 40


def oscillators(frames: int, amplitude: float, seed: int, lattice: float = 4.2) -> Trajectory:
    """Atoms of a rock salt lattice jittering about their sites independently from frame to frame."""
    atoms = bulk("NaCl", "rocksalt", a=lattice, cubic=True)
    rng = np.random.default_rng(seed)
    positions = atoms.positions + amplitude * rng.normal(size=(frames, len(atoms), 3))
    return Trajectory(tuple(atoms.get_chemical_symbols()), positions, atoms.cell.array, 20.0)


@pytest.mark.slow
def test_the_same_dynamics_pass_whatever_the_seed():
    for seed in range(20):
        found = compare(oscillators(SEGMENTS * LENGTH, 0.2, seed), oscillators(LENGTH, 0.2, 1000 + seed), 300.0)
        assert found.reasons() == []
        assert found.displacement_ratio["Na"] == pytest.approx(1, rel=0.25)
        assert found.length_ps == pytest.approx(0.8)


def test_an_amplitude_half_as_large_again_is_refused_and_its_ratio_is_the_square():
    found = compare(oscillators(SEGMENTS * LENGTH, 0.3, 1), oscillators(LENGTH, 0.2, 2), 300.0)
    assert found.displacement_ratio["Cl"] == pytest.approx(2.25, rel=0.25)
    assert any("mean squared displacement of Cl" in reason for reason in found.reasons())


def test_neighbours_at_other_distances_are_refused_though_atoms_move_alike():
    found = compare(oscillators(SEGMENTS * LENGTH, 0.1, 1), oscillators(LENGTH, 0.1, 2, lattice=4.5), 300.0)
    assert found.displacement_ratio["Na"] == pytest.approx(1, rel=0.25)
    assert any("radial distribution of Cl-Na" in reason for reason in found.reasons())


def test_a_run_that_is_no_longer_than_the_teachers_has_no_scatter():
    with pytest.raises(ValueError, match="twice"):
        compare(oscillators(LENGTH, 0.1, 1), oscillators(LENGTH, 0.1, 2), 300.0)
