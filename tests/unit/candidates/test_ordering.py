"""Symmetry-distinct orderings against an independent brute force."""

from itertools import permutations

import numpy as np
import pytest
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Lattice, Structure

from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.ordering import active_permutations, find_orderings, reduce_by_symmetry
from screening.candidates.sampling import disordered_ensemble
from screening.config.candidates import OrderingConfig


def decoration(structure: Structure, sites: list[int], counts: dict[str, int], supercell=(1, 1, 1)) -> Decoration:
    repeated = structure.copy()
    repeated.make_supercell(supercell)
    copies = int(np.prod(supercell))
    active = tuple(i * copies + k for i in sites for k in range(copies))
    charges = {"Li": 1.0, "Na": 1.0, "Cl": -1.0, "Br": -1.0, "O": -2.0, "Mg": 2.0, "S": -2.0}
    return Decoration(
        repeated.lattice,
        np.array(repeated.frac_coords),
        tuple(site.specie.symbol for site in repeated),
        (Sublattice("active", active, tuple(counts.items())),),
        charges,
    )


ROCK_SALT = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.6), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
PRIMITIVE = Structure(Lattice.from_parameters(3.96, 3.96, 3.96, 60, 60, 60), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
TETRAGONAL = Structure(Lattice.tetragonal(3.6, 5.0), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
HEXAGONAL = Structure(
    Lattice.hexagonal(3.9, 6.3),
    ["Na", "Na", "Cl", "Cl"],
    [[1 / 3, 2 / 3, 0.1], [2 / 3, 1 / 3, 0.6], [1 / 3, 2 / 3, 0.5], [2 / 3, 1 / 3, 0.0]],
)
MONOCLINIC = Structure(Lattice.from_parameters(3.8, 4.4, 5.1, 90, 104, 90), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
TRICLINIC = Structure(Lattice.from_parameters(3.8, 4.4, 5.1, 83, 104, 97), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])

CASES = {
    "cubic conventional, 2 of 4": (ROCK_SALT, [4, 5, 6, 7], {"Cl": 2, "Br": 2}, (1, 1, 1)),
    "cubic primitive 2x2x2, 3 of 8": (PRIMITIVE, [1], {"Cl": 5, "Br": 3}, (2, 2, 2)),
    "tetragonal 2x2x1, 2 of 4": (TETRAGONAL, [1], {"Cl": 2, "Br": 2}, (2, 2, 1)),
    "hexagonal 2x1x2, 3 of 8": (HEXAGONAL, [2, 3], {"Cl": 5, "Br": 3}, (2, 1, 2)),
    "monoclinic 2x2x1, 2 of 4": (MONOCLINIC, [1], {"Cl": 2, "Br": 2}, (2, 2, 1)),
    "triclinic 3x2x1, 2 of 6": (TRICLINIC, [1], {"Cl": 4, "Br": 2}, (3, 2, 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_counts_and_degeneracies_equal_brute_force(name):
    """All arrangements are built as structures and compared pairwise by pymatgen's matcher, cell kept fixed."""
    structure, sites, counts, supercell = CASES[name]
    case = decoration(structure, sites, counts, supercell)
    pool = [s for s, n in counts.items() for _ in range(n)]
    arrangements = sorted(set(permutations(pool)))
    assert len(arrangements) == case.n_arrangements
    classes = brute_force_orbits(case, arrangements)
    search = find_orderings(case, OrderingConfig(keep=100, max_enumerated=10_000, draws=10), 0)
    assert search.n_distinct == len(classes)
    assert sorted(o.degeneracy for o in search.kept) == sorted(classes)
    assert sum(o.degeneracy for o in search.kept) == case.n_arrangements


def brute_force_orbits(case: Decoration, arrangements: list[tuple[str, ...]]) -> list[int]:
    """Orbit sizes by trying every isometry of the lattice and every translation between sites.

    Independent of spglib: lattice isometries are all integer matrices with entries -1, 0, 1 that keep the metric.
    """
    matrix = case.lattice.matrix
    metric = matrix @ matrix.T
    entries = np.array(np.meshgrid(*[[-1, 0, 1]] * 9)).reshape(9, -1).T.reshape(-1, 3, 3)
    isometries = [w for w in entries if np.allclose(w @ metric @ w.T, metric, atol=1e-4)]
    active = list(case.active)
    kinds = [("active" if i in active else s) for i, s in enumerate(case.species)]
    maps = set()
    for w in isometries:
        moved = case.fractional @ w
        for j in range(len(kinds)):
            shifted = moved + case.fractional[j] - moved[0]
            delta = shifted[:, None] - case.fractional[None]
            delta -= delta.round()
            hit = np.linalg.norm(delta @ matrix, axis=-1) < 1e-3
            if not hit.any(axis=1).all():
                continue
            image = hit.argmax(axis=1)
            if all(kinds[i] == kinds[k] for i, k in enumerate(image)):
                maps.add(tuple(active.index(image[i]) for i in active))
    left, sizes = set(arrangements), []
    while left:
        orbit = {min(left)}
        while True:
            grown = orbit | {tuple(a[k] for k in m) for a in orbit for m in maps}
            if grown == orbit:
                break
            orbit = grown
        left -= orbit
        sizes.append(len(orbit))
    return sizes


def test_argyrodite_exchange_agrees_with_structure_matcher():
    """2 of 4 exchanged on two fcc sublattices: 36 arrangements, the kept ones are all different crystals."""
    lattice = Lattice.cubic(9.86)
    a4 = Structure.from_spacegroup(
        "F-43m", lattice, ["Cl", "S", "Li"], [[0, 0, 0], [0.75, 0.75, 0.75], [0.5, 0.5, 0.5]]
    )
    cl = [i for i, s in enumerate(a4) if s.specie.symbol == "Cl"]
    s4 = [i for i, s in enumerate(a4) if s.specie.symbol == "S"]
    case = Decoration(
        lattice,
        np.array(a4.frac_coords),
        tuple(s.specie.symbol for s in a4),
        (Sublattice("Cl", tuple(cl), (("Cl", 2), ("S", 2))), Sublattice("S", tuple(s4), (("Cl", 2), ("S", 2)))),
        {"Cl": -1.0, "S": -2.0, "Li": 3.0},
    )
    search = find_orderings(case, OrderingConfig(keep=99, max_enumerated=100, draws=10), 0)
    assert search.n_total == 36
    assert sum(o.degeneracy for o in search.kept) == 36
    structures = [case.structure(o.arrangement) for o in search.kept]
    groups = StructureMatcher(scale=False, primitive_cell=False).group_structures(structures)
    assert len(groups) == len(structures) == search.n_distinct


def test_random_draws_are_seeded_and_distinct():
    case = decoration(PRIMITIVE, [1], {"Cl": 8, "Br": 8}, (4, 2, 2))
    first = find_orderings(case, OrderingConfig(keep=5, max_enumerated=100, draws=200), 3)
    again = find_orderings(case, OrderingConfig(keep=5, max_enumerated=100, draws=200), 3)
    assert first == again
    assert first.n_distinct is None
    maps = active_permutations(case)
    orbits = [frozenset(tuple(np.array(o.arrangement)[m]) for m in maps) for o in first.kept]
    assert len(set(orbits)) == len(orbits) == 5


def test_vacancies_do_not_clash_but_split_sites_do():
    """Two sites 0.4 Angstrom apart can hold one ion, never two."""
    lattice = Lattice.cubic(5.0)
    points = np.array([[0.0, 0, 0], [0.08, 0, 0], [0.5, 0.5, 0.5]])

    def split(n: int) -> Decoration:
        counts = (("Li", n), (VACANCY, 2 - n)) if n < 2 else (("Li", 2),)
        return Decoration(
            lattice, points, (VACANCY, VACANCY, "Cl"), (Sublattice("Li", (0, 1), counts),), {"Li": 1.0, "Cl": -1.0}
        )

    assert len(find_orderings(split(1), OrderingConfig(keep=9, max_enumerated=99, draws=10), 0).kept) == 2
    with pytest.raises(Exception, match=r"closer than 0\.6"):
        find_orderings(split(2), OrderingConfig(keep=9, max_enumerated=99, draws=10), 0)


def test_ewald_energy_of_rock_salt_is_madelung():
    case = decoration(ROCK_SALT, [4], {"Cl": 1})
    (ordering,) = find_orderings(case, OrderingConfig(keep=1, max_enumerated=10, draws=10), 0).kept
    madelung = -1.7475645946 * 14.399645 / 2.8 * 4
    assert ordering.ewald_energy_eV == pytest.approx(madelung, rel=1e-5)


def test_orbits_of_a_ring():
    """Necklaces: 2-colourings of a 6-ring with 3 beads each, rotations only, number 4 (Burnside)."""
    rows = np.array(sorted(set(permutations([0, 0, 0, 1, 1, 1]))), dtype=np.int8)
    ring = np.array([np.roll(np.arange(6), k) for k in range(6)])
    representatives, sizes = reduce_by_symmetry(rows, ring)
    assert len(representatives) == 4
    assert sizes.sum() == 20


@pytest.mark.slow
def test_means_over_random_draws_are_those_over_all_arrangements():
    """Any function of the orbits will do, here the logarithm of their size, which weighting twice would raise."""
    crystal = decoration(ROCK_SALT, [4, 5, 6, 7], {"Cl": 5, "Br": 3}, (1, 1, 2))
    every = find_orderings(crystal, OrderingConfig(keep=100), 1).kept
    sizes = np.array([o.degeneracy for o in every])
    wanted = np.average(np.log(sizes), weights=sizes)
    found = []
    for seed in range(300):
        kept = disordered_ensemble(crystal, OrderingConfig(keep=3, select="random"), "Li", seed).kept
        assert sum(o.draws for o in kept) == 3
        found.append(np.average(np.log([o.degeneracy for o in kept]), weights=[o.draws for o in kept]))
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - wanted) < 3 * error
    assert error < 0.1 * np.std(np.log(sizes))
