"""Matching cells of two planes: strain as principal stretches, by brute force for a known pair."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.boundaries.grains import grain_of, strained
from screening.boundaries.matching import matches
from screening.boundaries.whole import units
from screening.errors import StructureError

SQUARE = np.array([[5.0, 0, 0], [0, 5.0, 0]])


def test_a_strained_square_matches_with_the_strain_it_has():
    found = matches(SQUARE, SQUARE * [1 / 1.03, 1 / 0.98, 1], 0.05, 60.0)
    best = found[0]
    assert best.area_A2 == pytest.approx(25.0)
    assert best.stretches == pytest.approx((0.98, 1.03))
    assert best.strain == pytest.approx(0.03)
    assert abs(np.linalg.det(best.substrate)) == pytest.approx(1)


def test_shear_counts_as_strain_though_lengths_are_equal():
    """A rhombus of the same edges: lengths match, but the deformation stretches one diagonal and shortens the other."""
    angle = np.radians(86)
    rhombus = np.array([[5.0, 0, 0], [5 * np.cos(angle), 5 * np.sin(angle), 0]])
    with pytest.raises(StructureError, match=r"within a strain of 2 % \(max_strain\): the nearest has 3\.\d %"):
        matches(SQUARE, rhombus, 0.02, 26.0)
    (found,) = matches(SQUARE, rhombus, 0.05, 26.0)
    exact = np.linalg.svd(np.linalg.inv(rhombus[:, :2]) @ SQUARE[:, :2], compute_uv=False)
    assert found.stretches == pytest.approx(sorted(exact))


def test_larger_cells_match_better():
    film = SQUARE * 0.75 * 1.001
    found = matches(SQUARE, film, 0.01, 130.0)
    # Squares of five cells on the diagonal (2 1) are nearly those of nine: no smaller pair is within a percent.
    assert found[0].area_A2 == pytest.approx(125.0)
    assert found[0].strain == pytest.approx(abs(5**0.5 / (3 * 0.75 * 1.001) - 1))
    assert all(match.strain <= 0.01 for match in found)
    assert [match.area_A2 for match in found] == sorted(match.area_A2 for match in found)


def test_a_strained_grain_keeps_its_height_and_fractions():
    crystal = Structure(Lattice.orthorhombic(4, 5, 6), ["Li", "Cl"], [[0.1, 0.2, 0.3], [0.6, 0.7, 0.8]])
    grain = grain_of(crystal, units(crystal, {"Li": 1.0, "Cl": -1.0}, "Li"))
    wider = strained(grain, grain.in_plane * 1.05)
    assert wider.positions[:, 2] == pytest.approx(grain.positions[:, 2])
    assert wider.positions[:, :2] == pytest.approx(1.05 * grain.positions[:, :2])
    assert wider.thickness_A == pytest.approx(6.0)
