"""Nearest images against brute force in awkward cells."""

import numpy as np
import pytest

from screening.trajectories.periodic import NearestPlaces, decode, encode

CELLS = {
    "cubic": np.eye(3) * 6.0,
    "triclinic": np.array([[6.0, 0.0, 0.0], [2.9, 5.5, 0.0], [-2.5, 2.6, 7.0]]),
    "flat": np.array([[3.0, 0.0, 0.0], [1.4, 2.5, 0.0], [0.5, 0.3, 15.0]]),
}


@pytest.mark.parametrize("name", CELLS)
def test_nearest_places_equal_brute_force(name, rng):
    cell = CELLS[name]
    places = rng.uniform(-2, 2, size=(5, 3)) @ cell
    points = rng.uniform(-3, 3, size=(40, 3)) @ cell
    place, image, distance = NearestPlaces(places, cell, 3)(points)
    shifts = np.array([[i, j, k] for i in range(-8, 9) for j in range(-8, 9) for k in range(-8, 9)])
    for row, point in enumerate(points):
        d = np.linalg.norm(places[:, None] + (shifts @ cell)[None] - point, axis=-1)
        np.testing.assert_allclose(distance[row], np.sort(d.ravel())[:3], rtol=1e-9)
        found = places[place[row]] + image[row] @ cell
        np.testing.assert_allclose(np.linalg.norm(found - point, axis=-1), distance[row], rtol=1e-9)


def test_codes_come_back(rng):
    place, image = rng.integers(0, 2**17, 50), rng.integers(-5000, 5000, (50, 3))
    again, images = decode(encode(place, image))
    np.testing.assert_array_equal(again, place)
    np.testing.assert_array_equal(images, image)
