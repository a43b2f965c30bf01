"""arrhenius.json: the line through the temperatures of a candidate."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record
from screening.transport.line_migrations import from_1, from_2
from screening.transport.record import TransportVerdict

# A flag that nearly every line has begins like this.
EXTRAPOLATED_FROM = "extrapolated from"
#: Shares below the quantiles that a record keeps of the extrapolated value.
QUANTILE_LEVELS = (0.005, 0.025, 0.05, 0.1, 0.16, 0.25, 0.5, 0.75, 0.84, 0.9, 0.95, 0.975, 0.995)

_NO_FIT = "where there is no fit"
_NOT_CARRIED = "where the line gives no value"


class LineVerdict(StrEnum):
    """What the temperatures of a candidate say about its conductivity at the extrapolation temperature.

    resolved: a line gives it.
    line_not_resolved: the line gives none: D does not rise with temperature, the points exclude one barrier and the
        temperature asked for lies outside theirs, or the error of the extrapolation exceeds the limit in decades.
    too_few_temperatures: fewer resolved or bracketed ones than a line needs.
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
class Bracket(Part):
    """A temperature whose diffusivity lies between two bounds."""

    temperature_K: Annotated[float, Key("of the runs")]
    tracer_diffusivity_lower_bound_cm2_s: Annotated[float, Key("lower bound of D*")]
    tracer_diffusivity_upper_bound_cm2_s: Annotated[float, Key("upper bound of D*")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCurve(Part):
    """A line to draw, from the hottest temperature to the extrapolation temperature, with the band of all shapes."""

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
class ShapeProbabilities(Part):
    """How probable each way is in which the barrier may depend on temperature, after the points are seen."""

    straight: Annotated[float, Key("one barrier")]
    broken: Annotated[float, Key("it changes at a temperature between the runs")]
    jump: Annotated[float, Key("it does and D jumps, as at a transition of first order")]
    curved: Annotated[float, Key("it changes smoothly")]
    beyond: Annotated[float, Key("it changes between the runs and the extrapolation temperature")]

    @property
    def one_barrier(self) -> float:
        """Over the runs, whatever comes between them and the extrapolation temperature."""
        return self.straight + self.beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFit(Part):
    """A straight line of ln D over 1/T, and what all shapes come to that the points allow.

    Keys with `300K` belong to `extrapolation_temperature_K`, whatever that is.
    """

    activation_energy_eV: Annotated[
        float | None, Key("slope of the straight line: the mean barrier over the temperatures", none=_NO_FIT)
    ] = None
    activation_energy_error_eV: Annotated[
        float | None, Key("its standard error if the line is straight", none=_NO_FIT)
    ] = None
    student_barrier_error_eV: Annotated[
        float | None,
        Key(
            "part of this error, and of all that is extrapolated: barriers of the students, beyond what the students "
            "differ by",
            absent="where no student's hops were examined",
        ),
    ] = None
    activation_energy_coldest_eV: Annotated[
        float | None, Key("barrier at the coldest of them, averaged over shapes: what is extrapolated", none=_NO_FIT)
    ] = None
    activation_energy_coldest_error_eV: Annotated[float | None, Key("half of its 68 % interval", none=_NO_FIT)] = None
    ln_prefactor_cm2_s: Annotated[float | None, Key("ln D₀, D₀ in cm²/s", none=_NO_FIT, unit="")] = None
    ln_prefactor_error: Annotated[float | None, Key("its standard error", none=_NO_FIT, unit="")] = None
    chi2: Annotated[float | None, Key("weighted sum of squared residuals", none=_NO_FIT)] = None
    degrees_of_freedom: Annotated[int | None, Key("temperatures less two", none=_NO_FIT)] = None
    errors_widened: Annotated[
        bool | None, Key("whether the scatter about the line widened the errors", none=_NO_FIT)
    ] = None
    shape_probabilities: Annotated[
        ShapeProbabilities | None, Key("how the barrier may depend on temperature", none=_NO_FIT)
    ] = None
    diffusivity_300K_cm2_s: Annotated[
        float | None,
        Key("on the straight line where that is likelier than not, else the median of all shapes", none=_NOT_CARRIED),
    ] = None
    diffusivity_300K_quantiles_cm2_s: Annotated[
        tuple[float, ...] | None,
        Key(f"of all shapes, at {', '.join(f'{100 * x:g}' for x in QUANTILE_LEVELS)} %", none=_NOT_CARRIED),
    ] = None
    ln_diffusivity_300K_shape_error: Annotated[
        float | None,
        Key("part of the error of ln D there that shapes other than a straight line add", none=_NO_FIT, unit=""),
    ] = None
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
    conductivity_300K_nernst_einstein_low95_mS_cm: Annotated[
        float | None, Key("lower limit at 95 %", none=_NOT_CARRIED)
    ] = None
    conductivity_300K_nernst_einstein_high95_mS_cm: Annotated[
        float | None, Key("upper limit at 95 %", none=_NOT_CARRIED)
    ] = None
    ln_conductivity_300K_nernst_einstein_error: Annotated[
        float | None, Key("half of the 68 % interval of its logarithm", none=_NO_FIT, unit="")
    ] = None
    conductivity_300K_nernst_einstein_upper_bound_mS_cm: Annotated[
        float | None,
        Key("from the lowest bound or value at hand", none="where there is a conductivity, or nothing to bound it by"),
    ] = None
    conductivity_300K_nernst_einstein_lower_bound_mS_cm: Annotated[
        float | None, Key("that 95 % of all shapes lie above", none="where there is a conductivity, or no line")
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
    conductivity_300K_collective_low95_mS_cm: Annotated[float | None, Key("lower limit at 95 %", none=_NOT_CARRIED)] = (
        None
    )
    conductivity_300K_collective_high95_mS_cm: Annotated[
        float | None, Key("upper limit at 95 %", none=_NOT_CARRIED)
    ] = None
    ln_conductivity_300K_collective_error: Annotated[
        float | None, Key("half of the 68 % interval of its logarithm", none=_NO_FIT, unit="")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord(TracerFit, Record):
    """The line through the temperatures of a candidate: what `analyse_arrhenius` gives."""

    FILE: ClassVar[str] = "arrhenius.json"
    FORMAT: ClassVar[int] = 3
    MIGRATIONS: ClassVar = {1: from_1, 2: from_2}

    verdict: Annotated[LineVerdict, Key("what the temperatures say")]
    reason: Annotated[str, Key("why, in numbers")]
    fitted: Annotated[str, Key("what the line is fitted to")] = "ln D* over 1/T (same slope as ln sigma T)"
    n_temperatures: Annotated[int, Key("resolved and bracketed ones, which the line is through")]
    temperatures_K: Annotated[tuple[float, ...], Key("the same")]
    dropped: Annotated[tuple[DroppedTemperature, ...], Key("the others")]
    upper_bounds: Annotated[tuple[UpperBound, ...], Key("those whose diffusivity is bounded from above alone")]
    brackets: Annotated[tuple[Bracket, ...], Key("those whose diffusivity lies between two bounds")]
    extrapolation_temperature_K: Annotated[float, Key("300 unless configured otherwise")]
    confidence_level: Annotated[float, Key("of the intervals named low and high")]
    collective: Annotated[
        CollectiveFit | None, Key("the same fit of D_σ", none="where too few temperatures have it, or there is no line")
    ] = None
    conductivity_300K_collective_upper_bound_mS_cm: Annotated[
        float | None,
        Key(
            "from the lowest bound or value of D_σ at hand", none="where D_σ gives a conductivity, or nothing bounds it"
        ),
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
