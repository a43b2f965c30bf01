"""Displacements against brute force, and frames of reference."""

import numpy as np
import pytest

from screening.errors import StageError
from screening.trajectories.frames import framework_drift, in_mean_cell, unwrap
from screening.transport.displacement import displacements
from screening.transport.msd import COMPONENTS, lag_grid, mean_squared_displacement, tensor_msd
from tests.walks import brownian, make, rattling_framework


def brute_force(paths, lags):
    result = np.empty((paths.shape[1], 6, len(lags)))
    for j, lag in enumerate(lags):
        d = (paths[lag:] - paths[:-lag]).astype(np.float64)
        for c, (a, b) in enumerate(COMPONENTS):
            result[:, c, j] = (d[:, :, a] * d[:, :, b]).mean(axis=0)
    return result


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fft_equals_brute_force_far_from_the_origin(rng, dtype):
    paths = (brownian(rng, 157, 5, (0.1, 0.5, 2.0)) + 300.0).astype(dtype)
    lags = np.array([1, 2, 7, 50, 100, 156])
    expected = brute_force(paths, lags)
    np.testing.assert_allclose(tensor_msd(paths, lags), expected, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(
        mean_squared_displacement(paths, lags), expected[:, :3].sum(axis=1).mean(axis=0), rtol=1e-8, atol=0
    )


def test_lag_outside_the_run_is_an_error(rng):
    with pytest.raises(StageError, match="do not fit a run of 10 frames"):
        tensor_msd(brownian(rng, 10, 2), np.array([1, 10]))


def test_collective_is_per_ion_and_exact(rng):
    trajectory = make(brownian(rng, 200, 7))
    lags = np.array([1, 5, 60])
    run = displacements(trajectory, "Li", lags)
    expected = brute_force(trajectory.positions.sum(axis=1)[:, None], lags)[0] / 7
    np.testing.assert_allclose(run.collective, expected, rtol=1e-9, atol=1e-9)


def test_ions_that_move_together_have_n_times_the_collective_msd(rng):
    one = brownian(rng, 300, 1)
    together = np.repeat(one, 9, axis=1) + rng.uniform(0, 20, size=(1, 9, 3))
    run = displacements(make(together), "Li", np.array([1, 10, 100]))
    np.testing.assert_allclose(run.collective, 9 * run.tracer.mean(axis=0), rtol=1e-9, atol=1e-9)


def test_drift_of_the_framework_is_removed_and_weighted_by_mass(rng):
    ions, framework = brownian(rng, 300, 6), rattling_framework(rng, 300, 0.0)
    still = displacements(make(ions, framework=framework), "Li", np.array([1, 50]))
    drift = np.cumsum(np.full((300, 1, 3), 0.05), axis=0)
    moving = displacements(make(ions + drift, framework=framework + drift), "Li", np.array([1, 50]))
    np.testing.assert_allclose(moving.tracer, still.tracer, rtol=1e-7, atol=1e-7)
    assert moving.framework["O"].max() < 1e-12
    assert moving.drift_removed

    two = np.zeros((2, 2, 3))
    two[1, 0, 0], two[1, 1, 0] = 1.0, 0.0
    path = framework_drift(two, ("H", "O"), np.array([], dtype=int))
    np.testing.assert_allclose(path[1], [1.008 / (1.008 + 15.999), 0, 0], rtol=1e-3)


def test_drift_of_positions_that_are_whole_numbers():
    steps = np.zeros((3, 2, 3), dtype=int)
    steps[1:, 1, 2] = 1
    path = framework_drift(np.cumsum(steps, axis=0), ("Li", "O"), np.array([0]))
    np.testing.assert_allclose(path[:, 2], [0, 1, 2], rtol=1e-6)


def test_without_framework_nothing_is_removed(rng):
    ions = brownian(rng, 100, 3)
    run = displacements(make(ions), "Li", np.array([1, 20]))
    assert not run.drift_removed
    assert run.framework == {}
    np.testing.assert_allclose(run.tracer, tensor_msd(ions, np.array([1, 20])), rtol=1e-9, atol=1e-9)


def test_input_positions_are_not_changed(rng):
    trajectory = make(brownian(rng, 100, 3), framework=rattling_framework(rng, 100))
    before = trajectory.positions.copy()
    displacements(trajectory, "Li", np.array([1, 20]))
    np.testing.assert_array_equal(trajectory.positions, before)


TRICLINIC = np.array([[6.0, 0.0, 0.0], [2.5, 5.5, 0.0], [-1.5, 2.0, 7.0]])


def test_unwrapping_at_fixed_volume_in_a_triclinic_cell(rng):
    path = rng.uniform(0, 5, size=(1, 20, 3)) + np.cumsum(rng.normal(scale=0.4, size=(400, 20, 3)), axis=0)
    fractional = path @ np.linalg.inv(TRICLINIC)
    again = unwrap(fractional % 1.0, TRICLINIC)
    np.testing.assert_allclose(again - again[0], path - path[0], rtol=0, atol=1e-9)


def test_unwrapping_under_a_barostat_adds_no_diffusion(rng):
    """Atoms at rest in fractional coordinates, far from the origin, while the cell breathes by 2 %."""
    n_frames = 500
    scale = 1.0 + 0.02 * rng.normal(size=(n_frames, 1, 1))
    cells = TRICLINIC * scale
    steps = rng.normal(scale=0.02, size=(n_frames, 15, 3))
    fractional = rng.uniform(size=(1, 15, 3)) + np.cumsum(steps, axis=0)
    expected = fractional @ cells.mean(axis=0)
    again = unwrap(fractional % 1.0, cells)
    np.testing.assert_allclose(again - again[0], expected - expected[0], rtol=0, atol=1e-9)

    far = fractional * 0 + fractional[:1] + 40.0
    trajectory = make(far @ cells, cells=cells)
    assert np.ptp(trajectory.positions, axis=0).max() > 1.0
    np.testing.assert_allclose(np.ptp(in_mean_cell(trajectory), axis=0), 0.0, atol=1e-9)


@pytest.mark.parametrize("cells", [np.eye(4), np.zeros((3, 3)), np.eye(3)[None]])
def test_wrong_cells_are_refused(cells):
    with pytest.raises(StageError):
        unwrap(np.zeros((5, 2, 3)), cells)


def test_damaged_positions_are_refused(rng):
    ions = brownian(rng, 50, 3)
    ions[20, 1, 2] = np.nan
    with pytest.raises(StageError, match="not finite"):
        displacements(make(ions), "Li", np.array([1, 5]))


def test_production_leaves_out_the_start(rng):
    trajectory = make(brownian(rng, 200, 3))
    kept = trajectory.production(0.25)
    assert kept.n_frames == 150
    np.testing.assert_array_equal(kept.positions[0], trajectory.positions[50])


def test_lag_grid_is_rising_and_inside():
    lags = lag_grid(700, 0.5)
    assert lags[0] == 1
    assert lags[-1] == 350
    assert np.all(np.diff(lags) > 0)
    assert len(lags) <= 200


@pytest.mark.parametrize("name", ["0p", "50p"])
def test_curves_published_with_the_ab_initio_trajectories(reference, reference_curves, name):
    """Theirs refer to the plain mean of the framework's atoms, ours to its centre of mass.

    In their frame both curves are equal to their five digits. In ours the tracer's is to 1e-4; the collective one
    differs by the framework's optical vibrations, a bounded part that is 2.5 % of a caged crystal's collective MSD.
    """
    trajectory = reference(name)
    lag_ps, tracer, collective = reference_curves(name)
    lags = np.round(lag_ps * 1000 / trajectory.frame_interval_fs).astype(int)
    ions = trajectory.indices("Li")
    framework = np.setdiff1d(np.arange(len(trajectory.symbols)), ions)
    moved = trajectory.positions[:, ions] - trajectory.positions[:, framework].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(mean_squared_displacement(moved, lags), tracer, rtol=0, atol=1e-5)
    together = tensor_msd(moved.sum(axis=1, keepdims=True), lags)[0, :3].sum(axis=0) / len(ions)
    np.testing.assert_allclose(together, collective, rtol=0, atol=1e-5)
    run = displacements(trajectory, "Li", lags)
    np.testing.assert_allclose(run.tracer[:, :3].sum(axis=1).mean(axis=0), tracer, rtol=1.2e-4, atol=0)
    np.testing.assert_allclose(
        run.collective[:3].sum(axis=0), collective, rtol=0.026 if name == "0p" else 0.003, atol=0
    )
