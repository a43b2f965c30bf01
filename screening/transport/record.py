"""transport.json: diffusivities, conductivities and the verdict of one candidate at one temperature."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record
from screening.transport.record_migrations import from_1, from_2, from_3, from_4, from_5

_NOT_RESOLVED = "where D* is not resolved"
_NOT_ANALYSED = "where no trajectory was analysed as far"
_NO_RUNS = "where the temperature failed"
_NOT_BOUNDED = "where D* is neither resolved nor bounded"
_WITHOUT_BOUND = "where the verdict is neither `upper_bound` nor `bracketed`"
_NOT_BRACKETED = "where the verdict is not `bracketed`"
_NOT_COLLECTIVE = "where D_σ is not resolved"


class TransportVerdict(StrEnum):
    """What a set of trajectories says about diffusion.

    resolved: the diffusivity is a number with an error.
    bracketed: the ions diffuse, but too few times, too unevenly or still too much slowed down for a number: a lower and
        an upper bound are known.
    upper_bound: the ions have not been seen to diffuse; only an upper bound is known.
    melted: the framework diffuses too, so the number would not be that of the crystal.
    another_species_moves: part of what counts as the framework diffuses and the rest is stable, so it is a mobile
        species that was not named, or a sublattice that melts.
    too_short: the run ends before diffusion could begin; nothing is known, not even a bound.
    no_mobile_ions: there is no such element.
    failed: half of the runs or more failed, so nothing was analysed; in campaigns only.
    """

    RESOLVED = "resolved"
    BRACKETED = "bracketed"
    UPPER_BOUND = "upper_bound"
    MELTED = "melted"
    ANOTHER_SPECIES_MOVES = "another_species_moves"
    TOO_SHORT = "too_short"
    NO_MOBILE_IONS = "no_mobile_ions"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Growth(Part):
    """How a framework element's MSD grows."""

    msd_A2: Annotated[float, Key("at the last lag")]
    slope: Annotated[float, Key("of ln MSD over ln t, from a quarter of the last lag on")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PercolatingDensity(Part):
    """Along how many directions the ion density of one ordering connects."""

    ordering: Annotated[int, Key("which, counted from 0")]
    dimensionality: Annotated[int, Key("directions it connects along at a barrier that the runs can cross")]
    barriers_eV: Annotated[
        tuple[float | None, ...],
        Key("at which it connects along 1, 2, 3 independent directions", none="where it never does"),
    ]
    directions: Annotated[tuple[str, ...], Key("it connects along, by name")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MsdCurves(Part):
    """Mean squared displacements against lag."""

    lag_ps: Annotated[tuple[float, ...], Key("lags")]
    tracer_A2: Annotated[tuple[float, ...], Key("of the mobile ions")]
    tracer_error_A2: Annotated[tuple[float, ...], Key("its standard error")]
    collective_A2: Annotated[tuple[float, ...], Key("of their common displacement, per ion")]
    framework_A2: Annotated[tuple[float, ...] | None, Key("of the other atoms", none="where there are none")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutRun(Part):
    """A run that failed or was not run."""

    run: Annotated[str, Key("its folder")]
    reason: Annotated[str, Key("why")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportRecord(Record):
    """Diffusivities, conductivities and the verdict at one temperature: what `analyse_temperature` gives."""

    FILE: ClassVar[str] = "transport.json"
    FORMAT: ClassVar[int] = 6
    MIGRATIONS: ClassVar = {1: from_1, 2: from_2, 3: from_3, 4: from_4, 5: from_5}

    verdict: Annotated[TransportVerdict, Key("what the trajectories say")]
    reason: Annotated[str, Key("why, in numbers")]
    temperature_K: Annotated[float, Key("asked for")]
    mobile: Annotated[str | None, Key("element of the mobile ions", none=_NO_RUNS)] = None
    charge: Annotated[float | None, Key("of one ion", none=_NO_RUNS, unit="e")] = None
    n_trajectories: Annotated[int, Key("that were analysed")] = 0
    n_orderings: Annotated[int, Key("different atomic orderings among them")] = 0
    n_frames: Annotated[tuple[int, ...], Key("of each, equilibration included")] = ()
    frame_interval_fs: Annotated[float | None, Key("time between frames", none=_NO_RUNS)] = None
    combination: Annotated[str, Key("how trajectories were joined, in words")] = ""

    tracer_diffusivity_cm2_s: Annotated[float | None, Key("D*", none=_NOT_RESOLVED)] = None
    tracer_diffusivity_error_cm2_s: Annotated[float | None, Key("its standard error", none=_NOT_RESOLVED)] = None
    tracer_diffusivity_sampling_error_cm2_s: Annotated[
        float | None, Key("part of it: length of the runs", none=_NOT_RESOLVED)
    ] = None
    tracer_diffusivity_slowdown_error_cm2_s: Annotated[
        float | None,
        Key("part of it: a slowdown of the ions that the runs are too short to exclude", none=_NOT_RESOLVED),
    ] = None
    tracer_diffusivity_replica_error_cm2_s: Annotated[
        float | None, Key("part of it: replicas that differ", none="where no ordering has two replicas")
    ] = None
    tracer_diffusivity_ordering_error_cm2_s: Annotated[
        float | None, Key("part of it: orderings that differ", none="with one ordering")
    ] = None
    tracer_diffusivity_few_error_cm2_s: Annotated[
        float | None,
        Key("part of it: how little few orderings or replicas tell of how they differ", none=_NOT_RESOLVED),
    ] = None
    tracer_diffusivity_ordering_spread_cm2_s: Annotated[
        float | None, Key("standard deviation of D* between orderings", none="with one ordering")
    ] = None
    tracer_diffusivity_student_error_cm2_s: Annotated[
        float | None, Key("part of it: students that differ", absent="where no student ran", none=_NOT_RESOLVED)
    ] = None
    n_students: Annotated[int | None, Key("of the committee that ran", absent="where no student ran")] = None
    student_spread: Annotated[
        float | None,
        Key("standard deviation of ln D between students", absent="where no student ran", unit=""),
    ] = None
    student_barrier_error_eV: Annotated[
        float | None,
        Key(
            "what the students' examinations on hops say that activation energies may err; in no error here",
            absent="where no student ran, or its hops were not examined",
        ),
    ] = None
    tracer_diffusivity_upper_bound_cm2_s: Annotated[
        float | None, Key("bound of D* at `upper_bound_confidence`", none=_WITHOUT_BOUND)
    ] = None
    tracer_diffusivity_lower_bound_cm2_s: Annotated[
        float | None, Key("lower bound at the same confidence", none=_NOT_BRACKETED)
    ] = None
    collective_diffusivity_cm2_s: Annotated[float | None, Key("D_σ", none=_NOT_COLLECTIVE)] = None
    collective_diffusivity_error_cm2_s: Annotated[float | None, Key("its standard error", none=_NOT_COLLECTIVE)] = None
    collective_diffusivity_upper_bound_cm2_s: Annotated[
        float | None, Key("bound of D_σ", none="where D_σ is resolved, or nothing bounds it")
    ] = None
    collective_reason: Annotated[str | None, Key("`resolved`, or why D_σ is not", none=_NOT_BOUNDED)] = None
    collective_fit_window_ps: Annotated[
        tuple[float, ...] | None, Key("first and last lag of the fit of D_σ", none="where no window opens")
    ] = None
    haven_ratio: Annotated[float | None, Key("D*/D_σ", none=_NOT_COLLECTIVE)] = None
    haven_ratio_error: Annotated[float | None, Key("its standard error", none=_NOT_COLLECTIVE)] = None
    conductivity_nernst_einstein_mS_cm: Annotated[float | None, Key("estimate from D*", none=_NOT_RESOLVED)] = None
    conductivity_nernst_einstein_error_mS_cm: Annotated[float | None, Key("its standard error", none=_NOT_RESOLVED)] = (
        None
    )
    conductivity_nernst_einstein_upper_bound_mS_cm: Annotated[
        float | None, Key("from the bound of D*", none=_WITHOUT_BOUND)
    ] = None
    conductivity_nernst_einstein_lower_bound_mS_cm: Annotated[
        float | None, Key("from the lower bound of D*", none=_NOT_BRACKETED)
    ] = None
    conductivity_collective_mS_cm: Annotated[float | None, Key("conductivity from D_σ", none=_NOT_COLLECTIVE)] = None
    conductivity_collective_error_mS_cm: Annotated[float | None, Key("its standard error", none=_NOT_COLLECTIVE)] = None
    conductivity_collective_upper_bound_mS_cm: Annotated[
        float | None, Key("from the bound of D_σ", none="where D_σ is resolved, or nothing bounds it")
    ] = None
    diffusion_tensor_cm2_s: Annotated[
        tuple[tuple[float, ...], ...] | None,
        Key("of D*, Cartesian axes of the file", none=_NOT_RESOLVED, shape="3 × 3"),
    ] = None
    eigenvalues_cm2_s: Annotated[tuple[float, ...] | None, Key("of the tensor, rising", none=_NOT_RESOLVED)] = None
    eigenvalue_errors_cm2_s: Annotated[tuple[float, ...] | None, Key("their standard errors", none=_NOT_RESOLVED)] = (
        None
    )
    principal_axes: Annotated[
        tuple[tuple[float, ...], ...] | None,
        Key("row i is the axis of eigenvalue i", none=_NOT_RESOLVED, shape="3 × 3"),
    ] = None
    dimensionality: Annotated[
        int | None,
        Key("0 to 3, from tensor and ion density; 0 where no ion left its neighbourhood", none="where it is not known"),
    ] = None
    dimensionality_confidence: Annotated[float | None, Key("its probability", none="where it is not known")] = None
    dimensionality_probabilities: Annotated[
        tuple[float, ...] | None, Key("of 0, 1, 2, 3", none="where it is not known")
    ] = None
    dimensionality_from_tensor: Annotated[int | None, Key("what the tensor alone says", none="without a tensor")] = None
    percolation: Annotated[
        tuple[PercolatingDensity, ...] | None, Key("of each ordering's ion density", none="where it is not known")
    ] = None

    n_mobile: Annotated[
        float | None, Key("mobile ions in one trajectory, the mean where they differ", none=_NOT_ANALYSED)
    ] = None
    number_density_per_cm3: Annotated[float | None, Key("mobile ions per volume", none=_NOT_ANALYSED)] = None
    volume_A3: Annotated[float | None, Key("of the mean cell", none=_NOT_ANALYSED)] = None
    effective_hops: Annotated[
        float | None, Key("summed MSD at the last lag over the hop distance squared", none=_NOT_ANALYSED)
    ] = None
    relative_error_from_hops: Annotated[
        float | None, Key("He, Zhu and Mo's relative error for that many", none=_NOT_ANALYSED)
    ] = None
    escapes: Annotated[int | None, Key("times an ion left its neighbourhood", none=_NOT_ANALYSED)] = None
    escaped_share: Annotated[float | None, Key("share of the ions that ever did", none=_NOT_ANALYSED)] = None
    loglog_slope: Annotated[float | None, Key("of ln MSD over ln t in the fit window", none=_NOT_ANALYSED)] = None
    loglog_slope_error: Annotated[float | None, Key("its standard error", none=_NOT_ANALYSED)] = None
    framework_msd_A2: Annotated[
        float | None, Key("at the last lag, mean over the atoms that are not mobile", none="where there are none")
    ] = None
    framework_elements: Annotated[dict[str, Growth] | None, Key("of each element of them", none=_NOT_ANALYSED)] = None
    fit_window_ps: Annotated[
        tuple[float, ...] | None, Key("first and last lag of the fit of D*", none="where no window opens")
    ] = None
    equilibration_ps: Annotated[float | None, Key("mean time left out at the start", none=_NOT_ANALYSED)] = None
    drift_removed: Annotated[
        bool | None, Key("whether a framework was there whose motion was subtracted", none=_NOT_ANALYSED)
    ] = None
    mean_temperature_K: Annotated[
        float | None, Key("over the frames", none="where the trajectories have no temperatures")
    ] = None
    msd: Annotated[MsdCurves | None, Key("the curves", none=_NOT_ANALYSED)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllIons(Part):
    """The conductivity of all mobile species together."""

    reason: Annotated[str, Key("`resolved`, or why the collective one is not")]
    conductivity_nernst_einstein_mS_cm: Annotated[
        float | None, Key("sum of the species' estimates", none="where one of them is not resolved")
    ] = None
    conductivity_collective_mS_cm: Annotated[
        float | None, Key("from the walk of the whole charge", none="where it is not resolved")
    ] = None
    conductivity_collective_error_mS_cm: Annotated[
        float | None, Key("its standard error", none="where it is not resolved")
    ] = None

    def widened(self, relative: float) -> "AllIons":
        """The same with a further relative error of the collective conductivity."""
        value, error = self.conductivity_collective_mS_cm, self.conductivity_collective_error_mS_cm
        if value is None or error is None:
            return self
        return replace(self, conductivity_collective_error_mS_cm=math.hypot(error, relative * value))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeciesTransport(TransportRecord):
    """Transport of the main mobile species, with that of the others where there are more."""

    also_mobile: Annotated[
        dict[str, TransportRecord] | None,
        Key("the same of each further mobile species, by element", absent="with one mobile species"),
    ] = None
    all_ions: Annotated[AllIons | None, Key("of all mobile species together", absent="with one mobile species")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTransport(SpeciesTransport):
    """transport.json of a campaign."""

    id: Annotated[str, Key("of the candidate")]
    cell_volume_ratio: Annotated[
        float | None, Key("largest volume of a run's cell over that of the relaxed cell", none=_NO_RUNS)
    ] = None
    cell_temperature_K: Annotated[
        float | None,
        Key("at which it was found at constant pressure", absent="where it was not: relaxed, or the measured lattice"),
    ] = None
    cell_doubt: Annotated[str, Key("what is doubtful about that cell, empty for nothing")] = ""
    drift_doubt: Annotated[
        str, Key("runs of a resolved D* whose potential energy still drifts in the part that is analysed")
    ] = ""
    student_corrected_by: Annotated[
        str | None, Key("first principles that corrected the student of its runs", absent="where none did")
    ] = None
    student_doubt: Annotated[
        str | None, Key("runs at whose end the student was beyond its limits", absent="where there is none")
    ] = None
    student_taught: Annotated[
        str | None,
        Key("how many runs were made again with a student that had learnt from them", absent="where none was"),
    ] = None
    runs_left_out: Annotated[tuple[LeftOutRun, ...], Key("those that failed or were not run")] = ()
    provenance: Annotated[Provenance, Key("what the file was made from")]
