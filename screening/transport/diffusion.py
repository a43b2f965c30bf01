"""Diffusivities with errors from MSD curves: the slope at long times (see `slowdown`) over 2 d."""

import numpy as np
from numpy.typing import NDArray

from screening.transport.combination import Estimate, combine
from screening.transport.curves import Curves, scatter_variance
from screening.transport.msd import COMPONENTS
from screening.transport.slowdown import LongTime

Floats = NDArray[np.float64]


def diffusivity(curves: Curves, window: LongTime, dimensions: int, axes: float | None = None) -> Estimate:
    """D = tr(D) / d in A^2/ps: D* from tracer curves, D_sigma from collective ones.

    The sampling variance of a trajectory is the larger of the random walk's, sum of D_ab^2 times the window's
    relative variance over the number of walkers and d^2, and the scatter of the walkers' own slopes over their
    number, which also knows of unequal ions and of rare hops.

    Args:
        curves: Squared displacements.
        window: Their fit.
        dimensions: d.
        axes: In how many directions walkers move, (tr D)^2 over the sum of D_ab^2; the curves' own where None, for
            which one walker is too noisy.
    """
    tensor = diffusion_tensor(curves, window)
    square = float((tensor**2).sum()) if axes is None else float(np.trace(tensor) ** 2) / axes
    values, variances = [], []
    for walkers, relative in zip(curves.walkers, window.relative_variances, strict=True):
        slopes = walkers[:, :3].sum(axis=1)[:, window.points] @ window.slope_weights / (2.0 * dimensions)
        values.append(float(slopes.mean()))
        variances.append(max(square * relative / (len(walkers) * dimensions**2), float(scatter_variance(slopes))))
    estimate = combine(np.array(values), np.array(variances), curves.weights, curves.orderings)
    return estimate.with_shape(window.relative_shape_error * estimate.value)


def principal_diffusivities(curves: Curves, window: LongTime) -> tuple[Floats, tuple[Estimate, ...], Floats]:
    """The diffusion tensor, its eigenvalues in rising order with errors, and the axes.

    Errors are those of the diffusivity along each axis with the axes held fixed, which is first order in the
    noise.

    Returns:
        Tensor in A^2/ps (3, 3); three estimates in A^2/ps; axes as columns (3, 3).
    """
    tensor = diffusion_tensor(curves, window)
    eigenvalues, axes = np.linalg.eigh(tensor)
    estimates = []
    for axis, eigenvalue in zip(axes.T, eigenvalues, strict=True):
        project = np.array([axis[a] * axis[b] * (1.0 if a == b else 2.0) for a, b in COMPONENTS])
        values, variances = [], []
        for walkers, relative in zip(curves.walkers, window.relative_variances, strict=True):
            along = np.einsum("c,icl->il", project, walkers[:, :, window.points])
            slopes = along @ window.slope_weights / 2.0
            values.append(float(slopes.mean()))
            variances.append(max(eigenvalue**2 * relative / len(walkers), float(scatter_variance(slopes))))
        estimate = combine(np.array(values), np.array(variances), curves.weights, curves.orderings)
        estimates.append(estimate.with_shape(window.relative_shape_error * estimate.value))
    return tensor, tuple(estimates), axes


def diffusion_tensor(curves: Curves, window: LongTime) -> Floats:
    """Tensor D_ab = slope of <dr_a dr_b> / 2 in A^2/ps, (3, 3)."""
    means = np.array([walkers.mean(axis=0) for walkers in curves.walkers])
    mean = np.einsum("r,rcl->cl", curves.weights, means)
    return _matrix(mean[:, window.points] @ window.slope_weights / 2.0)


def _matrix(components: Floats) -> Floats:
    """Symmetric (3, 3) from xx, yy, zz, xy, xz, yz."""
    matrix = np.empty((3, 3))
    for value, (a, b) in zip(components, COMPONENTS, strict=True):
        matrix[a, b] = matrix[b, a] = value
    return matrix


def statistical_size(hops: float) -> float | None:
    """Relative standard deviation of D from effective hops, 3.43 / sqrt(N_eff) + 0.04; None without hops.

    He, Zhu, Mo, npj Comput. Mater. 4, 18 (2018), eq. 12. Recorded beside the fit's own error, not used for it.
    """
    return 3.43 / float(np.sqrt(hops)) + 0.04 if hops > 0.0 else None
