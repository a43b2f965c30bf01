"""shortlist.csv, rung<n>.csv, temperatures<n>.csv and ranking.csv: who goes on and who wins."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.rows import Row
from screening.selection.knowledge import Source

_BEFORE_2 = "in tables of 0.1.0"
_BEFORE_3 = "in tables of 0.2.0 and before"
_NOT_COMPARED = "where nothing is known, or the cell is doubtful"
_NOT_CORRECTED = "where no bias is known or the verdict is not `resolved`"
_NOT_RESOLVED = "where the verdict is not `resolved`"


class RankingVerdict(StrEnum):
    """What a campaign says about a candidate's conductivity.

    not_shortlisted: it was not run.
    All others are those of its line; see `LineVerdict`.
    """

    RESOLVED = "resolved"
    LINE_NOT_RESOLVED = "line_not_resolved"
    TOO_FEW_TEMPERATURES = "too_few_temperatures"
    NO_POINTS = "no_points"
    NOT_SHORTLISTED = "not_shortlisted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortlistRow(Row):
    """Whether a candidate gets molecular dynamics."""

    FILE: ClassVar[str] = "shortlist.csv"

    id: Annotated[str, Key("of the candidate")]
    shortlisted: Annotated[bool, Key("whether it does")]
    reason: Annotated[str, Key("why not")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RungRow(Row):
    """Whether a candidate's runs become longer."""

    FILE: ClassVar[str] = "rung<n>.csv"

    id: Annotated[str, Key("of the candidate")]
    goes_on: Annotated[bool, Key("whether they do")]
    stopped_ps: Annotated[
        float | None, Key("length at which it was stopped, at this rung or one before", none="where it goes on")
    ]
    conductivity_300K_estimate_low_mS_cm: Annotated[
        float,
        Key(
            "lower limit at `md.halving.confidence`, 0 where there is none; of the collective conductivity, else of "
            "Nernst and Einstein's over the Haven ratios expected",
            was="conductivity_300K_low_mS_cm",
        ),
    ]
    conductivity_300K_estimate_high_mS_cm: Annotated[
        float | None, Key("upper limit", none="where there is none", was="conductivity_300K_high_mS_cm")
    ]
    to_reach_mS_cm: Annotated[
        float, Key("what the upper limit has to reach: the lower limit of the `md.halving.keep`-th best")
    ]
    probability_among_best: Annotated[
        float | None,
        Key("to be among the `md.halving.keep` best", none="where nothing is known", absent=_BEFORE_2),
    ] = None
    reason: Annotated[str, Key("why it is stopped")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureRow(Row):
    """A temperature that a candidate is run at next, or why it is run at no other."""

    FILE: ClassVar[str] = "temperatures<n>.csv"

    id: Annotated[str, Key("of the candidate; as many rows as it has new temperatures, one where it has none")]
    temperature_K: Annotated[float | None, Key("of the next runs", none="where there are no further ones")]
    duration_ps: Annotated[float | None, Key("longest length of each run", none="where there are no further ones")]
    core_hours: Annotated[
        float | None,
        Key("of all runs there at most, at the speed of those before", none="where there are no further ones"),
    ]
    core_hours_spent: Annotated[float, Key("by the candidate's runs before, as processor time")]
    decided_from: Annotated[
        str,
        Key(
            "hash of what was known of D and of the campaign's limits: as long as it is the same the decision stays; "
            "empty where others stopped the candidate",
            absent="in tables made before there was such a hash",
        ),
    ] = ""
    reason: Annotated[str, Key("why this temperature, or why no other")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingRow(Row):
    """A candidate in the ranking, in tiers that the data can tell apart; those of which nothing is known at the end."""

    FILE: ClassVar[str] = "ranking.csv"

    id: Annotated[str, Key("formula and hash of the structures")]
    tier: Annotated[
        int | None,
        Key(
            "1 holds the best and all that may be better than it ([how](../ranking.md))",
            none="where nothing is known of the conductivity",
            absent=_BEFORE_2,
        ),
    ] = None
    parent: Annotated[str, Key("id of the parent")]
    composition: Annotated[str, Key("of one formula unit of the parent")]
    done: Annotated[str, Key("what was done to the parent")]
    mobile_ion: Annotated[
        str, Key("the element that conducts in it", absent=f"{_BEFORE_3}: empty, and the campaign's")
    ] = ""
    mixing_enthalpy_meV_atom: Annotated[
        float | None, Key("of the lowest ordering", none="where there is no reference, or the relaxation failed")
    ]
    mixing_enthalpy_error_meV_atom: Annotated[
        float | None, Key("from the spread between starts", none="where one had a single start")
    ]
    mixing_against: Annotated[str | None, Key("end members or competing phases", none="where the relaxation failed")]
    probability_best: Annotated[float | None, Key("to conduct best of all", none=_NOT_COMPARED, absent=_BEFORE_2)] = (
        None
    )
    probability_among_best_3: Annotated[
        float | None, Key("to be among the three best", none=_NOT_COMPARED, absent=_BEFORE_2)
    ] = None
    activation_energy_eV: Annotated[float | None, Key("of the Arrhenius line", none="where there is none")]
    activation_energy_error_eV: Annotated[float | None, Key("its standard error", none="where there is none")]
    conductivity_300K_estimate_mS_cm: Annotated[
        float | None,
        Key(
            "what to expect: the collective one, else Nernst and Einstein's over the Haven ratios expected, pulled "
            "towards the table's mean as far as its error asks ([why](../ranking.md))",
            none=_NOT_RESOLVED,
            absent=_BEFORE_2,
        ),
    ] = None
    conductivity_300K_estimate_low_mS_cm: Annotated[
        float | None, Key("lower limit at `arrhenius.confidence_level`", none=_NOT_RESOLVED, absent=_BEFORE_2)
    ] = None
    conductivity_300K_estimate_high_mS_cm: Annotated[
        float | None, Key("upper limit", none=_NOT_RESOLVED, absent=_BEFORE_2)
    ] = None
    conductivity_300K_alone_mS_cm: Annotated[
        float | None, Key("the same from its own runs alone", none=_NOT_RESOLVED, absent=_BEFORE_2)
    ] = None
    conductivity_300K_corrected_mS_cm: Annotated[
        float | None,
        Key(
            "the estimate without what this potential was found to be off by in compounds of its anions "
            "([calibration](../potentials.md#typical-error)); the estimate stands as it is",
            none=_NOT_CORRECTED,
            absent=_BEFORE_3,
        ),
    ] = None
    conductivity_300K_corrected_low_mS_cm: Annotated[
        float | None,
        Key(
            "lower limit at `arrhenius.confidence_level`, with the scatter of these compounds",
            none=_NOT_CORRECTED,
            absent=_BEFORE_3,
        ),
    ] = None
    conductivity_300K_corrected_high_mS_cm: Annotated[
        float | None, Key("upper limit", none=_NOT_CORRECTED, absent=_BEFORE_3)
    ] = None
    conductivity_300K_corrected_for: Annotated[
        str, Key("the bias that is taken off, and of which compounds; empty where none is", absent=_BEFORE_3)
    ] = ""
    conductivity_300K_source: Annotated[
        Source | None, Key("which conductivity the estimate is from", none=_NOT_RESOLVED, absent=_BEFORE_2)
    ] = None
    conductivity_300K_lower_bound_mS_cm: Annotated[
        float | None,
        Key("that the conductivity is above", none="where it is resolved, or nothing is known", absent=_BEFORE_2),
    ] = None
    conductivity_300K_upper_bound_mS_cm: Annotated[
        float | None,
        Key("that the conductivity is below", none="where it is resolved, or nothing is known", absent=_BEFORE_2),
    ] = None
    conductivity_300K_nernst_einstein_mS_cm: Annotated[
        float | None, Key("from D*", none=_NOT_RESOLVED, was="conductivity_300K_mS_cm")
    ] = None
    conductivity_300K_nernst_einstein_low_mS_cm: Annotated[
        float | None,
        Key("lower limit at `arrhenius.confidence_level`", none=_NOT_RESOLVED, was="conductivity_300K_low_mS_cm"),
    ] = None
    conductivity_300K_nernst_einstein_high_mS_cm: Annotated[
        float | None, Key("upper limit", none=_NOT_RESOLVED, was="conductivity_300K_high_mS_cm")
    ] = None
    conductivity_300K_collective_mS_cm: Annotated[
        float | None, Key("from D_σ", none="where D_σ has no line", absent=_BEFORE_2)
    ] = None
    conductivity_300K_collective_low_mS_cm: Annotated[
        float | None,
        Key("lower limit at `arrhenius.confidence_level`", none="where D_σ has no line", absent=_BEFORE_2),
    ] = None
    conductivity_300K_collective_high_mS_cm: Annotated[
        float | None, Key("upper limit", none="where D_σ has no line", absent=_BEFORE_2)
    ] = None
    coldest_resolved_temperature_K: Annotated[
        float | None, Key("at which D* was seen", none="where it was at none", absent=_BEFORE_3)
    ] = None
    extrapolation_fall: Annotated[
        float | None,
        Key(
            "factor by which D* falls from there to the extrapolation temperature, with the barrier that the line has "
            "at its coldest point; 1 where it was seen there",
            none=_NOT_RESOLVED,
            unit="",
            absent=_BEFORE_3,
        ),
    ] = None
    finite_size_ratio: Annotated[
        float | None,
        Key(
            "D* in a cell eight times as large over that in its own (`md.finite_size_check`); how it differs from 1 is "
            "in the error of the estimate",
            none="where it was not asked for, or one of both is not resolved",
            unit="",
            absent=_BEFORE_3,
        ),
    ] = None
    finite_size_ratio_error: Annotated[
        float | None, Key("its standard error", none="where there is no ratio", unit="", absent=_BEFORE_3)
    ] = None
    typical_error_log10_conductivity: Annotated[
        float | None,
        Key(
            "of this potential against measured conductivities of lithium conductors "
            "([calibration](../potentials.md#typical-error)); the statistical interval does not hold it",
            none="without a conductivity, or where it is not known",
        ),
    ]
    dimensionality: Annotated[int | None, Key("axes along which ions diffuse", none="where it is not known")]
    force_disagreement_meV_A: Annotated[
        float | None, Key("of the second potential", none="where there is none, or no run of it is complete")
    ]
    reference_force_slope: Annotated[
        float | None,
        Key(
            "slope of the potential's forces on those of first principles; below 1 it is soft, and ions too fast",
            none="where none were asked, or no frame could be labelled",
            unit="",
            absent=_BEFORE_3,
        ),
    ] = None
    reference_force_mae_meV_A: Annotated[
        float | None,
        Key("their mean absolute difference", none="where there is no slope", absent=_BEFORE_3),
    ] = None
    stopped_ps: Annotated[
        float | None, Key("length at which it was stopped for better ones (`md.halving`)", none="where it was not")
    ]
    student_corrected_by: Annotated[
        str,
        Key("first principles that corrected the student of its runs, empty where none did", absent=_BEFORE_3),
    ] = ""
    cell_error_percent: Annotated[
        float | None,
        Key(
            "volume of its runs' cells beside its parent's as given, times the volume change from there; at the worst "
            "temperature",
            none="where it did not run, or its parent was not relaxed",
            absent=_BEFORE_2,
        ),
    ] = None
    cell_doubt: Annotated[
        str, Key("why no conductivity from these cells is to be trusted, if so", absent="in tables of 0.1.0: empty")
    ] = ""
    verdict: Annotated[RankingVerdict, Key("what its temperatures say")]
    reason: Annotated[str, Key("why, and what is doubtful")]
