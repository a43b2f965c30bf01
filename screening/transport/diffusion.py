"""Diffusivities with errors: the fit window, the line through it, and the combination of trajectories.

D is the slope of the MSD over 2 d t. The slope is the generalised-least-squares one with the exact covariance of
a random walk (see `covariance`), with an intercept, because the vibrations in a cage add a constant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from screening.config.transport import TransportConfig
from screening.transport.covariance import gls_weights, random_walk_covariance
from screening.transport.displacement import COMPONENTS, Displacements

Floats = NDArray[np.float64]

#: 1 Angstrom^2/ps in cm^2/s.
A2_PS_TO_CM2_S = 1e-4

_MAX_FIT_POINTS = 60
#: Least distance of lags in the fit, as a share of the window's first one.
_SPACING = 0.5
#: A window that spans less than this ratio of lags shows no slope of its own, and holds fewer than four points.
_MIN_SPAN = 2.5
#: Scatter between trajectories that is likelier than this is sampling.
_HETEROGENEITY_P = 0.1
#: Below this many ions the scatter between ions says little about the error.
_MIN_IONS_FOR_SCATTER = 8


@dataclass(frozen=True)
class Estimate:
    """A mean over trajectories with its standard error, and what the error is made of.

    Attributes:
        value: The mean.
        error: Root of the sum of the squares of the three parts below.
        sampling_error: Of the trajectories' own lengths.
        replica_error: Of replicas that differ by more than sampling; None where no ordering has two.
        ordering_error: Of orderings that differ; None with one ordering.
        ordering_spread: Standard deviation between orderings, whatever their number; None with one ordering.
    """

    value: float
    error: float
    sampling_error: float
    replica_error: float | None
    ordering_error: float | None
    ordering_spread: float | None


@dataclass(frozen=True)
class Curves:
    """Squared displacements of independent walkers against lag, trajectory by trajectory.

    Attributes:
        walkers: Per trajectory (n_walkers, 6, n_lags) in A^2, components xx, yy, zz, xy, xz, yz.
        n_frames: Frames of each trajectory.
        lags: Lags in frames, the same for all, (n_lags,).
        frame_interval_ps: Time between frames in ps, the same for all.
        orderings: Label of each trajectory's ordering; replicas share it.
        ordering_weights: How many arrangements each ordering stands for; those not named stand for one.
    """

    walkers: tuple[Floats, ...]
    n_frames: tuple[int, ...]
    lags: NDArray[np.intp]
    frame_interval_ps: float
    orderings: tuple[int, ...]
    ordering_weights: Mapping[int, float] = field(default_factory=dict)

    @property
    def weights(self) -> Floats:
        """Weight of each trajectory, (n_trajectories,), sums to one.

        An ordering's is shared among its replicas by walkers times frames. Lengths do not count between orderings:
        runs end when their D is known, which is sooner where it is high.
        """
        sizes = np.array([len(w) * n for w, n in zip(self.walkers, self.n_frames, strict=True)], dtype=np.float64)
        labels = np.array(self.orderings)
        for label in set(self.orderings):
            own = labels == label
            sizes[own] *= self.ordering_weights.get(label, 1.0) / sizes[own].sum()
        return sizes / sizes.sum()

    def pooled(self) -> Floats:
        """MSD over walkers and trajectories, A^2, (n_lags,)."""
        means = [walkers[:, :3].sum(axis=1).mean(axis=0) for walkers in self.walkers]
        result: Floats = np.einsum("r,rl->l", self.weights, np.array(means))
        return result

    def models(self, points: NDArray[np.intp]) -> list[Floats]:
        """Random-walk covariance of one walker in one dimension at some lags, one matrix a trajectory."""
        return [random_walk_covariance(self.lags[points], n) for n in self.n_frames]


def tracer_curves(
    runs: Sequence[Displacements], orderings: Sequence[int], ordering_weights: Mapping[int, float]
) -> Curves:
    """Every mobile ion is a walker."""
    return _curves(runs, orderings, ordering_weights, tuple(run.tracer for run in runs))


def collective_curves(
    runs: Sequence[Displacements], orderings: Sequence[int], ordering_weights: Mapping[int, float]
) -> Curves:
    """The sum of all mobile ions is one walker: however many ions, few independent samples."""
    return _curves(runs, orderings, ordering_weights, tuple(run.collective[None] for run in runs))


def _curves(
    runs: Sequence[Displacements],
    orderings: Sequence[int],
    ordering_weights: Mapping[int, float],
    walkers: tuple[Floats, ...],
) -> Curves:
    return Curves(
        walkers,
        tuple(run.n_frames for run in runs),
        runs[0].lags,
        runs[0].frame_interval_ps,
        tuple(orderings),
        ordering_weights,
    )


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


def msd_error(curves: Curves) -> Floats:
    """Standard error of the pooled MSD, A^2, (n_lags,): the larger of walker-to-walker scatter and a random walk's.

    The walk is taken as isotropic in three dimensions.
    """
    variance = np.zeros(len(curves.lags))
    msd = curves.pooled()
    everywhere = np.arange(len(curves.lags))
    for weight, walkers, model in zip(curves.weights, curves.walkers, curves.models(everywhere), strict=True):
        walk = msd**2 * np.diag(model) / curves.lags.astype(np.float64) ** 2 / (3.0 * len(walkers))
        variance += weight**2 * np.maximum(walk, _scatter(walkers[:, :3].sum(axis=1)))
    return np.sqrt(variance)


def _scatter(per_walker: Floats) -> Floats:
    """Variance of the mean over walkers (axis 0) from their scatter; zero where they are too few to tell."""
    if len(per_walker) < _MIN_IONS_FOR_SCATTER:
        return np.zeros(per_walker.shape[1:])
    result: Floats = np.asarray(per_walker.var(axis=0, ddof=1) / len(per_walker))
    return result


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
        scatter += weight**2 * float(_scatter(per_walker))
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


def combine(values: Floats, variances: Floats, weights: Floats, orderings: Sequence[int]) -> Estimate:
    """Weighted mean of trajectories in a one-way random-effects model: replicas within orderings.

    Replica j of ordering i is x_ij = mean + o_i + r_ij + e_ij. The sampling variance of e_ij is known from within
    the trajectory; those of o_i (orderings) and r_ij (runs of one ordering stuck in different states) follow by the
    method of moments (DerSimonian, Laird, Control. Clin. Trials 7, 177 (1986); unbalanced one-way layout: Searle,
    Casella, McCulloch, Variance Components, Wiley 1992). The variance of the mean is
    sum_ij w_ij^2 (e^2 + r^2) + sum_i W_i^2 o^2 with W_i = sum_j w_ij.

    Orderings are different crystals, so their variance always counts; with one run of each it holds that of runs
    too. That replicas differ is not expected: r^2 counts only where Cochran's Q is less likely than 0.1, since the
    moment estimate, which cannot be negative, would else widen every error of two replicas by a tenth.

    Args:
        values, variances, weights: One per trajectory; weights sum to one.
        orderings: Label of each trajectory's ordering.
    """
    groups = [np.flatnonzero(np.array(orderings) == label) for label in dict.fromkeys(orderings)]
    mean, sampling = float(weights @ values), float(weights**2 @ variances)
    replica2 = _replica_variance(values, variances, weights, groups)
    whole = variances + (replica2 or 0.0)
    shares = np.array([weights[g].sum() for g in groups])
    means = np.array([weights[g] @ values[g] for g in groups]) / shares
    noise = np.array([weights[g] ** 2 @ whole[g] for g in groups]) / shares**2
    # E[sum W (m - mean)^2] = sum W (1 - W) (noise + o^2); a variance has no negative values.
    free = float(shares @ (1.0 - shares))
    ordering2 = None
    if len(groups) > 1:
        ordering2 = max(0.0, float(shares @ (means - mean) ** 2 - (shares * (1.0 - shares)) @ noise) / free)
    by_replicas = None if replica2 is None else replica2 * float(weights @ weights)
    by_orderings = None if ordering2 is None else ordering2 * float(shares @ shares)
    return Estimate(
        value=mean,
        error=float(np.sqrt(sampling + (by_replicas or 0.0) + (by_orderings or 0.0))),
        sampling_error=float(np.sqrt(sampling)),
        replica_error=_root(by_replicas),
        ordering_error=_root(by_orderings),
        ordering_spread=_root(ordering2),
    )


def _root(variance: float | None) -> float | None:
    return None if variance is None else float(np.sqrt(variance))


def _replica_variance(
    values: Floats, variances: Floats, weights: Floats, groups: Sequence[NDArray[np.intp]]
) -> float | None:
    """Variance between replicas beyond sampling, pooled over orderings; None where no ordering has two."""
    freedom = len(values) - len(groups)
    if freedom == 0:
        return None
    precision = 1.0 / np.maximum(variances, np.finfo(float).tiny)
    q = observed = expected = free = 0.0
    for g in groups:
        own, sharp = weights[g] / weights[g].sum(), precision[g] / precision[g].sum()
        q += float(precision[g] @ (values[g] - sharp @ values[g]) ** 2)
        observed += float(own @ (values[g] - own @ values[g]) ** 2)
        expected += float((own * (1.0 - own)) @ variances[g])
        free += float(own @ (1.0 - own))
    if float(chdtrc(freedom, q)) >= _HETEROGENEITY_P:
        return 0.0
    return max(0.0, (observed - expected) / free)


def _matrix(components: Floats) -> Floats:
    """Symmetric (3, 3) from xx, yy, zz, xy, xz, yz."""
    matrix = np.empty((3, 3))
    for value, (a, b) in zip(components, COMPONENTS, strict=True):
        matrix[a, b] = matrix[b, a] = value
    return matrix


def diffusion_tensor(curves: Curves, window: FitWindow) -> Floats:
    """Tensor D_ab = slope of <dr_a dr_b> / 2 in A^2/ps, (3, 3)."""
    means = np.array([walkers.mean(axis=0) for walkers in curves.walkers])
    mean = np.einsum("r,rcl->cl", curves.weights, means)
    return _matrix(mean[:, window.points] @ window.slope_weights / 2.0)


def diffusivity(curves: Curves, window: FitWindow, dimensions: int) -> Estimate:
    """D = tr(D) / d in A^2/ps: D* from tracer curves, D_sigma from collective ones.

    The sampling variance of a trajectory is the larger of the random walk's, sum of D_ab^2 times the window's
    relative variance over the number of walkers and d^2, and the scatter of the walkers' own slopes over their
    number, which also knows of unequal ions and of rare hops.
    """
    square = float((diffusion_tensor(curves, window) ** 2).sum())
    values, variances = [], []
    for walkers, relative in zip(curves.walkers, window.relative_variances, strict=True):
        slopes = walkers[:, :3].sum(axis=1)[:, window.points] @ window.slope_weights / (2.0 * dimensions)
        values.append(float(slopes.mean()))
        variances.append(max(square * relative / (len(walkers) * dimensions**2), float(_scatter(slopes))))
    return combine(np.array(values), np.array(variances), curves.weights, curves.orderings)


def principal_diffusivities(curves: Curves, window: FitWindow) -> tuple[Floats, tuple[Estimate, ...], Floats]:
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
            variances.append(max(eigenvalue**2 * relative / len(walkers), float(_scatter(slopes))))
        estimates.append(combine(np.array(values), np.array(variances), curves.weights, curves.orderings))
    return tensor, tuple(estimates), axes


def loglog_slope(curves: Curves, points: NDArray[np.intp]) -> tuple[float, float]:
    """Least-squares slope of ln MSD over ln t at some lags, and its standard error.

    The error is the larger of the one from the scatter between walkers (the influence of each on the slope) and
    the one of an isotropic random walk's covariance.
    """
    msd = curves.pooled()[points]
    lags = curves.lags[points].astype(np.float64)
    centred = np.log(lags) - np.log(lags).mean()
    weights = centred / (centred @ centred)
    scatter, walk = 0.0, 0.0
    for share, walkers, model in zip(curves.weights, curves.walkers, curves.models(points), strict=True):
        scatter += share**2 * float(_scatter(walkers[:, :3].sum(axis=1)[:, points] @ (weights / msd)))
        walk += share**2 * float((weights / lags) @ model @ (weights / lags)) / (3.0 * len(walkers))
    return float(weights @ np.log(msd)), float(np.sqrt(max(scatter, walk)))


def statistical_size(hops: float) -> float | None:
    """Relative standard deviation of D from effective hops, 3.43 / sqrt(N_eff) + 0.04; None without hops.

    He, Zhu, Mo, npj Comput. Mater. 4, 18 (2018), eq. 12. Recorded beside the fit's own error, not used for it.
    """
    return 3.43 / float(np.sqrt(hops)) + 0.04 if hops > 0.0 else None
