"""glass.json: the samples of a glass, melted and quenched."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from screening.dynamics.glass_status import GlassStatus
from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record
from screening.students.record import StudentOutcome, Teaching


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassSample(Part):
    """A sample after the quench."""

    status: Annotated[GlassStatus, Key("what it is")]
    reason: Annotated[str, Key("why it is not amorphous, empty where it is")]
    framework_displacement_A: Annotated[
        float | None,
        Key(
            "root-mean-square displacement over the melt of the slowest kind of framework atom",
            none="where it was not melted at all",
        ),
    ]
    strongest_reflection: Annotated[
        float | None,
        Key(
            "largest mean of |Σ exp(i k·r)|² / n² over the wave vectors of the cell: 1 for equal atoms on a lattice",
            none="where it was not quenched",
        ),
    ]
    structure: Annotated[dict[str, Any], Key("the last geometry, as pymatgen writes it")]
    teachings: Annotated[tuple[Teaching, ...], Key("each time a student was taught on the way")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassRecord(Record):
    """glass.json of a candidate."""

    FILE: ClassVar[str] = "glass.json"

    id: Annotated[str, Key("of the candidate")]
    student: Annotated[StudentOutcome, Key("that melts in the potential's place")]
    samples: Annotated[tuple[GlassSample, ...], Key("one for each ordering of candidate.json")]
    provenance: Annotated[Provenance, Key("what it was made from")]
