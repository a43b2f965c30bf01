"""relaxed.json and first_start.json: every ordering of a candidate in its minimum."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from screening.candidates.record import Arrangement, CandidateFacts, MadeBoundary
from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record
from screening.stability.status import RelaxationStatus

_LOST = "where the relaxation is not usable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Part):
    """One of several relaxations of an ordering."""

    status: Annotated[RelaxationStatus, Key("how it ended")]
    reason: Annotated[str, Key("why it is not converged, empty where it is")]
    energy_eV: Annotated[float | None, Key("of the cell", none=_LOST)]
    steps: Annotated[int, Key("of the optimiser")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecord(Part):
    """What a student found."""

    student_energies_eV: Annotated[tuple[float, ...], Key("the student's energies of the minima, lowest first")]
    spread_eV: Annotated[
        float | None,
        Key(
            "standard deviation of the lowest energies of four searches a quarter as long", none="where one found none"
        ),
    ]
    failures: Annotated[tuple[str, ...], Key("why anneals or quenches gave no minimum")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaxedOrdering(Arrangement):
    """An ordering in the lowest of its minima."""

    status: Annotated[RelaxationStatus, Key("how its relaxation ended")]
    reason: Annotated[str, Key("why it is not converged, empty where it is")]
    energy_eV: Annotated[float | None, Key("of the cell", none=_LOST)]
    starts: Annotated[tuple[Start, ...], Key("all its relaxations, in the order made")]
    start_spread_eV: Annotated[float | None, Key("between the starts' energies", none="for fewer than two")]
    minimum_repeated: Annotated[bool, Key("whether the lowest energy was found twice within the tolerance")]
    search: Annotated[SearchRecord | None, Key("what a student found", none="where none searched")]
    steps: Annotated[int, Key("of the optimiser")]
    max_force_eV_A: Annotated[float | None, Key("largest force left on an atom", none=_LOST)]
    volume_A3: Annotated[float, Key("of the cell")]
    volume_change: Annotated[float, Key("relative to the start")]
    structure: Annotated[dict[str, Any], Key("the last geometry, as pymatgen writes structures")]
    boundary: Annotated[
        MadeBoundary | None,
        Key("how its grains were joined; candidate.json has other ways too", absent="of what has no grains"),
    ] = None
    apart_eV: Annotated[
        float | None,
        Key("energy of its two grains as they are, 12 Å apart", absent="of what has no grains, and of first starts"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedBy(Part):
    """The student that searched for minima."""

    student_checksum: Annotated[str | None, Key("SHA-256 of the student", none="where it was refused")]
    student_refused: Annotated[str, Key("why it was refused, empty where it was not")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaxedRecord(CandidateFacts, Record):
    """A candidate or reference with its orderings as relaxed with the campaign's potential."""

    FILE: ClassVar[str] = "relaxed.json"

    searched_by: Annotated[SearchedBy | None, Key("the student that searched", none="where none was asked for")]
    orderings: Annotated[tuple[RelaxedOrdering, ...], Key("as candidate.json has them")]
    provenance: Annotated[Provenance, Key("what the file was made from")]
