"""`screening verify`: is what is in a results folder still what its records say it was made from?"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from screening.campaign.record_files import kind_of, row_of
from screening.candidates.record import CandidateRecord
from screening.errors import ConfigError, DamagedRecord, StageError
from screening.parents.answers import CACHE_FOLDER, is_whole
from screening.records import PROVENANCE_FOLDER, read_json, read_table, sha256_of
from screening.records.origin import OriginRecord, Provenance
from screening.records.typed import Record
from screening.trajectories.run_record import RunRecord

# Files beside the tables that a record must describe, like every table.
_DESCRIBED = ("config.resolved.yaml", "report.html")


@dataclass
class Verification:
    """What was looked at, and what no longer matches.

    Attributes:
        records: Records with provenance that were read.
        checksums: Checksums that were computed again.
        problems: One line each: which file, what is wrong, what to do.
    """

    records: int = 0
    checksums: int = 0
    problems: list[str] = field(default_factory=list)


def verify(results: Path, trajectories: bool = True) -> Verification:
    """Recompute every checksum in the records of a campaign's folder.

    Args:
        results: The folder, results/NAME; it may have been moved or renamed.
        trajectories: Whether the trajectories must be there; an archive may have been made without them.

    Raises:
        ConfigError: there is no campaign in it.
    """
    if not any((results / name).is_file() for name in ("config.resolved.yaml", "parents.json", "candidates.csv")):
        raise ConfigError(f"{results}: not a campaign's folder (no candidates.csv in it); give results/NAME")
    return _Checker(results, trajectories).run()


class _Checker:
    def __init__(self, results: Path, trajectories: bool) -> None:
        self.results, self.trajectories = results, trajectories
        self.found = Verification()
        self.known: dict[Path, str | None] = {}

    def run(self) -> Verification:
        potentials: dict[str, dict[str, Path]] = {"potential": {}, "second_potential": {}}
        described: set[Path] = set()
        for path in sorted(self.results.rglob("*.json")):
            if path.name.startswith("."):
                continue
            record = self._read(path)
            origin: Provenance | None = getattr(record, "provenance", None)
            if record is None or origin is None:
                continue
            self.found.records += 1
            self._inputs(path, record, origin)
            described |= self._parts(path, record)
            for role, known in potentials.items():
                facts = getattr(origin, role)
                if facts is not None:
                    known.setdefault(facts.checksum, path)
        self._tables(described)
        for role, known in potentials.items():
            if len(known) > 1:
                names = ", ".join(f"{path} ({checksum[:12]})" for checksum, path in known.items())
                which = role.replace("_", " ")
                self.found.problems.append(f"results of different {which}s are in one campaign: {names}")
        return self.found

    def _read(self, path: Path) -> Record | None:
        """A record, every key of it checked; None for other files and for damaged ones."""
        try:
            raw = read_json(path)
        except StageError as error:
            self.found.problems.append(str(error))
            return None
        if path.parent.name == CACHE_FOLDER:
            self._answer(path, raw)
            return None
        kind = kind_of(path)
        if kind is None:
            return None
        try:
            return kind.from_json(raw, path)
        except DamagedRecord as error:
            self.found.problems.append(f"{path}: is damaged ({error.what}); {_remedy(path, path)}")
        except StageError as error:
            self.found.problems.append(str(error))
        return None

    def _answer(self, path: Path, raw: dict[str, Any]) -> None:
        self.found.checksums += 1
        if not is_whole(raw):
            self.found.problems.append(
                f"{path}: the stored answer of a database does not match its checksum; restore it"
            )

    def _inputs(self, path: Path, record: Record, origin: Provenance) -> None:
        """Files the record was made from."""
        if isinstance(record, CandidateRecord):
            # Kept when parents.json is made anew for a grown campaign: its name says what it must hold.
            self._identity(path, record)
            return
        for name, expected in origin.inputs.items():
            if path.name == "local.json" and Path(name).name == "parents.json":
                # Of all parents in it only the candidate's own counts; the file changes with every one that is added.
                continue
            self._compare(path, self._located(name), expected, "made from")

    def _parts(self, path: Path, record: Record) -> set[Path]:
        """Files the record describes: chunks of a run, the table or page beside it; returns the latter."""
        if isinstance(record, RunRecord):
            chunks = record.chunk_folder(path.parent)
            for name, expected in record.chunks.items() if self.trajectories or chunks.exists() else ():
                self._compare(path, chunks / name, expected, "written with")
        if not isinstance(record, OriginRecord):
            return set()
        described = {path.parent.parent / name: expected for name, expected in record.files.items()}
        for file, expected in described.items():
            self._compare(path, file, expected, "written with")
        return set(described)

    def _identity(self, path: Path, record: CandidateRecord) -> None:
        from pymatgen.core import Structure

        from screening.candidates.identity import candidate_id

        self.found.checksums += 1
        try:
            structures = [Structure.from_dict(ordering.structure) for ordering in record.orderings]
            expected = candidate_id(structures, path.parent.name.rsplit("-", 1)[0], record.glass)
            same = expected == path.parent.name == record.id
        except (KeyError, TypeError, ValueError, StageError):
            same = False
        if not same:
            self.found.problems.append(f"{path}: its structures do not match its name; {_remedy(path, path)}")

    def _tables(self, described: set[Path]) -> None:
        """Every table can be read, and a record describes it; so with the config and the page."""
        tables = sorted(self.results.glob("*.csv"))
        for path in tables:
            kind = row_of(path)
            try:
                read_table(path) if kind is None else kind.read(path)
            except StageError as error:
                self.found.problems.append(str(error))
        for path in [*tables, *(self.results / name for name in _DESCRIBED)]:
            if path.exists() and path not in described:
                record = path.parent / PROVENANCE_FOLDER / f"{path.stem}.json"
                self.found.problems.append(f"{path}: {record} has no checksum of it; {_remedy(path, path)}")

    def _located(self, name: str) -> Path:
        """A path of a record: counted from the folder of the run, or inside this folder wherever that is now."""
        path = Path(name)
        if path.is_absolute():
            return path
        depth = len(self._prefix)
        if len(path.parts) > depth + 2 and path.parts[: depth + 1] == (*self._prefix, "results"):
            return self.results.joinpath(*path.parts[depth + 2 :])
        above = self.results.absolute().parents
        return above[min(1 + depth, len(above) - 1)] / path

    @cached_property
    def _prefix(self) -> tuple[str, ...]:
        """Folders before results/NAME in recorded names: those of a workflow that imports this one with a prefix."""
        try:
            record = OriginRecord.read(self.results / PROVENANCE_FOLDER / "candidates.json")
        except StageError:
            return ()
        names = [Path(name) for name in record.provenance.inputs]
        return next((n.parts[:-3] for n in names if not n.is_absolute() and n.parts[-3:-2] == ("results",)), ())

    def _among_structures(self, expected: str) -> bool:
        """Whether the archive this was unpacked from brought the file under another name."""
        structures = (self.results.absolute().parent.parent / "structures").rglob("*")
        return any(path.is_file() and sha256_of(path) == expected for path in structures)

    def _compare(self, record: Path, path: Path, expected: str, relation: str) -> None:
        self.found.checksums += 1
        if path not in self.known:
            try:
                # A device would be read for ever.
                self.known[path] = sha256_of(path) if path.is_file() else None
            except OSError:
                self.known[path] = None
        actual = self.known[path]
        if actual is None and self._among_structures(expected):
            return
        if actual is None:
            self.found.problems.append(f"{path}: is missing; {record} was {relation} it; {_remedy(path, record)}")
        elif actual != expected:
            self.found.problems.append(
                f"{path}: is not the file {record} was {relation} (SHA-256 {actual[:12]}, recorded {expected[:12]}); "
                f"{_remedy(path, record)}"
            )


# What is written beside the output of a rule, and that output.
_WRITTEN_WITH = {
    "orderings.csv": "stability.csv",
    "disorder.csv": "stability.csv",
    "transport.csv": "ranking.csv",
    "arrhenius.csv": "ranking.csv",
}


def _remedy(path: Path, record: Path) -> str:
    """What to do: deleting a file is not enough, since Snakemake remakes none that nothing unfinished needs."""
    made = _output(path, record)
    if made.suffix not in (".json", ".csv") and made.name not in _DESCRIBED:
        return "restore it"
    return f"restore it, or recompute it: screening run CONFIG -- --forcerun {made}"


def _output(path: Path, record: Path) -> Path:
    """The output of the rule that makes a file; the file itself where no rule does."""
    if path.name == "candidate.json":
        return path.parent.parent.parent / "candidates.csv"
    if path.suffix == ".h5":
        return record
    if record.parent.parent / "figures" in path.parents:
        return record.parent.parent / "report.html"
    if path.parent.name == PROVENANCE_FOLDER:
        beside = {Path(name).stem: name for name in _DESCRIBED}
        path = path.parent.parent / beside.get(path.stem, f"{path.stem}.csv")
    return path.with_name(_WRITTEN_WITH[path.name]) if path.name in _WRITTEN_WITH else path


def summary(found: Verification) -> str:
    """The last line of the report."""
    if found.problems:
        return f"{len(found.problems)} problems; {found.checksums} checksums of {found.records} records checked"
    return f"all {found.checksums} checksums of {found.records} records match"
