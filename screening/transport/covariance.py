"""Covariance of the mean squared displacement of a random walk, and the straight line fitted with it.

Points of an MSD curve share most of their data, so an ordinary fit's error is far too small. McCluskey, Coles,
Morgan, J. Chem. Theory Comput. 21, 79 (2025) fit by generalised least squares with a model covariance from the
number of independent displacements at each lag. For a walk with independent steps that covariance is known
exactly, overlapping time origins included (Qian, Sheetz, Elson, Biophys. J. 60, 910 (1991)); this is it.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from screening.errors import StageError

Floats = NDArray[np.float64]


def random_walk_covariance(lags: NDArray[np.intp], n_frames: int) -> Floats:
    """Covariance of the time-averaged MSD of one walker in one dimension, per (2 D dt)^2.

    cov(n, m) = 2 / (K_n K_m) sum_{k, l} overlap(k, n; l, m)^2, where K_n = n_frames - n time origins and overlap
    counts the steps that the displacements over [k, k + n) and [l, l + m) share. The sum over pairs at the offset
    o = l - k is overlap(o)^2 pairs(o), piecewise cubic, and is summed exactly by Euler-Maclaurin.

    Args:
        lags: In frames, rising, (n_lags,).
        n_frames: Frames in the run.

    Returns:
        (n_lags, n_lags), symmetric, dimensionless.
    """
    short = np.minimum.outer(lags, lags).astype(np.float64)
    long = np.maximum.outer(lags, lags).astype(np.float64)
    origins_short = n_frames - 1.0 - short
    origins_long = n_frames - 1.0 - long

    def overlap(offset: Floats) -> Floats:
        # The short displacement starts at 0, the long one at `offset`.
        result: Floats = np.minimum(short, offset + long) - np.maximum(0.0, offset)
        return np.maximum(result, 0.0)

    def pairs(offset: Floats) -> Floats:
        # One more than the length of the interval: integer positions, ends included.
        result: Floats = np.minimum(origins_short, origins_long - offset) - np.maximum(0.0, -offset) + 1.0
        return np.maximum(result, 0.0)

    # `pairs` reaches zero one step beyond the last offset with a pair.
    first = np.maximum(-long, -(origins_short + 1.0))
    last = np.minimum(short, origins_long + 1.0)
    knots = np.sort(
        np.stack([np.clip(k, first, last) for k in (first, short - long, np.zeros_like(short), last)]), axis=0
    )
    total = np.zeros_like(short)
    for a, b in pairwise(knots):
        length = b - a
        p, q, r, s = overlap(a), overlap(b), pairs(a), pairs(b)
        middle = 0.25 * (p + q) ** 2 * 0.5 * (r + s)
        inverse = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
        slope_a = (2.0 * p * (q - p) * r + p * p * (s - r)) * inverse
        slope_b = (2.0 * q * (q - p) * s + q * q * (s - r)) * inverse
        total += length / 6.0 * (p * p * r + 4.0 * middle + q * q * s) + (slope_b - slope_a) / 12.0
    result: Floats = 2.0 * total / ((origins_short + 1.0) * (origins_long + 1.0))
    return result


def gls_weights(basis: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """The linear map from data to the generalised-least-squares coefficients, and their covariance.

    Args:
        basis: Columns are the functions fitted, (n_points, n_coefficients).
        covariance: Of the points, (n_points, n_points); its scale does not change the map.

    Returns:
        (n_coefficients, n_points) and (n_coefficients, n_coefficients).

    Raises:
        StageError: the covariance is not positive definite, or fewer points than coefficients.
    """
    if len(basis) < basis.shape[1]:
        raise StageError(f"{len(basis)} points cannot determine {basis.shape[1]} coefficients")
    try:
        solved = cho_solve(cho_factor(covariance), basis)
        normal = basis.T @ solved
        inverse: Floats = np.linalg.inv(normal)
    except (LinAlgError, np.linalg.LinAlgError):
        raise StageError("the covariance of the fit window is singular: lags too close for the run's length") from None
    return inverse @ solved.T, inverse
