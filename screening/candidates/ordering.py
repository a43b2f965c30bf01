"""Which arrangements a decoration has, and which of them are kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import spglib
from numpy.typing import NDArray
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.core import Species, Structure

from screening.candidates.clash import CLASH_FACTOR, clashing_arrangements, pair_distances
from screening.candidates.crowding import Apart, crowded, radius_of, scaled_distances
from screening.candidates.decoration import VACANCY, Decoration
from screening.candidates.descent import CLASH_EV, CROWDED_EV, HALVES_EV, SwapDescent
from screening.candidates.packing import fewest_pairs
from screening.config.candidates import OrderingConfig
from screening.errors import StructureError
from screening.parents.base import SYMMETRY_TOLERANCE_A

# Energies closer than this are one energy; the order among them is then that of the arrangement itself.
ENERGY_DIGITS = 5
# Draws that exchanges lead further down, at least and for each ordering that is kept.
MIN_DESCENTS, DESCENTS_PER_ORDERING = 10, 3


@dataclass(frozen=True)
class Ordering:
    """One way to fill the active sites.

    Attributes:
        arrangement: Species of each active site, in the decoration's order.
        degeneracy: Number of arrangements that symmetry makes equal to it; 0 if not known (random draws).
        ewald_energy_eV: Point-charge energy of the cell, eV.
        draws: How often a random draw gave it or its like; 0 where nothing was drawn with the crystal's weights.
    """

    arrangement: tuple[str, ...]
    degeneracy: int
    ewald_energy_eV: float
    draws: int = 0


@dataclass(frozen=True)
class OrderingSearch:
    """The orderings kept and how they were found.

    Attributes:
        kept: Lowest Ewald energy first.
        n_total: Arrangements there are, symmetry and clashes not considered.
        n_distinct: Symmetry-distinct ones, or None if they were not all looked at.
        selection: The way in words.
    """

    kept: tuple[Ordering, ...]
    n_total: int
    n_distinct: int | None
    selection: str


def find_orderings(
    decoration: Decoration, settings: OrderingConfig, seed: int, rule: Apart | None = None
) -> OrderingSearch:
    """The arrangements of lowest Ewald energy, enumerated exactly while their number allows.

    Args:
        decoration: What to fill.
        settings: How many to keep (fewer are returned where there are fewer), and how many to look at.
        seed: Of the random draws.
        rule: How far mobile ions stay apart. Where no arrangement keeps it, those with the fewest pairs too near count.

    Raises:
        StructureError: every arrangement has clashing atoms.
    """
    n_total = decoration.n_arrangements
    species = sorted({s for sub in decoration.sublattices for s, _ in sub.counts})
    codes = {s: i for i, s in enumerate(species)}
    matrix = _ewald_matrix(decoration)
    if not decoration.active:
        energy = float(_ewald_energies(decoration, matrix, np.zeros((1, 0), dtype=np.int8), species)[0])
        return OrderingSearch((Ordering((), 1, energy),), 1, 1, "ordered: one arrangement")

    exact = n_total <= settings.max_enumerated
    if exact:
        rows = np.array(list(_all_arrangements(decoration, codes)), dtype=np.int8)
        rows, degeneracies = reduce_by_symmetry(rows, active_permutations(decoration))
        n_distinct: int | None = len(rows)
        selection = f"lowest Ewald energy of all {n_distinct} symmetry-distinct of {n_total} arrangements"
    else:
        drawn = np.unique(_random_arrangements(decoration, codes, settings.draws, seed), axis=0)
        rows, n_descents = _descended(decoration, matrix, drawn, species, settings.keep, rule, seed)
        degeneracies, n_distinct = np.zeros(len(rows), dtype=np.int64), None
        selection = (
            f"lowest Ewald energy of {len(drawn)} random draws (seed {seed}) from {n_total:.3g} arrangements, the best "
            f"{n_descents} of them improved by exchanges of ions"
        )

    free = ~_clashes(decoration, rows, species)
    if not free.any():
        looked = "every arrangement" if exact else f"each of the {len(rows)} arrangements tried"
        raise StructureError(
            f"{looked} has two atoms closer than 0.6 of the sum of their ionic radii; "
            "choose other sites, a smaller fraction or another compensation"
            + ("" if exact else ", or raise candidates.orderings.draws")
        )
    rows, degeneracies = rows[free], degeneracies[free]
    if rule is not None:
        radii = _radii(decoration, rows, species)
        halves, near = crowded(decoration, rule.of_halves, radii), crowded(decoration, rule, radii)
        fewest = halves == halves.min()
        fewest &= near == near[fewest].min()
        if exact and not fewest.all():
            n_distinct = int(fewest.sum())
        selection += _apart(rule, near, int(near[fewest].min()), exact)
        rows, degeneracies = rows[fewest], degeneracies[fewest]
    energies = _ewald_energies(decoration, matrix, rows, species).round(ENERGY_DIGITS)
    order = np.lexsort((*rows.T[::-1], energies))
    if not exact:
        order = _first_of_each_orbit(rows, order, active_permutations(decoration), settings.keep)
    kept = tuple(
        Ordering(tuple(species[c] for c in rows[i]), int(degeneracies[i]), float(energies[i]))
        for i in order[: settings.keep]
    )
    if len(kept) < settings.keep:
        selection += f"; {settings.keep} were asked for, {'there' if exact else 'found'} {_are(len(kept))}"
    return OrderingSearch(kept, n_total, n_distinct, selection)


def _apart(rule: Apart, near: NDArray[np.intp], kept: int, exact: bool) -> str:
    """What mobile ions that are too near did to the choice; "" where there were none."""
    distance = f"{rule.distance_A:.3g} Angstrom"
    if kept:
        which = "all have" if exact else "all that were tried have"
        return f"; {which} {rule.element} pairs closer than {distance}, those kept {kept}, the fewest"
    return f"; those with {rule.element} pairs closer than {distance} are left out" if near.any() else ""


def _are(n: int) -> str:
    return "is 1" if n == 1 else f"are {n}"


def n_distinct(decoration: Decoration) -> int:
    """How many arrangements symmetry leaves; all are looked at, clashes included."""
    if not decoration.active:
        return 1
    codes = {s: i for i, s in enumerate(sorted({s for sub in decoration.sublattices for s, _ in sub.counts}))}
    rows = np.array(list(_all_arrangements(decoration, codes)), dtype=np.int8)
    return len(reduce_by_symmetry(rows, active_permutations(decoration))[0])


def active_permutations(decoration: Decoration) -> NDArray[np.intp]:
    """How the space group of the empty decoration permutes the active sites, (n_distinct_ops, n_active).

    Row p maps arrangement a to a[p]. Sites are equivalent only within their own sublattice.
    """
    numbers = _site_numbers(decoration)
    cell = (decoration.lattice.matrix, decoration.fractional, numbers)
    symmetry = spglib.get_symmetry(cell, symprec=SYMMETRY_TOLERANCE_A)
    if symmetry is None:
        raise StructureError("spglib finds no symmetry, not even the identity; the cell is malformed")
    rotations, translations = symmetry["rotations"], symmetry["translations"]
    _, of_each, kind = np.unique(rotations.reshape(-1, 9), axis=0, return_index=True, return_inverse=True)
    shifts = np.flatnonzero((rotations == np.eye(3, dtype=int)).all(axis=(1, 2)))
    # An operation is the first of its rotation and then a translation: few images have to be found.
    images = {int(k): _image(decoration, rotations[k], translations[k]) for k in {*of_each, *shifts}}
    permutations = {tuple(images[int(k)][images[int(of_each[r])]].tolist()) for r in np.unique(kind) for k in shifts}
    return np.array(sorted(permutations), dtype=np.intp)


def _image(decoration: Decoration, rotation: NDArray[np.int32], translation: NDArray[np.float64]) -> NDArray[np.intp]:
    """Which active site an operation puts each active site on, (n_active,)."""
    points = decoration.fractional[list(decoration.active)]
    delta = (points @ rotation.T + translation)[:, None] - points[None]
    delta -= delta.round()
    distance2 = np.sum((delta @ decoration.lattice.matrix) ** 2, axis=-1)
    image = distance2.argmin(axis=1)
    if len(np.unique(image)) != len(image) or distance2.min(axis=1).max() > (5 * SYMMETRY_TOLERANCE_A) ** 2:
        raise StructureError("a symmetry operation does not map the sites onto themselves; tighten the structure")
    return np.asarray(image)


def reduce_by_symmetry(
    rows: NDArray[np.int8], permutations: NDArray[np.intp]
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """One arrangement of each orbit, and the orbits' sizes; `rows` must be closed under the permutations.

    Args:
        rows: All arrangements, (n_arrangements, n_active).
        permutations: (n_ops, n_active), closed as a group.

    Returns:
        Representatives (n_orbits, n_active) and degeneracies (n_orbits,), which add up to n_arrangements.
    """
    index = {row.tobytes(): i for i, row in enumerate(rows)}
    seen = np.zeros(len(rows), dtype=bool)
    representatives, sizes = [], []
    for i, row in enumerate(rows):
        if seen[i]:
            continue
        orbit = {index[np.ascontiguousarray(image).tobytes()] for image in row[permutations]}
        seen[list(orbit)] = True
        representatives.append(i)
        sizes.append(len(orbit))
    return rows[representatives], np.array(sizes, dtype=np.int64)


def _site_numbers(decoration: Decoration) -> list[int]:
    """A label of each site for spglib: the same for sites of one sublattice, or of one species outside them."""
    labels: list[str] = list(decoration.species)
    for k, sublattice in enumerate(decoration.sublattices):
        for site in sublattice.sites:
            labels[site] = f"sublattice {k}"
    kinds = {label: k + 1 for k, label in enumerate(dict.fromkeys(labels))}
    return [kinds[label] for label in labels]


def _all_arrangements(decoration: Decoration, codes: dict[str, int]) -> Iterator[tuple[int, ...]]:
    def fill(remaining: tuple[int, ...], counts: tuple[tuple[str, int], ...]) -> Iterator[dict[int, int]]:
        (species, n), rest = counts[0], counts[1:]
        if not rest:
            yield dict.fromkeys(remaining, codes[species])
            return
        for chosen in combinations(remaining, n):
            left = tuple(s for s in remaining if s not in chosen)
            for other in fill(left, rest):
                yield dict.fromkeys(chosen, codes[species]) | other

    def product(k: int) -> Iterator[dict[int, int]]:
        if k == len(decoration.sublattices):
            yield {}
            return
        sublattice = decoration.sublattices[k]
        for first in fill(sublattice.sites, sublattice.counts):
            for rest in product(k + 1):
                yield first | rest

    for filled in product(0):
        yield tuple(filled[site] for site in decoration.active)


def _random_arrangements(decoration: Decoration, codes: dict[str, int], draws: int, seed: int) -> NDArray[np.int8]:
    rng = np.random.default_rng(seed)
    parts = []
    for sublattice in decoration.sublattices:
        pool = np.repeat([codes[s] for s, _ in sublattice.counts], [n for _, n in sublattice.counts])
        parts.append(rng.permuted(np.tile(pool.astype(np.int8), (draws, 1)), axis=1))
    return np.concatenate(parts, axis=1)


def _descended(
    decoration: Decoration,
    matrix: NDArray[np.float64],
    rows: NDArray[np.int8],
    species: list[str],
    keep: int,
    rule: Apart | None,
    seed: int,
) -> tuple[NDArray[np.int8], int]:
    """The arrangements and, added to them, where exchanges lead from the best of them; and how many these are.

    Ions drawn blindly are far from their places: in a cell of Li6PS5Cl with half of 48h filled the best of 2000 draws
    lies 13 eV above what exchanges find, and has pairs of sites filled that are never both filled.
    """
    charge_of = {**decoration.charges, VACANCY: 0.0}
    sublattice = [k for k, sub in enumerate(decoration.sublattices) for _ in sub.sites]
    contacts = [(pair_distances(decoration.lattice, decoration.fractional) / CLASH_FACTOR, CLASH_EV)]
    if rule is not None:
        contacts.append((scaled_distances(decoration, rule), CROWDED_EV))
        contacts.append((scaled_distances(decoration, rule.of_halves), HALVES_EV))
    descent = SwapDescent(
        matrix,
        contacts,
        np.array([charge_of[s] for s in decoration.species]),
        np.array([radius_of(decoration, s) for s in decoration.species]),
        np.array(decoration.active),
        np.array(sublattice),
        np.array([charge_of[s] for s in species]),
        np.array([radius_of(decoration, s) for s in species]),
    )
    best = np.argsort(descent.costs(rows), kind="stable")[: max(MIN_DESCENTS, DESCENTS_PER_ORDERING * keep)]
    found = [descent.run(rows[i]) for i in best]
    if rule is not None:
        near = crowded(decoration, rule, _radii(decoration, np.array(found), species))
        if near.min():
            start = found[int(near.argmin())]
            packed = list(fewest_pairs(decoration, rule, start, species, DESCENTS_PER_ORDERING * keep, seed))
            found += [*packed, *(descent.run(row) for row in packed)]
    return np.unique(np.concatenate([rows, np.array(found, dtype=np.int8)]), axis=0), len(best)


def _first_of_each_orbit(
    rows: NDArray[np.int8], order: NDArray[np.intp], permutations: NDArray[np.intp], keep: int
) -> NDArray[np.intp]:
    """Of arrangements in order of energy, the first `keep` that symmetry does not make equal."""
    seen: set[bytes] = set()
    chosen: list[int] = []
    for i in order:
        if rows[i].tobytes() in seen:
            continue
        chosen.append(int(i))
        if len(chosen) == keep:
            break
        seen.update(np.ascontiguousarray(image).tobytes() for image in rows[i][permutations])
    return np.array(chosen, dtype=np.intp)


def _clashes(decoration: Decoration, rows: NDArray[np.int8], species: list[str]) -> NDArray[np.bool_]:
    """Arrangements with two filled sites too close, (n_arrangements,); what no arrangement changes does not count."""
    radii = _radii(decoration, rows, species)
    return clashing_arrangements(decoration.lattice, decoration.fractional, radii, decoration.active)


def _radii(decoration: Decoration, rows: NDArray[np.int8], species: list[str]) -> NDArray[np.float64]:
    """Of what each site holds in each arrangement, (n_arrangements, n_sites)."""
    radii = np.tile(np.array([radius_of(decoration, s) for s in decoration.species]), (len(rows), 1))
    radii[:, list(decoration.active)] = np.array([radius_of(decoration, s) for s in species])[rows]
    return radii


def _ewald_matrix(decoration: Decoration) -> NDArray[np.float64]:
    """Of unit charges on all sites, eV: a cell's energy is q.M.q (neutral cells only)."""
    unit = Structure(decoration.lattice, [Species("H", 1)] * len(decoration.species), decoration.fractional)
    return np.array(EwaldSummation(unit).total_energy_matrix)


def _ewald_energies(
    decoration: Decoration, matrix: NDArray[np.float64], rows: NDArray[np.int8], species: list[str]
) -> NDArray[np.float64]:
    """Point-charge energy of each arrangement in eV, (n_arrangements,), by the cell's Ewald matrix."""
    charge_of = {**decoration.charges, VACANCY: 0.0}
    base = np.array([charge_of[s] for s in decoration.species])
    charges = np.tile(base, (len(rows), 1))
    if decoration.active:
        charges[:, list(decoration.active)] = np.array([charge_of[s] for s in species])[rows]
    energies: NDArray[np.float64] = np.einsum("ai,ij,aj->a", charges, matrix, charges, optimize=True)
    return energies
