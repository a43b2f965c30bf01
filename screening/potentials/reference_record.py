"""reference.json: what first principles say of potential and student on frames of a candidate's runs."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from screening.potentials.trust_record import Disagreement, FirstPrinciples
from screening.records.fields import Key
from screening.records.origin import PotentialFacts, Provenance
from screening.records.typed import Part, Record

_NO_STRESS = "where one of both gives no stress"
_NO_HOP = "where no hop was labelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFrame(Part):
    """A frame that first principles labelled."""

    temperature_K: Annotated[float, Key("of its run")]
    ordering: Annotated[int, Key("of its run, counted from 0")]
    replica: Annotated[int, Key("of its run, counted from 0")]
    frame: Annotated[int, Key("in its run, counted from 0")]
    time_ps: Annotated[float, Key("since the start of its run")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement(Part):
    """What one finer setting of first principles changes on one frame."""

    name: Annotated[str, Key("of the setting, with its value")]
    force_mae_meV_A: Annotated[
        float | None, Key("mean absolute change of a force component", none="where it gives no label")
    ]
    pressure_change_GPa: Annotated[float | None, Key("of the pressure", none="where one of both has no stress")]
    cpu_s: Annotated[float | None, Key("processor time", none="where it was kept from an earlier try")]
    reason: Annotated[str, Key("why it gives no label, empty where it does")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence(Part):
    """How far the labels of first principles themselves are converged: one setting after the other is made finer."""

    steps: Annotated[tuple[Refinement, ...], Key("of each setting")]
    force_error_meV_A: Annotated[
        float | None,
        Key("root of the sum of their squares, what a label may err", none="where no setting gives a label"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Part):
    """How a potential or student differs from first principles, whose forces are the first, F₁."""

    name: Annotated[str, Key("of the potential; a student has the name of its family")]
    failure: Annotated[str, Key("why nothing could be compared, empty where it was")]
    found: Annotated[Disagreement | None, Key("on all labelled frames", none="where nothing could be compared")]
    pressure_difference_GPa: Annotated[
        float | None, Key("mean pressure over that of first principles; above zero its crystal swells", none=_NO_STRESS)
    ] = None
    pressure_difference_error_GPa: Annotated[
        float | None, Key("its standard error over frames", none="with one frame, or without stress")
    ] = None
    hop_energies_eV: Annotated[
        tuple[tuple[float, ...], ...],
        Key("of each hop that was labelled, energies of its images less that of its start"),
    ] = ()
    hop_mae_meV: Annotated[float | None, Key("mean absolute error of these", none=_NO_HOP)] = None
    hop_slope: Annotated[
        float | None, Key("of them on those of first principles; below 1 barriers are too low", none=_NO_HOP, unit="")
    ] = None
    cpu_s_per_frame: Annotated[float, Key("processor time for a frame")] = 0.0

    @property
    def forces(self) -> tuple[float | None, float | None]:
        """Slope and mean absolute error (meV/A) of all forces."""
        return (None, None) if self.found is None else (self.found.force_slope, self.found.force_mae_meV_A)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvergenceRecord(Record):
    """reference_convergence.json of a campaign."""

    FILE: ClassVar[str] = "reference_convergence.json"

    id: Annotated[str, Key("of the candidate whose first judged frame it is")]
    reason: Annotated[str, Key("why nothing is known, empty where something is")]
    reference: Annotated[PotentialFacts, Key("the method")]
    convergence: Annotated[Convergence | None, Key("what finer settings change", none="where nothing is known")]
    provenance: Annotated[Provenance, Key("what it was made from")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRecord(Record):
    """reference.json of a campaign."""

    FILE: ClassVar[str] = "reference.json"

    id: Annotated[str, Key("of the candidate")]
    reason: Annotated[str, Key("why no frame was labelled, empty where one was")]
    reference: Annotated[PotentialFacts, Key("the method that judges")]
    frames: Annotated[tuple[LabelledFrame, ...], Key("that were labelled")]
    lost: Annotated[tuple[str, ...], Key("why it could not label the others")]
    hop_energies_eV: Annotated[
        tuple[tuple[float, ...], ...],
        Key("of each hop of a mobile ion, energies of its images by first principles less that of its start"),
    ] = ()
    hop_reason: Annotated[str, Key("why there is none, empty where there is one or none was asked for")] = ""
    n_labels: Annotated[int, Key("frames and images that have a label")] = 0
    cpu_s_per_label: Annotated[
        float | None, Key("processor time, of this job and what it started", none="where no label was made")
    ]
    potential: Annotated[Judgement | None, Key("the campaign's potential", none="where no frame was labelled")]
    student: Annotated[
        Judgement | None, Key("the family's first student", none="where no frame was labelled, or there is no student")
    ]
    convergence: Annotated[
        Convergence | None, Key("of the labels, on one frame of the campaign", none="where it was not tested")
    ] = None
    doubt: Annotated[str, Key("why the labels are too rough to tell how wrong the potential is, empty if not")] = ""
    provenance: Annotated[Provenance, Key("what it was made from")]

    def in_short(self) -> FirstPrinciples:
        """What trust.json repeats of it."""
        slopes = [(None, None) if one is None else one.forces for one in (self.potential, self.student)]
        (slope, mae), (own_slope, own_mae) = slopes
        return FirstPrinciples(
            name=self.reference.name,
            force_slope=slope,
            force_mae_meV_A=mae,
            student_force_slope=own_slope,
            student_force_mae_meV_A=own_mae,
        )
