"""Trajectories combined: a mean over replicas and orderings, and its error."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, stdtrit

Floats = NDArray[np.float64]

#: Share of a normal distribution below one error.
_ONE_ERROR = float(ndtr(1.0))
#: Scatter between trajectories that is likelier than this is sampling.
_HETEROGENEITY_P = 0.1


@dataclass(frozen=True)
class Estimate:
    """A mean over trajectories with its standard error, and what the error is made of.

    Attributes:
        value: The mean.
        error: Root of the sum of the squares of the parts below, the spread left out.
        sampling_error: Of the trajectories' own lengths.
        replica_error: Of replicas that differ by more than sampling; None where no ordering has two.
        ordering_error: Of orderings that differ; None with one ordering.
        ordering_spread: Standard deviation between orderings, whatever their number; None with one ordering.
        few_error: Of how little few orderings or replicas tell of how they differ.
        shape_error: Of how D(t) falls towards its value at long times (see `slowdown`), common to all trajectories.
    """

    value: float
    error: float
    sampling_error: float
    replica_error: float | None
    ordering_error: float | None
    ordering_spread: float | None
    shape_error: float = 0.0
    few_error: float = 0.0

    @property
    def error_of_many(self) -> float:
        """The error if there were more orderings and replicas with the same scatter: what verdicts go by.

        Student's t states what is not known of how they differ; it is no reason to doubt that ions diffuse.
        """
        return float(np.sqrt(max(0.0, self.error**2 - self.few_error**2)))

    @property
    def error_but_slowdown(self) -> float:
        """Without what is open of how D(t) falls, for ratios to what falls alike."""
        return float(np.sqrt(max(0.0, self.error**2 - self.shape_error**2)))

    def with_shape(self, shape_error: float) -> "Estimate":
        """With the error of how D(t) falls added."""
        return replace(self, shape_error=shape_error, error=float(np.hypot(self.error, shape_error)))


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

    Variances from few orderings or replicas are themselves uncertain: the error is widened by Student's t, 1.84 for two
    orderings, 1.32 for three, so that one error holds 68 %. Two errors hold less than 95 % (docs/transport.md).

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
    few = _few(by_replicas, len(values) - len(groups)) + _few(by_orderings, 1.0 / float(shares @ shares) - 1.0)
    return Estimate(
        value=mean,
        error=float(np.sqrt(sampling + (by_replicas or 0.0) + (by_orderings or 0.0) + few)),
        sampling_error=float(np.sqrt(sampling)),
        replica_error=_root(by_replicas),
        ordering_error=_root(by_orderings),
        ordering_spread=_root(ordering2),
        few_error=float(np.sqrt(few)),
    )


def _few(variance: float | None, freedom: float) -> float:
    """What is added to a variance of few degrees of freedom so that one error holds 68.3 %, as Student's t does."""
    if not variance:
        return 0.0
    return variance * (float(stdtrit(max(1.0, freedom), _ONE_ERROR)) ** 2 - 1.0)


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
