"""May a line be carried to the temperature that is asked for? Why not, and what makes its value doubtful."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from screening.config.transport import ArrheniusConfig
from screening.transport.line import ArrheniusLine
from screening.transport.line_fit import FittedLine
from screening.transport.line_record import EXTRAPOLATED_FROM, LineRecord, UpperBound


def senseless(line: FittedLine, settings: ArrheniusConfig) -> str:
    """Why a line's own slope or error forbids an extrapolation, "" if they allow one."""
    if line.straight.energy_eV <= 0:
        return "D does not rise with temperature, so there is no activation energy to extrapolate with"
    limit = settings.max_log10_conductivity_error
    for error in (line.straight_ln_error, line.ln_error):
        decades = error / np.log(10)
        if decades > limit:
            return f"the extrapolation to {line.target_K:g} K has an error of {decades:.1f} decades (limit {limit:g})"
    return ""


def unresolved(line: FittedLine, record: LineRecord, settings: ArrheniusConfig) -> str:
    """Why the line gives no conductivity at the extrapolation temperature, "" if it gives one.

    Points that exclude one barrier still give one between them, where nothing is extrapolated. Outside, on either side,
    they do not: what bends once may bend again.
    """
    if why := senseless(line, settings):
        return why
    target = settings.extrapolation_temperature_K
    if record.temperatures_K[0] <= target <= record.temperatures_K[-1] or not _bent(line, settings):
        return ""
    if contradicting := _bounds_below(line.straight, record.upper_bounds):
        return (
            f"the line passes above the upper bound at {_kelvin(contradicting)}: one barrier does not describe D, as "
            f"below a transition, so there is no value at {target:g} K"
        )
    advice = (
        f"so there is no value at {target:g} K but bounds; run nearer to it, or on one side of the transition alone"
    )
    two, share = record.two_lines, line.average.straight_over_the_runs
    if two is not None and two.delta_bic > 0.0:
        return (
            f"two lines fit better than one: Ea is {two.energy_below_eV:.2f} eV below {two.break_K:.0f} K and "
            f"{two.energy_above_eV:.2f} eV above (one barrier has a probability of {share:.1g}), {advice}"
        )
    coldest, hottest = record.temperatures_K[0], record.temperatures_K[-1]
    cold, hot = (float(line.average.barrier(t, (0.5,))[0]) for t in (coldest, hottest))
    return (
        f"the points exclude one barrier (probability {share:.1g}): it is {cold:.2f} eV at {coldest:g} K and "
        f"{hot:.2f} eV at {hottest:g} K, {advice}"
    )


def with_flags(record: LineRecord, line: FittedLine, settings: ArrheniusConfig) -> LineRecord:
    """The record with its flags: reasons to distrust the extrapolated value, each a phrase."""
    target = settings.extrapolation_temperature_K
    used = record.temperatures_K
    outside = not used[0] <= target <= used[-1]
    beyond = max(1.0 / target - 1.0 / used[0], 1.0 / used[-1] - 1.0 / target, 0.0)
    factor = beyond / (1.0 / used[0] - 1.0 / used[-1])
    flags = []
    if outside:
        flags.append(f"{EXTRAPOLATED_FROM} {used[0]:g}-{used[-1]:g} K to {target:g} K")
    if factor > settings.max_extrapolation_factor:
        side = "below the coldest" if target < used[0] else "above the hottest"
        flags.append(
            f"{target:g} K lies {factor:.1f} fitted ranges of 1/T {side} run (limit "
            f"{settings.max_extrapolation_factor:g}): do not use absolute values"
        )
    if _bent(line, settings):
        two, share = record.two_lines, line.average.straight_over_the_runs
        where = f" (break near {two.break_K:.0f} K)" if two is not None and two.delta_bic > 0.0 else ""
        flags.append(
            f"two lines fit better{where}: one barrier has a probability of {share:.1g}, so a straight line would "
            "cross a transition"
        )
    if contradicting := _bounds_below(line.straight, record.upper_bounds):
        flags.append(f"the line passes above the upper bound at {_kelvin(contradicting)}")
    if record.errors_widened:
        flags.append("the points scatter more than their errors, so the errors of the straight line are widened")
    return replace(record, extrapolated=outside, extrapolation_factor=factor, extrapolation_flags=tuple(flags))


def _bent(line: FittedLine, settings: ArrheniusConfig) -> bool:
    return line.average.straight_over_the_runs < settings.min_straight_probability


def _bounds_below(line: ArrheniusLine, upper_bounds: Sequence[UpperBound]) -> list[float]:
    """Temperatures whose upper bound the line passes above by more than two of its standard errors."""
    if not upper_bounds:
        return []
    temperatures, bounds = np.array([[b.temperature_K, b.tracer_diffusivity_cm2_s] for b in upper_bounds]).T
    values, errors = line.ln_diffusivity(temperatures)
    return [float(t) for t in temperatures[values - 2.0 * errors > np.log(bounds)]]


def _kelvin(temperatures: Sequence[float]) -> str:
    return ", ".join(f"{t:g} K" for t in temperatures)
