"""Cells along lattice planes: whole vectors in the plane, one cell's volume, the spacing of the reciprocal lattice."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.boundaries.planes import indices_in, oriented, reduced, wide_enough
from screening.boundaries.primitive import primitive
from screening.parents import library

LATTICES = {
    "cubic": Lattice.cubic(5),
    "hexagonal": Lattice.hexagonal(4, 7),
    "monoclinic": Lattice.monoclinic(5, 6, 7, 105),
    "triclinic": Lattice.from_parameters(5, 6, 7, 80, 95, 110),
}
PLANES = [(1, 0, 0), (0, 0, 1), (0, 0, -1), (0, 1, 1), (2, 1, 0), (1, 1, 2), (-3, 2, 5), (0, -2, 3)]


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("lattice", LATTICES.values(), ids=LATTICES)
def test_the_cell_lies_in_the_plane_and_has_the_volume_of_one(lattice, plane):
    found = oriented(lattice.matrix, plane)
    assert found.vectors @ plane == pytest.approx([0, 0, 1])
    assert np.linalg.det(found.matrix) == pytest.approx(lattice.volume)
    assert found.spacing_A == pytest.approx(lattice.d_hkl(plane))
    # Shortest vectors: no combination of the two is shorter than the second.
    first, second = found.matrix[:2]
    lengths = [np.linalg.norm(i * first + j * second) for i in range(-3, 4) for j in range(-3, 4) if j]
    assert np.linalg.norm(first) <= np.linalg.norm(second) + 1e-9 <= min(lengths) + 2e-9


def test_a_cell_of_several_planes_is_as_large_as_it_says():
    found = oriented(LATTICES["triclinic"].matrix, (1, 1, 2))
    cell = found.cell(np.array([[2, 1], [0, 3]]), 4)
    assert round(np.linalg.det(cell) / np.linalg.det(found.vectors)) == 24
    matrix = cell @ LATTICES["triclinic"].matrix
    assert matrix[:2] @ found.normal == pytest.approx([0, 0], abs=1e-9)
    assert matrix[2] @ found.normal == pytest.approx(4 * found.spacing_A)


def test_indices_of_a_face_centred_cell_in_its_primitive_one():
    conventional = Lattice.cubic(10)
    fcc = np.array([[0, 5, 5], [5, 0, 5], [5, 5, 0]])
    assert indices_in(fcc, conventional.matrix, (1, 1, 1)) == (1, 1, 1)
    # 200 planes are what the primitive cell calls 011, 110 planes are 112: half as far apart as in a primitive cube.
    assert indices_in(fcc, conventional.matrix, (1, 0, 0)) == (0, 1, 1)
    assert oriented(fcc, indices_in(fcc, conventional.matrix, (1, 1, 0))).spacing_A == pytest.approx(10 / 8**0.5)


def test_wide_cells_are_the_smallest_that_are_wide_enough():
    vectors = np.array([[3.0, 0.0], [1.0, 4.0]])
    first = next(wide_enough(vectors, 7.0, 50))
    area = abs(np.linalg.det(first))

    def width(cell):
        a, b = cell @ vectors
        return min(np.linalg.norm(i * a + j * b) for i in range(-4, 5) for j in range(-4, 5) if i or j)

    assert width(first) >= 7.0
    smaller = [
        np.array([[p, 0], [s, q]])
        for p in range(1, round(area))
        for q in range(1, round(area))
        for s in range(p)
        if p * q < round(area)
    ]
    assert max(map(width, smaller)) < 7.0


def test_reduced_vectors_of_a_skewed_cell():
    square = np.eye(2)
    assert np.abs(reduced(np.array([[1.0, 0.0], [7.0, 1.0]])) @ [[1, 0], [7, 1]]) == pytest.approx(square)


def test_the_primitive_cell_of_argyrodite_has_one_formula_unit():
    structure = library.load("Li6PS5Cl").structure
    found = primitive(structure)
    assert len(structure) == 52
    assert len(found.structure) == 13
    assert found.structure.volume == pytest.approx(structure.volume / 4)
    # Four images of each site, of one species.
    assert np.bincount(found.of_site).tolist() == [4] * 13
    assert all(structure[i].species == found.structure[k].species for i, k in enumerate(found.of_site))
    # Repeated, it is the crystal again.
    again = found.structure * np.rint(structure.lattice.matrix @ np.linalg.inv(found.structure.lattice.matrix))
    distances = again.lattice.get_all_distances(again.frac_coords, structure.frac_coords)
    assert distances.min(axis=0).max() < 1e-3


def test_sites_of_different_labels_stay_apart_if_asked():
    cell = Structure(Lattice.cubic(4), ["Li", "Li"], [[0, 0, 0], [0.5, 0.5, 0.5]], labels=["Li1", "Li2"])
    assert len(primitive(cell).structure) == 1
    assert len(primitive(cell, labelled=True).structure) == 2
