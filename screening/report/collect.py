"""Reading a campaign's folder: whatever is there, and a list of what is missing or damaged."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from screening.candidates.record import CandidateRecord, CandidateRow, RefusedRow
from screening.errors import StageError
from screening.local.equation_record import CandidateEquation
from screening.local.record import CandidateLocal
from screening.parents.record import ParentsRecord
from screening.potentials.reference_record import ReferenceRecord
from screening.potentials.trust_record import TrustRecord
from screening.records.rows import Row as TypedRow
from screening.records.typed import Record as TypedRecord
from screening.selection.rows import RankingRow, ShortlistRow
from screening.stability.boundary_record import BoundaryRecord
from screening.stability.glass_record import GlassRecord
from screening.stability.record import RelaxedRecord
from screening.stability.rows import StabilityRow
from screening.students.record import StudentRecord
from screening.trajectories.run_record import RunRecord
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport

Record = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R", bound=TypedRecord)
W = TypeVar("W", bound=TypedRow)
AtTemperature = TypeVar("AtTemperature", CandidateTransport, CandidateLocal)


@dataclass(frozen=True)
class Candidate:
    """One candidate's row in the ranking and all of its records.

    Attributes:
        id: Its id.
        row: Its row of ranking.csv, None where there is none.
        listed: Its row of candidates.csv, None where there is none.
        stability: Its row of stability.csv, None where there is none.
        shortlisted: Whether it went on to molecular dynamics, None where shortlist.csv does not say.
        candidate: candidate.json, or None.
        relaxed: relaxed.json, or None.
        arrhenius: arrhenius.json, or None.
        transport: transport.json of each temperature, coldest first.
        local: local.json of each temperature that has one, coldest first.
        equation: equation_one.json, or None.
        trust: trust.json, None where no second potential was asked.
        reference: reference.json, None where no first principles were asked.
        runs: md.json of each run.
        student: student.json of its family, None where there is none.
        glass: glass.json, None for a crystal.
        boundary: boundary.json, None of what is no grain boundary or interface.
        damaged: What is wrong with its records that are there but cannot be read: file, key and remedy, a line each.
    """

    id: str
    row: RankingRow | None
    listed: CandidateRow | None
    stability: StabilityRow | None
    shortlisted: bool | None
    candidate: CandidateRecord | None
    relaxed: RelaxedRecord | None
    arrhenius: CandidateLine | None
    transport: tuple[CandidateTransport, ...]
    local: tuple[CandidateLocal, ...] = ()
    equation: CandidateEquation | None = None
    trust: TrustRecord | None = None
    reference: ReferenceRecord | None = None
    runs: tuple[RunRecord, ...] = ()
    student: StudentRecord | None = None
    glass: GlassRecord | None = None
    boundary: BoundaryRecord | None = None
    damaged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collection:
    """A campaign's records.

    Attributes:
        config: The resolved config, {} where it cannot be read.
        candidates: In the order of the ranking.
        refused: Combinations of the rules that cannot be made, rows of refused.csv.
        missing: What could not be read, in words.
        parents: What the candidates are made from; None where that is not known.
    """

    config: Record
    candidates: tuple[Candidate, ...]
    refused: tuple[RefusedRow, ...] = field(default=())
    missing: tuple[str, ...] = field(default=())
    parents: ParentsRecord | None = None


@contextmanager
def without_collector() -> Iterator[None]:
    """Without Python's search for circles, which looks at all records again and again and finds none.

    It takes half of the time of a large page.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def collect(folder: Path, config: Path | None = None) -> Collection:
    """Read a campaign's folder.

    Args:
        folder: results/<campaign>, which holds ranking.csv.
        config: The resolved config; folder/config.resolved.yaml if not given.

    Raises:
        StageError: ranking.csv is missing or damaged; anything else that is missing is listed and left out.
    """
    ranking = RankingRow.read(folder / RankingRow.FILE)
    missing: list[str] = []

    def table(kind: type[W]) -> list[W]:
        return _try(lambda: kind.read(folder / kind.FILE), missing, kind.FILE) or []

    listed = {row.id: row for row in table(CandidateRow)}
    stability = {row.id: row for row in table(StabilityRow)}
    marked = {row.id: row.shortlisted for row in table(ShortlistRow)}
    candidates = [
        read_candidate(
            folder,
            row.id,
            row=row,
            listed=listed.get(row.id),
            stability=stability.get(row.id),
            marked=marked.get(row.id),
            missing=missing,
        )
        for row in ranking
    ]
    refused = table(RefusedRow)
    made_from = folder / ParentsRecord.FILE
    parents = _try(lambda: ParentsRecord.read(made_from), missing, made_from.name) if made_from.exists() else None
    return Collection(
        read_config(config or folder / "config.resolved.yaml", missing),
        tuple(candidates),
        tuple(refused),
        tuple(missing),
        parents,
    )


def read_candidate(
    root: Path,
    id: str,
    *,
    row: RankingRow | None,
    listed: CandidateRow | None,
    stability: StabilityRow | None,
    marked: bool | None,
    missing: list[str],
) -> Candidate:
    """Read all records of one candidate.

    Args:
        root: results/<campaign>.
        id: Of the candidate.
        row: Its row of ranking.csv.
        listed: Its row of candidates.csv.
        stability: Its row of stability.csv.
        marked: Whether it was shortlisted; None where that is not known.
        missing: What cannot be read is added here, in words.
    """
    folder = root / "candidates" / id
    damaged: list[str] = []

    def typed(kind: type[R], path: Path, *, expected: bool = False) -> R | None:
        if path.exists():
            return _try(lambda: kind.read(path), missing, str(path.relative_to(root)), damaged)
        if expected:
            missing.append(f"{path.relative_to(root)} is missing")
        return None

    simulated = marked is True
    students = root / "students"

    hot = sorted(folder.glob("*K"))

    def at_temperatures(kind: type[AtTemperature]) -> tuple[AtTemperature, ...]:
        read = [typed(kind, path / kind.FILE) for path in hot]
        return tuple(sorted(filter(None, read), key=lambda record: record.temperature_K))

    transport = at_temperatures(CandidateTransport)
    if simulated and not transport:
        missing.append(f"candidates/{id}: no transport.json at any temperature")
    return Candidate(
        id=id,
        row=row,
        listed=listed,
        stability=stability,
        shortlisted=marked,
        candidate=typed(CandidateRecord, folder / "candidate.json", expected=True),
        relaxed=typed(RelaxedRecord, folder / "relaxed.json", expected=True),
        arrhenius=typed(CandidateLine, folder / "arrhenius.json", expected=simulated),
        transport=transport,
        # Neither is written for every campaign: that they are not there is no fault.
        local=at_temperatures(CandidateLocal),
        equation=typed(CandidateEquation, folder / "equation_one.json"),
        trust=typed(TrustRecord, folder / TrustRecord.FILE),
        reference=typed(ReferenceRecord, folder / ReferenceRecord.FILE),
        runs=tuple(
            filter(None, (typed(RunRecord, run / RunRecord.FILE) for at in hot for run in sorted(at.glob("o*_r*"))))
        ),
        student=None if listed is None else typed(StudentRecord, students / listed.family / StudentRecord.FILE),
        glass=typed(GlassRecord, folder / GlassRecord.FILE),
        boundary=typed(BoundaryRecord, folder / BoundaryRecord.FILE),
        # The last: the lines above fill it.
        damaged=tuple(damaged),
    )


def read_config(path: Path, missing: list[str]) -> Record:
    """A resolved config, {} where it cannot be read, which is then added to `missing`."""
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        missing.append(f"{path.name} cannot be read")
        return {}
    return config if isinstance(config, dict) else {}


def _try(read: Callable[[], T], missing: list[str], name: str, damaged: list[str] | None = None) -> T | None:
    try:
        return read()
    except StageError as error:
        missing.append(f"{name} is missing or damaged")
        if damaged is not None:
            damaged.append(str(error))
        return None
