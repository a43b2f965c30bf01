"""Ions that cannot pass each other in channels, beside ions that can."""

import numpy as np
import pytest

from benchmarks.coverage.cases import Case, trajectories
from benchmarks.coverage.media import lattice
from screening.config.transport import TransportConfig
from screening.transport import analyse_temperature
from screening.transport.curves import tracer_curves
from screening.transport.displacement import displacements
from screening.transport.msd import lag_grid
from screening.transport.single_file import channel_axis, order_in_channels

CHANNELS = lattice((16, 2, 2), dimensions=1, rate=0.2)
SETTINGS = TransportConfig(equilibration_fraction=0.0)


def walk(graph, n_ions, *, exclusive):
    """100 ps."""
    case = Case("channels", graph, n_ions, exclusive=exclusive, tracer=0.0 if exclusive else None)
    ((trajectory, _),) = trajectories(case, 100.0, 1, np.random.default_rng(1))
    return trajectory


def order(trajectory):
    """None where ions move along more than one axis."""
    lags = lag_grid(trajectory.n_frames, SETTINGS.fit_end_fraction)
    tracer = tracer_curves([displacements(trajectory, "Li", lags)], [0], {})
    axis = channel_axis(tracer, SETTINGS.dimensionality_threshold)
    return None if axis is None else order_in_channels([trajectory], "Li", tracer, axis, SETTINGS)


def test_ions_that_exclude_each_other_keep_their_order():
    found = order(walk(CHANNELS, 32, exclusive=True))
    assert (found.pairs, found.passed) == (32, 0)
    assert found.expected > 10
    assert found.kept


def test_ions_that_do_not_see_each_other_pass_as_often_as_expected():
    found = order(walk(CHANNELS, 32, exclusive=False))
    assert found.passed == pytest.approx(found.expected, rel=0.3)
    assert not found.kept


def test_an_ion_alone_in_its_channel_has_no_order_to_keep():
    found = order(walk(CHANNELS, 3, exclusive=True))
    assert found.pairs <= 2
    assert not found.kept


def test_ions_that_hardly_moved_say_nothing_of_their_order():
    found = order(walk(lattice((16, 2, 2), dimensions=1, rate=0.0005), 32, exclusive=True))
    assert found is None or not found.kept


@pytest.mark.parametrize("dimensions", [2, 3])
def test_layers_and_crystals_have_no_channels(dimensions):
    assert order(walk(lattice((4, 4, 4), dimensions=dimensions, rate=0.1), 16, exclusive=True)) is None


def test_a_skewed_cell_and_another_axis_change_nothing():
    """The same walk with x and z exchanged, in a cell that is sheared along the channels."""
    walked = walk(CHANNELS, 32, exclusive=True)
    flipped = type(walked)(
        walked.symbols,
        np.ascontiguousarray(walked.positions[:, :, ::-1]),
        np.array([[6.0, 0.0, 12.0], [0.0, 6.0, 0.0], [0.0, 0.0, 48.0]]),
        walked.frame_interval_fs,
    )
    assert order(flipped).kept
    assert order(flipped).pairs == 32


def test_a_single_file_that_looks_diffusive_is_not_resolved():
    """In this run the MSD grows as t^0.65 or faster, because the short ring moves as one."""
    record = analyse_temperature(
        [walk(CHANNELS, 32, exclusive=True)], mobile="Li", charge=1.0, temperature_K=600.0, settings=SETTINGS
    )
    assert record.verdict == "upper_bound"
    assert "single file" in record.reason
    assert record.tracer_diffusivity_upper_bound_cm2_s > 0.0


def test_channels_whose_ions_pass_are_resolved():
    record = analyse_temperature(
        [walk(CHANNELS, 32, exclusive=False)], mobile="Li", charge=1.0, temperature_K=600.0, settings=SETTINGS
    )
    assert record.verdict == "resolved"
    assert record.dimensionality == 1
