"""The covariance of a random walk's MSD, exact and as sampled."""

import numpy as np
import pytest

from screening.errors import StageError
from screening.transport.covariance import gls_weights, random_walk_covariance
from screening.transport.msd import tensor_msd


@pytest.mark.parametrize(("n_frames", "lags"), [(30, [1, 2, 3, 10, 15, 20, 29]), (61, [1, 5, 30, 45, 60])])
def test_closed_form_equals_the_double_sum_over_origins(n_frames, lags):
    expected = np.empty((len(lags), len(lags)))
    for i, n in enumerate(lags):
        for j, m in enumerate(lags):
            k, other = np.arange(n_frames - n)[:, None], np.arange(n_frames - m)[None]
            overlap = np.clip(np.minimum(k + n, other + m) - np.maximum(k, other), 0, None).astype(float)
            expected[i, j] = 2 * (overlap**2).sum() / (overlap.shape[0] * overlap.shape[1])
    np.testing.assert_allclose(random_walk_covariance(np.array(lags), n_frames), expected, rtol=1e-12, atol=0)


def test_closed_form_equals_sampled_walks(rng):
    lags = np.array([1, 4, 20, 40])
    walks = np.cumsum(rng.normal(size=(80, 20000, 3)), axis=0)
    sampled = np.cov(tensor_msd(walks, lags)[:, 0].T)
    np.testing.assert_allclose(random_walk_covariance(lags, 80), sampled, rtol=0.06, atol=0)


def test_gls_recovers_a_line_exactly_and_refuses_too_few_points():
    lags = np.arange(1, 20)
    covariance = random_walk_covariance(lags, 100)
    basis = np.stack([np.ones(19), lags], axis=1).astype(float)
    weights, _ = gls_weights(basis, covariance)
    np.testing.assert_allclose(weights @ (3.0 + 0.5 * lags), [3.0, 0.5], rtol=1e-8)
    with pytest.raises(StageError, match="cannot determine"):
        gls_weights(basis[:1], covariance[:1, :1])
    with pytest.raises(StageError, match="singular"):
        gls_weights(basis, np.zeros((19, 19)))
