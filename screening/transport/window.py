"""The fit window: from where the MSD is straight to the end of its lags, and the line's weights in it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from screening.config.transport import TransportConfig
from screening.transport.covariance import gls_weights
from screening.transport.curves import Curves, scatter_variance

Floats = NDArray[np.float64]

_MAX_FIT_POINTS = 60
#: Least distance of lags in the fit, as a share of the window's first one.
_SPACING = 0.5
#: A window that spans less than this ratio of lags shows no slope of its own, and holds fewer than four points.
_MIN_SPAN = 2.5


@dataclass(frozen=True)
class FitWindow:
    """Where the line is fitted, and the linear map from an MSD curve to its slope.

    Attributes:
        points: Indices into the lags, (n_points,).
        slope_weights: Slope in A^2/ps per A^2 of MSD, (n_points,).
        relative_variances: Per trajectory, variance over D^2 of the slope's D for one walker in one dimension.
        curvature_z: Curvature over its standard error in this window.
        straight: False where the curvature is significant and the slope changes much across the window.
        straight_from: Index of the lag from which the MSD is straight, before the margin.
    """

    points: NDArray[np.intp]
    slope_weights: Floats
    relative_variances: tuple[float, ...]
    curvature_z: float
    straight: bool
    straight_from: int


def find_window(curves: Curves, settings: TransportConfig) -> FitWindow | None:
    """The fit window: from the first lag past the cage where the MSD is straight, to the end of the lags.

    The MSD must have reached `fit_start_hop_fraction` of a hop distance squared (He, Zhu, Mo, npj Comput. Mater.
    4, 18 (2018)), and a logarithmic term, fitted beside the line with the same covariance, must be within
    `curvature_sigmas` standard errors: the cage's relaxation bends the MSD long after its size has passed the
    first rule. The window then opens `fit_start_margin` later, because a bend just too small to see would still
    bias the slope by about one standard error. Where no window is that straight, the straightest is returned.

    Returns:
        None where the MSD does not get that far within 1 / 2.5 of the last lag.
    """
    lags, msd = curves.lags, curves.pooled()
    threshold = settings.fit_start_hop_fraction * settings.hop_distance_A**2
    reached = np.flatnonzero((msd >= threshold) & (lags * _MIN_SPAN <= lags[-1]))
    if len(reached) == 0:
        return None
    start, windows = int(reached[0]), []
    while True:
        windows.append(window_from(start, curves, settings))
        later = reached[lags[reached] >= 1.25 * lags[start]]
        if abs(windows[-1].curvature_z) <= settings.curvature_sigmas:
            opened = reached[lags[reached] >= settings.fit_start_margin * lags[start]]
            window = window_from(int(opened[0] if len(opened) else reached[-1]), curves, settings)
            return replace(window, straight_from=start)
        if len(later) == 0:
            return min(windows, key=lambda window: abs(window.curvature_z))
        start = int(later[0])


def window_from(start: int, curves: Curves, settings: TransportConfig) -> FitWindow:
    """The window from the lag with index `start` to the last one, whether the MSD is straight in it or not."""
    lags, interval = curves.lags, curves.frame_interval_ps
    points = _spaced(lags, start)
    models = curves.models(points)
    shares = [w**2 / len(walkers) for w, walkers in zip(curves.weights, curves.walkers, strict=True)]
    model = np.einsum("r,rij->ij", np.array(shares), np.array(models))
    time = lags[points] * interval
    scaled = time / time[-1]
    line, _ = gls_weights(np.stack([np.ones_like(scaled), scaled], axis=1), model)
    slope_weights = line[1] / time[-1]
    variances = tuple(float(interval**2 * slope_weights @ m @ slope_weights) for m in models)

    bent, covariance = gls_weights(np.stack([np.ones_like(scaled), scaled, np.log(scaled)], axis=1), model)
    curvature, scatter = 0.0, 0.0
    for weight, walkers in zip(curves.weights, curves.walkers, strict=True):
        per_walker = walkers[:, :3].sum(axis=1)[:, points] @ bent[2]
        curvature += weight * float(per_walker.mean())
        scatter += weight**2 * float(scatter_variance(per_walker))
    slope = float(slope_weights @ curves.pooled()[points])
    walk = (slope * interval) ** 2 / settings.dimensions * float(covariance[2, 2])
    z = curvature / np.sqrt(max(scatter, walk, np.finfo(float).tiny))
    # Significance alone would refuse long precise runs for a bend that changes nothing. d/dt of b t + c ln t.
    rise = float(bent[1] @ curves.pooled()[points])
    ends = sorted((rise + curvature / scaled[0], rise + curvature))
    changes = ends[0] < settings.bent_slope_ratio * ends[1]
    is_bent = changes and abs(z) > settings.bent_curvature_sigmas
    return FitWindow(points, slope_weights, variances, float(z), not is_bent, start)


def _spaced(lags: NDArray[np.intp], start: int) -> NDArray[np.intp]:
    """Indices from `start` on with lags at least half of the first one apart, at most `_MAX_FIT_POINTS`.

    A random walk's covariance takes the difference of two near lags for almost free of noise, and the fit would
    lean on it; what a real ion's vibrations put there is not in the model. Wider spacing loses little.
    """
    gap = max(_SPACING * lags[start], (lags[-1] - lags[start]) / _MAX_FIT_POINTS)
    kept = [start]
    for index in range(start + 1, len(lags)):
        if lags[index] - lags[kept[-1]] >= gap:
            kept.append(index)
    return np.array(kept, dtype=np.intp)
