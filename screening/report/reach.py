"""The verdict in two parts: what was seen in the runs, and what is said of the temperature asked for."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from screening.config.transport import ArrheniusConfig
from screening.report.collect import Candidate
from screening.report.text import compact, joined, number, positive
from screening.transport.line_record import LineFit, LineRecord
from screening.transport.record import TransportRecord, TransportVerdict

# The mean absolute error of a normal distribution is sqrt(2 / pi) of its standard deviation.
_DEVIATION_PER_MAE = math.sqrt(0.5 * math.pi)
_SHORT = {"seen": "seen there", "bounded": "between bounds"}
# Flags of a line that hold these words say what `Reach` says.
_FAR_FLAG = "fitted ranges of 1/T"


@dataclass(frozen=True)
class Reach:
    """How far the temperature asked for lies from those that were run.

    Attributes:
        kind: `seen` between the runs, `bounded` where runs there give bounds of D* only, `near` up to the limit of
            `arrhenius.max_extrapolation_factor`, else `far`.
        factor: Distance in 1/T from the nearest run, over the range of 1/T that the runs span.
        temperature_K: The temperature asked for.
    """

    kind: str
    factor: float
    temperature_K: float

    @property
    def short(self) -> str:
        """For the table."""
        at = f"{self.temperature_K:g} K"
        if self.kind in _SHORT:
            return f"{at}: {_SHORT[self.kind]}"
        return f"{at}: {self.kind}, {times(self.factor)} times the range"

    @property
    def words(self) -> str:
        """A sentence of its own."""
        at = f"{self.temperature_K:g} K"
        if self.kind == "seen":
            return f"{at} lies between the temperatures that were run."
        if self.kind == "bounded":
            return f"At {at} the runs give two bounds of D*, which the line lies between."
        beyond = f"{at} lies {times(self.factor)} times the simulated range of 1/T beyond the nearest run"
        if self.kind == "near":
            return f"{beyond}."
        return f"{beyond}: its value there is a guess. Compare candidates at the temperatures that were run."


@dataclass(frozen=True)
class Coldest:
    """The tracer diffusivity at the coldest temperature that shows one.

    Attributes:
        temperature_K: Of the runs.
        value: D* in cm2/s; None where it is bounded only.
        error: Its standard error.
        low: Lower bound, None where there is none.
        high: Upper bound, None where there is a value.
    """

    temperature_K: float
    value: float | None
    error: float | None
    low: float | None
    high: float | None

    @property
    def order(self) -> float | None:
        """What it is sorted by: the value, between two bounds their middle; None where only an upper bound is known."""
        if self.value is not None or self.low is None or self.high is None:
            return self.value
        return math.sqrt(self.low * self.high)

    def __str__(self) -> str:
        if self.value is not None:
            return number(self.value) if self.error is None else joined(self.value, self.error, 1)
        return f"< {number(self.high)}" if self.low is None else f"{number(self.low)} to {number(self.high)}"

    def data(self) -> list[float | None]:
        """For the page's script."""
        return [compact(x) for x in (self.temperature_K, self.value, self.error, self.low, self.high)]


@dataclass(frozen=True)
class Expected:
    """The conductivity at the temperature asked for, with as many digits as its whole interval allows.

    Attributes:
        value: Such as `about 300`.
        low: Lower end of the statistical interval.
        high: Its upper end.
        wide: Ends in mS/cm of the interval that holds the typical error of the potential too; None where that is not
            known.
    """

    value: str
    low: str
    high: str
    wide: tuple[float, float] | None

    def data(self) -> dict[str, Any]:
        """For the page's script."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "wide": self.wide and [*map(compact, self.wide)],
        }


def reach_of(line: LineRecord | None, config: dict[str, Any], coldest_K: float | None = None) -> Reach | None:
    """None where no line gives a value.

    Args:
        line: The candidate's record.
        config: The campaign's settings.
        coldest_K: Lowest temperature with a value of D*; that of the line, which may be between bounds, where None.
    """
    if line is None or line.extrapolation_factor is None:
        return None
    factor = line.extrapolation_factor
    kind = "near" if factor <= far_beyond(config) else "far"
    if not line.extrapolated:
        kind = "bounded" if coldest_K is not None and coldest_K > line.extrapolation_temperature_K else "seen"
    return Reach(kind, factor, line.extrapolation_temperature_K)


def far_beyond(config: dict[str, Any]) -> float:
    """Factor above which a temperature is far from the runs: the campaign's setting, else the default."""
    return _of_line(config, "max_extrapolation_factor")


def target_of(config: dict[str, Any]) -> float:
    """Temperature in K that a campaign's conductivities belong to."""
    return _of_line(config, "extrapolation_temperature_K")


def _of_line(config: dict[str, Any], key: str) -> float:
    """A number of the campaign's settings for Arrhenius lines, else its default."""
    value = (config.get("arrhenius") or {}).get(key)
    return float(value if isinstance(value, int | float) else getattr(ArrheniusConfig(), key))


def seen_at(line: LineRecord | None, coldest_K: float | None = None) -> str:
    """The temperatures that have a value of D*, such as `at 800 to 1000 K`; "" without any.

    Args:
        line: The candidate's record.
        coldest_K: The lowest of them; that of the line, which may be between bounds, where None.
    """
    if line is None or not line.temperatures_K:
        return ""
    low, high = coldest_K or min(line.temperatures_K), max(line.temperatures_K)
    return f"at {low:g} K" if low == high else f"at {low:g} to {high:g} K"


def coldest_of(candidate: Candidate) -> Coldest | None:
    """The coldest temperature with a value; without one that with two bounds, then the lowest upper bound."""
    known = [found for point in candidate.transport if (found := _coldest(point)) is not None]
    for seen in [one for one in known if one.value], [one for one in known if one.order]:
        if seen:
            return min(seen, key=lambda one: one.temperature_K)
    return min(known, key=lambda one: one.high or math.inf, default=None)


def _coldest(point: TransportRecord) -> Coldest | None:
    value = positive(point.tracer_diffusivity_cm2_s)
    high = positive(point.tracer_diffusivity_upper_bound_cm2_s)
    if point.verdict is TransportVerdict.RESOLVED and value is not None:
        return Coldest(point.temperature_K, value, positive(point.tracer_diffusivity_error_cm2_s), None, None)
    if high is None or point.verdict not in (TransportVerdict.BRACKETED, TransportVerdict.UPPER_BOUND):
        return None
    low = positive(point.tracer_diffusivity_lower_bound_cm2_s)
    return Coldest(point.temperature_K, None, None, low if point.verdict is TransportVerdict.BRACKETED else None, high)


def expected(
    conductivity: tuple[float, float | None, float | None], typical_log10: float | None, level: float
) -> Expected:
    """A conductivity and its interval as text.

    Args:
        conductivity: Value, low and high end in mS/cm.
        typical_log10: Mean absolute error of log10 of the potential's conductivities; None where it is not known.
        level: Of the interval; the wide one has the same, with the potential's error taken as normal.
    """
    value, low, high = conductivity
    down = math.log10(value / low) if low else 0.0
    up = math.log10(high / value) if high else 0.0
    spread = (
        0.0 if typical_log10 is None else NormalDist().inv_cdf(0.5 + 0.5 * level) * _DEVIATION_PER_MAE * typical_log10
    )
    below, above = math.hypot(down, spread), math.hypot(up, spread)
    # Half of the whole interval in decades: above a fifth (a factor of 1.6 either way) a second digit says nothing.
    half = 0.5 * (below + above)
    digits = 1 if half > 0.2 else 2
    wide = None if typical_log10 is None else (value / 10.0**below, value * 10.0**above)
    about = "about " if digits == 1 else ""
    return Expected(about + number(value, digits), number(low, digits), number(high, digits), wide)


def doubts_of(reason: str, line: LineFit | None, cell_doubt: str) -> str:
    """A reason of the ranking without what the row says elsewhere: barrier, temperatures, reach, cell.

    Args:
        reason: Of ranking.csv, phrases with semicolons between.
        line: The candidate's record.
        cell_doubt: Of ranking.csv.
    """
    said = [cell_doubt]
    if isinstance(line, LineRecord):
        said += [line.reason, *(flag for flag in line.extrapolation_flags if _FAR_FLAG in flag)]
    for phrase in filter(None, said):
        reason = reason.replace(phrase, "")
    return "; ".join(part for part in map(str.strip, reason.split(";")) if part)


def other_flags(line: LineRecord) -> list[str]:
    """Flags of a line but those that `Reach` says."""
    return [flag for flag in line.extrapolation_flags if _FAR_FLAG not in flag and not flag.startswith("extrapolated")]


def times(factor: float) -> str:
    """A factor in digits that mean something."""
    return f"{factor:.0f}" if factor >= 3 else f"{factor:.1f}"
