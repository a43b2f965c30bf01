"""`screening verify`: is what is in a results folder still what its records say it was made from?"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from screening.errors import ConfigError, StageError
from screening.parents.answers import CACHE_FOLDER, is_whole
from screening.records import PROVENANCE_FOLDER, read_json, read_table, sha256_of

# Records of stages: one without provenance has lost it.
_RECORDS = re.compile(
    r"(parents|potential|second_potential|candidate|glass|first_start|relaxed|student|local|equation_one|trust"
    r"|(md|transport|arrhenius)(_rung\d+)?)\.json"
)
# Files beside the tables that a record must describe, like every table.
_DESCRIBED = ("config.resolved.yaml", "report.html")


class _Weights(BaseModel):
    """A potential in a record."""

    checksum: str


class _Origin(BaseModel):
    """The part of a provenance record that is looked at."""

    inputs: dict[str, str]
    potential: _Weights | None = None
    second_potential: _Weights | None = None


class _Record(BaseModel):
    """The part of a record that is looked at.

    Attributes:
        chunks: Of a run: SHA-256 of each chunk, by name.
        files: Of what has no provenance inside: SHA-256 of files, relative to the campaign's folder.
    """

    model_config = ConfigDict(extra="allow")
    provenance: _Origin
    chunks: dict[str, str] | None = None
    files: dict[str, str] | None = None


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
            read = self._read(path)
            if read is None:
                continue
            record, raw = read
            self.found.records += 1
            self._inputs(path, raw, record.provenance)
            described |= self._parts(path, record)
            for role, known in potentials.items():
                weights: _Weights | None = getattr(record.provenance, role)
                if weights is not None:
                    known.setdefault(weights.checksum, path)
        self._tables(described)
        for role, known in potentials.items():
            if len(known) > 1:
                names = ", ".join(f"{path} ({checksum[:12]})" for checksum, path in known.items())
                which = role.replace("_", " ")
                self.found.problems.append(f"results of different {which}s are in one campaign: {names}")
        return self.found

    def _read(self, path: Path) -> tuple[_Record, dict[str, Any]] | None:
        """A record that has provenance, checked and as it is; None for other files and for damaged ones."""
        try:
            raw = read_json(path)
        except StageError as error:
            self.found.problems.append(str(error))
            return None
        if path.parent.name == CACHE_FOLDER:
            self._answer(path, raw)
            return None
        expected = _RECORDS.fullmatch(path.name) or path.parent.name == PROVENANCE_FOLDER
        if not expected and "provenance" not in raw:
            return None
        try:
            return _Record.model_validate(raw), raw
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            self.found.problems.append(f"{path}: is damaged ({where}: {first['msg']}); {_remedy(path, path)}")
            return None

    def _answer(self, path: Path, raw: dict[str, Any]) -> None:
        self.found.checksums += 1
        if not is_whole(raw):
            self.found.problems.append(
                f"{path}: the stored answer of a database does not match its checksum; restore it"
            )

    def _inputs(self, path: Path, raw: dict[str, Any], origin: _Origin) -> None:
        """Files the record was made from."""
        if path.name == "candidate.json":
            # Kept when parents.json is made anew for a grown campaign: its name says what it must hold.
            self._identity(path, raw)
            return
        for name, expected in origin.inputs.items():
            self._compare(path, self._located(name), expected, "made from")

    def _parts(self, path: Path, record: _Record) -> set[Path]:
        """Files the record describes: chunks of a run, the table or page beside it; returns the latter."""
        for name, expected in (record.chunks or {}).items():
            if not self.trajectories and not (path.parent / "chunks").exists():
                break
            self._compare(path, path.parent / "chunks" / name, expected, "written with")
        if path.parent.name != PROVENANCE_FOLDER:
            return set()
        described = {path.parent.parent / name: expected for name, expected in (record.files or {}).items()}
        for file, expected in described.items():
            self._compare(path, file, expected, "written with")
        return set(described)

    def _identity(self, path: Path, record: dict[str, Any]) -> None:
        from pymatgen.core import Structure

        from screening.candidates.identity import candidate_id

        self.found.checksums += 1
        try:
            structures = [Structure.from_dict(ordering["structure"]) for ordering in record["orderings"]]
            expected = candidate_id(structures, path.parent.name.rsplit("-", 1)[0], record["glass"])
            same = expected == path.parent.name == record["id"]
        except (KeyError, TypeError, ValueError, StageError):
            same = False
        if not same:
            self.found.problems.append(f"{path}: its structures do not match its name; {_remedy(path, path)}")

    def _tables(self, described: set[Path]) -> None:
        """Every table can be read, and a record describes it; so with the config and the page."""
        tables = sorted(self.results.glob("*.csv"))
        for path in tables:
            try:
                read_table(path)
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
        if len(path.parts) > 2 and path.parts[0] == "results":
            return self.results.joinpath(*path.parts[2:])
        return self.results.absolute().parent.parent / path

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
