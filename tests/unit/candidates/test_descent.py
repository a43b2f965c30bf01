"""Exchanges lead a drawn arrangement to where brute force finds it."""

import itertools

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.candidates.clash import CLASH_FACTOR, closest_ratio, pair_distances
from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.descent import CLASH_EV, CROWDED_EV, SwapDescent
from screening.candidates.ordering import find_orderings
from screening.config.candidates import OrderingConfig
from screening.parents.radii import ionic_radius


def half_filled(seed: int, cell: float = 8.0) -> Decoration:
    """Eight cation and eight anion sites at random in a triclinic cell, half of each filled."""
    rng = np.random.default_rng(seed)
    lattice = Lattice.from_parameters(cell, 1.05 * cell, 1.15 * cell, 80, 95, 103)
    sublattices = (
        Sublattice("Na", tuple(range(8)), (("Na", 4), (VACANCY, 4))),
        Sublattice("Cl", tuple(range(8, 16)), (("Cl", 3), ("F", 1), (VACANCY, 4))),
    )
    species = ("Na",) * 8 + ("Cl",) * 8
    return Decoration(lattice, rng.uniform(size=(16, 3)), species, sublattices, {"Na": 1.0, "Cl": -1.0, "F": -1.0})


@pytest.mark.parametrize("seed", range(6))
def test_descents_from_a_few_draws_find_the_lowest_of_all(seed: int) -> None:
    decoration = half_filled(seed)
    exact = find_orderings(decoration, OrderingConfig(max_enumerated=1_000_000), 1).kept[0]
    drawn = find_orderings(decoration, OrderingConfig(max_enumerated=10, draws=60), 1)
    assert drawn.kept[0].ewald_energy_eV == pytest.approx(exact.ewald_energy_eV, abs=1e-4)
    assert "improved by exchanges of ions" in drawn.selection


@pytest.mark.parametrize("seed", range(3))
def test_the_best_exchange_is_that_of_brute_force(seed: int) -> None:
    """Sites close enough that clashes come and go with exchanges; species of three sizes and a vacancy."""
    decoration = half_filled(seed, cell=5.0)
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(16, 16))
    species = ["Cl", "F", "Na", VACANCY]
    radii = np.array([ionic_radius(s, decoration.charges[s]) if s != VACANCY else -np.inf for s in species])
    sublattice = np.repeat([0, 1], 8)
    distances = pair_distances(decoration.lattice, decoration.fractional)
    left_out = rng.random((16, 16)) < 0.3
    descent = SwapDescent(
        matrix + matrix.T,
        [(distances / CLASH_FACTOR, CLASH_EV), (np.where(left_out | left_out.T, np.inf, distances), CROWDED_EV)],
        np.zeros(16),
        np.zeros(16),
        np.arange(16),
        sublattice,
        np.array([-1.0, -1.0, 1.0, 0.0]),
        radii,
    )
    row = np.concatenate([rng.permutation([2] * 4 + [3] * 4), rng.permutation([0] * 3 + [1] + [3] * 4)]).astype(np.int8)
    changes = {}
    for i, j in itertools.combinations(range(16), 2):
        if sublattice[i] == sublattice[j] and row[i] != row[j]:
            other = row.copy()
            other[i], other[j] = row[j], row[i]
            before, after = descent.costs(np.array([row, other]))
            changes[i, j] = after - before
    gain, i, j = descent._best_exchange(row)
    assert gain == pytest.approx(min(changes.values()), abs=1e-6)
    assert changes[min(i, j), max(i, j)] == pytest.approx(gain, abs=1e-6)


def test_split_sites_are_never_both_filled() -> None:
    """Pairs of lithium sites 1.0 A apart, one of each pair filled: one draw in 2 ** 16 / 12870 has no pair."""
    rock_salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.6), ["Li", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    rock_salt.make_supercell([2, 2, 1])
    anions = [site.frac_coords for site in rock_salt if site.specie.symbol == "Cl"]
    cations = [site.frac_coords for site in rock_salt if site.specie.symbol == "Li"]
    shift = np.array([0.5, 0.0, 0.0]) / rock_salt.lattice.abc
    split = [f + sign * shift for f in cations for sign in (1, -1)]
    n = len(split)
    decoration = Decoration(
        rock_salt.lattice,
        np.array([*split, *anions]),
        ("Li",) * n + ("Cl",) * len(anions),
        (Sublattice("Li", tuple(range(n)), (("Li", n // 2), (VACANCY, n // 2))),),
        {"Li": 1.0, "Cl": -1.0},
    )
    found = find_orderings(decoration, OrderingConfig(max_enumerated=10, draws=20), 1).kept[0]
    structure = decoration.structure(found.arrangement)
    ratio, _ = closest_ratio(structure, decoration.charges)
    assert ratio > CLASH_FACTOR
    filled = np.array([species == "Li" for species in found.arrangement]).reshape(-1, 2)
    assert (filled.sum(axis=1) == 1).all()
