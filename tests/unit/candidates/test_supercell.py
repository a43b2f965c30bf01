"""Repeats of a cell: all that fit, fewest atoms first."""

from itertools import product

import numpy as np
import pytest
from pymatgen.core import Lattice

from screening.candidates.supercell import candidates, shortest_image_distance
from screening.config.candidates import AutomaticSupercell


@pytest.mark.parametrize("lattice", [Lattice.cubic(3.0), Lattice.from_parameters(3.1, 4.2, 5.3, 70, 80, 100)])
def test_repeats_equal_a_search_through_all(lattice):
    bounds = AutomaticSupercell(min_image_distance_A=7.0, max_atoms=60)
    found = list(candidates(lattice, 2, bounds))
    images = np.array([step for step in product(range(-4, 5), repeat=3) if any(step)])
    expected = {
        repeat
        for repeat in product(range(1, 31), repeat=3)
        if np.prod(repeat) <= 30
        and np.linalg.norm(images @ (lattice.matrix * np.array(repeat)[:, None]), axis=1).min() >= 7.0
    }
    assert expected
    assert set(found) == expected
    assert len(found) == len(expected)
    copies = [int(np.prod(repeat)) for repeat in found]
    assert copies == sorted(copies)
    distances = [shortest_image_distance(Lattice(lattice.matrix * np.array(r)[:, None])) for r in found]
    for first, second in zip(range(len(found) - 1), range(1, len(found)), strict=True):
        assert copies[first] < copies[second] or distances[first] >= distances[second] - 1e-6


def test_the_smallest_repeat_of_a_one_atom_cell_is_found_at_once():
    bounds = AutomaticSupercell(min_image_distance_A=10.0)
    assert next(candidates(Lattice.cubic(4.0), 1, bounds)) == (3, 3, 3)
