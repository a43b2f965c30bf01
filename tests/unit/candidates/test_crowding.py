"""Sites too near to be filled together: never both filled, counted by brute force; what they leave of the entropy."""

import itertools
from dataclasses import replace
from math import log

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from scipy.special import gammaln

from screening.candidates.crowding import Apart, distance_kept
from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.entropy import ideal_entropy
from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.ordering import find_orderings
from screening.candidates.packing import fewest_pairs
from screening.candidates.recipe import Recipe
from screening.candidates.rules import plan
from screening.candidates.sampling import disordered_ensemble
from screening.config.candidates import CandidatesConfig, OrderingConfig
from screening.config.stages import EnumerateSettings
from screening.parents import library
from screening.parents.base import Parent

LITHIUM = Apart("Li", 2.0)
CHARGES = {"Li": 1.0, "Na": 1.0, "Cl": -1.0, "Al": 3.0, VACANCY: 0.0}


def on_a_ring(counts: dict[str, int], n: int = 8, radius: float = 2.0, second: bool = False) -> Decoration:
    """Sites of lithium on a ring (two of them, one above the other, with `second`), chloride far above it.

    On a ring of eight with a radius of 2 Angstrom neighbours are 1.53 apart and every second one 2.83.
    """
    angles = 2 * np.pi * np.arange(n) / n
    ring = np.column_stack([radius * np.cos(angles), radius * np.sin(angles), np.zeros(n)])
    places = np.concatenate([ring, ring + np.array([0, 0, 1.2])]) if second else ring
    n_ions = sum(number * (2 if second else 1) for s, number in counts.items() if s != VACANCY)
    anions = np.array([[3.2 * k, 0.0, 6.5] for k in range(n_ions)])
    lattice = Lattice.orthorhombic(24, 20, 16)
    points = lattice.get_fractional_coords(np.concatenate([places, anions]) + np.array([10, 10, 2]))
    parts = tuple(tuple(range(k, k + n)) for k in range(0, len(places), n))
    sublattices = tuple(Sublattice(f"Li {k}", sites, tuple(sorted(counts.items()))) for k, sites in enumerate(parts))
    species = ("Li",) * len(places) + ("Cl",) * len(anions)
    return Decoration(lattice, points % 1.0, species, sublattices, CHARGES)


def pairs_too_near(decoration: Decoration, filled: list[int], distance: float) -> int:
    points = decoration.fractional[filled]
    between = decoration.lattice.get_all_distances(points, points)
    return sum(between[i, j] < distance for i, j in itertools.combinations(range(len(filled)), 2))


@pytest.mark.parametrize("n_ions", [2, 3, 4, 5, 6])
def test_the_fewest_pairs_too_near_are_those_of_a_brute_force(n_ions):
    """Up to four of eight on the ring need no neighbours; of five and six, some have."""
    decoration = on_a_ring({"Li": n_ions, VACANCY: 8 - n_ions})
    least = min(pairs_too_near(decoration, list(c), 2.0) for c in itertools.combinations(range(8), n_ions))
    assert least == max(0, 2 * (n_ions - 4))
    for settings in (OrderingConfig(keep=3), OrderingConfig(keep=3, max_enumerated=1, draws=30)):
        found = find_orderings(decoration, settings, 1, LITHIUM)
        for ordering in found.kept:
            filled = [i for i, s in enumerate(ordering.arrangement) if s == "Li"]
            assert pairs_too_near(decoration, filled, 2.0) == least
        assert (f"those kept {least}, the fewest" in found.selection) == (least > 0)


def test_all_arrangements_that_keep_apart_are_counted_as_distinct():
    """Two of eight on a ring: at 2, 3 or 4 steps; one step is too near."""
    decoration = on_a_ring({"Li": 2, VACANCY: 6})
    everything = find_orderings(decoration, OrderingConfig(keep=100), 1)
    apart = find_orderings(decoration, OrderingConfig(keep=100), 1, LITHIUM)
    assert sum(o.degeneracy for o in everything.kept) == 28
    assert sum(o.degeneracy for o in apart.kept) == 28 - 8
    assert apart.n_distinct == len(apart.kept) < everything.n_distinct
    assert "those with Li pairs closer than 2 Angstrom are left out; 100 were asked for, there are" in apart.selection


def test_sites_of_several_sublattices_exclude_each_other():
    """Two rings 1.2 Angstrom apart: no ion is above or beside another."""
    decoration = on_a_ring({"Li": 2, VACANCY: 6}, second=True)
    (best,) = find_orderings(decoration, OrderingConfig(), 1, LITHIUM).kept
    filled = [i for i, s in enumerate(best.arrangement) if s == "Li"]
    assert len(filled) == 4
    assert pairs_too_near(decoration, filled, 2.0) == 0


def test_a_dopant_on_the_mobile_ions_sites_keeps_apart_by_the_sum_of_radii():
    """Al3+ has 0.675 Angstrom where Li+ has 0.9: 1.75 Angstrom between them, and 1.53 is too near."""
    decoration = replace(on_a_ring({"Al": 1, "Li": 1, VACANCY: 6}), charges=CHARGES | {"Cl": -2.0})
    for distance, expected in ((2.0, 8 * 5), (1.7, 8 * 7)):
        found = find_orderings(decoration, OrderingConfig(keep=100), 1, Apart("Li", distance))
        assert sum(o.degeneracy for o in found.kept) == expected


@pytest.mark.parametrize("select", ["random", "quasirandom"])
def test_mobile_ions_of_a_drawn_framework_keep_apart_too(select):
    """Al is drawn on the ring; lithium finds its places on what is left of it."""
    decoration = replace(on_a_ring({"Al": 1, "Li": 2, VACANCY: 5}), charges=CHARGES | {"Cl": -5 / 3})
    settings = OrderingConfig(keep=4, select=select)
    found = disordered_ensemble(decoration, settings, "Li", 1, LITHIUM)
    assert len(found.kept) > 1
    for ordering in found.kept:
        filled = [i for i, s in enumerate(ordering.arrangement) if s != VACANCY]
        assert pairs_too_near(decoration, filled, 1.75) == 0
        assert sorted(ordering.arrangement) == sorted(["Al", "Li", "Li", *[VACANCY] * 5])
    if select == "random":
        # One aluminium on a site of which the lattice's mirrors make one, two or four: lithium is not counted in.
        assert {o.degeneracy for o in found.kept} <= {1, 2, 4}
        assert sum(o.draws for o in found.kept) == 4


def test_a_dopant_that_is_drawn_keeps_lithium_away_though_charges_do_not():
    """Of a dopant without charge lithium would take the place nearest to the anions, wherever the dopant is."""
    decoration = replace(on_a_ring({"Al": 1, "Li": 1, VACANCY: 6}), charges=CHARGES | {"Al": 0.0, "Cl": -0.5})
    settings = OrderingConfig(keep=12, select="random")
    nearest = []
    for rule in (None, Apart("Li", 2.0)):
        found = disordered_ensemble(decoration, settings, "Li", 1, rule)
        pairs = [[i for i, s in enumerate(o.arrangement) if s != VACANCY] for o in found.kept]
        nearest.append(sum(pairs_too_near(decoration, pair, 1.6) for pair in pairs))
    assert nearest[0] > 0
    assert nearest[1] == 0


def test_distances_by_radius():
    assert distance_kept("Li", {"Li": 1.0}).distance_A == pytest.approx(2.0)
    assert distance_kept("Na", {"Na": 1.0}).distance_A == pytest.approx(2.0 * 1.16 / 0.9)
    # Neighbours in fluorite keep 2.57 Angstrom, in CaF2 2.73: they are no split sites.
    assert 1.5 < distance_kept("O", {"O": -2.0}).distance_A < 2.3
    assert 1.5 < distance_kept("F", {"F": -1.0}).distance_A < 2.3
    assert distance_kept("Li", {"Li": 1.0}, 1.5).distance_A == 1.5
    assert distance_kept("Li", {"Li": 1.0}, 0) is None
    assert distance_kept("Li", {"Li": 0.0}) is None


def argyrodite(*lithium: tuple[float, tuple[float, float, float]], anions: float = 1.0) -> Parent:
    """Li6PS5Cl with Cl on 4a and S on 4d, mixed to equal shares with `anions` 0.5."""
    if anions == 1.0:
        on_4d, on_4a = {"S": 1.0}, {"Cl": 1.0}
    else:
        on_4d, on_4a = {"S": anions, "Cl": 1 - anions}, {"Cl": anions, "S": 1 - anions}
    species = [*({"Li": x} for x, _ in lithium), "P", "S", on_4d, on_4a]
    places = [*(place for _, place in lithium), (0, 0, 0.5), (0.118, -0.118, 0.618), (0.25, 0.25, 0.75), (0, 0, 0)]
    structure = Structure.from_spacegroup("F-43m", Lattice.cubic(9.86), species, places)
    return Parent("p", structure, "made for a test", {})


def entropy_of(parent: Parent, rule: Apart | None = LITHIUM):
    made = plan(parent, Recipe("p"), mobile="Li", supercell=(1, 1, 1), user_states={})
    found = ideal_entropy(made.decoration, rule)
    return found.total / made.formula_units, found.split / made.formula_units


SPLIT = (0.5, (0.317, 0.024, 0.683))  # 48h, 1.87 Angstrom from its other half


def test_split_sites_of_argyrodites_count_as_one():
    """Six ions a formula unit with two places each: 6 ln 2, where 12 half filled sites by themselves have 12 ln 2."""
    assert entropy_of(argyrodite(SPLIT)) == pytest.approx((6 * log(2), 6 * log(2)))
    assert entropy_of(argyrodite(SPLIT), None) == pytest.approx((12 * log(2), 0))
    assert entropy_of(argyrodite(SPLIT, anions=0.5)) == pytest.approx((8 * log(2), 6 * log(2)))


def test_a_place_between_the_halves_belongs_to_the_group():
    """A fifth of the ions on 24g, the rest on the two halves around it: -(0.2 ln 0.2 + 2 0.4 ln 0.4) each."""
    x = 24 / 60
    middle = (12 / 60, (0.25, 0.02, 0.75))
    parent = argyrodite((x, SPLIT[1]), middle)
    made = plan(parent, Recipe("p"), mobile="Li", supercell=(1, 1, 5), user_states={})
    found = ideal_entropy(made.decoration, LITHIUM)
    each = -(0.2 * log(0.2) + 0.8 * log(0.4))
    assert found.total / made.formula_units == pytest.approx(6 * each)
    assert found.split == pytest.approx(found.total)


def test_the_formula_counts_what_can_be():
    """Of a million pairs of sites 700,000 hold one ion: the logarithm of C(N, n) 2^n is the entropy."""
    n, filled = 1_000_000, 700_000
    counted = gammaln(n + 1) - gammaln(filled + 1) - gammaln(n - filled + 1) + filled * log(2)
    ring = on_a_ring({"Li": 7, VACANCY: 13}, n=20, radius=30)
    # Sites in ten pairs: every second one is moved 1 Angstrom from the one before.
    points = ring.lattice.get_cartesian_coords(ring.fractional)
    places = np.array([[6.0 * (k // 2), 1.0 * (k % 2), 0] for k in range(20)])
    lattice = Lattice.orthorhombic(60, 10, 40)
    fractional = lattice.get_fractional_coords(np.concatenate([places, points[20:] * 0 + [3, 5, 20]]))
    pairs = replace(ring, lattice=lattice, fractional=fractional)
    found = ideal_entropy(pairs, LITHIUM)
    assert found.total / 10 == pytest.approx(counted / n, rel=1e-5)
    assert found.split == pytest.approx(7 * log(2))


def test_a_refined_file_and_the_rule_that_makes_its_disorder_have_the_same_entropy_of_mixing():
    """Half of S and Cl exchanged: 2 ln 2, beside what is within split sites, which the library's 24g is not."""
    refined = entropy_of(argyrodite(SPLIT, anions=0.5))
    rule = {
        "parent": "p",
        "exchange": {"between": [{"element": "S", "not_bonded_to": "P"}, {"element": "Cl"}], "degree": 0.5},
    }
    candidates = CandidatesConfig.model_validate({"supercell": (1, 1, 1), "rules": [rule]})
    settings = EnumerateSettings(mobile_ion="Li", seed=1, oxidation_states={}, candidates=candidates)
    found = enumerate_candidates(settings, {"p": library.load("Li6PS5Cl")}, {}).candidates
    made = next(c for c in found if "candidate" in c.roles)
    assert made.ideal_entropy - made.split_entropy == pytest.approx(refined[0] - refined[1])


def test_garnets_pairs_of_96h_are_groups_though_all_sites_hang_together():
    structure = Structure.from_spacegroup(
        "Ia-3d",
        Lattice.cubic(12.97),
        [{"Li": 13 / 24}, {"Li": 43 / 96}, "La", "Zr", "O"],
        [(0.375, 0, 0.25), (0.0979, 0.6875, 0.5765), (0.125, 0, 0.25), (0, 0, 0), (0.0982, 0.1953, 0.2813)],
    )
    total, split = entropy_of(
        Parent("p", structure, "made for a test", oxidation_states={"Li": 1, "La": 3, "Zr": 4, "O": -2})
    )
    on_24d = -24 * (13 / 24 * log(13 / 24) + 11 / 24 * log(11 / 24))
    on_96h = -(43 * log(43 / 96) + 5 * log(5 / 48))
    assert total == pytest.approx((on_24d + on_96h) / 8)
    assert split == pytest.approx(43 * log(2) / 8)


def test_integer_programming_goes_on_where_exchanges_are_stuck():
    """Rows of five places 1.5 Angstrom apart: three ions have room on every second place, and nowhere else.

    An ion that is one place off keeps two others from theirs. Draws are few, and only the best of them are improved.
    """
    rows, n = 6, 5
    places = np.array([[1.5 * k, 4.0 * row, 0.0] for row in range(rows) for k in range(n)])
    anions = np.array([[3.0 * k, 4.0 * row, 4.0] for row in range(rows) for k in range(3)])
    lattice = Lattice.orthorhombic(14, 4.0 * rows, 12)
    fractional = lattice.get_fractional_coords(np.concatenate([places, anions]) + np.array([1, 0, 1]))
    counts = (("Li", 3 * rows), (VACANCY, 2 * rows))
    sublattice = Sublattice("Li", tuple(range(rows * n)), counts)
    species = ("Li",) * len(places) + ("Cl",) * len(anions)
    decoration = Decoration(lattice, fractional, species, (sublattice,), CHARGES)
    start = np.array([0] * (3 * rows) + [1] * (2 * rows), dtype=np.int8)
    solved = list(fewest_pairs(decoration, LITHIUM, start, ["Li", VACANCY], 2, 1))
    assert len(solved) == 2
    for row in solved:
        assert (row == 0).sum() == 3 * rows
        assert pairs_too_near(decoration, np.flatnonzero(row == 0).tolist(), 2.0) == 0
    kept = find_orderings(decoration, OrderingConfig(draws=10, max_enumerated=1), 1, LITHIUM).kept[0]
    filled = [i for i, s in enumerate(kept.arrangement) if s == "Li"]
    assert pairs_too_near(decoration, filled, 2.0) == 0


def test_integer_programming_keeps_a_dopant_in_place_and_lithium_away_from_what_stays():
    """Al has the second of five places 1.5 Angstrom apart and keeps 1.75 from lithium, which has one of the last two.

    A lithium ion that stays beyond the end of the other row leaves two of its five places.
    """
    places = np.array([[1.5 * k, 4.0 * row, 0.0] for row in range(2) for k in range(5)] + [[7.5, 4.0, 0.0]])
    anions = np.array([[3.0 * k, 2.0, 4.0] for k in range(3)])
    lattice = Lattice.orthorhombic(14, 9.0, 12)
    fractional = lattice.get_fractional_coords(np.concatenate([places, anions]) + np.array([1, 0, 1]))
    counts = (("Al", 1), ("Li", 3), (VACANCY, 6))
    sublattice = Sublattice("Li", tuple(range(10)), counts)
    decoration = Decoration(lattice, fractional, ("Li",) * 11 + ("Cl",) * 3, (sublattice,), CHARGES)
    start = np.array([1, 0, 1, 2, 2, 2, 2, 2, 2, 1], dtype=np.int8)
    (row,) = fewest_pairs(decoration, LITHIUM, start, ["Al", "Li", VACANCY], 1, 1)
    filled = np.flatnonzero(row == 1).tolist()
    assert row[1] == 0
    assert len(filled) == 3
    assert not set(filled) & {0, 2, 9}
    assert pairs_too_near(decoration, [*filled, 10], 2.0) == 0


def test_a_problem_that_would_take_minutes_is_not_tried():
    """Three hundred sites 1.5 Angstrom apart on a line: exchanges alone have to do."""
    n = 300
    lattice = Lattice.orthorhombic(1.5 * n, 10, 10)
    fractional = lattice.get_fractional_coords(np.array([[1.5 * k, 0.0, 0.0] for k in range(n)]))
    sublattice = Sublattice("Li", tuple(range(n)), (("Li", n // 2), (VACANCY, n // 2)))
    decoration = Decoration(lattice, fractional, ("Li",) * n, (sublattice,), CHARGES)
    row = np.array([0, 1] * (n // 2), dtype=np.int8)
    assert list(fewest_pairs(decoration, LITHIUM, row, ["Li", VACANCY], 1, 1)) == []
