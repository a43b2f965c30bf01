"""Places where ions were seen have the names of the parent's sites, and jumps are counted between those."""

import numpy as np
import pytest

from screening.local.parent_sites import parent_sites
from screening.local.record import LocalPicture, Measured, SitePair
from screening.local.sites import Sites
from screening.parents import library
from screening.parents.record import ParentsRecord
from screening.report.named_sites import ELSEWHERE, SiteNames, jumps_between, nearest_names
from tests.blank import blank

PARENT = library.load("Li6PS5Cl")


def picture(places, kinds=None, pairs=()) -> LocalPicture:
    return blank(
        LocalPicture,
        site_fractional=tuple(map(tuple, places)),
        site_kinds=kinds or ("site",) * len(places),
        hop_network=tuple(pairs),
        hop_rate_per_ion_per_ps=Measured(0.8, 0.1),
    )


def names() -> SiteNames:
    return SiteNames(blank(ParentsRecord, parents={"Li6PS5Cl": PARENT.to_record()}))


def test_places_have_the_name_of_the_nearest_site_across_faces_too():
    cell = np.array([[6.0, 0, 0], [0, 6.0, 0], [3.0, 0, 6.0]])
    sites = Sites(np.array([[0.02, 0.0, 0.0], [0.5, 0.5, 0.5]]), ("4a", "4b"))
    places = np.array([[0.98, 0.99, 0.01], [0.55, 0.5, 0.45], [0.25, 0.3, 0.2]])
    assert nearest_names(places, sites, cell) == ["4a", "4b", ELSEWHERE]


@pytest.mark.parametrize("supercell", ["1x1x1", "2x1x1"])
def test_the_parents_own_sites_are_found_again_in_its_cells(supercell):
    repeats = np.array([int(n) for n in supercell.split("x")])
    cell = PARENT.structure.lattice.matrix * repeats[:, None]
    own = parent_sites(PARENT.structure, PARENT.vacant_sites, "Li", cell)
    # A tenth of an Angstrom aside, as maxima of a density are.
    moved = own.fractional + 0.1 * np.linalg.inv(cell)[0]
    assert names().of("Li6PS5Cl", supercell, "Li", picture(moved)) == list(own.kinds)


def test_sites_that_have_names_and_parents_that_are_not_known_lend_none():
    place = [[0.0, 0.0, 0.0]]
    assert names().of("Li6PS5Cl", "1x1x1", "Li", picture(place, ("24g",))) == []
    assert names().of("another", "1x1x1", "Li", picture(place)) == []
    assert names().of("Li6PS5Cl", "1x1x1", "Na", picture(place)) == []
    assert SiteNames(None).of("Li6PS5Cl", "1x1x1", "Li", picture(place)) == []


def test_jumps_are_counted_between_names():
    """Shares of all jumps times the rate of all; distances weighed by jumps."""
    pairs = [
        SitePair(sites=(0, 1), image=(0, 0, 0), distance_A=2.0, count=30),
        SitePair(sites=(1, 0), image=(1, 0, 0), distance_A=3.0, count=10),
        SitePair(sites=(0, 0), image=(1, 0, 0), distance_A=4.0, count=40),
    ]
    rows = jumps_between(picture([[0, 0, 0], [0.5, 0.5, 0.5]], pairs=pairs), ["24g", "16e"])
    assert [(a, b, n) for a, b, _, n, _, _ in rows] == [("16e", "24g", 40), ("24g", "24g", 40)]
    assert rows[0][2:] == pytest.approx((2.25, 40, 0.4, 0.4 / 40**0.5))
