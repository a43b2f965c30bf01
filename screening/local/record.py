"""local.json and equation_one.json: where the ions are, how they jump, and the variables of the hopping equation."""

from dataclasses import dataclass
from typing import Annotated, Any

from screening.records.fields import Key
from screening.transport.record import TransportRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOfFiles(TransportRecord):
    """What `screening transport` prints."""

    files: Annotated[tuple[str, ...], Key("trajectories that were read")]
    local: Annotated[dict[str, Any] | None, Key("the local picture", absent="without `--local`")] = None
