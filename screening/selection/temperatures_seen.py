"""What a candidate's runs say at each temperature, and what a campaign allows: the next ones are chosen from both."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from screening.transport.line_fit import placed_value
from screening.transport.line_points import Bounded, Measured, Point

#: Temperatures are whole multiples of this, in K, or the target: what changes a little changes no temperature.
GRID_K = 25.0


@dataclass(frozen=True)
class Seen:
    """What the runs of a candidate at one temperature say.

    Attributes:
        temperature_K: Of the runs.
        point: What they say about D*; None where they say nothing.
        lost: Why there is nothing to measure there, such as that the crystal melted; "" where there is.
        run_ps: Mean length of a run.
        relative_error: Of D* from one run; None where it is not resolved.
        core_hours_per_ps: Of all runs together, for a ps of each.
    """

    temperature_K: float
    point: Point | None
    lost: str
    run_ps: float
    relative_error: float | None
    core_hours_per_ps: float

    @property
    def core_hours(self) -> float:
        """Spent."""
        return self.run_ps * self.core_hours_per_ps


@dataclass(frozen=True)
class Place:
    """Whether a temperature places the line, and what an error cost there.

    Attributes:
        resolved: By a value or a bracket.
        work: D times the length of a run times its relative error squared, in cm^2/s ps: alike at all temperatures.
    """

    resolved: bool
    work: float = 0.0

    @classmethod
    def of(cls, one: Seen) -> "Place":
        """What the runs at one temperature say of it; of brackets the middle counts."""
        if one.point is None or isinstance(one.point, Bounded):
            return cls(False)
        value, error = placed_value(one.point)
        relative = one.relative_error if isinstance(one.point, Measured) else None
        relative = error / value if relative is None else relative
        return cls(True, value * one.run_ps * relative**2)


@dataclass(frozen=True)
class Limits:
    """What a campaign allows.

    Attributes:
        hottest_K, target_K: Between which temperatures are chosen.
        first_ps: Length of the first runs, at most.
        least_ps: No run is shorter.
        chunk_ps: Runs are whole multiples of it; no longer than the shortest run.
        error: Relative error of D that colder runs are planned for.
        reach: The line is carried over so many times its range of 1/T, and no further at once.
        core_hours: For all runs of a candidate.
    """

    hottest_K: float
    target_K: float
    first_ps: float
    least_ps: float
    chunk_ps: float
    error: float
    reach: float
    core_hours: float

    @property
    def grid_K(self) -> list[float]:
        """Temperatures to choose from, the coldest first."""
        first, last = ceil(self.target_K / GRID_K), int(self.hottest_K // GRID_K)
        between = {GRID_K * k for k in range(first, last + 1)}
        return sorted(between | {self.target_K, self.hottest_K})

    def near(self, inverse: float, among: Sequence[float] = ()) -> float:
        """The temperature of the grid, or of some of it, that is nearest to 1/T = `inverse` in 1/K."""
        return min(among or self.grid_K, key=lambda t: abs(1.0 / t - inverse))
