"""reference.json: what first principles say of potential and student on frames of a candidate's runs."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from screening.potentials.trust_record import Disagreement
from screening.records.fields import Key
from screening.records.origin import PotentialFacts, Provenance
from screening.records.typed import Part, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFrame(Part):
    """A frame that first principles labelled."""

    temperature_K: Annotated[float, Key("of its run")]
    ordering: Annotated[int, Key("of its run, counted from 0")]
    replica: Annotated[int, Key("of its run, counted from 0")]
    frame: Annotated[int, Key("in its run, counted from 0")]
    time_ps: Annotated[float, Key("since the start of its run")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Part):
    """How a potential or student differs from first principles, whose forces are the first, F₁."""

    name: Annotated[str, Key("of the potential; a student has the name of its family")]
    failure: Annotated[str, Key("why nothing could be compared, empty where it was")]
    found: Annotated[Disagreement | None, Key("on all labelled frames", none="where nothing could be compared")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRecord(Record):
    """reference.json of a campaign."""

    FILE: ClassVar[str] = "reference.json"

    id: Annotated[str, Key("of the candidate")]
    reason: Annotated[str, Key("why no frame was labelled, empty where one was")]
    reference: Annotated[PotentialFacts, Key("the method that judges")]
    frames: Annotated[tuple[LabelledFrame, ...], Key("that were labelled")]
    lost: Annotated[tuple[str, ...], Key("why it could not label the others")]
    cpu_s_per_label: Annotated[
        float | None, Key("processor time, of this job and what it started", none="where no label was made")
    ]
    potential: Annotated[Judgement | None, Key("the campaign's potential", none="where no frame was labelled")]
    student: Annotated[
        Judgement | None, Key("the family's first student", none="where no frame was labelled, or there is no student")
    ]
    provenance: Annotated[Provenance, Key("what it was made from")]
