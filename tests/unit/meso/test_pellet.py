"""Effective media beside a voxel solve and exact cases; a pellet between its limits."""

from dataclasses import replace

import numpy as np
import pytest

from screening.errors import StageError
from screening.meso.media import bruggeman, composite, grains_with_boundaries, maxwell_garnett
from screening.meso.pellet import pellet_points, pellets
from screening.meso.record import Conduction, Excess, Layers
from tests.voxels import conductivity, walled_cube


def test_the_reference_knows_layers_and_homogeneous_cubes():
    assert conductivity(np.full((3, 3, 3), 2.5)) == pytest.approx(2.5)
    layers = np.ones((4, 2, 2))
    layers[2:] = 3.0
    assert conductivity(layers) == pytest.approx(2 / (1 / 1 + 1 / 3))
    assert conductivity(np.swapaxes(layers, 0, 1)) == pytest.approx(2.0)


@pytest.mark.parametrize("ratio", [0.01, 0.1, 10.0, 100.0])
def test_maxwell_garnett_is_near_the_voxels_for_blocking_and_conducting_walls(ratio):
    share = (15 / 16) ** 3
    assert maxwell_garnett(1.0, ratio, share) == pytest.approx(conductivity(walled_cube(15, 1, ratio)), rel=0.03)


@pytest.mark.parametrize("ratio", [0.01, 0.1, 10.0, 100.0])
def test_thin_boundaries_are_the_limit_of_thin_walls(ratio):
    """A wall of thickness t: R = t (1/sw - 1/sg), G = t (sw - sg)."""
    thickness, size = 1e-5, 1.0
    share = (1 - thickness / size) ** 3
    thin = grains_with_boundaries(1.0, thickness * (1 / ratio - 1), thickness * (ratio - 1), size)
    # The change, not only the whole.
    assert thin - 1 == pytest.approx(maxwell_garnett(1.0, ratio, share) - 1, rel=0.01)


@pytest.mark.parametrize("ratio", [0.01, 0.1, 10.0, 100.0])
def test_thin_boundaries_are_near_the_voxels_even_for_walls_of_a_fifteenth(ratio):
    thin = grains_with_boundaries(1.0, 1 / 16 * (1 / ratio - 1), 1 / 16 * (ratio - 1), 1.0)
    assert thin == pytest.approx(conductivity(walled_cube(15, 1, ratio)), rel=0.06)


def test_formulas_end_where_one_part_is_all():
    assert maxwell_garnett(3.0, 1.0, 1.0) == pytest.approx(3.0)
    assert maxwell_garnett(3.0, 1.0, 0.0) == pytest.approx(1.0)
    assert bruggeman(3.0, 1.0, 1.0) == pytest.approx(3.0)
    assert bruggeman(3.0, 1.0, 0.0) == pytest.approx(1.0)
    # A third of spheres in an insulator is where Bruggeman's begin to conduct.
    assert bruggeman(1.0, 1e-12, 0.32) < 1e-9
    assert bruggeman(1.0, 1e-12, 0.36) > 0.03


def test_random_voxels_lie_within_the_bounds_of_a_composite():
    rng = np.random.default_rng(3)
    # Particles of several voxels: single ones are seen as less conducting than they are.
    sigma = np.kron(np.where(rng.random((8, 8, 8)) < 0.2, 10.0, 1.0), np.ones((4, 4, 4)))
    share = float((sigma > 5).mean())
    found = composite(1.0, 10.0, 10.0, thickness=0.0, radius=1.0, share=share)
    assert found.low <= conductivity(sigma) <= found.high
    assert conductivity(sigma) == pytest.approx(found.value, rel=0.15)


def test_a_conducting_interphase_makes_the_most_of_few_particles():
    """Neither part conducts as the interphase does: the composite is better than both, up to where shells fill it."""
    shares = np.linspace(0.0, 0.12, 7)
    values = [composite(1.0, 0.001, 50.0, thickness=1.0, radius=1.0, share=float(share)).value for share in shares]
    assert values == sorted(values)
    assert values[-1] > 5
    with pytest.raises(StageError, match="interphases overlap"):
        composite(1.0, 0.001, 50.0, thickness=1.0, radius=1.0, share=0.2)
    assert composite(1.0, 0.001, 50.0, thickness=1.0, radius=1.0, share=0.05).near_percolation
    assert not composite(1.0, 1.0, 1.1, thickness=1.0, radius=1.0, share=0.05).near_percolation


@pytest.mark.parametrize(
    "wrong", [{"radius": 0.0}, {"thickness": -0.1}, {"share": 30.0}, {"share": float("nan")}, {"matrix": -1.0}]
)
def test_what_makes_no_composite_is_refused(wrong):
    right = {"matrix": 1.0, "filler": 0.1, "interphase": 10.0, "thickness": 0.1, "radius": 1.0, "share": 0.1}
    assert composite(**right).low > 0
    with pytest.raises(StageError, match="make no composite"):
        composite(**right | wrong)


def layers(resistance=0.0, conductance=0.0, error=0.0):
    one = dict.fromkeys(
        ("in_plane_cm2_s", "in_plane_error_cm2_s", "across_cm2_s", "across_error_cm2_s", "period_A", "area_A2"), 1.0
    )
    conduction = Conduction(
        files=(), n_ions=1, in_plane_mS_cm=4.0, in_plane_error_mS_cm=error, across_mS_cm=4.0,
        across_error_mS_cm=error, **one,
    )  # fmt: skip
    added = Excess(
        conductance_S=conductance,
        conductance_error_S=error * 1e-12,
        resistance_ohm_cm2=resistance,
        resistance_error_ohm_cm2=error * 0.01,
    )
    return Layers(
        mobile="Li", charge=1.0, temperature_K=600.0, lags_ps=(2.0, 20.0), cell=conduction, layers=(),
        crystal=conduction, excess=added, notes=(),
    )  # fmt: skip


def test_a_pellet_without_excess_is_the_crystal():
    (one,) = pellets(layers(), [1.0])
    assert one.value_mS_cm == pytest.approx(4.0)
    assert one.over_crystal == pytest.approx(1.0)
    assert (one.low_mS_cm, one.high_mS_cm) == pytest.approx((4.0, 4.0))


def test_blocking_boundaries_matter_less_in_larger_grains():
    # 1/sigma_g is 250 Ohm cm; a micrometre of grain with 0.025 Ohm cm2 more has 250 on top.
    small, large = pellets(layers(resistance=0.025, error=0.4), [1.0, 100.0])
    assert small.value_mS_cm == pytest.approx(2.0)
    assert large.value_mS_cm == pytest.approx(4.0, rel=0.02)
    assert small.low_mS_cm < 2.0 < small.high_mS_cm


def test_sizes_below_the_boundarys_own_are_refused():
    with pytest.raises(StageError, match="no larger than what their boundaries disturb"):
        pellets(layers(conductance=-1e-9), [0.001])
    bare = layers()
    with pytest.raises(StageError, match="give runs of the crystal"):
        pellets(type(bare)(**{name: getattr(bare, name) for name in bare.__slots__} | {"crystal": None}), [1.0])


def test_grains_smaller_than_those_that_were_run_are_refused():
    found = layers(resistance=0.025)
    thick = replace(found, cell=replace(found.cell, period_A=1000.0))
    with pytest.raises(StageError, match=r"grains of 0\.03 um are smaller than those in the cell \(0\.05 um\)"):
        pellets(thick, [0.03])
    assert min(point.grain_um for point in pellet_points(thick)) == 0.1
    assert min(point.grain_um for point in pellet_points(found)) == 0.03


def test_a_crystal_that_does_not_conduct_has_no_pellet():
    found = layers()
    still = replace(found.crystal, in_plane_mS_cm=-0.1)
    with pytest.raises(StageError, match="not seen to conduct"):
        pellets(replace(found, crystal=still), [1.0])
    with pytest.raises(StageError, match="a grain of -1 um is none"):
        pellets(found, [-1.0])
