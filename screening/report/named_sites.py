"""Names of the parent crystal's sites for the places where ions were seen, and the jumps between them.

Sites that are maxima of the ion density have no names of their own. The parent's, placed in the candidate's cell, lend
them theirs: the Wyckoff position of the nearest one.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from screening.errors import ScreeningError
from screening.local.parent_sites import parent_sites
from screening.local.record import LocalPicture
from screening.local.sites import Sites
from screening.parents.base import Parent
from screening.parents.record import ParentsRecord
from screening.trajectories.periodic import NearestPlaces

Floats = NDArray[np.float64]

#: Farther than this from every site of the parent, in Angstrom, a place is none of them.
_NEAR_A = 1.5
ELSEWHERE = "between sites"
#: Kind of a site that is a maximum of the density.
_UNNAMED = "site"


class SiteNames:
    """Of a campaign's parents; each is placed once in each of the cells that its candidates have."""

    def __init__(self, record: ParentsRecord | None) -> None:
        self._record = record
        self._placed = cache(self._place)

    def of(self, parent: str, supercell: str, mobile: str, picture: LocalPicture) -> list[str]:
        """A name for each site of a local picture; none where its sites have names, or no parent can lend them.

        Args:
            parent: Id of the candidate's parent.
            supercell: Repeats of its cell, such as 2x1x1.
            mobile: Element of the mobile ions.
            picture: Its sites are maxima of the density.
        """
        if set(picture.site_kinds) != {_UNNAMED}:
            return []
        placed = self._placed(parent, supercell, mobile)
        return [] if placed is None else nearest_names(np.asarray(picture.site_fractional), *placed)

    def _place(self, parent: str, supercell: str, mobile: str) -> tuple[Sites, Floats] | None:
        if self._record is None or parent not in self._record.parents:
            return None
        try:
            known = Parent.from_record(self._record.parents[parent])
            repeats = np.array([int(n) for n in supercell.split("x")])
            cell = known.structure.lattice.matrix * repeats[:, None]
            return parent_sites(known.structure, known.vacant_sites, mobile, cell), cell
        except (ScreeningError, ValueError):
            return None


def nearest_names(places: Floats, sites: Sites, cell: Floats) -> list[str]:
    """The kind of the nearest site for each place.

    Args:
        places: Fractional, (n, 3).
        sites: With kinds.
        cell: Row vectors in Angstrom, (3, 3).
    """
    nearest, _, distance = NearestPlaces(sites.fractional @ cell, cell)(places @ cell)
    return [sites.kinds[i] if d <= _NEAR_A else ELSEWHERE for i, d in zip(nearest[:, 0], distance[:, 0], strict=True)]


def jumps_between(picture: LocalPicture, names: Sequence[str]) -> list[tuple[str, str, float, int, float, float]]:
    """Both names, mean distance in Angstrom, jumps both ways, rate per ion and ps with its Poisson error; most first.

    Args:
        picture: Of one ordering or several; pairs are those of the record's hop network.
        names: Of its sites.
    """
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for pair in picture.hop_network:
        first, second = sorted(names[site] for site in pair.sites)
        found.setdefault((first, second), []).append((pair.count, pair.distance_A))
    total = sum(pair.count for pair in picture.hop_network)
    rows = []
    for (first, second), pairs in found.items():
        count = sum(n for n, _ in pairs)
        rate = picture.hop_rate_per_ion_per_ps.value * count / total
        distance = sum(n * length for n, length in pairs) / count
        rows.append((first, second, distance, count, rate, rate / count**0.5))
    return sorted(rows, key=lambda row: (-row[3], row[:2]))
