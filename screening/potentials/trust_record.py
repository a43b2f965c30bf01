"""trust.json: how far a second potential disagrees with the first on frames of a candidate's runs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import PotentialFacts, Provenance
from screening.records.typed import Part, Record

_ONE_FRAME, _NO_LABEL = "with one frame", "where nothing was labelled"


class ComparisonStatus(StrEnum):
    """Whether two potentials were compared on the frames of a candidate.

    complete: they were.
    failed: one of them gives energies or forces that are no numbers.
    no_frames: no run of the candidate is complete.
    """

    COMPLETE = "complete"
    FAILED = "failed"
    NO_FRAMES = "no_frames"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceDifference(Part):
    """How the second potential's forces F₂ differ from the first one's F₁, over the components of every frame."""

    force_mae_meV_A: Annotated[float, Key("mean absolute difference")]
    force_rms_meV_A: Annotated[float, Key("root mean square difference")]
    force_size_meV_A: Annotated[float, Key("mean absolute component of F₁, to compare with")]
    force_correlation: Annotated[float | None, Key("Pearson's, of F₂ with F₁", none="where forces vanish")]
    force_slope: Annotated[
        float | None,
        Key("s of F₂ = s F₁ by least squares; below 1 the second potential is softer", none="where forces vanish"),
    ]
    force_bias_meV_A: Annotated[
        float | None,
        Key("mean length of F₂ less that of F₁, over atoms; below zero the second is softer", absent="before 0.3.0"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement(ForceDifference):
    """How two potentials differ on the same frames."""

    force_mae_error_meV_A: Annotated[
        float | None, Key("standard error of `force_mae_meV_A`, over frames", none=_ONE_FRAME)
    ]
    energy_disagreement_meV_atom: Annotated[
        float | None,
        Key(
            "standard deviation of E₂ − E₁ over frames of one composition", none="without two frames of one composition"
        ),
    ]
    energy_offset_eV_atom: Annotated[float, Key("mean of E₂ − E₁, which reference energies make")]
    by_element: Annotated[dict[str, ForceDifference], Key("forces on the atoms of each element")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureDisagreement(Part):
    """The same of the frames of one temperature, energies about their own mean."""

    temperature_K: Annotated[float, Key("of the runs")]
    n_frames: Annotated[int, Key("at it")]
    force_mae_meV_A: Annotated[float, Key("mean absolute difference")]
    force_mae_error_meV_A: Annotated[float | None, Key("its standard error", none=_ONE_FRAME)]
    energy_disagreement_meV_atom: Annotated[
        float | None, Key("standard deviation of E₂ − E₁ over frames", none=_ONE_FRAME)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FurthestAtom(Part):
    """The forces of the frame that differs most, and the atom in it that does."""

    force_rms_meV_A: Annotated[float, Key("root mean square difference in this frame")]
    atom: Annotated[int, Key("whose force differs most, counted from 0")]
    element: Annotated[str, Key("of that atom")]
    atom_difference_meV_A: Annotated[float, Key("length of the difference of its two forces")]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstFrame(FurthestAtom):
    """The frame whose forces differ most."""

    temperature_K: Annotated[float, Key("of its run")]
    ordering: Annotated[int, Key("of its run, counted from 0")]
    replica: Annotated[int, Key("of its run, counted from 0")]
    frame: Annotated[int, Key("in its run, counted from 0")]
    time_ps: Annotated[float, Key("since the start of its run")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Disagreement):
    """What comparing two potentials gave."""

    by_temperature: Annotated[tuple[TemperatureDisagreement, ...], Key("the same at each temperature")]
    worst_frame: Annotated[WorstFrame, Key("the frame that differs most")]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPrinciples(Part):
    """What first principles say of the forces that ions moved by; the whole is in reference.json."""

    name: Annotated[str, Key("of the method")]
    force_slope: Annotated[
        float | None, Key("of the potential's forces on its", none="where nothing was labelled", unit="")
    ]
    force_mae_meV_A: Annotated[float | None, Key("their mean absolute difference", none="where nothing was labelled")]
    student_force_slope: Annotated[float | None, Key("the same of the student", none="where there is none", unit="")]
    student_force_mae_meV_A: Annotated[float | None, Key("the same of the student", none="where there is none")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion(Part):
    """What a second potential says of the first on frames of a candidate."""

    status: Annotated[ComparisonStatus, Key("whether the two were compared")]
    reason: Annotated[str, Key("why not, empty where they were")]
    n_frames: Annotated[int, Key("that were to be compared")]
    compared: Annotated[Comparison | None, Key("where they were compared", none="where they were not", inline=True)] = (
        None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRecord(SecondOpinion, Record):
    """trust.json of a campaign."""

    FILE: ClassVar[str] = "trust.json"

    id: Annotated[str, Key("of the candidate")]
    second_potential: Annotated[PotentialFacts, Key("the one that judges")]
    first_principles: Annotated[
        FirstPrinciples | None, Key("what they say of the first", absent="where none were asked, or before 0.3.0")
    ] = None
    provenance: Annotated[Provenance, Key("what it was made from")]
