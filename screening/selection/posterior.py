"""What conductivities candidates may have, all together, given what is known of each.

Of many candidates the first by value is first also because its errors happened to raise it. So measured values are not
taken alone: the table itself says how much candidates differ. ln sigma_i is normal about a common mean with a spread,
both unknown (a hierarchical normal model: Gelman et al., Bayesian Data Analysis, 3rd ed., section 5.4; Efron, Morris,
Sci. Am. 236, 119 (1977)): values with large errors are pulled towards the mean, those with small ones stay.

Candidates with bounds take no part in that: nothing says that what does not conduct is like what does. They may be
anything between their bounds, flat in the logarithm, from `FLOOR_MS_CM` where there is no lower one, and up to
`CEILING_MS_CM`.

What is common to all, such as the potential being too soft, moves all of them and changes no order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from screening.selection.knowledge import Knowledge

Floats = NDArray[np.float64]

#: 1e-17 S/cm, crystalline Li3PO4 at room temperature: no lithium conductor of interest is worse.
FLOOR_MS_CM = 1e-14
#: 10 S/cm: no ions in a solid conduct better, whatever a short run leaves open.
CEILING_MS_CM = 1e4
_DRAWS = 4000
_SEED = 20
#: Share of what is possible that lies beyond a bound, and how far in ln it goes on on average.
_BEYOND, _TAIL = 0.05, 0.5
#: With fewer measured candidates the spread among them is not known, and nothing is pulled.
_LEAST_TO_PULL = 3
_N_SPREADS = 80


@dataclass(frozen=True)
class Possible:
    """Conductivities that candidates may have, drawn together.

    Attributes:
        ids: Of the candidates of which anything is known.
        ln: ln(sigma / (mS/cm)), (n_draws, n_candidates).
    """

    ids: tuple[str, ...]
    ln: Floats

    def quantiles(self, shares: Sequence[float]) -> Floats:
        """Of sigma in mS/cm, (n_shares, n_candidates)."""
        if not self.ids:
            return np.empty((len(shares), 0))
        result: Floats = np.exp(np.quantile(self.ln, shares, axis=0))
        return result

    def among_best(self, keep: int) -> Floats:
        """Probability of each candidate to be among the best `keep`, (n_candidates,)."""
        if keep >= len(self.ids):
            return np.ones(len(self.ids))
        return np.asarray((self._places() < keep).mean(axis=0))

    def tiers(self, doubt: float) -> list[list[int]]:
        """Candidates that cannot be told apart, best tier first, each as places in `ids` in order of their mean place.

        A tier is its first candidate and those that are better than it with a probability of `doubt` or more. First is
        who has the best mean place of all that are left.
        """
        places = self._places().mean(axis=0)
        left = [int(i) for i in np.argsort(places, kind="stable")]
        found = []
        while left:
            first = left[0]
            better = (self.ln[:, left] > self.ln[:, [first]]).mean(axis=0)
            tier = [i for i, share in zip(left, better, strict=True) if i == first or share >= doubt]
            found.append(tier)
            left = [i for i in left if i not in tier]
        return found

    def _places(self) -> NDArray[np.intp]:
        """Place of each candidate in each draw, 0 for the best."""
        order = np.argsort(-self.ln, axis=1)
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.arange(order.shape[1])[None], axis=1)
        return places


def possible(known: Mapping[str, Knowledge]) -> Possible:
    """Draw conductivities of all candidates of which anything is known; the same ones for the same knowledge."""
    ids = tuple(sorted(id for id, one in known.items() if one.anything))
    rng = np.random.default_rng(_SEED)
    drawn = np.empty((_DRAWS, len(ids)))
    measured = [i for i, id in enumerate(ids) if known[id].ln_value is not None]
    values = np.array([known[ids[i]].ln_value for i in measured], dtype=np.float64)
    errors = np.array([known[ids[i]].ln_error for i in measured], dtype=np.float64)
    drawn[:, measured] = draw_measured(values, errors, _DRAWS, rng)
    for i, id in enumerate(ids):
        if i not in measured:
            drawn[:, i] = _between(known[id], rng)
    return Possible(ids, drawn)


def draw_measured(values: Floats, errors: Floats, n_draws: int, rng: np.random.Generator) -> Floats:
    """Draw true values given measured ones with standard errors, pulled towards their mean, (n_draws, n).

    The spread has a flat prior up to four times the scatter of the values, the mean a flat one.

    Args:
        values, errors: (n,), errors positive.
        n_draws: How many.
        rng: Random numbers.
    """
    noise = np.stack([_normal(n_draws, rng) for _ in values], axis=1) if len(values) else np.empty((n_draws, 0))
    if len(values) < _LEAST_TO_PULL:
        return np.asarray(values + errors * noise)
    spreads = np.linspace(0.0, 4.0 * float(values.std(ddof=1)) + 1e-9, _N_SPREADS)
    variance = errors**2 + spreads[:, None] ** 2
    precision = (1.0 / variance).sum(axis=1)
    means = (values / variance).sum(axis=1) / precision
    misfit = ((values - means[:, None]) ** 2 / variance).sum(axis=1)
    log_likelihood = -0.5 * (np.log(variance).sum(axis=1) + np.log(precision) + misfit)
    likelihood = np.exp(log_likelihood - log_likelihood.max())
    chosen = rng.choice(_N_SPREADS, n_draws, p=likelihood / likelihood.sum())
    mean = means[chosen] + rng.normal(size=n_draws) / np.sqrt(precision[chosen])
    own = spreads[chosen, None] ** 2 / variance[chosen]
    centre = own * values + (1.0 - own) * mean[:, None]
    return np.asarray(centre + np.sqrt(own) * errors * noise)


def _normal(n: int, rng: np.random.Generator) -> Floats:
    """n normal numbers in random order whose quantiles are as exact as so many can be."""
    return np.asarray(ndtri((rng.permutation(n) + 0.5) / n))


def _between(known: Knowledge, rng: np.random.Generator) -> Floats:
    """ln sigma between two bounds, flat, with a share beyond each that is one."""
    assert known.upper is not None
    high = float(np.log(min(known.upper, CEILING_MS_CM)))
    low = float(np.log(FLOOR_MS_CM if known.lower is None else known.lower))
    drawn = rng.uniform(min(low, high), high, _DRAWS)
    side, far = rng.random(_DRAWS), rng.exponential(_TAIL, _DRAWS)
    drawn = np.where(side < _BEYOND, high + far, drawn)
    if known.lower is not None:
        drawn = np.where(side > 1.0 - _BEYOND, low - far, drawn)
    return np.asarray(drawn)
