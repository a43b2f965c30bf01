"""Computed against measured conductivities: how far off, in which order, and how well both are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.stats import norm, rankdata, spearmanr

from screening.potentials.bias import MIN_COMPOUNDS

LEVEL = 0.95
_SEED, _DRAWS = 1, 10_000
#: Fits of bias and spread are slower than means.
_FITS = 100

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """A compound: conductivities at 300 K in S/cm.

    Attributes:
        value: Computed, None where there are bounds only.
        interval: Its 68 % interval by statistics.
        bounds: Lower and upper bound where there is no value; 0 and infinity where there is none.
        measured: What was measured.
        measured_is_upper_bound: It is below that.
    """

    value: float | None
    interval: tuple[float, float] | None
    bounds: tuple[float, float]
    measured: float
    measured_is_upper_bound: bool = False

    @property
    def error(self) -> tuple[float, float]:
        """Between which log10 of computed over measured lies; twice the same where both are values."""
        low, high = (self.value, self.value) if self.value is not None else self.bounds
        with np.errstate(divide="ignore"):
            least, most = (float(np.log10(x) - np.log10(self.measured)) for x in (low, high))
        return least, float("inf") if self.measured_is_upper_bound else most

    @property
    def rank(self) -> float:
        """What it is ranked by: log10 of the value, of the middle of two bounds, or of the upper bound."""
        if self.value is not None:
            return float(np.log10(self.value))
        low, high = self.bounds
        return float(np.log10(np.sqrt(low * high) if low > 0.0 else high))

    @property
    def sides(self) -> tuple[float, float]:
        """Decades from the value down and up to the ends of its interval."""
        if self.value is None or self.interval is None:
            return 0.0, 0.0
        low, high = self.interval
        return float(np.log10(self.value / max(low, 1e-30))), float(np.log10(high / self.value))


def figures_of(pairs: Sequence[Pair]) -> dict[str, float]:
    """Figures of merit.

    n, resolved: compounds, and those with a value. mae_log10_sigma: mean absolute error in decades where both are
    values. bias, spread: of log10 of computed over measured in all compounds, bounds counted as such (censored normal,
    by maximum likelihood), and mae_all the mean absolute error that they mean. spearman: rank correlation of all, and
    spearman_resolved of values. Each with `_low` and `_high` (95 %, bootstrap over compounds). coverage68: share of
    values whose 68 % interval, statistics and the error typical of the *other* compounds together, holds the measured
    one. Without
    `MIN_COMPOUNDS` only the numbers, and no rank correlation where all are alike.
    """
    exact = np.array([pair.error[0] for pair in pairs if pair.error[0] == pair.error[1]])
    figures = {"n": float(len(pairs)), "resolved": float(sum(pair.value is not None for pair in pairs))}
    if len(exact):
        figures["mae_log10_sigma"] = float(np.abs(exact).mean())
    if len(pairs) >= MIN_COMPOUNDS:
        ranks = np.array([pair.rank for pair in pairs])
        measured = np.log10([pair.measured for pair in pairs])
        figures |= _correlation("spearman", ranks, measured)
    if len(exact) >= MIN_COMPOUNDS:
        ranks, measured = np.array([(p.rank, np.log10(p.measured)) for p in pairs if p.value is not None]).T
        figures |= _correlation("spearman_resolved", ranks, measured)
        rng = np.random.default_rng(_SEED)
        means = np.abs(exact)[rng.integers(len(exact), size=(_DRAWS, len(exact)))].mean(axis=1)
        figures |= _with_ends("mae_log10_sigma", figures["mae_log10_sigma"], means)
        figures["coverage68"] = coverage68(pairs)
        errors = np.array([pair.error for pair in pairs])
        fits = np.array([bias_and_spread(errors[rng.integers(len(errors), size=len(errors))]) for _ in range(_FITS)])
        bias, spread = bias_and_spread(errors)
        figures |= _with_ends("bias", bias, fits[:, 0]) | _with_ends("spread", spread, fits[:, 1])
        figures |= _with_ends("mae_all", float(_mean_absolute(bias, spread)[0]), _mean_absolute(*fits.T))
    return figures


def _correlation(name: str, ranks: Floats, measured: Floats) -> dict[str, float]:
    """Nothing where one of both is alike for all: there is no order."""
    if not (np.ptp(ranks) > 0.0 and np.ptp(measured) > 0.0):
        return {}
    return _with_ends(name, float(spearmanr(ranks, measured).statistic), _ranks(ranks, measured))


def _with_ends(name: str, value: float, sample: Floats) -> dict[str, float]:
    low, high = np.nanpercentile(sample, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return {name: value, f"{name}_low": float(low), f"{name}_high": float(high)}


def _ranks(ranks: Floats, measured: Floats) -> Floats:
    """Rank correlations of draws with replacement, (n_draws,); a draw of one compound alone has none."""
    draws = np.random.default_rng(_SEED).integers(len(ranks), size=(_DRAWS, len(ranks)))
    one, other = (rankdata(values[draws], axis=1) for values in (ranks, measured))
    one, other = (x - x.mean(axis=1, keepdims=True) for x in (one, other))
    lengths = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.asarray((one * other).sum(axis=1)[lengths > 0.0] / lengths[lengths > 0.0], dtype=np.float64)


def bias_and_spread(errors: Floats) -> tuple[float, float]:
    """Mean and standard deviation of normal errors of which some are known to lie between bounds only.

    Args:
        errors: Least and most, equal where the error is known, (n, 2).
    """
    known = errors[:, 0] == errors[:, 1]
    exact, bounds = errors[known, 0], errors[~known]
    start = (float(exact.mean()), float(np.log(max(exact.std(), 0.1)))) if len(exact) else (0.0, 0.0)

    def loss(x: Floats) -> float:
        spread = float(np.exp(np.clip(x[1], -3.0, 3.0)))
        inside = norm.cdf(bounds[:, 1], x[0], spread) - norm.cdf(bounds[:, 0], x[0], spread)
        return float(-norm.logpdf(exact, x[0], spread).sum() - np.log(np.maximum(inside, 1e-300)).sum())

    found = minimize(loss, np.array(start), method="Nelder-Mead").x
    return float(found[0]), float(np.exp(np.clip(found[1], -3.0, 3.0)))


def bias_of_family(pairs: Sequence[Pair]) -> dict[str, float]:
    """Mean of log10 of computed over measured with its standard error, and the spread of compounds about it.

    Bounds count as such. The errors are of as many compounds as have values, and the spread is that of a sample; with
    fewer than `MIN_COMPOUNDS` of these nothing is said.
    """
    n = sum(pair.error[0] == pair.error[1] for pair in pairs)
    if n < MIN_COMPOUNDS:
        return {}
    bias, spread = bias_and_spread(np.array([pair.error for pair in pairs]))
    spread *= float(np.sqrt(n / (n - 1)))
    return {"n": n, "bounds": len(pairs) - n, "bias": bias, "bias_error": spread / float(np.sqrt(n)), "spread": spread}


def _mean_absolute(bias: ArrayLike, spread: ArrayLike) -> Floats:
    """Of normal numbers, (n,): the means of folded ones."""
    mean, deviation = np.atleast_1d(bias), np.atleast_1d(spread)
    ratio = mean / deviation
    folded = deviation * np.sqrt(2.0 / np.pi) * np.exp(-0.5 * ratio**2) + mean * (1.0 - 2.0 * norm.cdf(-ratio))
    return np.asarray(folded, dtype=np.float64)


def coverage68(pairs: Sequence[Pair]) -> float:
    """Share of values within their interval: statistics, and as typical error that of the other compounds."""
    both = [pair for pair in pairs if pair.value is not None and not pair.measured_is_upper_bound]
    errors = np.array([pair.error[0] for pair in both])
    held = []
    for k, pair in enumerate(both):
        # The mean absolute error of a normal distribution is sqrt(2 / pi) of its standard deviation.
        typical = np.sqrt(0.5 * np.pi) * np.abs(np.delete(errors, k)).mean()
        side = pair.sides[0] if errors[k] > 0.0 else pair.sides[1]
        held.append(abs(errors[k]) <= np.hypot(side, typical))
    return float(np.mean(held))
