"""Two crystals: layers between boundaries that are not half a period apart, and what one interface adds to both."""

from dataclasses import replace

import numpy as np
import pytest

from screening.errors import StageError
from screening.meso.analysis import conduction, excess, layered, layers_of
from screening.meso.counts import Slab, slab_of
from screening.meso.media import bruggeman, maxwell_garnett, polycrystal, two_phases
from screening.meso.pellet import composites
from screening.meso.record import Excess, Layers
from tests.layered import EDGE, FREE, walk
from tests.voxels import conductivity, random_grains, walled_grains

A2_PS = 1e-4
#: Planes of two crystals; the lower one's at either end conduct worse.
LOWER = np.array([0.1, *[0.5] * 6, 0.1])
UPPER = np.full(4, 0.25)
SECOND_A = len(LOWER) * EDGE


def test_layers_of_two_crystals_are_told_apart():
    slab = Slab(np.array([0, 0, 1.0]), 48.0, 100.0, 0.0, 12, True, 32.0, 8)
    assert slab.widths_A == pytest.approx((4.0, 4.0))
    assert slab.kinds.tolist() == [0, 1, 2, 3, 3, 2, 1, 0, 4, 5, 5, 4]
    apart = replace(slab, folded=False)
    # The first boundary is below the lower crystal and above the upper one.
    assert apart.of_kind[apart.kinds[0]] == (0, 0, 0)
    assert apart.of_kind[apart.kinds[7]] == (0, 1, 0)
    assert apart.of_kind[apart.kinds[8]] == (1, 1, 0)
    assert apart.of_kind[apart.kinds[11]] == (1, 0, 0)


def test_a_slab_without_room_for_layers_is_refused():
    run = walk(np.random.default_rng(1), np.full(8, 0.5), 5, 50)
    with pytest.raises(StageError, match=r"30\.0 and 2\.0 Angstrom thick, and one has less than two layers of 4"):
        slab_of(run, 0.0, 4.0, second_A=30.0)
    with pytest.raises(StageError, match="give a height within the cell"):
        slab_of(run, 0.0, 4.0, second_A=33.0)
    wider = replace(run, cells=run.cells * [[1], [1], [1.1]])
    like = slab_of(run, 0.0, 4.0, second_A=12.0)
    assert slab_of(wider, 0.0, 4.0, like=like).second_A == pytest.approx(13.2)


@pytest.mark.slow
def test_an_interface_gives_its_profile_and_excess_back():
    rates = np.concatenate([LOWER, UPPER])
    runs = [walk(np.random.default_rng(k), rates, 400, 3000) for k in range(2)]
    found = layered(runs, "Li", lags_ps=(0.5, 2.5), width_A=EDGE, second_A=SECOND_A)
    layers = layers_of(found)
    assert [layer.crystal for layer in layers] == [0, 0, 0, 0, 1, 1]
    for layer, rate in zip(layers, [*LOWER[:4], *UPPER[:2]], strict=True):
        assert layer.tracer_cm2_s == pytest.approx(FREE * rate * A2_PS, rel=0.1)
    cell = conduction(found, ["run"], 1.0, 600.0)
    sigma = cell.in_plane_mS_cm / np.mean(rates)
    # Both crystals as exact as they are known, each twice in a cell of its own.
    lower, upper = (crystal(cell, sigma * rate, n) for rate, n in ((0.5, 8), (0.25, 4)))
    added = excess(cell, lower, upper)
    assert added.conductance_S == pytest.approx(EDGE * 1e-11 * sigma * (0.1 - 0.5), rel=0.15)
    # Bonds in series; at an interface without its own resistance a bond has half of either crystal's.
    bond = (1 / rates + 1 / np.roll(rates, -1)) / 2
    exact = (bond.sum() - 8 / 0.5 - 4 / 0.25) / 2 * EDGE * 1e-5 / sigma
    assert added.resistance_ohm_cm2 == pytest.approx(exact, rel=0.15)
    assert added.reason == ""


def crystal(cell, sigma, planes):
    return replace(
        cell, period_A=2 * planes * EDGE, in_plane_mS_cm=sigma, across_mS_cm=sigma, in_plane_error_mS_cm=0.0,
        across_error_mS_cm=0.0,
    )  # fmt: skip


def still(cell):
    return replace(cell, in_plane_mS_cm=0.0, across_mS_cm=0.0, across_error_mS_cm=1e-3)


@pytest.fixture(scope="module")
def cell():
    run = walk(np.random.default_rng(1), np.full(8, 0.5), 60, 300)
    return replace(
        conduction(layered([run], "Li", lags_ps=(0.2, 1.0), width_A=EDGE), ["run"], 1.0, 600.0),
        in_plane_mS_cm=4.0, across_mS_cm=4.0, in_plane_error_mS_cm=0.1, across_error_mS_cm=0.1,
    )  # fmt: skip


def test_crystals_that_are_one_give_what_a_grain_boundary_gives(cell):
    one = crystal(cell, 3.0, 8)
    half = replace(one, period_A=cell.period_A)
    alone, both = excess(cell, one), excess(cell, half, half)
    assert both.conductance_S == pytest.approx(alone.conductance_S)
    assert both.resistance_ohm_cm2 == pytest.approx(alone.resistance_ohm_cm2)


def test_an_insulator_beside_leaves_the_conductance(cell):
    added = excess(cell, crystal(cell, 4.0, 4), still(cell))
    assert added.conductance_S > 0
    assert added.resistance_ohm_cm2 is None
    assert "conduction across the crystal above is not seen" in added.reason
    with pytest.raises(StageError, match="conduction across the crystal is not seen"):
        excess(cell, still(cell))


def interface(cell, *, other=0.5, resistance=0.0, conductance=0.0, error=0.0):
    upper = replace(crystal(cell, other, 4), in_plane_error_mS_cm=error, across_error_mS_cm=error)
    return Layers(
        mobile="Li", charge=1.0, temperature_K=600.0, lags_ps=(2.0, 20.0), cell=cell, layers=(),
        crystal=crystal(cell, 4.0, 4), other_crystal=upper, notes=(),
        excess=Excess(conductance_S=conductance, conductance_error_S=error * 1e-9, resistance_ohm_cm2=resistance,
                      resistance_error_ohm_cm2=error * 0.01),
    )  # fmt: skip


def test_a_composite_ends_in_its_phases_and_has_an_interval(cell):
    pure, mixed, other = composites(interface(cell, error=0.05), [1.0], [0.0, 0.15, 1.0])
    assert pure.value_mS_cm == pytest.approx(4.0)
    assert other.value_mS_cm == pytest.approx(0.5)
    assert mixed.value_mS_cm == pytest.approx(bruggeman(0.5, 4.0, 0.15))
    assert mixed.low_mS_cm < mixed.value_mS_cm < mixed.high_mS_cm
    assert not mixed.near_percolation


@pytest.mark.parametrize(("other", "most"), [(4.0, 2), (1e-6, 1)])
def test_conduction_is_greatest_where_the_interface_is(cell, other, most):
    """Two poor conductors with a good interface: better than both, most at half of each; with an insulator before.

    Voxels of walled cubes say so too: with an insulator the most is at 0.4.
    """
    found = composites(interface(cell, other=other, conductance=5e-7), [0.5], [0.1, 0.3, 0.5, 0.9])
    values = [one.value_mS_cm for one in found]
    assert max(values) == values[most] > 4.0
    assert [one.near_percolation for one in found] == [False, True, True, False]
    assert found[2].high_mS_cm > 1.5 * found[2].low_mS_cm


def test_an_unknown_resistance_of_an_insulator_does_not_matter(cell):
    known, unknown = (
        composites(interface(cell, other=0.0, resistance=r), [1.0], [0.2])[0].value_mS_cm for r in (0.5, 0.0)
    )
    assert known == pytest.approx(unknown, rel=0.01)


@pytest.mark.parametrize("share", [0.02, 0.98])
def test_few_grains_of_either_phase_are_coated_spheres(share):
    """A wall of thickness t around spheres: R = t / sw, G = t sw are its excess where it is thin."""
    one, other, thin, wall, size = 1.0, 3.0, 1e-4, 40.0, 1.0
    inside, outside = (other, one) if share < 0.5 else (one, other)
    few = min(share, 1 - share)
    # The wall is taken from the grain.
    coated = maxwell_garnett(inside, wall, (1 - 2 * thin / size) ** 3)
    exact = maxwell_garnett(coated, outside, few)
    found = two_phases(one, other, thin * (1 / wall - 1 / inside), thin * (wall - inside), size, share)
    assert found.low * (1 - 1e-6) <= exact <= found.high
    assert found.value / outside - 1 == pytest.approx(exact / outside - 1, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("share", "wall"), [(0.12, 30.0), (0.3, 30.0), (0.5, 30.0), (0.88, 30.0), (0.5, 0.05)])
def test_voxels_of_two_phases_with_walls_lie_in_the_range(share, wall):
    rng = np.random.default_rng(5)
    cells, n = 5, 6
    taken = rng.permutation(np.arange(cells**3) < round(share * cells**3)).reshape((cells,) * 3)
    other = np.kron(taken, np.ones((n,) * 3)) > 0
    sigma = np.where(other, 0.1, 1.0)
    # The voxel of the other phase at each face between the two.
    faces = np.zeros(other.shape, dtype=bool)
    for axis in range(3):
        for way in (1, -1):
            faces |= other & ~np.roll(other, way, axis)
    sigma[faces] = wall
    found = two_phases(1.0, 0.1, 1 / wall - 1 / 0.1, wall - 0.1, n, float(other.mean()))
    exact = conductivity(sigma)
    assert found.low <= exact <= found.high
    if share < 0.2:
        assert exact == pytest.approx(found.value, rel=0.25)


@pytest.mark.parametrize(("share", "wall"), [(0.3, 1.0), (0.5, 1.0), (0.3, 10.0), (0.5, 0.3)])
def test_an_interface_that_conducts_better_than_an_insulator_is_no_miracle(share, wall):
    """R, far below 0, is of the poor phase: carried on the good one's grains the value was 30 times too high."""
    one, other, period = 1.0, 1e-3, 8
    sigma, taken = walled_grains(one, other, wall, share, period=period, grains=3, seed=2)
    found = two_phases(one, other, 1 / wall - (1 / one + 1 / other) / 2, wall - (one + other) / 2, period, taken)
    exact = conductivity(sigma)
    assert found.low <= exact <= 1.1 * found.high
    assert found.high < 4 * max(one, exact)
    assert found.value == pytest.approx(exact, rel=0.3)


@pytest.mark.parametrize(("other", "wall"), [(1.0, 0.02), (0.3, 0.01), (1.0, 30.0)])
def test_half_of_the_faces_carry_an_interface_where_half_of_the_grains_are_of_each_phase(other, wall):
    exact, value, size = [], 0.0, 8
    for seed in range(2):
        sigma, taken = walled_grains(1.0, other, wall, 0.5, period=size, grains=4, seed=seed)
        exact.append(conductivity(sigma))
        value = two_phases(1.0, other, 1 / wall - (1 + 1 / other) / 2, wall - (1 + other) / 2, size, taken).value
    assert value == pytest.approx(np.mean(exact), rel=0.35)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.28, 0.4])
def test_grains_that_touch_at_random_lie_in_the_range(share):
    """A fifth of good grains that fill space already touch: 1.5 times Bruggeman's value, of another threshold."""
    exact = []
    for seed in range(2):
        good = random_grains(20, 64, share, seed)
        found = two_phases(1.0, 100.0, 0.0, 0.0, 1.0, float(good.mean()))
        exact.append(conductivity(np.where(good, 100.0, 1.0)))
        assert found.low <= exact[-1] <= found.high
    assert found.near_percolation == (share > 0.145)


@pytest.mark.parametrize(
    ("other", "resistance", "conductance"), [(0.1, 0.0, 30.0), (1e-4, 0.0, 3.0), (0.5, 20.0, -0.2)]
)
def test_the_range_does_not_jump_with_the_share(other, resistance, conductance):
    shares = np.linspace(0.0, 1.0, 2001)
    found = [two_phases(1.0, other, resistance, conductance, 1.0, float(share)) for share in shares]
    ends = np.array([(one.low, one.value, one.high) for one in found])
    assert (ends[:, 0] <= ends[:, 1]).all()
    assert (ends[:, 1] <= ends[:, 2]).all()
    assert np.abs(np.diff(ends, axis=0)).max() < 0.03 * ends.max()
    assert ends[0] == pytest.approx(1.0)
    assert ends[-1] == pytest.approx(other)


def test_the_range_holds_what_the_formula_is_off_by_where_interfaces_matter():
    found = two_phases(1.0, 1.0, 5.0, 0.0, 1.0, 0.5)
    assert found.value / found.low > 1.1
    assert found.high / found.value == pytest.approx(1.1, rel=0.01)
    assert two_phases(1.0, 1.0, 5.0, 0.0, 1.0, 0.0).high == pytest.approx(1.0)
    assert two_phases(1.0, 1.0, 0.0, 0.0, 1.0, 0.5).high == pytest.approx(1.0)


def test_the_interval_of_a_composite_holds_its_bounds_everywhere(cell):
    for share in (0.05, 0.1, 0.2, 0.5, 0.95):
        (one,) = composites(interface(cell, other=0.05), [1e6], [share])
        bounds = two_phases(4.0, 0.05, 0.0, 0.0, 1.0, share)
        assert (one.low_mS_cm, one.high_mS_cm) == pytest.approx((bounds.low, bounds.high), rel=0.01)


def unknown(cell, *, lower=4.0, other=0.5, error=0.01):
    """An interface that nothing is seen to cross."""
    blocked = replace(cell, across_mS_cm=0.001, across_error_mS_cm=0.01)
    below = replace(crystal(cell, lower, 4), across_error_mS_cm=error, in_plane_error_mS_cm=error)
    above = replace(crystal(cell, other, 4), across_error_mS_cm=error, in_plane_error_mS_cm=error)
    found = interface(cell)
    return replace(found, cell=blocked, crystal=below, other_crystal=above, excess=excess(blocked, below, above))


def test_an_interface_that_blocks_all_is_not_taken_for_one_without_resistance(cell):
    """Nothing crosses it, and both crystals conduct: R is large and unknown. It was taken as 0."""
    with pytest.raises(StageError, match=r"needs R, not known at 600 K: conduction across the cell .* run longer"):
        composites(unknown(cell), [0.1], [0.3])
    # Not seen to conduct is not the same as seen not to.
    with pytest.raises(StageError, match="needs R"):
        composites(unknown(cell, other=0.5, error=0.4), [0.1], [0.3])
    (one,) = composites(unknown(cell, other=0.0), [0.1], [0.1])
    assert one.value_mS_cm == pytest.approx(4.0 * 0.85, rel=0.1)
    # Over a crystal that does not conduct there is nothing to be named.
    assert composites(unknown(cell, lower=0.0), [0.1], [0.1])[0].over_crystal is None


@pytest.mark.parametrize(
    ("size", "share", "message"),
    [
        (0.0, 0.1, "a grain of 0 um is none"),
        (-1.0, 0.1, "a grain of -1 um is none"),
        (float("nan"), 0.1, "a grain of nan um is none"),
        (1.0, 30.0, r"a share of 30 of the volume is none: give it from 0 to 1"),
        (1.0, -0.1, "a share of -0.1"),
        (1.0, float("nan"), "a share of nan"),
    ],
)
def test_sizes_and_shares_that_are_none_are_refused(cell, size, share, message):
    with pytest.raises(StageError, match=message):
        composites(interface(cell), [size], [share])


def test_what_is_no_number_is_refused(cell):
    found = interface(cell)
    with pytest.raises(StageError, match="is no number"):
        composites(replace(found, cell=replace(cell, in_plane_error_mS_cm=float("inf"))), [1.0], [0.1])


@pytest.mark.parametrize("across", [1.0, 0.1, 0.0])
def test_grains_of_all_orientations_fill_the_medium_that_they_are_in(across):
    """The dipoles that grains of each direction make in the whole cancel: what defines the medium."""
    whole = polycrystal(1.0, across)
    balance = 2 * (1.0 - whole) / (1.0 + 2 * whole) + (across - whole) / (across + 2 * whole)
    assert balance == pytest.approx(0.0, abs=1e-12)
    assert polycrystal(-0.1, -0.2) == 0.0
