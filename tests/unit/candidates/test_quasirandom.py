"""Quasirandom arrangements against plain draws, with pair counts made here and not by the search."""

import numpy as np
import pytest
from pymatgen.core import Composition, Lattice, Structure

from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.quasirandom import quasirandom_arrangements
from screening.candidates.sampling import disordered_ensemble
from screening.config.candidates import CandidatesConfig, OrderingConfig
from screening.config.stages import EnumerateSettings
from screening.parents import library

COUNTS = {"Br": 16, "I": 16}


def rock_salt(cations: dict[str, int], anions: dict[str, int]) -> Decoration:
    """2 x 2 x 2 conventional cells, 32 sites of each kind."""
    cell = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.6), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    cell.make_supercell(2)
    symbols = [site.specie.symbol for site in cell]
    sublattices = tuple(
        Sublattice(host, tuple(i for i, s in enumerate(symbols) if s == host), tuple(counts.items()))
        for host, counts in (("Na", cations), ("Cl", anions))
        if counts
    )
    charges = {"Na": 1.0, "K": 1.0, "Cl": -1.0, "Br": -1.0, "I": -1.0, VACANCY: 0.0}
    return Decoration(cell.lattice, np.array(cell.frac_coords), tuple(symbols), sublattices, charges)


def pair_excess(decoration: Decoration, sublattice: Sublattice, species: tuple[str, ...]) -> np.ndarray:
    """Of the first two fcc shells: share of unlike pairs against that of an infinite random crystal, minus one.

    Neighbours are counted by pymatgen with all periodic images; the random crystal's share is 1 - sum of x squared.
    """
    sites = list(sublattice.sites)
    structure = Structure(decoration.lattice, ["H"] * len(sites), decoration.fractional[sites])
    centres, neighbours, _, distances = structure.get_neighbor_list(5.7)
    unlike = np.array(species)[centres] != np.array(species)[neighbours]
    n = len(sites)
    expected = 1 - sum((c / n) ** 2 for _, c in sublattice.counts)
    shells = [distances < 5.0, distances > 5.0]
    return np.array([unlike[shell].mean() / expected - 1 for shell in shells])


@pytest.mark.slow
def test_pair_correlations_are_nearer_to_random_than_those_of_plain_draws():
    decoration = rock_salt({}, COUNTS)
    (sublattice,) = decoration.sublattices
    rng = np.random.default_rng(0)
    pool = [s for s, n in COUNTS.items() for _ in range(n)]
    drawn = [np.abs(pair_excess(decoration, sublattice, tuple(rng.permutation(pool)))).sum() for _ in range(300)]
    found = list(quasirandom_arrangements(decoration, decoration.sublattices, 2, 7))
    best = np.abs(pair_excess(decoration, sublattice, found[0])).sum()
    assert best < 0.1 * np.median(drawn)


@pytest.mark.slow
def test_the_seed_decides_and_the_composition_is_exact():
    decoration = rock_salt({"Na": 24, "K": 8}, {"Br": 10, "I": 18, VACANCY: 4})
    first = list(quasirandom_arrangements(decoration, decoration.sublattices, 2, 7))
    assert first == list(quasirandom_arrangements(decoration, decoration.sublattices, 2, 7))
    assert first != list(quasirandom_arrangements(decoration, decoration.sublattices, 2, 8))
    for species in first:
        assert {s: species[:32].count(s) for s in ("Na", "K")} == {"Na": 24, "K": 8}
        assert {s: species[32:].count(s) for s in ("Br", "I", VACANCY)} == {"Br": 10, "I": 18, VACANCY: 4}


@pytest.mark.slow
def test_a_sublattice_of_one_species_has_nothing_to_arrange():
    decoration = rock_salt({"Na": 32}, COUNTS)
    for species in quasirandom_arrangements(decoration, decoration.sublattices, 1, 7):
        assert set(species[:32]) == {"Na"}
        assert species[32:].count("Br") == 16
    whole = rock_salt({"K": 32}, {})
    assert list(quasirandom_arrangements(whole, whole.sublattices, 3, 7)) == [("K",) * 32]


def test_orderings_kept_are_distinct_and_of_unknown_weight():
    decoration = rock_salt({}, COUNTS)
    search = disordered_ensemble(decoration, OrderingConfig(keep=3, select="quasirandom"), "Li", 7)
    assert len({o.arrangement for o in search.kept}) == 3
    assert [o.degeneracy for o in search.kept] == [0, 0, 0]
    assert "quasirandom" in search.selection


@pytest.mark.parametrize(("supercell", "kept"), [((1, 1, 1), 1), ((2, 1, 1), 2)])
def test_argyrodite_from_config_to_structure(supercell, kept):
    """One cell has four sites of each anion, and one best arrangement where two were asked for."""
    rule = {
        "parent": "p",
        "exchange": {"between": [{"element": "S", "not_bonded_to": "P"}, {"element": "Cl"}], "degree": 0.5},
    }
    chosen = {"rules": [rule], "supercell": supercell, "orderings": {"keep": 2, "select": "quasirandom"}}
    settings = EnumerateSettings(
        mobile_ion="Li", seed=3, oxidation_states={}, candidates=CandidatesConfig.model_validate(chosen)
    )
    made = enumerate_candidates(settings, {"p": library.load("Li6PS5Cl")}, {}).candidates
    (candidate,) = [c for c in made if c.roles == {"candidate"}]
    assert len(candidate.structures) == kept
    for structure in candidate.structures:
        assert structure.composition.reduced_composition == Composition("Li6PS5Cl")
