"""Grains joined to boundaries: the bulk comes back where nothing is turned, and units stay whole."""

import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure

from screening.boundaries.grains import bulk, grain_of, joined, turned_back
from screening.boundaries.laws import twin, twist
from screening.boundaries.planes import indices_in, oriented
from screening.boundaries.primitive import primitive
from screening.boundaries.search import CONTACT, Sizes, joints
from screening.boundaries.whole import units
from screening.errors import StructureError
from screening.parents import library
from screening.parents.radii import ionic_radius

ARGYRODITE = {"Li": 1.0, "P": 5.0, "S": -2.0, "Cl": -1.0}


def grain(name, plane, layers=3, charges=ARGYRODITE, in_plane=((1, 0), (0, 1))):
    """A grain, and the crystal it is of."""
    parent = library.load(name).structure
    small = primitive(parent).structure
    seen = oriented(small.lattice.matrix, indices_in(small.lattice.matrix, parent.lattice.matrix, plane))
    crystal = small * seen.cell(np.array(in_plane), layers)
    return grain_of(crystal, units(crystal, charges, "Li")), crystal


@pytest.mark.parametrize("plane", [(1, 1, 1), (2, 1, 0), (1, 0, 0)])
def test_a_bulk_cut_and_joined_is_the_bulk_again(plane):
    """The fake boundary: wherever it is cut, no atom is elsewhere than in the crystal."""
    whole, crystal = grain("Li6PS5Cl", plane, layers=2)
    parent = primitive(crystal).structure
    for height in (0.0, 1.37, 5.2):
        cut = whole.cut_at(height)
        again = joined(cut, cut, cut.step[:2], 0.0, 2 * cut.step[:2])
        assert len(again) == 2 * len(crystal)
        assert again.volume == pytest.approx(2 * crystal.volume)
        assert len(primitive(again).structure) == len(parent)
        assert StructureMatcher(scale=False, ltol=1e-4, stol=1e-3, angle_tol=0.01).fit(
            primitive(again).structure, parent, symmetric=True
        )
    assert StructureMatcher(scale=False, ltol=1e-4, stol=1e-3).fit(bulk(whole), again)


def test_both_boundaries_of_a_twin_are_one():
    """Turned by 180 degrees about the normal and moved up, a cell of two grains is itself."""
    whole, crystal = grain("Li6PS5Cl", (1, 1, 2), layers=4)
    upper = grain_of(turned_back(crystal), units(turned_back(crystal), ARGYRODITE, "Li"))
    shift = np.array([1.3, 2.1])
    made = joined(whole.cut_at(1.0), upper.cut_at(1.0), shift, 0.4, np.zeros(2))
    half = made.lattice.c / 2
    turned = made.cart_coords * [-1, -1, 1] + np.array([*shift, half])
    image = made.lattice.get_fractional_coords(turned)
    distances = made.lattice.get_all_distances(image, made.frac_coords)
    nearest = distances.argmin(axis=1)
    assert distances.min(axis=1).max() < 1e-3
    assert [made[int(i)].species for i in nearest] == [site.species for site in made]


def test_polyanions_are_whole_wherever_the_cut_goes():
    whole, crystal = grain("Li3PS4-beta", (1, 1, 0), layers=2, charges={"Li": 1.0, "P": 5.0, "S": -2.0})
    n = sum(site.specie.symbol == "P" for site in crystal)
    for height in np.linspace(0, whole.thickness_A, 7):
        cut = whole.cut_at(height)
        phosphorus = [i for i, s in enumerate(cut.symbols) if s == "P"]
        sulfur = [i for i, s in enumerate(cut.symbols) if s == "S"]
        # In the open slab, without images along the normal.
        delta = cut.positions[phosphorus][:, None] - cut.positions[sulfur][None]
        parts = delta[..., :2] @ np.linalg.inv(cut.in_plane)
        delta[..., :2] = (parts - np.rint(parts)) @ cut.in_plane
        assert ((np.linalg.norm(delta, axis=-1) < 2.5).sum(axis=1) == 4).all()
        assert len(phosphorus) == n


def test_units_are_told_by_the_strength_of_bonds():
    argyrodite = library.load("Li6PS5Cl").structure
    found = units(argyrodite, ARGYRODITE, "Li")
    assert found.names == {"PS4": 4}
    garnet = library.load("Li7La3Zr2O12-tetragonal").structure
    assert units(garnet, {"Li": 1.0, "La": 3.0, "Zr": 4.0, "O": -2.0}, "Li").names == {}
    halide = library.load("Li3YCl6").structure
    assert set(units(halide, {"Li": 1.0, "Y": 3.0, "Cl": -1.0}, "Li").names) == {"YCl6"}


def test_chains_that_no_cut_leaves_whole_are_refused():
    # -P-O-P- along x, as in a metaphosphate: each P has four O, two of which it shares.
    chain = Structure(
        Lattice.orthorhombic(3.0, 12, 12),
        ["Li", "P", "O", "O", "O"],
        [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0.02, 0], [0, 0, 0.125], [0, 0.125, 0]],
    )
    with pytest.raises(StructureError, match=r"O-P bonds make chains or networks without end"):
        units(chain, {"Li": 1.0, "P": 5.0, "O": -2.0}, "Li")


def test_a_plane_that_is_a_mirror_of_the_turn_has_no_boundary():
    parent = library.load("Li6PS5Cl").structure
    small = primitive(parent).structure.lattice.matrix
    with pytest.raises(StructureError, match=r"plane \(1 0 0\) has no boundary"):
        twin(parent, small, (1, 0, 0), "Li")
    assert twin(parent, small, (2, 1, 0), "Li").alike
    rock_salt = library.load("LiCl").structure
    with pytest.raises(StructureError, match=r"plane \(1 1 0\) has no boundary"):
        twin(rock_salt, primitive(rock_salt).structure.lattice.matrix, (1, 1, 0), "Li")


def test_a_twist_shares_one_in_sigma_points_and_says_why_there_is_none():
    parent = library.load("Li6PS5Cl").structure
    small = primitive(parent).structure.lattice.matrix
    found = twist(parent, small, (0, 0, 1), 5, "Li")
    assert found.sigma == 5
    assert found.angle_deg == pytest.approx(np.degrees(2 * np.arctan(1 / 3)))
    with pytest.raises(StructureError, match="no coincidence lattice of sigma 7 about"):
        twist(parent, small, (0, 0, 1), 7, "Li")
    crystal = Structure(Lattice.monoclinic(5, 6, 7, 105), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.4, 0.3]])
    with pytest.raises(StructureError, match="name a plane for a twin"):
        twist(crystal, crystal.lattice.matrix, (0, 0, 1), 5, "Li")


def test_the_closest_contact_is_that_of_the_joined_cell():
    whole, crystal = grain("Li6PS5Cl", (2, 1, 0), layers=7)
    upper = grain_of(turned_back(crystal), units(turned_back(crystal), ARGYRODITE, "Li"))
    radii = {s: ionic_radius(s, z) for s, z in ARGYRODITE.items()}
    cuts = [(height, height) for height in whole.cuts(2.2, 6)]
    found, _ = joints(whole, upper, Sizes(radii, "Li", 0.0), whole.in_plane, cuts, 3, one=True)
    assert len(found) == 3
    assert [joint.gap_A for joint in found] == sorted(joint.gap_A for joint in found)
    best = found[0]
    lower, above = whole.cut_at(best.cut_A), upper.cut_at(best.cut_A)
    made = joined(lower, above, best.shift_A, best.gap_A, best.over_A)
    # By brute force over all pairs of atoms of different grains, images included.
    height = lower.thickness_A + best.gap_A
    both = [lower.positions, above.positions + np.array([*best.shift_A, height])]
    apart = made.lattice.get_all_distances(*(made.lattice.get_fractional_coords(p) for p in both))
    sums = np.add.outer([radii[s] for s in lower.symbols], [radii[s] for s in above.symbols])
    assert (apart / sums).min() == pytest.approx(best.contact.ratio, abs=1e-6)
    assert best.contact.ratio >= CONTACT
