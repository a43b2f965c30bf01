"""Layers of known rates come back from a walk; a boundary that is none adds nothing."""

import numpy as np
import pytest

from screening.errors import StageError
from screening.meso.analysis import conduction, excess, layered, layers_of
from screening.meso.counts import Slab, slab_of
from tests.layered import EDGE, FREE, STEP_FS, across, walk

A2_PS = 1e-4


def rates(near, far=0.5, planes=16):
    """Both boundaries, at the ends and in the middle, with rates of their own in the two planes beside them."""
    made = np.full(planes, far)
    made[[0, -1, planes // 2 - 1, planes // 2]] = near
    return made


def found(own, seed, n_ions=400, n_frames=3000, lags=(0.5, 2.5)):
    runs = [walk(np.random.default_rng(seed + k), own, n_ions, n_frames) for k in range(2)]
    return layered(runs, "Li", lags_ps=lags, width_A=EDGE)


@pytest.mark.slow
@pytest.mark.parametrize("near", [0.05, 0.95], ids=["slow layer", "fast layer"])
def test_a_walk_gives_its_profile_back(near):
    own = rates(near, far=0.5 if near < 0.5 else 0.095)
    result = found(own, 1)
    layers = layers_of(result)
    assert len(layers) == 4
    for layer, rate in zip(layers, own[:4], strict=True):
        assert layer.tracer_cm2_s == pytest.approx(FREE * rate * A2_PS, rel=0.1)
        assert layer.density_per_A3 == pytest.approx(400 / (6 * 6 * 16 * EDGE**3), rel=0.05)
    assert result.all.whole_cm2_s == pytest.approx(FREE * own.mean() * A2_PS, rel=0.05)
    # Across all layers, where mean squared displacements are far too high.
    assert result.all.across_cm2_s == pytest.approx(across(own) * A2_PS, rel=0.1)


@pytest.mark.slow
def test_a_boundary_that_is_none_adds_nothing():
    uniform = np.full(16, 0.5)
    fake, bulk = found(uniform, 11), found(uniform, 21)
    for layer in layers_of(fake):
        assert layer.tracer_cm2_s == pytest.approx(FREE * 0.5 * A2_PS, abs=3.5 * layer.tracer_error_cm2_s)
        assert layer.tracer_error_cm2_s < 0.1 * layer.tracer_cm2_s
    cell, crystal = (conduction(one, ["run"], 1.0, 600.0) for one in (fake, bulk))
    added = excess(cell, crystal)
    assert abs(added.conductance_S) < 3 * added.conductance_error_S
    assert abs(added.resistance_ohm_cm2) < 3 * added.resistance_error_ohm_cm2
    # An error of a few per cent of what the crystal itself has over half a period.
    assert added.resistance_error_ohm_cm2 < 0.1 * cell.period_A / 2 * 1e-5 / crystal.across_mS_cm


@pytest.mark.slow
def test_the_excess_of_a_slow_boundary_is_that_of_its_planes():
    own, uniform = rates(0.05), np.full(16, 0.5)
    cell, crystal = (conduction(found(r, s), ["run"], 1.0, 600.0) for r, s in ((own, 31), (uniform, 41)))
    added = excess(cell, crystal)
    # Two planes of a tenth of the rate at each boundary; G in the plane, R of bonds in series.
    sigma, half = crystal.in_plane_mS_cm, 32.0
    assert added.conductance_S == pytest.approx(half * 1e-11 * sigma * (own.mean() / 0.5 - 1), rel=0.15)
    assert added.resistance_ohm_cm2 == pytest.approx(
        half * 1e-5 / sigma * (across(uniform) / across(own) - 1), rel=0.15
    )


def test_layers_are_counted_from_the_nearest_boundary():
    folded = Slab(np.array([0, 0, 1.0]), 32.0, 100.0, 0.0, 8)
    assert folded.kinds.tolist() == [0, 1, 1, 0, 0, 1, 1, 0]
    apart = Slab(np.array([0, 0, 1.0]), 32.0, 100.0, 0.0, 8, folded=False)
    # The first boundary at 0 and 32, the second at 16.
    assert apart.kinds.tolist() == [0, 1, 3, 2, 2, 3, 1, 0]


def test_layers_in_a_tilted_cell():
    run = walk(np.random.default_rng(1), np.full(8, 0.5), 5, 50)
    tilted = run.cells + np.array([[0, 0, 0], [3.0, 0, 0], [5.0, 2.0, 0]])
    own = slab_of(type(run)(run.symbols, run.positions, tilted, STEP_FS), 0.0, 4.0)
    assert own.period_A == pytest.approx(8 * EDGE)
    assert own.area_A2 == pytest.approx((6 * EDGE) ** 2)
    assert own.normal == pytest.approx([0, 0, 1])
    assert own.layers == 8


def test_what_cannot_be_analysed_is_told():
    run = walk(np.random.default_rng(1), np.full(8, 0.5), 5, 50)
    with pytest.raises(StageError, match="less than four layers of 9"):
        slab_of(run, 0.0, 9.0)
    with pytest.raises(StageError, match="too short for a lag of 4 ps, of which it must hold ten"):
        layered([run], "Li", lags_ps=(0.5, 4.0), width_A=4.0)
    with pytest.raises(StageError, match="the short one must be a frame or more"):
        layered([run], "Li", lags_ps=(0.01, 0.4), width_A=4.0)
    with pytest.raises(StageError, match="no Na in the trajectory"):
        layered([run], "Na", lags_ps=(0.1, 0.4), width_A=4.0)
    still = walk(np.random.default_rng(1), np.full(8, 1e-9), 5, 50)
    cell = conduction(layered([still], "Li", lags_ps=(0.1, 0.4), width_A=4.0), ["run"], 1.0, 600.0)
    with pytest.raises(StageError, match="conduction across the cell with boundaries is not seen"):
        excess(cell, cell)
