"""D at long times, averaged over the ways in which D(t) may fall towards it.

Ions in a disordered crystal slow down as they meet its bottlenecks: the slope of the MSD falls, ever more slowly, and a
line from where the bend is too small to be seen is too steep by about one of its errors, or by many. In equilibrium and
without inertia the slope never rises again (a reversible process: it is a mixture of decaying exponentials), so each
shape tried here is

    D(t) / D = 1 + A (1 + t / t0)^-p    or    1 + A exp(-t / t0),    MSD(t) = C + 2 d int D dt,

p = 1/2, 1, 3/2 for the long-time tails of disordered media (Ernst, Machta, Dorfman, van Beijeren, J. Stat. Phys. 34,
477 (1984)), and A = 0 for none. For each shape D and C follow by generalised least squares; shapes are weighed by their
evidence (Bayesian model averaging: Hoeting, Madigan, Raftery, Volinsky, Stat. Sci. 14, 382 (1999)). What the curve
cannot exclude widens the interval.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, ndtri

from screening.config.transport import TransportConfig
from screening.transport.curves import Curves, scatter_variance
from screening.transport.jackknife import jackknife_error

Floats = NDArray[np.float64]

#: Probability, before the data are seen, that nothing slows down: of single ions, and of all together beside them.
#: What slows single ions down does the same to all together where it is in the crystal (bottlenecks, cages), and not at
#: all where ions are in each other's way (lattice gases of any filling, single files).
_STEADY_ALONE, _STEADY_TOGETHER = 0.7, 0.6
_POWERS = (0.5, 1.0, 1.5, np.inf)
#: D at short times over D at long ones is tried between these, each with a weight inverse to it. Wide cages tell the
#: product of D, ratio and time to a percent: steps of 1.2 then leave D open, steps of 1.4 made it one of a few values.
_LEAST_RATIO, _LARGEST_RATIO, _N_RATIOS = 1.4, 3000.0, 42
#: Beyond this ratio an MSD is as good as flat, and D may be zero: the error is not below D then.
_FLAT_RATIO = 1000.0
#: Times t0 from half of the first lag to this share of the last: slower changes leave no trace in the run.
_SLOWEST, _N_TIMES = 0.25, 16
#: Vibrations and cages add a constant to the MSD of about this size, in Angstrom^2.
_CONSTANT_A2 = 2.0
#: Shapes are not exact: relative error of the MSD that none is held to.
_SHAPE_RTOL = 0.02
#: Ratio of neighbouring lags. Closer ones add nothing that a walk's noise leaves.
_LAG_RATIO = np.sqrt(2.0)
#: Least ratio of the last lag to the first of a fit: four points.
_LEAST_POINTS, _LEAST_SPAN = 4, 2.0**1.5
#: The sum of all ions is one walker: beyond this share of the last lag it has moved a few times only, and what is left
#: is as skewed as chi^2 of few degrees of freedom.
_TOGETHER_SHARE = 0.25
#: Where the lags begin that bounds are read from if no window opens, as a share of the last.
_LATE = 0.125
#: Passes in which the noise, a share of the MSD, is taken from the fit instead of from the noisy curve.
_PASSES = 3
#: Walkers are left out in so many groups; with fewer walkers than that, their scatter says little.
_LEAST_GROUPS, _MOST_GROUPS = 8, 24


@dataclass(frozen=True)
class Shapes:
    """Ways in which D(t) may fall; the first does not.

    Attributes:
        integrals: int D(t)/D dt in ps up to the lags of a fit, (n_shapes, n_points).
        falls: D(t)/D at the first of them, (n_shapes,).
        flat: Whether they fall so far that D may as well be zero, (n_shapes,).
        probabilities: They sum to one, (n_shapes,).
    """

    integrals: Floats
    falls: Floats
    flat: NDArray[np.bool_]
    probabilities: Floats

    def together(self, n_points: int) -> "Shapes":
        """The same for all ions together, before their curve is seen: as single ions were found to be, or steady."""
        probabilities = (1.0 - _STEADY_TOGETHER) * self.probabilities
        probabilities[0] += _STEADY_TOGETHER
        return Shapes(self.integrals[:, :n_points], self.falls, self.flat, probabilities)


@dataclass(frozen=True)
class LongTime:
    """The average over shapes as one linear map from the MSD to D, with what the shapes leave open.

    Attributes:
        points: Indices into the lags, (n_points,).
        slope_weights: 2 d D in A^2/ps per A^2 of MSD, (n_points,).
        relative_variances: Per trajectory, variance over D^2 of the slope's D for one random walker in one dimension.
        shapes: With their probabilities after the curve was seen.
        low, median, high: 16, 50 and 84 % of the slope's distribution, A^2/ps, sampling and shapes together.
        least, bound: What it is above, and below, at the confidence of bounds, A^2/ps; 0 where nothing is known.
        sampling: Standard error of the slope by sampling alone, A^2/ps.
        resampled: Relative error of the slope, shapes included, from leaving out walkers; 0 where they are too few.
    """

    points: NDArray[np.intp]
    slope_weights: Floats
    relative_variances: tuple[float, ...]
    shapes: Shapes
    low: float
    median: float
    high: float
    least: float
    bound: float
    sampling: float
    resampled: float = 0.0

    def ends_ps(self, curves: Curves) -> tuple[float, ...]:
        """First and last lag of the fit."""
        return tuple(float(curves.lags[i] * curves.frame_interval_ps) for i in (self.points[0], self.points[-1]))

    @property
    def steady(self) -> float:
        """Probability that the slope does not fall within the window."""
        return float(self.shapes.probabilities[0])

    @property
    def fall(self) -> float:
        """Slope at the first lag over that at long times, averaged over shapes."""
        return float(self.shapes.probabilities @ self.shapes.falls)

    @property
    def relative_shape_error(self) -> float:
        """What the shapes add to the relative error of the slope: half of the 68 % interval of its logarithm.

        It is not below what leaving out walkers says, as far as they slow down at all (where they do not, the scatter
        of their slopes is the error). In cages that are crossed fast, each shape's slope is known from the cage, and
        which shape it is from few jumps: these are in all late lags at once, more alike than a walk's steps, so that
        the curve seems to tell shapes apart better than it does.
        """
        if not self.low > 0.0:
            return 0.0
        # One walker that hardly rises has a sampling error of many times D, which is no share of it.
        width, sampling = 0.5 * float(np.log(self.high / self.low)), min(1.0, self.sampling / self.median)
        least = (1.0 - self.steady) * self.resampled
        return float(np.sqrt(max(0.0, max(width, least) ** 2 - sampling**2)))


def find_window(curves: Curves, settings: TransportConfig) -> LongTime | None:
    """The fit from where the MSD has left the vibrations behind to the last lag.

    Returns:
        None where the MSD does not reach `fit_start_hop_fraction` of a hop distance squared in a third of the lags.
    """
    threshold = settings.fit_start_hop_fraction * settings.hop_distance_A**2
    reached = np.flatnonzero((curves.pooled() >= threshold) & (curves.lags * _LEAST_SPAN <= curves.lags[-1]))
    if len(reached) == 0:
        return None
    return _single_ions(curves, int(reached[0]), settings)


def late_window(curves: Curves, settings: TransportConfig) -> LongTime:
    """The fit to the last three octaves of the lags, for bounds of ions that have hardly left their vibrations."""
    return _single_ions(curves, int(np.searchsorted(curves.lags, _LATE * curves.lags[-1])), settings)


def _single_ions(curves: Curves, start: int, settings: TransportConfig) -> LongTime:
    points = lag_points(curves.lags, start)
    shapes, level = steady_or_slower(curves, points), settings.upper_bound_confidence
    noise = _relative_covariance(curves, points, settings.dimensions)
    weighed = _weighed(curves.pooled()[points], noise, shapes)
    found = _read_off(curves, points, shapes, weighed, confidence=level)
    return replace(found, resampled=_resampled(curves, points, shapes, noise, weighed.level))


def _resampled(curves: Curves, points: NDArray[np.intp], shapes: Shapes, noise: Floats, level: Floats) -> float:
    """Relative error of D over shapes by the jackknife: walkers, the same share of all trajectories, are left out."""
    n_groups = min(_MOST_GROUPS, *(len(walkers) for walkers in curves.walkers))
    if n_groups < _LEAST_GROUPS:
        return 0.0
    walkers = [own[:, :3].sum(axis=1)[:, points] for own in curves.walkers]
    found = []
    for left_out in range(n_groups):
        means = [own[np.arange(len(own)) % n_groups != left_out].mean(axis=0) for own in walkers]
        left = _weigh(curves.weights @ np.array(means), noise, level, shapes)
        if not left.rises:
            return 0.0
        found.append(float(left.weight @ np.log(np.where(left.fits.slope > 0.0, left.fits.slope, 1.0))))
    return jackknife_error(found) or 0.0


def together(curves: Curves, alone: LongTime, axes: float, settings: TransportConfig) -> LongTime:
    """The fit of all ions together, whose one walker is too noisy to tell where its cages end or how it slows down.

    It has the first lags of the single ions' fit and the shapes that were found there.

    Args:
        curves: Collective ones.
        alone: The fit of single ions.
        axes: Directions in which they move.
        settings: For the confidence of the bound.
    """
    n_points = int((curves.lags[alone.points] <= _TOGETHER_SHARE * curves.lags[-1]).sum())
    n_points = max(n_points, _LEAST_POINTS)
    shapes = alone.shapes.together(n_points)
    return long_time(curves, alone.points[:n_points], axes, shapes, confidence=settings.upper_bound_confidence)


def lag_points(lags: NDArray[np.intp], start: int) -> NDArray[np.intp]:
    """Indices from `start` on with lags a factor of about sqrt(2) apart, (n_points,); the last lag is one of them."""
    wanted = lags[-1] / _LAG_RATIO ** np.arange(int(np.log(lags[-1] / lags[start]) / np.log(_LAG_RATIO)) + 1)
    return np.unique(np.searchsorted(lags, wanted - 0.5))


def long_time(curves: Curves, points: NDArray[np.intp], axes: float, shapes: Shapes, *, confidence: float) -> LongTime:
    """Fit all shapes to the pooled MSD at some lags.

    Args:
        curves: Squared displacements.
        points: Indices into the lags, rising, at least four.
        axes: In which a walker's noise is independent.
        shapes: At these lags, with their probabilities before the curve is seen.
        confidence: Of the bounds.
    """
    weighed = _weighed(curves.pooled()[points], _relative_covariance(curves, points, axes), shapes)
    return _read_off(curves, points, shapes, weighed, confidence=confidence)


def _read_off(
    curves: Curves, points: NDArray[np.intp], shapes: Shapes, weighed: "_Weighed", *, confidence: float
) -> LongTime:
    weight, fits = weighed.weight, weighed.fits
    errors = np.where(shapes.flat, np.maximum(fits.error, fits.slope), fits.error)
    mean, error = float(weight @ fits.slope), float(weight @ errors)
    if weighed.rises:
        shares = (0.16, 0.5, 0.84, 1.0 - confidence, confidence)
        low, median, high, least, bound = _quantiles(weight, fits.slope, errors, shares)
    else:
        # One noisy walker may fall back: nothing is known but that D is below its error.
        low, median, high = mean - error, mean, mean + error
        least, bound = 0.0, mean + float(ndtri(confidence)) * error
    slope_weights = (weight @ fits.maps) * median / mean
    interval2 = curves.frame_interval_ps**2
    return LongTime(
        points=points,
        slope_weights=slope_weights,
        relative_variances=tuple(float(interval2 * slope_weights @ m @ slope_weights) for m in curves.models(points)),
        shapes=replace(shapes, probabilities=weight),
        low=low,
        median=median,
        high=high,
        least=least,
        bound=bound,
        sampling=error,
    )


def _weighed(msd: Floats, noise: Floats, shapes: Shapes) -> "_Weighed":
    """All shapes fitted to an MSD, whose noise is a share of what they say of it."""
    level = msd
    for _ in range(_PASSES):
        found = _weigh(msd, noise, level, shapes)
        level = found.level
    return found


def _weigh(msd: Floats, noise: Floats, level: Floats, shapes: Shapes) -> "_Weighed":
    fits = _fit_all(msd, noise, level, shapes.integrals)
    log_weight = np.log(np.maximum(shapes.probabilities, np.finfo(float).tiny))
    log_weight += -0.5 * fits.chi2 - 0.5 * np.log(fits.determinant)
    positive = fits.slope > 0.0
    # Where most shapes say that it falls back, those few that do not would be chosen by chance.
    likely = np.exp(log_weight - log_weight.max())
    rises = bool(likely[positive].sum() > 0.5 * likely.sum())
    if rises:
        # A scale has no preferred size: flat in its logarithm, down to where it cannot be told from zero.
        log_weight = np.where(positive, log_weight - np.log(np.maximum(fits.slope, fits.error)), -np.inf)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    fitted = weight @ (fits.slope[:, None] * shapes.integrals + fits.constant[:, None])
    return _Weighed(weight, fits, np.maximum(fitted, 0.05 * msd), rises)


def _relative_covariance(curves: Curves, points: NDArray[np.intp], axes: float) -> Floats:
    """Covariance of the pooled MSD over the product of its values: a random walk's, scaled to the walkers' scatter."""
    lags = curves.lags[points].astype(np.float64)
    msd = curves.pooled()[points]
    walk = np.zeros((len(points), len(points)))
    scatter = np.zeros(len(points))
    for share, walkers, model in zip(curves.weights, curves.walkers, curves.models(points), strict=True):
        walk += share**2 * model / np.outer(lags, lags) / (axes * len(walkers))
        scatter += share**2 * scatter_variance(walkers[:, :3].sum(axis=1)[:, points])
    excess = np.sqrt(np.maximum(1.0, scatter / (msd**2 * np.diag(walk))))
    return np.asarray(walk * np.outer(excess, excess) + _SHAPE_RTOL**2 * np.eye(len(points)), dtype=np.float64)


def steady_or_slower(curves: Curves, points: NDArray[np.intp]) -> Shapes:
    """All shapes at some lags, before a curve is seen."""
    time = np.asarray(curves.lags[points] * curves.frame_interval_ps, dtype=np.float64)
    times = np.geomspace(0.5 * time[0], max(_SLOWEST * time[-1], time[0]), _N_TIMES)
    ratios = np.geomspace(_LEAST_RATIO, _LARGEST_RATIO, _N_RATIOS)
    integrals, falls, flat = [time], [1.0], [False]
    prior = [1.0]
    for power in _POWERS:
        for t0 in times:
            reduced = time / t0
            if np.isinf(power):
                tail, now = -np.expm1(-reduced), np.exp(-reduced[0])
            elif power == 1.0:
                tail, now = np.log1p(reduced), 1.0 / (1.0 + reduced[0])
            else:
                tail = ((1.0 + reduced) ** (1.0 - power) - 1.0) / (1.0 - power)
                now = (1.0 + reduced[0]) ** -power
            for ratio in ratios:
                integrals.append(time + (ratio - 1.0) * t0 * tail)
                falls.append(1.0 + (ratio - 1.0) * float(now))
                flat.append(bool(ratio > _FLAT_RATIO))
                prior.append(1.0 / ratio)
    weights = np.array(prior)
    weights[1:] *= (1.0 - _STEADY_ALONE) / weights[1:].sum()
    weights[0] = _STEADY_ALONE
    return Shapes(np.array(integrals), np.array(falls), np.array(flat), weights)


@dataclass(frozen=True)
class _Fits:
    """Slope and constant of each shape, (n_shapes,): values, the slope's error, chi^2, determinant and linear map."""

    slope: Floats
    constant: Floats
    error: Floats
    chi2: Floats
    determinant: Floats
    maps: Floats


@dataclass(frozen=True)
class _Weighed:
    """Probabilities of the shapes once the MSD is seen, (n_shapes,), their fits, and the MSD that all say together.

    Where the likelier half of the slopes `rises` above 0, those that do not have no probability.
    """

    weight: Floats
    fits: _Fits
    level: Floats
    rises: bool


def _fit_all(msd: Floats, noise: Floats, level: Floats, shapes: Floats) -> _Fits:
    """Generalised least squares of slope * shape + constant for every shape; `noise` is relative to `level`."""
    half = np.linalg.cholesky(noise * np.outer(level, level))
    data = np.linalg.solve(half, msd)
    one = np.linalg.solve(half, np.ones_like(msd))
    basis = np.linalg.solve(half, shapes.T).T
    a, b = (basis**2).sum(axis=1), basis @ one
    c = one @ one + 1.0 / _CONSTANT_A2**2
    p, q = basis @ data, one @ data
    determinant = a * c - b * b
    slope, constant = (c * p - b * q) / determinant, (a * q - b * p) / determinant
    maps = np.linalg.solve(half.T, ((c * basis - b[:, None] * one) / determinant[:, None]).T).T
    chi2 = data @ data - (p * slope + q * constant)
    return _Fits(slope, constant, np.sqrt(c / determinant), chi2, determinant, maps)


def _quantiles(weight: Floats, slope: Floats, error: Floats, shares: tuple[float, ...]) -> list[float]:
    """Quantiles of the mixture over shapes, where each slope is truth chi^2(nu) / nu with nu = 2 (slope / error)^2.

    So a mean square of nu normal numbers spreads: an error is a share of the true slope, and skewed where nu is small.
    """
    kept = weight > 1e-6
    weight, slope, share = weight[kept], slope[kept], np.minimum(error[kept] / slope[kept], 2.0)
    half_nu = 1.0 / share**2
    grid = np.geomspace(slope.min() / 20.0, slope.max() * (1.0 + 50.0 * share.max()), 400)
    below = (weight[:, None] * gammaincc(half_nu[:, None], half_nu[:, None] * slope[:, None] / grid)).sum(axis=0)
    return [float(x) for x in np.exp(np.interp(shares, below / below[-1], np.log(grid)))]
