"""The record files of a campaign, by the names of the files, and the pages of the reference that list their keys."""

import re
from dataclasses import dataclass
from pathlib import Path

from screening.local.equation_record import CandidateEquation
from screening.local.record import CandidateLocal, TransportOfFiles
from screening.parents.record import ParentsRecord
from screening.records.origin import PROVENANCE_FOLDER, OriginRecord
from screening.records.typed import Record
from screening.transport.line_record import CandidateLine, LineOfFiles
from screening.transport.record import CandidateTransport


@dataclass(frozen=True)
class RecordFile:
    """A kind of record file.

    Attributes:
        kind: What a campaign's file holds.
        page: Of the reference, without its ending.
        intro: What stands above the table there, in Markdown.
        rungs: Whether there is a file for each rung too.
        variants: Other classes with keys of their own, by what they are of.
    """

    kind: type[Record]
    page: str
    intro: str
    rungs: bool = False
    variants: tuple[tuple[str, type[Record]], ...] = ()

    def is_one(self, path: Path) -> bool:
        """Whether the file is one of these, by its name."""
        if path.parent.name == PROVENANCE_FOLDER or self.kind is OriginRecord:
            return path.parent.name == PROVENANCE_FOLDER and self.kind is OriginRecord
        name = re.sub(r"_rung\d+(?=\.json$)", "", path.name) if self.rungs else path.name
        return name == self.kind.FILE


RECORD_FILES = (
    RecordFile(
        ParentsRecord,
        "parents-record",
        "The parents and references of a campaign as they were read. Sources: [Structures](../structures.md).",
    ),
    RecordFile(
        CandidateTransport,
        "transport-record",
        "Diffusivities and conductivities at one temperature: `transport.json` of a campaign, and what `screening "
        "transport` prints. Methods: [Transport](../transport.md).",
        rungs=True,
        variants=(("`screening transport`", TransportOfFiles),),
    ),
    RecordFile(
        CandidateLine,
        "arrhenius-record",
        "The line through the temperatures of a candidate: `arrhenius.json` of a campaign, and what `screening "
        "arrhenius` prints. Methods: [Transport](../transport.md#arrhenius).",
        rungs=True,
        variants=(("`screening arrhenius`", LineOfFiles),),
    ),
    RecordFile(
        CandidateLocal,
        "local-record",
        "The local picture of one temperature: `local.json` of a campaign, and `local` of `screening transport "
        "--local`. Sites, densities, jumps by kind and distributions are of the replicas of the first ordering, since "
        "sites are one ordering's own; what is *of all* is combined over all orderings as diffusivities are. Methods: "
        "[Transport](../transport.md#the-local-picture).",
    ),
    RecordFile(
        CandidateEquation,
        "equation-record",
        "Every variable of the [hopping equation](../theory.md#jumps-the-hopping-equation) from one candidate's runs.",
    ),
    RecordFile(
        OriginRecord,
        "origin-record",
        "Checksums and provenance of the tables, the resolved config, the report and its figures; other records hold "
        "their own inside.",
    ),
)


def kind_of(path: Path) -> type[Record] | None:
    """What a file of a campaign holds, by its name; None where it is no record."""
    return next((file.kind for file in RECORD_FILES if file.is_one(path)), None)
