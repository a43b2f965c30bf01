"""equation_one.json: every variable of the hopping equation from one candidate's runs."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from screening.local.record import Measured
from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record

_NOT_KNOWN = "where no temperature has it"
_NO_LINE = "where the Arrhenius line is not resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedConductivity(Part):
    """The conductivity by the equation beside the one that was measured in the runs, at one temperature."""

    temperature_K: Annotated[float, Key("of the runs")]
    equation: Annotated[Measured, Key("from the variables", unit="mS/cm")]
    measured: Annotated[float | None, Key("from D_σ", none="where D_σ is not resolved", unit="mS/cm")]
    measured_error: Annotated[float | None, Key("its standard error", none="where D_σ is not resolved", unit="mS/cm")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EquationRecord(Record):
    """Every variable of the hopping equation: what `equation_one` gives."""

    FILE: ClassVar[str] = "equation_one.json"

    correlation_factor: Annotated[Measured | None, Key("f, weighted mean over the temperatures", none=_NOT_KNOWN)]
    haven_ratio: Annotated[Measured | None, Key("H_R, likewise", none=_NOT_KNOWN)]
    hop_distance_A: Annotated[Measured | None, Key("a, likewise", none=_NOT_KNOWN)]
    attempt_frequency_THz: Annotated[Measured | None, Key("ν₀, likewise", none=_NOT_KNOWN)]
    activation_entropy_k: Annotated[
        Measured | None, Key("ΔS from the prefactor of ln D*", none="where the line or f, a or ν₀ is not known")
    ]
    activation_enthalpy_eV: Annotated[Measured | None, Key("ΔH from the slope of ln D*", none=_NO_LINE)]
    number_density_per_cm3: Annotated[
        float | None, Key("c at the coldest resolved temperature", none="where none is resolved")
    ]
    charge: Annotated[float | None, Key("of one ion", none="where no temperature is resolved", unit="e")]
    missing: Annotated[tuple[str, ...], Key("variables that are not known")]
    jump_rate_energy_eV: Annotated[
        Measured | None, Key("ΔH from counted jumps alone", none="with jump rates at too few temperatures")
    ] = None
    jump_rate_entropy_k: Annotated[
        Measured | None, Key("ΔS from counted jumps and ν₀", none="with jump rates at too few temperatures, or no ν₀")
    ] = None
    t1_minimum_K: Annotated[
        Measured | None,
        Key("where T₁ would be shortest at this frequency, with 1/Γ as correlation time", none="where there is none"),
    ] = None
    larmor_MHz: Annotated[float, Key("the frequency")]
    t1_reason: Annotated[str, Key("`resolved`, or why there is no minimum")]
    conductivity_mS_cm: Annotated[tuple[ComparedConductivity, ...], Key("by temperature", unit="")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateEquation(EquationRecord):
    """equation_one.json of a campaign."""

    id: Annotated[str, Key("of the candidate")]
    provenance: Annotated[Provenance, Key("what the file was made from")]
