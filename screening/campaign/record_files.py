"""The record files and tables of a campaign, by their names, and the pages of the reference that list their keys."""

import re
from dataclasses import dataclass
from pathlib import Path

from screening.candidates.record import CandidateRecord, CandidateRow, RefusedRow
from screening.local.equation_record import CandidateEquation
from screening.local.record import CandidateLocal, TransportOfFiles
from screening.meso.record import LayersRecord
from screening.parents.record import ParentsRecord
from screening.potentials.reference_record import ConvergenceRecord, ReferenceRecord
from screening.potentials.selfcheck_report import SelfCheckRecord
from screening.potentials.trust_record import TrustRecord
from screening.records.origin import PROVENANCE_FOLDER, OriginRecord
from screening.records.rows import Row
from screening.records.typed import Record
from screening.selection.rows import RankingRow, RungRow, ShortlistRow, TemperatureRow
from screening.stability.boundary_record import BoundaryRecord
from screening.stability.glass_record import GlassRecord
from screening.stability.record import RelaxedRecord
from screening.stability.rows import DisorderRow, OrderingRow, StabilityRow
from screening.students.record import DistillationRecord, JournalRecord, StudentRecord
from screening.trajectories.run_record import CellRecord, RunRecord
from screening.transport.finite_size import CandidateFiniteSize
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
        names: Of other files of the kind.
        variants: Other classes with keys of their own, by what they are of.
    """

    kind: type[Record]
    page: str
    intro: str
    rungs: bool = False
    names: tuple[str, ...] = ()
    variants: tuple[tuple[str, type[Record]], ...] = ()

    def is_one(self, path: Path) -> bool:
        """Whether the file is one of these, by its name."""
        if path.parent.name == PROVENANCE_FOLDER or self.kind is OriginRecord:
            return path.parent.name == PROVENANCE_FOLDER and self.kind is OriginRecord
        name = re.sub(r"_rung\d+(?=\.json$)", "", path.name) if self.rungs else path.name
        return name in (self.kind.FILE, *self.names)


RECORD_FILES = (
    RecordFile(
        SelfCheckRecord,
        "potential-record",
        "The check of the potential before anything is made with it: `potential.json`, and `second_potential.json` of "
        "one that judges. What is checked: [Potentials](../potentials.md).",
        names=("second_potential.json",),
    ),
    RecordFile(
        ParentsRecord,
        "parents-record",
        "The parents and references of a campaign as they were read. Sources: [Structures](../structures.md).",
    ),
    RecordFile(
        CandidateRecord,
        "candidate-record",
        "A candidate or reference as it was made: `candidate.json`. How: [Candidates](../candidates.md).",
    ),
    RecordFile(
        RelaxedRecord,
        "relaxed-record",
        "The orderings of a candidate or reference, relaxed with the campaign's potential: `relaxed.json`, and "
        "`first_start.json`, in which each is relaxed once. How: [Energetics](../energetics.md).",
        names=("first_start.json",),
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
        "arrhenius` prints. Methods: [Transport](../arrhenius.md).",
        rungs=True,
        variants=(("`screening arrhenius`", LineOfFiles),),
    ),
    RecordFile(
        CandidateFiniteSize,
        "finite-size-record",
        "D* in a cell eight times as large beside that in the candidate's own, with `md.finite_size_check`: "
        "`finite_size.json`. How: [Dynamics](../dynamics.md#is-the-cell-large-enough).",
    ),
    RecordFile(
        LayersRecord,
        "layers-record",
        "Transport by layers between two boundaries, as `screening layers` prints it. Methods: "
        "[Grain boundaries](../meso-scale.md#layer-by-layer).",
    ),
    RecordFile(
        BoundaryRecord,
        "boundary-record",
        "A grain boundary or interface beside its crystals: `boundary.json`. Methods: "
        "[Grain boundaries](../meso-scale.md).",
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
        GlassRecord,
        "glass-record",
        "The samples of a glass, melted and quenched; relaxation begins from these. How: "
        "[Candidates](../candidates.md).",
    ),
    RecordFile(
        StudentRecord,
        "student-record",
        "The student of a family of candidates: `student.json`. How it is made and examined: "
        "[Students](../students.md).",
    ),
    RecordFile(
        DistillationRecord,
        "distillation-record",
        "How a student was made, in its folder: `report.json`. The same stands in `student.json`.",
    ),
    RecordFile(
        JournalRecord,
        "journal-record",
        "Each time the student of a run was taught, on disk before it counts: `retraining/journal.json` beside "
        "`md.json`, which holds the same in the end.",
    ),
    RecordFile(
        RunRecord,
        "run-record",
        "One run of a candidate at one temperature: `md.json`. Its frames are in `chunks/` beside it. How runs are "
        "made, and when they end: [Dynamics](../dynamics.md).",
        rungs=True,
    ),
    RecordFile(
        CellRecord,
        "cell-record",
        "The mean cell of a run at constant pressure, kept beside its `md.json` for a restart.",
    ),
    RecordFile(
        TrustRecord,
        "trust-record",
        "How far a second potential disagrees with the first on frames of a candidate's runs: `trust.json`. What the "
        "numbers are worth: [Potentials](../potentials.md#a-second-potential-as-a-judge).",
    ),
    RecordFile(
        ReferenceRecord,
        "reference-record",
        "What first principles say of potential and student on frames of a candidate's runs: `reference.json`. What "
        "the numbers are worth: [First principles](../first-principles.md).",
    ),
    RecordFile(
        ConvergenceRecord,
        "convergence-record",
        "How far the labels of first principles are converged: `reference_convergence.json`. What is tested: "
        "[First principles](../first-principles.md#are-the-labels-converged).",
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


#: Tables of a campaign whose columns have a class; the others are `SCALAR_TABLES`.
TABLES: tuple[type[Row], ...] = (
    RankingRow,
    CandidateRow,
    RefusedRow,
    StabilityRow,
    OrderingRow,
    DisorderRow,
    ShortlistRow,
    RungRow,
    TemperatureRow,
)


#: Tables that hold the single values of records, and which.
SCALAR_TABLES: dict[str, type[Record]] = {"transport.csv": CandidateTransport, "arrhenius.csv": CandidateLine}


def row_of(path: Path) -> type[Row] | None:
    """What a row of a campaign's table is, by its name; None where it is no table with a class of its own."""
    name = re.sub(r"^(rung|temperatures)\d+\.csv$", r"\1<n>.csv", path.name)
    return next((kind for kind in TABLES if name == kind.FILE), None)
