"""Empty sites of crystals from elsewhere, known from the library's crystal with their framework."""

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from screening.config.parents import ParentConfig
from screening.parents import library, prototype
from screening.parents.base import Parent
from screening.parents.prototype import with_prototype_sites
from screening.parents.registry import load_parents


def parent(structure):
    return Parent("own", structure, "made for this test")


def worst(structure, label, known, found):
    """Largest distance in Angstrom from a known empty site to the nearest found one."""
    assert len(found.vacant_sites[label]) == len(known)
    return structure.lattice.get_all_distances(known, found.vacant_sites[label]).min(axis=1).max()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Li6PS5Cl", "Li10GeP2S12", "Li7La3Zr2O12-cubic", "Na3PS4-cubic"])
def test_a_crystal_of_the_library_finds_its_own_sites(name):
    known = library.load(name)
    found = with_prototype_sites(replace(known, vacant_sites={}))
    assert set(found.vacant_sites) == set(known.vacant_sites)
    for label, places in known.vacant_sites.items():
        assert worst(known.structure, label, places, found) < 1e-6
    assert f"as in {name} of the library" in found.notes


def test_other_elements_origin_size_order_and_noise_make_no_difference():
    """Li6PSe5I from Li6PS5Cl: 8 % larger, shifted, shuffled, every atom 0.05 A off."""
    entry = library.load("Li6PS5Cl")
    rng = np.random.default_rng(1)
    shift = np.array([0.13, 0.37, 0.21])
    order = rng.permutation(len(entry.structure))
    lattice = Lattice(entry.structure.lattice.matrix * 1.08)
    names = {"Li": "Li", "P": "P", "S": "Se", "Cl": "I"}
    own = Structure(
        lattice,
        [names[entry.structure[i].specie.symbol] for i in order],
        entry.structure.frac_coords[order] + shift,
    )
    own.perturb(0.05)
    found = with_prototype_sites(parent(own))
    for label, places in entry.vacant_sites.items():
        moved = (np.array(places) + shift) % 1.0
        assert worst(own, label, moved, found) < 0.3


def test_the_primitive_cell_and_a_supercell_have_their_share():
    entry = library.load("Li6PS5Cl")
    small = with_prototype_sites(parent(entry.structure.get_primitive_structure()))
    assert {label: len(places) for label, places in small.vacant_sites.items()} == {
        "Li 48h": 12,
        "Li 48h T2": 12,
        "Li 16e T4": 4,
    }
    large = with_prototype_sites(parent(entry.structure * (2, 1, 1)))
    assert {label: len(places) for label, places in large.vacant_sites.items()} == {
        "Li 48h": 96,
        "Li 48h T2": 96,
        "Li 16e T4": 32,
    }


def test_partly_occupied_and_mixed_sites_are_the_same_crystal():
    """As refined: S and Cl share both of their sites, and Li half of 48h, which therefore is not empty."""
    entry = library.load("Li6PS5Cl")
    own = entry.structure.copy()
    own.remove_species(["Li"])
    free = [i for i, site in enumerate(own) if site.specie.symbol in ("S", "Cl")]
    bonded = [i for i in free if own.get_neighbors(own[i], 2.3)]
    for i in set(free) - set(bonded):
        own[i] = {"S": 0.5, "Cl": 0.5}
    for place in entry.vacant_sites["Li 48h"]:
        own.append({"Li": 0.5}, place)
    found = with_prototype_sites(parent(own))
    assert set(found.vacant_sites) == {"Li 48h T2", "Li 16e T4"}
    assert worst(own, "Li 16e T4", entry.vacant_sites["Li 16e T4"], found) < 1e-6


def test_crystals_of_other_frameworks_have_none():
    for name in ("Li3PS4-beta", "Li3OCl"):
        bare = replace(library.load(name), vacant_sites={})
        assert with_prototype_sites(bare) == bare
    # Geometry alone is not enough: cations where the argyrodite has anions.
    entry = library.load("Li6PS5Cl")
    swapped = entry.structure.copy()
    swapped.replace_species({"P": "S", "Cl": "P"})
    assert with_prototype_sites(parent(swapped)).vacant_sites == {}
    # And another mobile ion finds nothing of lithium's.
    sodium = entry.structure.copy()
    sodium.replace_species({"Li": "Na"})
    assert with_prototype_sites(parent(sodium)).vacant_sites == {}


def test_a_file_has_the_sites_of_its_prototype_and_the_library_s_own_stay(tmp_path):
    entry = library.load("Li6PS5Br")
    entry.structure.to(filename=str(tmp_path / "mine.cif"))
    loaded = load_parents([ParentConfig(file="mine.cif"), ParentConfig(library="Li3OCl")], tmp_path).parents
    assert len(loaded["mine"].vacant_sites["Li 16e T4"]) == len(entry.vacant_sites["Li 16e T4"])
    assert loaded["Li3OCl"].vacant_sites == {}


def test_the_same_crystal_read_again_is_not_matched_again(monkeypatch):
    structure = library.load("Li6PS5Br").structure.copy()
    structure.perturb(0.01)
    once = with_prototype_sites(parent(structure))
    monkeypatch.setattr(prototype, "_sites_like", None)
    assert with_prototype_sites(parent(structure.copy())).vacant_sites == once.vacant_sites != {}
