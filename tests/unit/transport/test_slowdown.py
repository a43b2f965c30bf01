"""D at long times where cages are wide: curves whose slope is known, walker by walker."""

import numpy as np
import pytest

from screening.config.transport import TransportConfig
from screening.transport.curves import Curves
from screening.transport.diffusion import diffusivity
from screening.transport.msd import lag_grid
from screening.transport.slowdown import find_window

PLATEAU_A2, N_IONS, N_FRAMES, INTERVAL_PS = 8.0, 24, 2000, 0.1


def curves(slopes, cage_ps):
    """Of ions that cross their cages in `cage_ps` and leave them at `slopes` in Angstrom^2/ps, one each."""
    lags = lag_grid(N_FRAMES, 0.5)
    time = lags * INTERVAL_PS
    msd = PLATEAU_A2 * -np.expm1(-time / cage_ps) + np.outer(slopes, time)
    walkers = np.zeros((len(msd), 6, len(lags)))
    walkers[:, :3] = msd[:, None] / 3.0
    return Curves((walkers,), (N_FRAMES,), lags, INTERVAL_PS, (0,))


@pytest.mark.parametrize("ratio", [30.0, 150.0, 600.0])
def test_cages_however_fast_do_not_set_a_least_diffusivity(ratio):
    """In the cold ions cross cages hundreds of times for each jump. D was at least a hundredth of its first value."""
    cage_ps = 0.5
    slope = PLATEAU_A2 / cage_ps / (ratio - 1.0)
    found = find_window(curves(np.full(N_IONS, slope), cage_ps), TransportConfig())
    assert found is not None
    assert found.low < slope < found.high
    assert found.median == pytest.approx(slope, rel=0.1)


def test_the_error_is_not_below_that_of_the_number_of_jumps():
    """A jump is in all late lags at once: ions that jump 0 to 8 times each, 93 times together."""
    jumps = np.array([4, 2, 5, 3, 6, 1, 4, 3, 7, 2, 4, 5, 0, 8, 3, 4, 6, 2, 3, 5, 4, 1, 6, 5])
    slopes = jumps * 49.0 / (N_FRAMES * INTERVAL_PS)
    made = curves(slopes, 0.2)
    found = find_window(made, TransportConfig())
    assert found is not None
    estimate = diffusivity(made, found, 3)
    counted = jumps.std(ddof=1) / np.sqrt(N_IONS) / jumps.mean()
    assert counted == pytest.approx(0.10, abs=0.01)
    assert estimate.value == pytest.approx(slopes.mean() / 6.0, rel=0.1)
    assert 0.95 * counted < estimate.error / estimate.value < 2.0 * counted
