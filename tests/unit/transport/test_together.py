"""D_sigma of media whose own is known exactly: intervals hold, bounds are bounds, also where D* says nothing."""

import numpy as np
import pytest

from benchmarks.coverage.cases import CASES, Case, lattice, trajectories
from screening.config.transport import TransportConfig
from screening.transport import analyse_temperature
from screening.transport.curves import collective_curves, tracer_curves
from screening.transport.diffusion import diffusivity
from screening.transport.displacement import displacements
from screening.transport.msd import lag_grid
from screening.transport.slowdown import find_window, together
from screening.transport.together import axes_of_motion

SETTINGS = TransportConfig(equilibration_fraction=0.0)
MEDIA = {case.name: case for case in CASES}


def analysed(case, length_ps, runs, seed):
    for trajectory, truth in trajectories(case, length_ps, runs, np.random.default_rng(seed)):
        yield (
            analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=600.0, settings=SETTINGS),
            truth.collective,
        )


def found_and_true(case, length_ps, runs, seed):
    """D_sigma, its error and the truth of each run, in A^2/ps."""
    for trajectory, truth in trajectories(case, length_ps, runs, np.random.default_rng(seed)):
        run = displacements(trajectory, "Li", lag_grid(trajectory.n_frames, SETTINGS.fit_end_fraction))
        tracer, collective = tracer_curves([run], [0], {}), collective_curves([run], [0], {})
        alone = find_window(tracer, SETTINGS)
        axes = axes_of_motion(tracer, alone)
        found = diffusivity(collective, together(collective, alone, axes, SETTINGS), 3, axes)
        yield found.value, found.error, truth.collective


@pytest.mark.slow
def test_intervals_hold_in_unlike_media_and_would_not_if_they_were_narrower():
    """150 runs of three media, so shares are known to 0.04; two thirds of the errors would hold half of the time."""
    rows = [
        row
        for seed, name in enumerate(("lattice gas, 1/2 filled", "bond disorder", "layers, 1/2 filled"))
        for row in found_and_true(MEDIA[name], 100.0, 50, seed)
    ]
    value, error, truth = np.array(rows).T
    off = np.abs(value - truth)
    assert 0.63 <= np.mean(off < error) <= 0.82
    assert np.mean(off < 2.0 * error) >= 0.93
    assert np.mean(off < error / 1.5) < 0.63


@pytest.mark.slow
def test_a_single_file_has_a_conductivity_and_no_tracer_diffusivity():
    """Ions that cannot pass each other: D* goes to zero, D_sigma does not. Its bound is not Nernst and Einstein's."""
    file = Case("single file", lattice((32, 2, 1), dimensions=1, rate=0.5), 44, exclusive=True, tracer=0.0)
    pairs = list(analysed(file, 200.0, 30, seed=5))
    for record, _ in pairs:
        assert "single file" in record.reason
        assert record.verdict == "upper_bound"
        assert record.tracer_diffusivity_cm2_s is None
        assert record.haven_ratio is None
    known = [(r, truth) for r, truth in pairs if r.collective_diffusivity_cm2_s is not None]
    bounded = [(r, truth) for r, truth in pairs if r.collective_diffusivity_cm2_s is None]
    assert len(known) >= 5
    assert len(bounded) >= 12
    for record, truth in known:
        off = abs(1e4 * record.collective_diffusivity_cm2_s - truth)
        assert off < 3e4 * record.collective_diffusivity_error_cm2_s
    for record, _ in bounded:
        assert "relative error above" in record.collective_reason
        ratio = record.conductivity_collective_upper_bound_mS_cm / record.collective_diffusivity_upper_bound_cm2_s
        same = record.conductivity_nernst_einstein_upper_bound_mS_cm / record.tracer_diffusivity_upper_bound_cm2_s
        assert ratio == pytest.approx(same)
    together = [1e4 * record.collective_diffusivity_upper_bound_cm2_s > truth for record, truth in bounded]
    alone = [1e4 * record.tracer_diffusivity_upper_bound_cm2_s > truth for record, truth in bounded]
    assert np.mean(together) >= 0.85
    assert np.mean(alone) == 0.0


def test_a_caged_crystal_has_a_bound_of_its_conductivity(rng):
    from tests.walks import caged, make, rattling_framework

    record = analyse_temperature(
        [make(caged(rng, 600, 20), framework=rattling_framework(rng, 600))],
        mobile="Li",
        charge=1.0,
        temperature_K=600.0,
        settings=SETTINGS,
    )
    assert record.verdict == "upper_bound"
    # Ions that move together carry more than each of them alone.
    assert record.collective_diffusivity_upper_bound_cm2_s > record.tracer_diffusivity_upper_bound_cm2_s


def test_layers_have_two_directions():
    (trajectory, _), *_ = trajectories(MEDIA["layers, 1/2 filled"], 100.0, 1, np.random.default_rng(0))
    run = displacements(trajectory, "Li", lag_grid(trajectory.n_frames, 0.5))
    tracer = tracer_curves([run], [0], {})
    assert axes_of_motion(tracer, find_window(tracer, SETTINGS)) == pytest.approx(2.0, abs=0.1)
