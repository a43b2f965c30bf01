"""A line through points, straight and averaged over shapes, as the keys of a record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.config.transport import ArrheniusConfig
from screening.records.fields import floats
from screening.transport.line import ArrheniusLine, fit_line
from screening.transport.line_average import AveragedLine, average_line
from screening.transport.line_points import Bounded, Bracketed, Measured, Point
from screening.transport.line_record import QUANTILE_LEVELS, LineCurve, LineFit, ShapeProbabilities
from screening.transport.line_shapes import ShapeKind

Floats = NDArray[np.float64]

_CURVE_POINTS = 30
#: Limits of intervals of 68 and 95 %, and the median.
_ONE_SIGMA, _TWO_SIGMA, _MEDIAN = (0.16, 0.84), (0.025, 0.975), 0.5
#: From here on one barrier is as likely as not.
_LIKELY = 0.5


@dataclass(frozen=True)
class FittedLine:
    """Points with the straight line through them and the average over shapes.

    Attributes:
        points: Measured and bracketed ones, from the coldest, then the bounded ones.
        straight: The straight line, bounds left out; a bracket counts as its middle.
        average: Over shapes, of all points.
        target_K: Temperature that is asked for.
        barrier_error_eV: A common error of all barriers, which straight line and average hold.
    """

    points: tuple[Point, ...]
    straight: ArrheniusLine
    average: AveragedLine
    target_K: float
    barrier_error_eV: float = 0.0

    @classmethod
    def through(cls, points: Sequence[Point], settings: ArrheniusConfig, barrier_error_eV: float = 0.0) -> "FittedLine":
        """The line through points of which at least two are measured or bracketed."""
        placed = sorted((p for p in points if not isinstance(p, Bounded)), key=lambda p: p.temperature_K)
        bounded = [p for p in points if isinstance(p, Bounded)]
        rows = np.array([_row(p) for p in placed])
        straight = fit_line(rows[:, 0], rows[:, 1], rows[:, 2], settings.scatter_p_value)
        target = settings.extrapolation_temperature_K
        return cls(
            (*placed, *bounded),
            straight.with_barrier_error(barrier_error_eV),
            average_line(points, target).with_barrier_error(barrier_error_eV),
            target,
            barrier_error_eV,
        )

    @property
    def placed(self) -> list[Measured | Bracketed]:
        """Points that the straight line is through, from the coldest."""
        return [p for p in self.points if not isinstance(p, Bounded)]

    @property
    def rows(self) -> tuple[Floats, Floats, Floats]:
        """Their temperatures in K, D and its errors in cm^2/s."""
        return tuple(np.array([_row(p) for p in self.placed]).T)

    def quantiles(self, levels: Sequence[float]) -> Floats:
        """Of D at the target in cm^2/s, (n_levels,)."""
        return np.asarray(np.exp(self.average.ln_diffusivity(np.array([self.target_K]), levels)[:, 0]))

    @property
    def ln_error(self) -> float:
        """Half of the 68 % interval of ln D at the target."""
        return _half(np.log(self.quantiles(_ONE_SIGMA)))

    @property
    def straight_ln_error(self) -> float:
        """The same if the line is straight."""
        return float(self.straight.ln_diffusivity(np.array([self.target_K]))[1][0])

    def keys(self, settings: ArrheniusConfig, kind: str, conductivity: Callable[[float], float]) -> dict[str, Any]:
        """What a record holds of it, by key.

        Args:
            settings: Level of the intervals.
            kind: Of the conductivity, as keys name it.
            conductivity: In mS/cm at the target from D in cm^2/s.
        """
        line, level = self.straight, settings.confidence_level
        value = float(np.exp(self._values(np.array([self.target_K]))[0]))
        low, high = self.quantiles((0.5 - 0.5 * level, 0.5 + 0.5 * level))
        low95, high95 = self.quantiles(_TWO_SIGMA)
        coldest = self.average.barrier(self.placed[0].temperature_K, (*_ONE_SIGMA, _MEDIAN))
        fit = LineFit(
            activation_energy_eV=line.energy_eV,
            activation_energy_error_eV=line.energy_error,
            student_barrier_error_eV=self.barrier_error_eV or None,
            activation_energy_coldest_eV=float(coldest[2]),
            activation_energy_coldest_error_eV=_half(coldest[:2]),
            ln_prefactor_cm2_s=line.ln_prefactor,
            ln_prefactor_error=line.ln_prefactor_error,
            chi2=line.chi2,
            degrees_of_freedom=line.degrees_of_freedom,
            errors_widened=line.widened,
            shape_probabilities=ShapeProbabilities(**{kind: self.average.probability(kind) for kind in ShapeKind}),
            diffusivity_300K_cm2_s=value,
            diffusivity_300K_quantiles_cm2_s=floats(self.quantiles(QUANTILE_LEVELS)),
            ln_diffusivity_300K_shape_error=float(np.sqrt(max(0.0, self.ln_error**2 - self.straight_ln_error**2))),
            curve=self._curve(level),
        )
        return {name: getattr(fit, name) for name in LineFit.__dataclass_fields__} | {
            f"conductivity_300K_{kind}_mS_cm": conductivity(value),
            f"conductivity_300K_{kind}_low_mS_cm": conductivity(min(low, value)),
            f"conductivity_300K_{kind}_high_mS_cm": conductivity(max(high, value)),
            f"conductivity_300K_{kind}_low95_mS_cm": conductivity(min(low95, value)),
            f"conductivity_300K_{kind}_high95_mS_cm": conductivity(max(high95, value)),
            f"ln_conductivity_300K_{kind}_error": self.ln_error,
        }

    def _values(self, temperatures_K: Floats) -> Floats:
        """ln D on the straight line where that stands for all shapes and points, else the median of shapes."""
        if self._straight_stands_for_all:
            return self.straight.ln_diffusivity(temperatures_K)[0]
        return np.asarray(self.average.ln_diffusivity(temperatures_K, (_MEDIAN,))[0])

    @property
    def _straight_stands_for_all(self) -> bool:
        """There are no bounds, which it leaves out, one barrier is likelier than not, and it is within one sigma."""
        if len(self.placed) < len(self.points) or self.average.straight_over_the_runs < _LIKELY:
            return False
        low, high = np.log(self.quantiles(_ONE_SIGMA))
        return bool(low <= self.straight.ln_diffusivity(np.array([self.target_K]))[0][0] <= high)

    def _curve(self, level: float) -> LineCurve:
        hottest, target = self.placed[-1].temperature_K, self.target_K
        temperatures = 1.0 / np.linspace(1.0 / max(hottest, target), 1.0 / min(target, hottest), _CURVE_POINTS)
        low, high = self.average.ln_diffusivity(temperatures, (0.5 - 0.5 * level, 0.5 + 0.5 * level))
        return LineCurve(
            inverse_temperature_1000_K=floats(1000.0 / temperatures),
            diffusivity_cm2_s=floats(np.exp(self._values(temperatures))),
            low_cm2_s=floats(np.exp(low)),
            high_cm2_s=floats(np.exp(high)),
        )


def placed_value(point: Measured | Bracketed) -> tuple[float, float]:
    """D and its error; of a bracket the middle, and the deviation of what is alike between its bounds."""
    if isinstance(point, Measured):
        return point.value, point.error
    middle = float(np.sqrt(point.low * point.high))
    return middle, middle * float(np.log(point.high / point.low)) / float(np.sqrt(12.0))


def _row(point: Measured | Bracketed) -> tuple[float, float, float]:
    return (point.temperature_K, *placed_value(point))


def _half(ends: Floats) -> float:
    return 0.5 * float(ends[1] - ends[0])
