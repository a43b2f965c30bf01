"""Exact walks in channels, layers and the whole crystal, straight and tilted: tensor and density decide together."""

import numpy as np
import pytest

from screening.config.transport import TransportConfig
from screening.trajectories.trajectory import Trajectory
from screening.transport import analyse_temperature
from screening.transport.combination import Estimate
from screening.transport.dimensionality import decide, density_axes, tensor_probabilities
from screening.transport.percolation import Percolation
from tests.lattice import EDGE, lone_walkers
from tests.walks import caged, make, rattling_framework

CUBIC = np.eye(3) * 10.0
TRICLINIC = np.array([[9.0, 0.0, 0.0], [2.5, 8.5, 0.0], [-1.5, 2.0, 10.0]])


def channel_walk(rng, cell, directions, n_frames=3000, n_ions=24, step=0.6, vibration=0.25):
    """Ions on the line, plane or space spanned by lattice directions through the origin, with a small vibration.

    Their D along each spanned orthogonal axis is step^2 / (2 dt).
    """
    span = np.linalg.qr((np.array(directions) @ cell).T)[0].T
    walk = np.cumsum(rng.normal(scale=step, size=(n_frames, n_ions, len(span))), axis=0) @ span
    walk += rng.normal(scale=vibration, size=walk.shape)
    return Trajectory(("Li",) * n_ions, walk, cell, 100.0), span


def analyse(trajectories, **kw):
    return analyse_temperature(
        trajectories, mobile="Li", charge=1.0, temperature_K=600.0, settings=TransportConfig(), **kw
    )


@pytest.mark.parametrize("cell", [CUBIC, TRICLINIC], ids=["cubic", "triclinic"])
@pytest.mark.parametrize(
    ("directions", "names"),
    [
        ([(0, 0, 1)], {"c"}),
        ([(1, 1, 0)], {"a+b"}),
        ([(1, -1, 1)], {"a-b+c"}),
        ([(1, 0, 0), (0, 1, 0)], {"a", "b", "a+b", "a-b"}),
        ([(1, 1, 0), (0, 0, 1)], {"c", "a+b", "a+b+c", "a+b-c"}),
        ([(1, 0, 0), (0, 1, 0), (0, 0, 1)], None),
    ],
)
def test_channels_layers_and_the_whole(rng, cell, directions, names):
    trajectory, span = channel_walk(rng, cell, directions)
    record = analyse([trajectory])
    assert record.verdict == "resolved", record.reason
    assert record.dimensionality == record.dimensionality_from_tensor == len(directions)
    (density,) = record.percolation
    assert density.dimensionality == len(directions)
    assert len(density.directions) == 13 if names is None else set(density.directions) == names
    assert record.dimensionality_confidence > 0.95
    assert sum(record.dimensionality_probabilities) == pytest.approx(1.0)
    # The tensor's moving axes lie in the plane or line that the density percolates along.
    moving = np.array(record.principal_axes)[3 - len(directions) :]
    np.testing.assert_allclose(np.linalg.norm(moving @ span.T, axis=1), 1.0, atol=0.01)
    np.testing.assert_allclose(record.eigenvalues_cm2_s[3 - len(directions) :], 0.6**2 / 0.2 * 1e-4, rtol=0.2, atol=0)


def test_closed_cages_are_zero_dimensional(rng):
    record = analyse([make(caged(rng, 1500, 64, radius=1.0), framework=rattling_framework(rng, 1500))])
    assert record.verdict == "upper_bound"
    assert record.dimensionality == 0
    assert record.dimensionality_from_tensor is None
    assert record.percolation[0].dimensionality == 0
    assert record.dimensionality_confidence > 0.95


def test_caged_crystal_whose_cages_touch_is_less_certain(reference):
    """Ab initio MD: no ion leaves, yet the shells of neighbouring cages come within the density's smearing."""
    record = analyse([reference("0p")])
    assert record.dimensionality == 0
    assert record.percolation[0].dimensionality == 3
    assert 0.6 < record.dimensionality_confidence < 0.9
    open_one = analyse([reference("50p")])
    assert open_one.dimensionality == 3
    assert open_one.dimensionality_confidence > 0.99


def test_jumps_faster_than_the_frames_leave_the_tensor_alone(rng):
    """Ions seen on lattice points only: their density connects nowhere and says nothing."""
    record = analyse([lone_walkers(rng, "sc", 5, 60, 3000, 0.3, axes=2)[0]])
    assert EDGE > 3.0
    assert record.percolation[0].dimensionality == 0
    assert record.dimensionality == 2
    assert record.dimensionality_confidence == pytest.approx(
        tensor_probabilities(
            [
                Estimate(v, e, e, None, None, None)
                for v, e in zip(record.eigenvalues_cm2_s, record.eigenvalue_errors_cm2_s, strict=True)
            ],
            0.1,
        )[2]
    )


def test_density_decides_where_the_tensor_cannot():
    """An eigenvalue at the threshold: an even chance until the density is asked."""
    tensor = tensor_probabilities([known(0.1, 0.02), known(1.0, 0.01), known(1.0, 0.01)], 0.1)
    assert tensor[2] == pytest.approx(0.5)
    assert decide(tensor, [2], ions_moved=True).axes == 2
    assert decide(tensor, [3], ions_moved=True).axes == 3
    assert decide(tensor, [2], ions_moved=True).confidence == pytest.approx(0.85 / 0.9)
    # Orderings that disagree leave it open.
    assert decide(tensor, [2, 3], ions_moved=True).confidence == pytest.approx(0.5)
    # A clear tensor is not overruled, only weakened.
    clear = tensor_probabilities([known(0.5, 0.05), known(1.0, 0.05), known(1.0, 0.05)], 0.1)
    against = decide(clear, [2], ions_moved=True)
    assert against.axes == 3
    assert against.confidence < 1.0


def known(value, error):
    return Estimate(value, error, error, None, None, None)


def test_tensor_probabilities_against_random_draws(rng):
    eigenvalues = [known(0.05, 0.1), known(0.3, 0.2), known(1.0, 0.3)]
    draws = np.array([0.05, 0.3, 1.0]) + rng.normal(size=(200_000, 3)) * np.array([0.1, 0.2, 0.3])
    # The largest is positive in all but 0.04 % of them.
    counts = 1 + (draws[:, :2] > 0.1 * draws[:, 2:]).sum(axis=1)
    expected = np.bincount(counts, minlength=4) / len(draws)
    # Both compare with the same largest one, which the product neglects.
    np.testing.assert_allclose(tensor_probabilities(eigenvalues, 0.1), expected, atol=0.01)


def test_nothing_moves_in_a_tensor_of_noise():
    assert tensor_probabilities([known(-0.5, 1.0), known(-0.2, 1.0), known(0.0, 1.0)], 0.1)[0] == pytest.approx(0.5)


def test_density_axes_count_barriers_within_kT_ln_10():
    nothing = ([], [], [])
    # kT ln 10 at 600 K is 0.119 eV.
    assert density_axes(Percolation((1.0, 0.5, 0.1), (0.10, 0.21, 0.23), nothing), 600.0, 0.1) == 2
    assert density_axes(Percolation((1.0, 0.5, None), (0.10, 0.10, None), nothing), 600.0, 0.1) == 2
    assert density_axes(Percolation((None, None, None), (None, None, None), nothing), 600.0, 0.1) == 0


def test_each_ordering_has_its_own_density(rng):
    along = channel_walk(rng, CUBIC, [(1, 0, 0)])[0]
    across = channel_walk(rng, CUBIC, [(0, 1, 0)])[0]
    record = analyse([along, across], orderings=[4, 7])
    assert [d.ordering for d in record.percolation] == [4, 7]
    assert [d.directions for d in record.percolation] == [("a",), ("b",)]
    # Together they move along two axes, though each ordering has one: the record shows both.
    assert record.dimensionality_from_tensor == 2
