"""From a drawn arrangement down to one that no exchange of two ions improves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Of one clash, in eV: more than any exchange gains in point-charge energy.
CLASH_EV = 1e3
# Of one pair of mobile ions that are too near: what their repulsion makes of it is a tenth of that.
CROWDED_EV = 1e2
# What it costs more if they are halves of one site.
HALVES_EV = 3e2
# Energies that differ by less are equal.
SMALLEST_GAIN_EV = 1e-6
# Arrangements whose pairs are counted together: some megabytes.
ROWS_AT_ONCE = 100


Pairs = tuple[NDArray[np.intp], NDArray[np.intp], Floats]


@dataclass(frozen=True)
class _Contacts:
    """Pairs of sites that some species would make too near, with their distances; others never count.

    Attributes:
        cost_eV: What one pair costs.
        pairs: Numbers of two sites, each pair once.
        beside: Position of an active site, number of any other site.
        between: Positions of two active sites, in either order.
    """

    cost_eV: float
    pairs: Pairs
    beside: Pairs
    between: Pairs

    @classmethod
    def of(cls, distances: Floats, largest: Floats, active: NDArray[np.intp], cost_eV: float) -> _Contacts:
        """From all distances and the largest radius that each site may have, (n_sites, n_sites) and (n_sites,)."""
        between = distances.copy()
        np.fill_diagonal(between, np.inf)
        near = between < largest[:, None] + largest[None, :]
        both = np.ix_(active, active)
        return cls(
            cost_eV,
            pairs=_listed(np.triu(near), between),
            beside=_listed(near[active], between[active]),
            between=_listed(near[both], between[both]),
        )


def _listed(near: NDArray[np.bool_], distances: Floats) -> Pairs:
    first, second = np.nonzero(near)
    return first, second, distances[first, second]


class SwapDescent:
    """Steepest descent of point-charge energy and clashes by exchanging two species within a sublattice."""

    def __init__(
        self,
        matrix: Floats,
        contacts: Sequence[tuple[Floats, float]],
        charges: Floats,
        radii: Floats,
        active: NDArray[np.intp],
        sublattice: NDArray[np.intp],
        species_charge: Floats,
        species_radius: Floats,
    ) -> None:
        """All that does not change.

        Args:
            matrix: Ewald energies of unit charges in eV, symmetric, (n_sites, n_sites); a cell's energy is q.M.q.
            contacts: Distances, (n_sites, n_sites), in units in which a pair below the sum of its radii is too near,
                and what such a pair costs in eV. The diagonal does not count.
            charges, radii: Of each site as far as it is not active, (n_sites,); a vacancy's radius is -inf.
            active: Sites that are filled, (n_active,).
            sublattice: Sublattice of each active site, (n_active,).
            species_charge, species_radius: By species code, (n_species,).
        """
        self._matrix = matrix
        self._charges, self._radii, self._active = charges, radii, active
        largest = radii.copy()
        largest[active] = species_radius.max()
        self._contacts = [_Contacts.of(distances, largest, active, cost) for distances, cost in contacts]
        self._same = sublattice[:, None] == sublattice[None, :]
        self._charge, self._radius = species_charge, species_radius
        # Between active sites, which every step needs.
        self._m = matrix[np.ix_(active, active)]

    def costs(self, rows: NDArray[np.int8]) -> Floats:
        """Point-charge energy of arrangements in eV plus what their pairs too near count, (n,)."""
        found = []
        for some in np.array_split(rows, max(1, len(rows) // ROWS_AT_ONCE)):
            q, r = (np.tile(own, (len(some), 1)) for own in (self._charges, self._radii))
            q[:, self._active], r[:, self._active] = self._charge[some], self._radius[some]
            cost = np.einsum("ri,ri->r", q @ self._matrix, q)
            for contacts in self._contacts:
                first, second, distance = contacts.pairs
                cost += contacts.cost_eV * (distance < r[:, first] + r[:, second]).sum(axis=1)
            found.append(cost)
        return np.concatenate(found)

    def run(self, row: NDArray[np.int8]) -> NDArray[np.int8]:
        """The arrangement that the best exchanges, one after the other, end at; (n_active,)."""
        row = row.copy()
        while True:
            gain, i, j = self._best_exchange(row)
            if gain > -SMALLEST_GAIN_EV:
                return row
            row[i], row[j] = row[j], row[i]

    def _filled(self, row: NDArray[np.int8]) -> tuple[Floats, Floats]:
        q, r = self._charges.copy(), self._radii.copy()
        q[self._active], r[self._active] = self._charge[row], self._radius[row]
        return q, r

    def _best_exchange(self, row: NDArray[np.int8]) -> tuple[float, int, int]:
        """Change of the cost by the best exchange, and the two active sites."""
        q, r = self._filled(row)
        potential = (self._matrix @ q)[self._active]
        own = self._charge[row]
        step = own[None, :] - own[:, None]  # what site i gains when it takes what j holds
        diagonal = np.diagonal(self._m)
        change = 2 * step * (potential[:, None] - potential[None, :])
        change += step**2 * (diagonal[:, None] + diagonal[None, :] - 2 * self._m)
        for contacts in self._contacts:
            change += contacts.cost_eV * self._contact_change(row, r, contacts)
        change[~self._same | (row[:, None] == row[None, :])] = np.inf
        if change.size == 0 or not np.isfinite(change).any():
            return 0.0, 0, 0
        i, j = np.unravel_index(int(change.argmin()), change.shape)
        return float(change[i, j]), int(i), int(j)

    def _contact_change(self, row: NDArray[np.int8], r: Floats, contacts: _Contacts) -> Floats:
        """Pairs too near that exchanging i and j adds, (n_active, n_active); the pair's own stays as it is.

        Args:
            row: The arrangement.
            r: Radii of all sites as it fills them, (n_sites,).
            contacts: Which pairs may be too near.
        """
        n = len(row)
        site, other, distance = contacts.beside
        reach = r[other]
        # Pairs of site i if it held each species, all others as they are.
        held = np.stack([np.bincount(site[distance < radius + reach], minlength=n) for radius in self._radius], axis=1)
        now = held[np.arange(n), row]
        then = held[:, row]  # [i, j]: i holds what j holds
        result = then + then.T - now[:, None] - now[None, :]
        # Sites that are near each other: each counted the other as it was before the exchange.
        i, j, apart = contacts.between
        mine = self._radius[row]
        result[i, j] += 2 * (apart < mine[i] + mine[j]) - 1 * (apart < 2 * mine[i]) - 1 * (apart < 2 * mine[j])
        return np.asarray(result, dtype=np.float64)
