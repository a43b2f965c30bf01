"""At which temperatures a candidate is run next, and for how long, from what its runs so far say.

Hot runs are cheap and say little about room temperature; cold ones are dear and say all. So runs begin hot and short.
The average over the shapes that the line may have says what D to expect at a colder temperature, and what one run cost
for its error says how long a run there has to be: its relative error falls as one over the root of the hops in it, and
these are as D times its length. The next temperature is the coldest that the budget resolves even where D comes out
lower than expected, not further than the line may be carried, with others on the way there. Once nothing colder is in
reach, what is left of the budget places a bend of the line, or a point that the line lacks where D is as expected, and
then bounds D below the coldest point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp

import numpy as np
from numpy.typing import NDArray

from screening.selection.bend import bend_of
from screening.selection.temperatures_seen import Limits, Place, Seen
from screening.transport.line_average import AveragedLine, average_line
from screening.transport.line_points import Bounded, Measured

Floats = NDArray[np.float64]

#: Decisions after the first runs, each a table: a campaign waits for all of its candidates before the next one.
N_DECISIONS = 5
#: Temperatures that all candidates begin with.
N_FIRST = 2
#: The second of the first two temperatures lies so far down the way to the target in 1/T.
_SECOND = 0.15
#: Where nothing can be measured so far, the next temperatures lie so far down the way to the target in 1/T.
_BELOW_ALL = (1.0 / 6.0, 1.0 / 3.0)
#: Neighbouring temperatures are no further apart than this in 1000 K/T.
_WIDEST = 0.5
#: D is lower than was planned for with this probability.
_DOUBT = 0.25
#: What is left of the budget may be spent on a step: half of it while there may be a colder one, else nearly all.
_SHARE, _ALL = 0.5, 0.95
#: Runs may be so many times as long as planned: D may be lower than that.
_SPARE = 2.0
#: A line that lacks a point gets one where D as expected gives a run this times the error that others are planned for.
_EXPECTED, _LOOSER = 0.5, 2.0
#: A run of so large an error has about three hops: enough to bound D at what is expected.
_BOUND_ERROR, _HOPEFUL = 1.0, 0.84
#: A run that gave bounds is worth another one that is so many times as long.
_LONGER = 3.0
#: Resolved temperatures that a barrier needs on each side of a bend, and those that any line does.
_ON_EACH_SIDE, _ON_A_LINE = 2, 3


@dataclass(frozen=True)
class NextRun:
    """A temperature to run at.

    Attributes:
        temperature_K: The temperature.
        duration_ps: Length of each run, at most.
        core_hours: Of all runs there, at most.
        reason: Why it was chosen.
    """

    temperature_K: float
    duration_ps: float
    core_hours: float
    reason: str


@dataclass(frozen=True)
class Decision:
    """What is run next; where nothing is, why not."""

    runs: tuple[NextRun, ...] = ()
    ends: str = ""


def first_temperatures(hottest_K: float, target_K: float) -> tuple[float, float]:
    """The hottest and one a little down the way to the target, in K: what all candidates begin with."""
    limits = Limits(hottest_K, target_K, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    colder = [t for t in limits.grid_K if t < hottest_K]
    second = limits.near((1.0 - _SECOND) / hottest_K + _SECOND / target_K, colder)
    return second, hottest_K


def decide(seen: Sequence[Seen], limits: Limits, *, last: bool = False) -> Decision:
    """What a candidate is run at next.

    Args:
        seen: Its runs so far, at one temperature or more, in any order.
        limits: What the campaign allows.
        last: Whether there is no further decision: nothing of the budget is kept for one.

    Returns:
        Temperatures with lengths whose cost, at the speed of the runs so far, is within what is left of the budget;
        the same ones for the same records.
    """
    return _Choice(tuple(sorted(seen, key=lambda one: one.temperature_K)), limits, last).decision()


@dataclass(frozen=True)
class _Choice:
    """One decision; `seen` begins with the coldest."""

    seen: tuple[Seen, ...]
    limits: Limits
    last: bool

    def decision(self) -> Decision:
        if self.left < self._hours(self.limits.least_ps):
            return Decision(ends=self._spent())
        points = [one.point for one in self.seen if one.point is not None]
        if not any(one.resolved for one in map(Place.of, self.seen)):
            return self._without_any()
        if len(points) < 2:
            return self._beside_the_only_one()
        line = average_line(points, self.limits.target_K)
        return (
            self._colder(line)
            or self._below_the_lost()
            or self._a_value(line)
            or self._between(line)
            or self._lacking(line)
            or self._bounding(line)
            or Decision(ends=self._end())
        )

    @property
    def left(self) -> float:
        """Core hours that are left."""
        return self.limits.core_hours - sum(one.core_hours for one in self.seen)

    @property
    def placed(self) -> list[Seen]:
        """Temperatures with a value or a bracket, the coldest first."""
        return [one for one in self.seen if Place.of(one).resolved]

    def _free(self, low: float, high: float) -> list[float]:
        """Temperatures strictly between two that were not run, the coldest first."""
        run = {one.temperature_K for one in self.seen}
        return [t for t in self.limits.grid_K if low < t < high and t not in run]

    def _hours(self, ps: float) -> float:
        """Core hours of runs of this length, at the slowest speed so far.

        What broke off early took its start's time for few ps: that is no speed where another one is known.
        """
        speeds = [one.core_hours_per_ps for one in self.seen if not one.lost]
        return ps * (max(speeds) if speeds else min(one.core_hours_per_ps for one in self.seen))

    @property
    def _rest_ps(self) -> float:
        """Length of runs that nearly all that is left pays for."""
        return _ALL * self.left / self._hours(1.0)

    # --- before there is a line

    def _without_any(self) -> Decision:
        holding = [one for one in self.seen if not one.lost]
        if not holding:
            return self._below_all()
        bounded = [one for one in holding if isinstance(one.point, Bounded)]
        top = (bounded or holding)[-1]
        at = f"{top.temperature_K:g} K"
        why = f"no diffusion is seen at {at}" if bounded else f"runs of {top.run_ps:g} ps at {at} are too short to tell"
        if hotter := self._hotter(top.temperature_K):
            above = self._lost_above(top.temperature_K)
            return self._first(hotter, f"{why}, and nothing can be measured at {above:g} K")
        return Decision(ends=f"{why}, the hottest that can be measured: a bound" if bounded else why)

    def _below_all(self) -> Decision:
        """Where nothing can be measured so far: two at once, since how much colder it must be nobody knows."""
        coldest = self.seen[0]
        if not any(one.run_ps for one in self.seen):
            return Decision(ends=f"nothing was run: {coldest.lost}")
        why = f"{coldest.temperature_K:g} K: {coldest.lost}"
        free = self._free(0.0, coldest.temperature_K)
        if not free:
            return Decision(ends=f"nothing can be measured at any temperature; at {why}")
        way = [(1.0 - s) / coldest.temperature_K + s / self.limits.target_K for s in _BELOW_ALL]
        return self._first([self.limits.near(inverse, free) for inverse in way], f"nothing can be measured at {why}")

    def _beside_the_only_one(self) -> Decision:
        (only,) = self.placed
        free = self._near(only.temperature_K)
        if not free:
            return Decision(ends=f"only {only.temperature_K:g} K says anything")
        inverse = (1.0 - _SECOND) / only.temperature_K + _SECOND / self.limits.target_K
        goals = [self.limits.near(inverse, free), *self._hotter(only.temperature_K)]
        return self._first(goals, f"{only.temperature_K:g} K alone makes no line")

    def _lost_above(self, temperature_K: float) -> float:
        """The coldest temperature above another one where nothing can be measured; infinite where there is none."""
        lost = [one.temperature_K for one in self.seen if one.lost]
        return min((t for t in lost if t > temperature_K), default=np.inf)

    def _near(self, temperature_K: float) -> list[float]:
        """Temperatures below one that were not run; where there is none, those above it where the crystal may hold."""
        return self._free(0.0, temperature_K) or self._free(temperature_K, self._lost_above(temperature_K))

    def _hotter(self, temperature_K: float) -> list[float]:
        """The one temperature, if any, that lies half way to where nothing can be measured."""
        above = self._lost_above(temperature_K)
        free = self._free(temperature_K, above) if above < np.inf else []
        return free[len(free) // 2 :][:1]

    def _first(self, temperatures_K: Sequence[float], reason: str) -> Decision:
        """Runs of the first length, or of what is left; at the first of the temperatures if that is little."""
        goals = list(dict.fromkeys(temperatures_K))
        goals = goals[: max(1, int(self._rest_ps / self.limits.least_ps))]
        length = max(self.limits.least_ps, min(self.limits.first_ps, self._rest_ps / len(goals)))
        return Decision(tuple(self._run(t, length, reason) for t in goals))

    # --- down the line

    def _below_the_lost(self) -> Decision | None:
        """A point that the line lacks, where the crystal may still hold: D is largest there, so a short run will do."""
        hottest = self.placed[-1].temperature_K
        if self.last or len(self.placed) >= _ON_A_LINE or not (hotter := self._hotter(hottest)):
            return None
        above = self._lost_above(hottest)
        return self._first(hotter, f"a point that the line lacks, below {above:g} K where nothing can be measured")

    def _a_value(self, line: AveragedLine) -> Decision | None:
        """Longer runs beside the hottest temperature, while D is between bounds there and has a value nowhere.

        A run that a table stands on cannot become longer; a neighbour of it can be. Few hops say little of how many
        more are needed, so what is left is spent even if it may not suffice.
        """
        if any(isinstance(one.point, Measured) for one in self.seen):
            return None
        hottest = self.placed[-1]
        free = self._near(hottest.temperature_K)
        if not free:
            return None
        goal = self.limits.near(1.0 / hottest.temperature_K, free)
        length = min(self._rest_ps, _SPARE * self._needed(line, goal, _DOUBT, self.limits.error))
        if length < _LONGER * hottest.run_ps:
            return None
        why = f"D is between bounds at {hottest.temperature_K:g} K after {hottest.run_ps:g} ps, and has a value nowhere"
        return Decision((self._run(goal, length, why),))

    def _colder(self, line: AveragedLine) -> Decision | None:
        """The coldest temperature in reach, and others on the way."""
        coldest = self.placed[0].temperature_K
        for goal in self._in_reach(coldest):
            way = [*self._way(goal, coldest), goal]
            # The target is run from a neighbour of it and may take what is left: its run ends once D is known.
            if goal == self.limits.target_K and len(way) > 1:
                way = way[:-1]
            lands = way == [self.limits.target_K]
            most = (_ALL if lands or self.last else _SHARE) * self.left
            lengths = [self._needed(line, t, _DOUBT, self.limits.error) for t in way]
            hours = self._hours(sum(lengths))
            if hours > most:
                continue
            spare = min(_SPARE, most / hours)
            lengths = [spare * length for length in lengths]
            if lands:
                lengths[-1] += (most - self._hours(sum(lengths))) / self._hours(1.0)
            what = {goal: "the target itself" if lands else "the coldest in reach"}
            reasons = [what.get(t, f"on the way to {goal:g} K") for t in way]
            return Decision(tuple(map(self._run, way, lengths, reasons)))
        return None

    def _in_reach(self, coldest: float) -> list[float]:
        """Temperatures below the coldest point to which the line may be carried, the coldest first.

        With one point there is no range; what bounds D below it keeps the line from being carried far.
        """
        hottest = self.placed[-1].temperature_K
        if hottest == coldest:
            return self._free(0.0, coldest)
        furthest = 1.0 / coldest + self.limits.reach * (1.0 / coldest - 1.0 / hottest)
        free = self._free(0.0, coldest)
        return [t for t in free if 1.0 / t <= furthest] or free[-1:]

    def _way(self, goal: float, start: float) -> list[float]:
        """Temperatures between two that are far apart, the hottest first."""
        n = ceil((1000.0 / goal - 1000.0 / start) / _WIDEST) - 1
        free = self._free(goal, start)
        shares = [(k + 1) / (n + 1) for k in range(n)]
        found = [self.limits.near((1.0 - s) / start + s / goal, free) for s in shares if free]
        return list(dict.fromkeys(found))

    def _between(self, line: AveragedLine) -> Decision | None:
        """A temperature that the line lacks: beside a bend, or for a third point."""
        temperatures = [one.temperature_K for one in self.placed]
        if (bend := bend_of(line, temperatures)) is not None:
            low, high = bend
            below, above = sum(t <= low for t in temperatures), sum(t >= high for t in temperatures)
            if min(below, above) >= _ON_EACH_SIDE:
                return None
            # Nearer to the side that lacks a point.
            share, why = 1.0 / 3.0 if below < above else 2.0 / 3.0, f"a bend of the line between {low:g} and {high:g} K"
        elif len(temperatures) < _ON_A_LINE:
            low, high = temperatures[0], temperatures[-1]
            share, why = 0.5, "a third point of the line"
        else:
            return None
        free = self._free(low, high)
        return self._fits(line, self.limits.near((1.0 - share) / low + share / high, free), why) if free else None

    def _fits(self, line: AveragedLine, temperature_K: float, reason: str) -> Decision | None:
        """A run at one temperature, if what is left resolves it."""
        length = self._needed(line, temperature_K, _DOUBT, self.limits.error)
        spare = min(_SPARE, _ALL * self.left / self._hours(length))
        return Decision((self._run(temperature_K, spare * length, reason),)) if spare >= 1.0 else None

    def _lacking(self, line: AveragedLine) -> Decision | None:
        """One more point of a line that has too few, where it may well be resolved: nothing safer is in reach."""
        n = len(self.placed)
        if n >= _ON_A_LINE:
            return None
        share = _ALL if self.last or n == _ON_A_LINE - 1 else _SHARE
        most = share * self.left / self._hours(1.0)
        coldest, hottest = self.placed[0].temperature_K, self.placed[-1].temperature_K
        for goal in (*self._in_reach(coldest), *self._free(coldest, hottest)):
            if self._needed(line, goal, _EXPECTED, _LOOSER * self.limits.error) <= most:
                return Decision((self._run(goal, most, "a point that the line lacks, if D is as expected"),))
        return None

    def _bounding(self, line: AveragedLine) -> Decision | None:
        """A run below the coldest point with all that is left, where its bound says more than the line does."""
        coldest = self.placed[0].temperature_K
        length = self._rest_ps
        bounded = [one for one in self.seen if isinstance(one.point, Bounded) and one.temperature_K < coldest]
        if any(_LONGER * one.run_ps > length for one in bounded):
            return None
        for goal in self._free(0.0, coldest):
            if self._needed(line, goal, _HOPEFUL, _BOUND_ERROR) <= length:
                return Decision((self._run(goal, length, f"to bound D below {coldest:g} K with what is left"),))
        return None

    def _needed(self, line: AveragedLine, temperature_K: float, quantile: float, error: float) -> float:
        """Length in ps that a run needs for a relative error, if D is at this quantile of what is expected."""
        ln_d = float(line.ln_diffusivity(np.array([temperature_K]), (quantile,))[0, 0])
        # A bracket says little of what an error costs.
        measured = [one for one in self.placed if isinstance(one.point, Measured)]
        work = Place.of((measured or self.placed)[0]).work
        return max(self.limits.least_ps, work / (exp(ln_d) * error**2))

    def _run(self, temperature_K: float, length_ps: float, reason: str) -> NextRun:
        """In whole chunks, one at the least."""
        chunk = self.limits.chunk_ps
        whole = chunk * max(1, int(length_ps / chunk + 1e-9))
        return NextRun(temperature_K, whole, self._hours(whole), reason)

    def _spent(self) -> str:
        most = self.limits.core_hours
        if self.left <= 0.0:
            return f"the budget of {most:g} core hours is spent"
        return f"{self.left:.2g} of {most:g} core hours are left, too few for a run of {self.limits.least_ps:g} ps"

    def _end(self) -> str:
        coldest, most = self.placed[0].temperature_K, self.limits.core_hours
        if coldest <= self.limits.target_K:
            how = "seen" if isinstance(self.placed[0].point, Measured) else "between bounds"
            return f"D is {how} at {coldest:g} K itself"
        return f"{self.left:.2g} of {most:g} core hours are left, too few to resolve D below {coldest:g} K"
