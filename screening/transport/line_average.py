"""ln D at any temperature, averaged over the shapes that it may have over 1/T, by their evidence.

Each shape's parameters are integrated over by importance sampling: a Gaussian at the best place, wider by a third, with
points of a fixed low-discrepancy sequence, so that the same points always give the same numbers. Bayesian model
averaging: Hoeting, Madigan, Raftery, Volinsky, Stat. Sci. 14, 382 (1999).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import qmc

from screening.constants import K_EV
from screening.transport.line_points import Box, LinePoints, Point
from screening.transport.line_shapes import HIGHEST_EV, LOWEST_EV, ShapeKind, Shapes

Floats = NDArray[np.float64]

#: Points for each shape.
_SAMPLES = 256
_WIDER = 1.3
_STEPS = 40
#: Information on the level and on the barrier where the points leave one open; next to none.
_RIDGE = 1e-4
#: Samples of less weight than this share of all are left out.
_LEAST = 1e-7


@dataclass(frozen=True)
class AveragedLine:
    """The average over shapes as weighted samples.

    Attributes:
        shapes: The shapes.
        probabilities: Of each, after the data, (m,).
        parameters: (n_samples, 4), see `line_shapes`.
        shape: Of each sample, (n_samples,).
        weights: (n_samples,), sum to one.
    """

    shapes: Shapes
    probabilities: Floats
    parameters: Floats
    shape: NDArray[np.intp]
    weights: Floats

    def probability(self, *kinds: ShapeKind) -> float:
        """Of all shapes of some kinds together."""
        return float(sum(p for p, kind in zip(self.probabilities, self.shapes.kinds, strict=True) if kind in kinds))

    @property
    def straight_over_the_runs(self) -> float:
        """Probability that one barrier describes all runs, whatever comes between them and the target."""
        return self.probability(ShapeKind.STRAIGHT, ShapeKind.BEYOND)

    def with_barrier_error(self, error_eV: float) -> "AveragedLine":
        """The same where all points may be off by one common error of the barrier; D0 is not."""
        if not error_eV:
            return self
        n = len(self.parameters)
        # Each quantile of a normal distribution once, in an order that has nothing to do with that of the samples.
        error = error_eV * ndtri((np.random.default_rng(n).permutation(n) + 0.5) / n)
        return replace(
            self,
            parameters=self.parameters + np.outer(error, [self.shapes.centre, -1.0, 0.0, 0.0]),
        )

    def ln_diffusivity(self, temperatures_K: Floats, levels: Sequence[float]) -> Floats:
        """Quantiles of ln D, (n_levels, n_temperatures)."""
        return self._quantiles(self.shapes.values(1.0 / (K_EV * temperatures_K)), levels)

    def barrier(self, temperature_K: float, levels: Sequence[float]) -> Floats:
        """Quantiles of the local barrier in eV, (n_levels,)."""
        return self._quantiles(self.shapes.barriers(np.array([1.0 / (K_EV * temperature_K)])), levels)[:, 0]

    def _quantiles(self, basis: Floats, levels: Sequence[float]) -> Floats:
        found = np.einsum("stp,sp->ts", basis[self.shape], self.parameters)
        order = np.argsort(found, axis=1)
        ranked = np.take_along_axis(found, order, axis=1)
        passed = np.cumsum(self.weights[order], axis=1) - 0.5 * self.weights[order]
        return np.array([np.interp(levels, p, v) for p, v in zip(passed, ranked, strict=True)]).T


def average_line(points: Sequence[Point], target_K: float) -> AveragedLine:
    """Average over all shapes.

    Args:
        points: At two temperatures or more, one of them measured or bracketed.
        target_K: Temperature that is asked for: shapes may bend on the way to it.
    """
    data = LinePoints.of(points)
    target = 1.0 / (K_EV * target_K)
    shapes = Shapes.for_runs(data.x, target)
    ends = np.array([min(data.x.min(), target), max(data.x.max(), target)])
    posterior = _Posterior(data, shapes, shapes.values(data.x), shapes.barriers(ends))
    best, half = posterior.peak()
    normal = _normal(len(best))
    parameters = best[:, None] + _WIDER * np.einsum("mij,msj->msi", half, normal)
    log_weight = posterior.log_density(parameters) + 0.5 * (normal**2).sum(axis=-1)
    log_weight += (np.linalg.slogdet(half)[1] + np.log(shapes.prior))[:, None]
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    kept = weight > _LEAST * weight.max()
    return AveragedLine(
        shapes, weight.sum(axis=1), parameters[kept], np.nonzero(kept)[0], weight[kept] / weight[kept].sum()
    )


@dataclass(frozen=True)
class _Posterior:
    """Probability density of (a, E, z1, z2) for every shape, up to a constant that all share.

    Attributes:
        data: The points.
        shapes: The shapes.
        values: What gives y of the points, (m, n, 4).
        barriers: What gives the barriers at both ends, (m, 2, 4).
    """

    data: LinePoints
    shapes: Shapes
    values: Floats
    barriers: Floats

    def log_density(self, parameters: Floats) -> Floats:
        """Of (m, n_samples, 4) parameters, (m, n_samples)."""
        y = np.einsum("mnp,msp->msn", self.values, parameters)
        slopes = np.einsum("mnp,msp->msn", self.barriers, parameters)
        value = self.data.log_likelihood(y)[0].sum(axis=-1) + self._limits.log_likelihood(slopes)[0].sum(axis=-1)
        return np.asarray(value - 0.5 * (parameters[..., 2:] ** 2).sum(axis=-1))

    def peak(self) -> tuple[Floats, Floats]:
        """Where it is largest, (m, 4), and the Cholesky factor of the covariance there, (m, 4, 4)."""
        best = self._start()
        height = self.log_density(best[:, None])[:, 0]
        for _ in range(_STEPS):
            gradient, information = self._derivatives(best)
            step = np.linalg.solve(information, gradient[..., None])[..., 0]
            size = np.ones(len(best))
            for _ in range(6):
                trial = best + size[:, None] * step
                found = self.log_density(trial[:, None])[:, 0]
                size = np.where(found < height, 0.3 * size, size)
            better = found > height
            if not np.any(found > height + 1e-6):
                break
            best, height = np.where(better[:, None], trial, best), np.where(better, found, height)
        covariance = np.linalg.inv(self._derivatives(best)[1])
        half = np.linalg.cholesky(0.5 * (covariance + covariance.transpose(0, 2, 1)))
        return best, np.asarray(half, dtype=np.float64)

    def _derivatives(self, at: Floats) -> tuple[Floats, Floats]:
        """Gradient of the logarithm, and the information, not less than the points' widths leave."""
        gradient = np.concatenate([np.zeros((len(at), 2)), -at[:, 2:]], axis=1)
        information = np.broadcast_to(np.diag([_RIDGE, _RIDGE, 1.0, 1.0]), (len(at), 4, 4)).copy()
        for rows, law in ((self.values, self.data), (self.barriers, self._limits)):
            _, slope, bend = law.log_likelihood(np.einsum("mnp,mp->mn", rows, at))
            bend = np.maximum(bend, law.least_information)
            gradient += np.einsum("mn,mnp->mp", slope, rows)
            information += np.einsum("mn,mnp,mnq->mpq", bend, rows, rows)
        return gradient, information

    def _start(self) -> Floats:
        slope, level = np.polyfit(self.data.x - self.shapes.centre, self.data.start, 1)
        barrier = float(np.clip(-slope, 2.0 * LOWEST_EV, 0.9 * HIGHEST_EV))
        return np.tile([level, barrier, 0.0, 0.0], (len(self.shapes.kinds), 1))

    @property
    def _limits(self) -> Box:
        ends = np.ones(2)
        return Box(LOWEST_EV * ends, HIGHEST_EV * ends, 0.01 * ends)


@cache
def _normal(n_shapes: int) -> Floats:
    """Points of the normal distribution in four dimensions, others for each shape, (n_shapes, n_samples, 4)."""
    sequence = qmc.Sobol(4, scramble=True, rng=1)
    uniform = sequence.random_base2(int(np.ceil(np.log2(n_shapes * _SAMPLES))))
    return np.asarray(ndtri(uniform[: n_shapes * _SAMPLES]).reshape(n_shapes, _SAMPLES, 4))
