"""What a temperature says about ln D, as a likelihood: a number with an error, a bracket, or a bound.

All are log-concave, so that a curve through them has one best place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from screening.constants import K_EV

Floats = NDArray[np.float64]

#: A soft edge is this share of its bracket wide: 5 % lie beyond each end, and what is between is alike.
_EDGE = 1.0 / 8.0
_LN_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Measured:
    """A diffusivity in cm^2/s with its standard error."""

    temperature_K: float
    value: float
    error: float


@dataclass(frozen=True)
class Bracketed:
    """A diffusivity between two bounds in cm^2/s, each of which 5 % lie beyond."""

    temperature_K: float
    low: float
    high: float


@dataclass(frozen=True)
class Bounded:
    """A diffusivity below a bound in cm^2/s that holds with some confidence."""

    temperature_K: float
    high: float
    confidence: float


Point = Measured | Bracketed | Bounded


@dataclass(frozen=True)
class Box:
    """A number between two soft ends: alike in between, with 5 % beyond each end."""

    low: Floats
    high: Floats
    edge: Floats

    def log_likelihood(self, y: Floats) -> tuple[Floats, Floats, Floats]:
        """ln L up to a constant, its slope, and its curvature with the sign changed; as `y`, (..., n)."""
        above, below = (self.high - y) / self.edge, (y - self.low) / self.edge
        value = log_ndtr(above) + log_ndtr(below)
        falls, rises = _hazard(above), _hazard(below)
        slope = (rises - falls) / self.edge
        bend = (falls * (falls + above) + rises * (rises + below)) / self.edge**2
        return value, slope, bend

    @property
    def least_information(self) -> Floats:
        """One over the variance of a number that may be anywhere between the ends."""
        return 12.0 / (self.high - self.low) ** 2


@dataclass(frozen=True)
class LinePoints:
    """Points as arrays: x = 1 / (k T) in 1/eV, y = ln(D / (cm^2/s)).

    Attributes:
        x: (n,), of all points in the order of the three groups below.
        ln_d, freedom: Of measured ones, y and degrees of freedom 2 / (relative error)^2.
        box: Of bracketed ones.
        ln_bound, weight: Of bounded ones, y and -ln(1 - confidence).
    """

    x: Floats
    ln_d: Floats
    freedom: Floats
    box: Box
    ln_bound: Floats
    weight: Floats

    @classmethod
    def of(cls, points: Sequence[Point]) -> "LinePoints":
        """From points of any kinds in any order."""
        measured = [p for p in points if isinstance(p, Measured)]
        bracketed = [p for p in points if isinstance(p, Bracketed)]
        bounded = [p for p in points if isinstance(p, Bounded)]
        low, high = np.log([p.low for p in bracketed]), np.log([p.high for p in bracketed])
        temperatures = [p.temperature_K for p in measured] + [p.temperature_K for p in bracketed]
        temperatures += [p.temperature_K for p in bounded]
        return cls(
            x=1.0 / (K_EV * np.array(temperatures)),
            ln_d=np.log([p.value for p in measured]),
            freedom=2.0 * (np.array([p.value / p.error for p in measured])) ** 2,
            box=Box(low, high, np.maximum(high - low, 1e-6) * _EDGE),
            ln_bound=np.log([p.high for p in bounded]),
            weight=-np.log1p(-np.array([p.confidence for p in bounded])),
        )

    def log_likelihood(self, y: Floats) -> tuple[Floats, Floats, Floats]:
        """ln L of each point up to a constant, its slope, and its curvature with the sign changed, (..., n) each.

        Measured: the error is a share of the truth, D_measured / D ~ chi^2(nu) / nu (nearly normal in ln D where it is
        small; where it is large, a truth far above the number is likelier than one far below). Bounded: no event where
        D would have given `weight` of them at the bound, a Poisson law.
        """
        n, m = len(self.ln_d), len(self.box.low)
        high = np.exp(np.minimum(self.ln_d - y[..., :n], 30.0))
        half = 0.5 * self.freedom
        events = self.weight * np.exp(np.minimum(y[..., n + m :] - self.ln_bound, 30.0))
        inside = self.box.log_likelihood(y[..., n : n + m])
        value = (half * (self.ln_d - y[..., :n] + 1.0 - high), inside[0], -events)
        slope = (half * (high - 1.0), inside[1], -events)
        bend = (half * high, inside[2], events)
        return tuple(np.concatenate(parts, axis=-1) for parts in (value, slope, bend))  # type: ignore[return-value]

    @property
    def least_information(self) -> Floats:
        """Information in y that each point gives at the least near where it allows y to be, (n,)."""
        return np.concatenate([0.0 * self.ln_d, self.box.least_information, 0.0 * self.ln_bound])

    @property
    def start(self) -> Floats:
        """A value of y that each point allows, (n,)."""
        return np.concatenate([self.ln_d, 0.5 * (self.box.low + self.box.high), self.ln_bound - 1.0])


def _hazard(t: Floats) -> Floats:
    """Normal density over its integral up to t."""
    return np.asarray(np.exp(-0.5 * t * t - 0.5 * _LN_2PI - log_ndtr(t)))
