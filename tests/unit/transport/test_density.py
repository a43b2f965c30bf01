"""Ion density, percolation, and sites from it."""

import numpy as np
import pytest

from screening.constants import K_EV
from screening.local.sites import sites_from_density
from screening.transport.density import IonDensity, densest_voxels, ion_density
from screening.transport.percolation import percolates_along, percolation, winding_lattice
from tests.walks import make, rattling_framework


def tube(shape, points):
    inside = np.zeros(shape, dtype=bool)
    for point in points:
        inside[tuple(point)] = True
    return inside


def test_closed_region_does_not_percolate():
    assert len(winding_lattice(tube((6, 6, 6), [(2, 2, 2), (3, 2, 2)]))) == 0
    assert len(winding_lattice(np.zeros((4, 4, 4), dtype=bool))) == 0


def test_region_across_the_boundary_alone_does_not_percolate():
    """Touches itself through a face and goes no further: a cage on the boundary, not a channel."""
    assert len(winding_lattice(tube((6, 6, 6), [(5, 2, 2), (0, 2, 2), (1, 2, 2)]))) == 0


@pytest.mark.parametrize("axis", range(3))
def test_straight_channel(axis):
    points = []
    for i in range(5):
        point = [2, 2, 2]
        point[axis] = i
        points.append(point)
    vectors = winding_lattice(tube((5, 5, 5), points))
    assert len(vectors) == 1
    expected = [0, 0, 0]
    expected[axis] = 1
    assert percolates_along(vectors, expected)


def test_diagonal_channel_percolates_along_no_axis():
    points = [p for i in range(5) for p in ((i, i, 0), ((i + 1) % 5, i, 0))]
    vectors = winding_lattice(tube((5, 5, 5), points))
    assert len(vectors) == 1
    assert percolates_along(vectors, [1, 1, 0])
    assert not percolates_along(vectors, [1, 0, 0])
    assert not percolates_along(vectors, [1, -1, 0])


def test_staircase_winds_along_the_direction_it_climbs():
    points = [(i, 0 if i < 3 else 2, 0) for i in range(6)] + [(2, 1, 0), (2, 2, 0), (5, 3, 0), (0, 3, 0)]
    vectors = winding_lattice(tube((6, 4, 4), points))
    assert len(vectors) == 1
    assert percolates_along(vectors, [1, 1, 0])


def test_layers_and_the_whole():
    plane = np.zeros((4, 4, 4), dtype=bool)
    plane[:, :, 1] = True
    assert len(winding_lattice(plane)) == 2
    assert percolates_along(winding_lattice(plane), [1, 1, 0])
    assert not percolates_along(winding_lattice(plane), [0, 0, 1])
    assert len(winding_lattice(np.ones((3, 3, 3), dtype=bool))) == 3


def test_percolation_thresholds_are_free_energies():
    values = np.full((8, 8, 8), 1e-6)
    values[:, 4, 4] = 1e-2
    values[4, 4, 4] = 1.0
    values[4, :, 4] = np.maximum(values[4, :, 4], 1e-3)
    found = percolation(IonDensity(values, np.eye(3) * 8, 1000), 600.0)
    assert found.thresholds == pytest.approx((1e-2, 1e-3, 1e-6))
    kT = K_EV * 600.0
    assert found.barriers_eV == pytest.approx((kT * np.log(1e2), kT * np.log(1e3), kT * np.log(1e6)))
    assert percolates_along(found.directions[0], [1, 0, 0])


def test_closed_density_has_no_threshold():
    values = np.zeros((6, 6, 6))
    values[2:4, 2:4, 2:4] = 1.0
    found = percolation(IonDensity(values, np.eye(3) * 6, 10), 600.0)
    assert found.thresholds == (None, None, None)
    assert found.barriers_eV == (None, None, None)


def test_density_integrates_to_the_ions_and_finds_their_sites(rng):
    places = np.array([[2.0, 3.0, 4.0], [19.95, 10.0, 10.0], [12.0, 12.0, 12.0]])
    ions = places + rng.normal(scale=0.2, size=(500, 3, 3))
    drift = np.linspace(0, 3, 500)[:, None, None]
    trajectory = make(ions + drift, framework=rattling_framework(rng, 500, 0.0) + drift)
    density = ion_density([trajectory], "Li")
    voxel = abs(np.linalg.det(density.cell)) / density.values.size
    assert density.values.sum() * voxel == pytest.approx(3.0, rel=1e-9)
    assert density.n_samples == 1500
    sites = sites_from_density(density)
    assert len(sites.fractional) == 3
    for place in places:
        d = sites.fractional * 20.0 - place
        d -= 20.0 * np.round(d / 20.0)
        assert np.linalg.norm(d, axis=1).min() < 0.4


def two_clouds() -> IonDensity:
    """Three quarters of the time near (1/4, 1/4, 1/4), the rest near the middle of the far octant."""
    axis = (np.arange(32) + 0.5) / 32
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    values = sum(
        weight * np.exp(-((x - at) ** 2 + (y - at) ** 2 + (z - at) ** 2) / (2 * 0.05**2))
        for weight, at in ((3, 0.25), (1, 0.75))
    )
    return IonDensity(values, 10.0 * np.eye(3), 1)


def test_the_densest_voxels_are_where_the_ions_are():
    drawn = densest_voxels(two_clouds(), spacing_A=0.5, share=0.3)
    assert drawn.shape == (20, 20, 20)
    places = (np.stack(np.unravel_index(drawn.voxels, drawn.shape), axis=1) + 0.5) / 20
    assert np.allclose(places[0], 0.25, atol=0.05)
    # Denser than anywhere in the smaller cloud is the larger one within sqrt(2 ln 3) sigma: 35 % of the time.
    assert (np.linalg.norm(places - 0.25, axis=1) < (2 * np.log(3)) ** 0.5 * 0.05 + 0.02).all()
    assert list(drawn.density_per_A3) == sorted(drawn.density_per_A3, reverse=True)
    assert 0.3 <= drawn.share < 0.32
    both = densest_voxels(two_clouds(), spacing_A=0.5, share=0.95)
    places = (np.stack(np.unravel_index(both.voxels, both.shape), axis=1) + 0.5) / 20
    assert 0.2 < np.mean(places[:, 0] > 0.5) < 0.45


def test_as_many_voxels_of_a_flat_density_as_the_share_says():
    flat = IonDensity(np.full((9, 12, 15), 0.02), np.diag([4.0, 5.0, 6.0]), 1)
    drawn = densest_voxels(flat, spacing_A=0.1, share=0.5)
    assert drawn.shape == (9, 12, 15)
    assert len(drawn.voxels) == pytest.approx(9 * 12 * 15 / 2, abs=2)
