"""boundary.json: what is known of a grain boundary or interface beside its crystals."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from screening.meso.record import LayerBarrier, Layers, PelletPoint
from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record

_NONE = "where a relaxation came to nothing"
_NO_SPREAD = "without a spread of searches or starts"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedEnergy(Part):
    """Of one way of joining."""

    energy_J_m2: Annotated[float | None, Key("of a boundary over the crystals beside it", none=_NONE)]
    error_J_m2: Annotated[float | None, Key("how far searches for the ions' places differ", none=_NO_SPREAD)]
    reason: Annotated[str, Key("why there is no energy, or what was seen")]
    separation_J_m2: Annotated[
        float | None,
        Key("work that pulls the grains apart, as they are: the work of adhesion is less", absent="in files of before"),
    ] = None
    separation_error_J_m2: Annotated[float | None, Key("its standard error", absent=_NO_SPREAD)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryRecord(Record):
    """A boundary of a campaign."""

    FILE: ClassVar[str] = "boundary.json"

    id: Annotated[str, Key("of the candidate")]
    law: Annotated[str, Key("how its grains are joined")]
    crystals: Annotated[tuple[str, ...], Key("ids of the candidates that are the crystals beside it, the lower first")]
    mobile: Annotated[str, Key("element of the mobile ion")]
    joined: Annotated[tuple[JoinedEnergy, ...], Key("ways of joining, as candidate.json has them")]
    temperatures: Annotated[
        tuple[Layers, ...], Key("layers, G and R, where it and the crystals were run, coldest first")
    ]
    barriers: Annotated[tuple[LayerBarrier, ...], Key("through these temperatures, two or more")]
    pellets: Annotated[tuple[PelletPoint, ...], Key("conductivity against grain size, and composition of an interface")]
    missing: Annotated[tuple[str, ...], Key("what could not be found, and why")]
    notes: Annotated[tuple[str, ...], Key("what is not in the numbers")]
    provenance: Annotated[Provenance, Key("what the file was made from")]
