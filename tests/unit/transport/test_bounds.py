"""Upper bounds of a D that few walkers give."""

import numpy as np
import pytest

from screening.transport.verdict import proportional_error_bound


@pytest.mark.parametrize("degrees", [3, 6, 20])
def test_a_bound_of_19_in_20_holds_in_19_of_20(rng, degrees):
    """Mean squares of normal numbers around 1, each with the error that its own size gives it."""
    values = rng.chisquare(degrees, 20000) / degrees
    errors = np.sqrt(2 / degrees) * values
    bounds = [proportional_error_bound(v, e, 0.95) for v, e in zip(values, errors, strict=True)]
    assert np.mean(np.array(bounds) > 1) == pytest.approx(0.95, abs=0.006)
    assert np.mean(values + 1.645 * errors > 1) < 0.92


def test_many_walkers_make_it_the_normal_bound():
    assert proportional_error_bound(1.0, 0.02, 0.95) == pytest.approx(1 + 1.645 * 0.02, abs=1e-3)
    assert proportional_error_bound(-0.1, 0.2, 0.95) == 0.0
