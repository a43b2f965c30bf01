"""`screening verify`: is what is in a results folder still what its records say it was made from?"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from screening.errors import ConfigError, StageError
from screening.records import read_json, read_table, sha256_of

# Folder of the checksums and provenance of tables, which have no room for them inside.
TABLE_RECORDS = "provenance"


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
        for path in sorted(self.results.rglob("*.json")):
            if path.name.startswith("."):
                continue
            try:
                record = read_json(path)
            except StageError as error:
                self.found.problems.append(str(error))
                continue
            origin = record.get("provenance")
            if not isinstance(origin, dict):
                continue
            self.found.records += 1
            self._inputs(path, record, origin)
            self._parts(path, record)
            for role, known in potentials.items():
                checksum = (origin.get(role) or {}).get("checksum")
                if checksum:
                    known.setdefault(checksum, path)
        self._tables()
        for role, known in potentials.items():
            if len(known) > 1:
                names = ", ".join(f"{path} ({checksum[:12]})" for checksum, path in known.items())
                which = role.replace("_", " ")
                self.found.problems.append(f"results of different {which}s are in one campaign: {names}")
        return self.found

    def _inputs(self, path: Path, record: dict[str, Any], origin: dict[str, Any]) -> None:
        """Files the record was made from."""
        if path.name == "candidate.json":
            # Kept when parents.json is made anew for a grown campaign: its name says what it must hold.
            self._identity(path, record)
            return
        for name, expected in origin.get("inputs", {}).items():
            self._compare(path, self._located(name), expected, "made from")

    def _parts(self, path: Path, record: dict[str, Any]) -> None:
        """Files the record describes: chunks of a run, the table beside it."""
        for name, expected in (record.get("chunks") or {}).items():
            if not self.trajectories and not (path.parent / "chunks").exists():
                break
            self._compare(path, path.parent / "chunks" / name, expected, "written with")
        if path.parent.name == TABLE_RECORDS and "file" in record:
            self._compare(path, path.parent.parent / record["file"], record["sha256"], "written with")

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
            self.found.problems.append(f"{path}: holds other structures than its name says; {_remedy(path, path)}")

    def _tables(self) -> None:
        for path in sorted(self.results.glob("*.csv")):
            try:
                read_table(path)
            except StageError as error:
                self.found.problems.append(str(error))

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
                self.known[path] = sha256_of(path)
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


def _remedy(path: Path, record: Path) -> str:
    """What to do: deleting a file is not enough, since Snakemake remakes none that nothing unfinished needs."""
    made = {"candidate.json": path.parent.parent.parent / "candidates.csv"}.get(path.name, path)
    if path.suffix == ".h5":
        made = record
    if made.suffix not in (".json", ".csv"):
        return "restore it"
    return f"restore it, or have it made anew: screening run CONFIG -- --forcerun {made}"


def summary(found: Verification) -> str:
    """The last line of the report."""
    if found.problems:
        return f"{len(found.problems)} problems; {found.checksums} checksums of {found.records} records looked at"
    return f"all {found.checksums} checksums of {found.records} records match"
