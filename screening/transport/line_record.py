"""arrhenius.json: the line through the temperatures of a candidate."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record
from screening.transport.line_migrations import from_1
from screening.transport.record import TransportVerdict

# Flags that nearly every line has begin like this.
EXTRAPOLATED_FROM = "extrapolated from"
ONE_OR_TWO_LINES = "too few temperatures to tell one line from two"

_NO_FIT = "where there is no fit"
_NOT_CARRIED = "where the line gives no value"


class LineVerdict(StrEnum):
    """What the temperatures of a candidate say about its conductivity at the extrapolation temperature.

    resolved: a line gives it.
    line_not_resolved: the line gives none: D does not rise with temperature, the line passes above the upper bound of
        another temperature or crosses a transition, or the error of the extrapolation exceeds the limit in decades.
    too_few_temperatures: fewer resolved ones than a line needs.
    no_points: none was analysed.
    """

    RESOLVED = "resolved"
    LINE_NOT_RESOLVED = "line_not_resolved"
    TOO_FEW_TEMPERATURES = "too_few_temperatures"
    NO_POINTS = "no_points"


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedTemperature(Part):
    """A temperature that the line is not through."""

    temperature_K: Annotated[float, Key("of the runs")]
    verdict: Annotated[TransportVerdict, Key("of its [transport.json](transport-record.md)")]
    reason: Annotated[str, Key("why")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpperBound(Part):
    """A temperature whose diffusivity is bounded only."""

    temperature_K: Annotated[float, Key("of the runs")]
    tracer_diffusivity_cm2_s: Annotated[float, Key("upper bound of D*")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCurve(Part):
    """A line to draw, from the hottest temperature to the extrapolation temperature."""

    inverse_temperature_1000_K: Annotated[tuple[float, ...], Key("1000 K over the temperature", unit="")]
    diffusivity_cm2_s: Annotated[tuple[float, ...], Key("on the line")]
    low_cm2_s: Annotated[tuple[float, ...], Key("lower limit at `confidence_level`")]
    high_cm2_s: Annotated[tuple[float, ...], Key("upper limit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoLines(Part):
    """The best break of the points into two lines."""

    delta_bic: Annotated[float, Key("BIC of one line less that of two")]
    break_K: Annotated[float, Key("midway between the temperatures beside the break")]
    energy_below_eV: Annotated[float, Key("activation energy of the colder line")]
    energy_above_eV: Annotated[float, Key("activation energy of the hotter line")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFit(Part):
    """A straight line of ln D over 1/T and what it comes to at the extrapolation temperature.

    Keys with `300K` belong to `extrapolation_temperature_K`, whatever that is.
    """

    activation_energy_eV: Annotated[float | None, Key("slope of the line", none=_NO_FIT)] = None
    activation_energy_error_eV: Annotated[float | None, Key("its standard error", none=_NO_FIT)] = None
    ln_prefactor_cm2_s: Annotated[float | None, Key("ln D₀, D₀ in cm²/s", none=_NO_FIT, unit="")] = None
    ln_prefactor_error: Annotated[float | None, Key("its standard error", none=_NO_FIT, unit="")] = None
    chi2: Annotated[float | None, Key("weighted sum of squared residuals", none=_NO_FIT)] = None
    degrees_of_freedom: Annotated[int | None, Key("temperatures less two", none=_NO_FIT)] = None
    errors_widened: Annotated[
        bool | None, Key("whether the scatter about the line widened the errors", none=_NO_FIT)
    ] = None
    diffusivity_300K_cm2_s: Annotated[float | None, Key("on the line", none=_NOT_CARRIED)] = None
    curve: Annotated[LineCurve | None, Key("the line to draw", none=_NO_FIT)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracerFit(LineFit):
    """Of the tracer diffusivity."""

    conductivity_300K_nernst_einstein_mS_cm: Annotated[
        float | None, Key("by Nernst and Einstein from D*", none=_NOT_CARRIED)
    ] = None
    conductivity_300K_nernst_einstein_low_mS_cm: Annotated[
        float | None, Key("lower limit at `confidence_level`", none=_NOT_CARRIED)
    ] = None
    conductivity_300K_nernst_einstein_high_mS_cm: Annotated[float | None, Key("upper limit", none=_NOT_CARRIED)] = None
    ln_conductivity_300K_nernst_einstein_error: Annotated[
        float | None, Key("standard error of its logarithm", none=_NO_FIT, unit="")
    ] = None
    conductivity_300K_nernst_einstein_upper_bound_mS_cm: Annotated[
        float | None,
        Key("from the lowest bound or value at hand", none="where there is a conductivity, or nothing to bound it by"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectiveFit(LineFit):
    """The same of the collective diffusivity."""

    reason: Annotated[str, Key("why it gives no conductivity, empty where it gives one")]
    conductivity_300K_collective_mS_cm: Annotated[float | None, Key("conductivity from it", none=_NOT_CARRIED)] = None
    conductivity_300K_collective_low_mS_cm: Annotated[
        float | None, Key("lower limit at `confidence_level`", none=_NOT_CARRIED)
    ] = None
    conductivity_300K_collective_high_mS_cm: Annotated[float | None, Key("upper limit", none=_NOT_CARRIED)] = None
    ln_conductivity_300K_collective_error: Annotated[
        float | None, Key("standard error of its logarithm", none=_NO_FIT, unit="")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord(TracerFit, Record):
    """The line through the temperatures of a candidate: what `analyse_arrhenius` gives."""

    FILE: ClassVar[str] = "arrhenius.json"
    FORMAT: ClassVar[int] = 2
    MIGRATIONS: ClassVar = {1: from_1}

    verdict: Annotated[LineVerdict, Key("what the temperatures say")]
    reason: Annotated[str, Key("why, in numbers")]
    fitted: Annotated[str, Key("what the line is fitted to")] = "ln D* over 1/T (same slope as ln sigma T)"
    n_temperatures: Annotated[int, Key("resolved ones, which the line is through")]
    temperatures_K: Annotated[tuple[float, ...], Key("the same")]
    dropped: Annotated[tuple[DroppedTemperature, ...], Key("the others")]
    upper_bounds: Annotated[tuple[UpperBound, ...], Key("those whose diffusivity is bounded")]
    extrapolation_temperature_K: Annotated[float, Key("300 unless configured otherwise")]
    confidence_level: Annotated[float, Key("how much of the sampling error the intervals hold")]
    collective: Annotated[
        CollectiveFit | None, Key("the same fit of D_σ", none="where too few temperatures have it, or there is no line")
    ] = None
    two_lines: Annotated[
        TwoLines | None, Key("whether two lines fit better", none="with fewer than five temperatures")
    ] = None
    extrapolated: Annotated[
        bool | None, Key("whether the extrapolation temperature is outside the fitted ones", none=_NO_FIT)
    ] = None
    extrapolation_factor: Annotated[float | None, Key("over how many times the fitted range of 1/T", none=_NO_FIT)] = (
        None
    )
    extrapolation_flags: Annotated[
        tuple[str, ...], Key("reasons to distrust the extrapolated value, each a phrase")
    ] = ()
    dimensionality: Annotated[int | None, Key("of most temperatures", none="where none is known")] = None
    dimensionality_agrees: Annotated[bool | None, Key("whether all are the same", none="where none is known")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLine(LineRecord):
    """arrhenius.json of a campaign."""

    id: Annotated[str, Key("of the candidate")]
    provenance: Annotated[Provenance, Key("what the file was made from")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOfFiles(LineRecord):
    """What `screening arrhenius` prints."""

    files: Annotated[tuple[str, ...], Key("records that were read")]
