"""Squared displacements of independent walkers against lag, pooled over trajectories, with errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from screening.transport.covariance import random_walk_covariance
from screening.transport.displacement import Displacements

Floats = NDArray[np.float64]

#: Below this many ions the scatter between ions says little about the error.
_MIN_IONS_FOR_SCATTER = 8


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
        return np.asarray(sizes / sizes.sum())

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


def msd_error(curves: Curves) -> Floats:
    """Standard error of the pooled MSD, A^2, (n_lags,): the larger of walker-to-walker scatter and a random walk's.

    The walk is taken as isotropic in three dimensions.
    """
    variance = np.zeros(len(curves.lags))
    msd = curves.pooled()
    everywhere = np.arange(len(curves.lags))
    for weight, walkers, model in zip(curves.weights, curves.walkers, curves.models(everywhere), strict=True):
        walk = msd**2 * np.diag(model) / curves.lags.astype(np.float64) ** 2 / (3.0 * len(walkers))
        variance += weight**2 * np.maximum(walk, scatter_variance(walkers[:, :3].sum(axis=1)))
    return np.sqrt(variance)


def scatter_variance(per_walker: Floats) -> Floats:
    """Variance of the mean over walkers (axis 0) from their scatter; zero where they are too few to tell."""
    if len(per_walker) < _MIN_IONS_FOR_SCATTER:
        return np.zeros(per_walker.shape[1:])
    result: Floats = np.asarray(per_walker.var(axis=0, ddof=1) / len(per_walker))
    return result


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
        scatter += share**2 * float(scatter_variance(walkers[:, :3].sum(axis=1)[:, points] @ (weights / msd)))
        walk += share**2 * float((weights / lags) @ model @ (weights / lags)) / (3.0 * len(walkers))
    return float(weights @ np.log(msd)), float(np.sqrt(max(scatter, walk)))
