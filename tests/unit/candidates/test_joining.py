"""Grain boundaries as candidates: whole compositions, a bulk alike, site disorder in both grains, one message each."""

import numpy as np
import pytest
from pydantic import ValidationError
from pymatgen.core import Composition

from screening.boundaries.whole import units
from screening.candidates.enumerate import enumerate_candidates
from screening.candidates.planning import plan_campaign
from screening.candidates.record import CandidateRecord
from screening.config.boundaries import GrainBoundaryConfig
from screening.config.candidates import CandidatesConfig
from screening.config.stages import EnumerateSettings
from screening.errors import StructureError
from screening.parents import library
from screening.records.origin import Provenance
from tests.blank import blank

TWIN = {"plane": [1, 1, 1], "grain_A": 10, "min_width_A": 6}


def settings(*boundaries, parent="Li6PS5Cl", **rule):
    chosen = boundaries[0] if len(boundaries) == 1 else list(boundaries)
    rules = [{"parent": parent, "grain_boundary": chosen, **rule}]
    return EnumerateSettings(
        mobile_ion="Li", seed=1, oxidation_states={}, candidates=CandidatesConfig.model_validate({"rules": rules})
    )


def made(*boundaries, parent="Li6PS5Cl", **rule):
    found = enumerate_candidates(settings(*boundaries, parent=parent, **rule), {parent: library.load(parent)}, {})
    assert not found.refused
    return [c for c in found.candidates if c.boundary is not None]


def test_a_boundary_and_the_crystal_beside_it():
    boundary, bulk = made(TWIN)
    assert (boundary.boundary.kind, bulk.boundary.kind) == ("grain boundary", "bulk")
    assert boundary.boundary.bulk == bulk.id
    assert bulk.boundary.bulk is None
    assert not boundary.end_member
    assert not bulk.end_member
    (cell,) = bulk.structures
    for structure in boundary.structures:
        assert structure.composition == cell.composition == Composition("Li6PS5Cl") * boundary.formula_units
        assert structure.lattice.matrix[:2] == pytest.approx(cell.lattice.matrix[:2])
        assert structure.volume >= cell.volume - 1e-6
        assert units(structure, boundary.states.charges, "Li").names == {"PS4": int(boundary.formula_units)}
    # Two ways of joining, and the widths asked for.
    assert len(boundary.structures) == 2
    assert boundary.boundary.grain_A >= 10
    assert boundary.boundary.width_A >= 6


def test_the_record_keeps_how_it_was_joined(tmp_path):
    boundary, bulk = made(TWIN)
    for candidate in (boundary, bulk):
        path = tmp_path / candidate.id / "candidate.json"
        candidate.record(blank(Provenance)).write(path)
        read = CandidateRecord.read(path)
        assert read.boundary == candidate.boundary
        assert tuple(o.boundary for o in read.orderings if o.boundary) == candidate.joined
    assert all(way.closest_contact >= 0.85 for way in boundary.joined)
    assert boundary.record(blank(Provenance)).orderings[0].ewald_energy_eV is None


def test_ways_that_energies_choose_among_are_kept_too():
    boundary, bulk = made(TWIN | {"keep": 1, "single_points": 3})
    assert (len(boundary.structures), len(boundary.more_ways), bulk.more_ways) == (1, 5, ())
    # Two further ways, and all three with a wider gap.
    gaps = [how.gap_A for _, how in boundary.more_ways]
    assert gaps[2] == pytest.approx(boundary.joined[0].gap_A + 0.4)
    assert gaps[3:] == pytest.approx([gap + 0.4 for gap in gaps[:2]])
    for structure, how in [(boundary.structures[0], boundary.joined[0]), *boundary.more_ways]:
        assert structure.composition == bulk.structures[0].composition
        assert how.closest_contact >= 0.85
        assert len(how.lower) == len(structure) // 2
        own = Composition("".join(structure[k].specie.symbol for k in how.lower))
        assert own.reduced_formula == Composition("Li6PS5Cl").reduced_formula
    read = boundary.record(blank(Provenance))
    assert [one.boundary for one in read.more_ways] == [how for _, how in boundary.more_ways]
    # The kept ones, and with them the id, are those of contacts alone.
    (without, _) = made(TWIN | {"keep": 1, "single_points": 0})
    assert (without.id, without.more_ways) == (boundary.id, ())


def test_site_disorder_is_in_both_grains():
    exchange = {"between": [{"element": "S", "not_bonded_to": "P"}, {"element": "Cl"}], "degree": "1/3"}
    boundary, bulk = made(TWIN, exchange=exchange)
    n = boundary.formula_units
    assert boundary.exchange.sites == (n, n)
    for structure in (*boundary.structures, *bulk.structures):
        assert structure.composition == Composition("Li6PS5Cl") * n
    # Cl on a third of the free sulfide's sites, counted by the distance from P of what stands there: in both grains.
    structure = boundary.structures[0]
    heights = structure.lattice.get_fractional_coords(structure.cart_coords)[:, 2] % 1
    for lower in (True, False):
        own = [i for i in range(len(structure)) if (heights[i] < 0.5) == lower and structure[i].specie.symbol == "Cl"]
        assert len(own) > 0
    assert "0.3333 exchanged" in boundary.done


def test_a_substitution_that_needs_a_larger_grain_gets_one():
    halves = {"sites": {"element": "Cl"}, "dopant": "Br", "fraction": "1/2"}
    boundary, _ = made(TWIN, substitute=[halves])
    assert boundary.formula == "Li6PS5Cl0.5Br0.5" or Composition(boundary.formula) == Composition("Li6PS5Cl0.5Br0.5")


def test_lists_make_boundaries_of_their_own():
    asked = settings(TWIN, {**TWIN, "plane": [1, 1, 2]})
    plan = plan_campaign(asked, {"Li6PS5Cl": library.load("Li6PS5Cl")}, {})
    assert [(p.plan.joined.law.plane, p.plan.joined.is_bulk) for p in plan.candidates] == [
        ((1, 1, 1), False),
        ((1, 1, 1), True),
        ((1, 1, 2), False),
        ((1, 1, 2), True),
    ]


def test_the_plan_knows_the_size_of_what_is_made():
    plan = plan_campaign(settings(TWIN), {"Li6PS5Cl": library.load("Li6PS5Cl")}, {})
    sizes = [planned.plan.n_atoms for planned in plan.candidates]
    assert sizes == [len(c.structures[0]) for c in made(TWIN)]


@pytest.mark.slow
def test_a_twist_has_a_shift_of_its_own_at_the_second_boundary():
    boundary, bulk = made({"twist": {"axis": [0, 0, 1], "sigma": 5}, "grain_A": 10, "min_width_A": 6})
    assert boundary.boundary.coincidence == 5
    assert all(way.second_shift_A is not None for way in boundary.joined)
    assert boundary.structures[0].composition == bulk.structures[0].composition
    # What was turned is the crystal: each atom's neighbours inside the upper grain are those of the bulk.
    structure = boundary.structures[0]
    phosphorus = [site for site in structure if site.specie.symbol == "P"]
    for site in phosphorus:
        bonds = [n.nn_distance for n in structure.get_neighbors(site, 2.4) if n.specie.symbol == "S"]
        assert len(bonds) == 4
        assert np.ptp(bonds) < 0.01


@pytest.mark.parametrize(
    ("boundary", "says"),
    [
        ({**TWIN, "plane": [1, 0, 0]}, r"plane \(1 0 0\) has no boundary"),
        ({**TWIN, "max_atoms": 40}, "the smallest cell of this boundary has 52 atoms, more than max_atoms"),
        ({"twist": {"axis": [1, 2, 3], "sigma": 4}}, "no coincidence lattice of sigma 4"),
    ],
)
def test_what_cannot_be_made_is_told_once(boundary, says):
    with pytest.raises(StructureError, match=says) as raised:
        made(boundary)
    assert str(raised.value).count("\n") == 0


@pytest.mark.parametrize(
    ("boundary", "says"),
    [
        ({}, "name either `plane`"),
        ({"plane": [1, 1, 1], "twist": {"axis": [0, 0, 1], "sigma": 5}}, "name either `plane`"),
        ({"plane": [0, 0, 0]}, "is no plane or direction"),
        ({"plane": [2, 2, 0]}, r"plane: write \[1, 1, 0\] instead of \[2, 2, 0\]"),
    ],
)
def test_a_boundary_is_named_in_one_way(boundary, says):
    with pytest.raises(ValidationError, match=says):
        GrainBoundaryConfig.model_validate(boundary)


def test_rules_without_boundaries_are_written_as_before_the_key():
    """Parameters of jobs that are finished may not change."""
    (rule,) = CandidatesConfig.model_validate({"rules": [{"parent": "LiCl"}]}).model_dump(mode="json")["rules"]
    assert "glass" in rule
    assert "grain_boundary" not in rule
    (rule,) = settings(TWIN).model_dump(mode="json")["candidates"]["rules"]
    assert rule["grain_boundary"]["plane"] == [1, 1, 1]


def test_a_glass_has_no_grains():
    with pytest.raises(ValidationError, match="a glass has no grains"):
        settings(TWIN, glass={})
