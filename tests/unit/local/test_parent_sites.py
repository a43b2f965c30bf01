"""Sites by Wyckoff position of the parent, in a strained supercell."""

from collections import Counter

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.errors import StageError
from screening.local.hops import find_jumps
from screening.local.parent_sites import parent_sites
from screening.local.sites import occupation
from tests.walks import make

CUBIC = Lattice.cubic(5.64)
SALT = Structure.from_spacegroup("Fm-3m", CUBIC, ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
TETRAHEDRA = [[x, y, z] for x in (0.25, 0.75) for y in (0.25, 0.75) for z in (0.25, 0.75)]


def test_rock_salt_in_a_strained_supercell():
    sites = parent_sites(SALT, {}, "Li", CUBIC.matrix * np.array([[2.04], [2.0], [3.06]]))
    assert Counter(sites.kinds) == {"4a": 48}
    expected = {(i / 4, j / 4, k / 6) for i in range(4) for j in range(4) for k in range(6) if (i + j + k) % 2 == 0}
    assert {tuple(np.round(place, 6)) for place in sites.fractional} == {tuple(np.round(e, 6)) for e in expected}


def test_the_primitive_cell_has_the_same_labels():
    primitive = SALT.get_primitive_structure()
    assert set(parent_sites(primitive, {}, "Li", primitive.lattice.matrix).kinds) == {"4a"}


def test_empty_sites_of_the_element_are_added_where_there_is_room():
    vacant = {"Li 8c": TETRAHEDRA, "Li near": [[0.05, 0.0, 0.0]], "Cl 9z": [[0.2, 0.2, 0.2]]}
    sites = parent_sites(SALT, vacant, "Li", CUBIC.matrix)
    assert Counter(sites.kinds) == {"4a": 4, "8c": 8}


def test_an_interstitial_jump_is_told_by_its_sites():
    """From an octahedral site through a tetrahedral one to the next octahedral site."""
    sites = parent_sites(SALT, {"Li 8c": TETRAHEDRA}, "Li", CUBIC.matrix)
    stops = np.repeat(np.array([[0.0, 0, 0], [0.25, 0.25, 0.25], [0.5, 0.5, 0.0]]), 5, axis=0)[:, None] * 5.64
    jumps = find_jumps(occupation(make(stops, cells=CUBIC.matrix), "Li", sites))
    kinds = [(sites.kinds[a], sites.kinds[b]) for a, b in zip(jumps.origin, jumps.target, strict=True)]
    assert kinds == [("4a", "8c"), ("8c", "4a")]
    np.testing.assert_allclose(np.linalg.norm(jumps.vector, axis=1), 5.64 * np.sqrt(3) / 4, rtol=1e-9)


def test_what_cannot_be_placed_is_refused():
    with pytest.raises(StageError, match="no whole repeat"):
        parent_sites(SALT, {}, "Li", CUBIC.matrix * 1.4)
    with pytest.raises(StageError, match="no whole repeat"):
        parent_sites(SALT, {}, "Li", np.roll(CUBIC.matrix, 1, axis=0))
    with pytest.raises(StageError, match="no Na"):
        parent_sites(SALT, {}, "Na", CUBIC.matrix)
