"""How far a campaign is, read from the files its stages write; nothing is asked of the workflow itself."""

import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from screening.campaign.locks import is_held
from screening.errors import StageError
from screening.records import read_table
from screening.selection.temperatures import N_DECISIONS, N_FIRST
from screening.trajectories.run_record import newest_chunk_folder

# "2000 of 5000 frames", and whatever the run says of itself after that, such as a running diffusivity.
_FRAMES = re.compile(r"(\d+) of (\d+) frames[;,:]?\s*(.*)")
# A run in a large cell.
_LARGE = re.compile(r"(?P<id>.+)_(?P<run>o\d+_r\d+)")
_AT_TEMPERATURE = re.compile(r"(?P<id>.+)_(?P<temperature>[0-9.]+K)(?:_(?P<run>o\d+_r\d+))?")
_COMMAND = re.compile(r"^Command '.* > '?(?P<log>\S+\.log)'? 2>&1' (?P<how>.+)\.$", re.MULTILINE)
_COMPARISON = re.compile(r"(rung|temperatures)\d+")
# What the job of each rule makes; a rule that is not here is shown by its results only.
_OUTPUTS = {
    "parents": "parents.json",
    "enumerate": "candidates.csv",
    "selfcheck": "potential.json",
    "selfcheck_second": "second_potential.json",
    "glass": "candidates/{id}/glass.json",
    "first_start": "candidates/{id}/first_start.json",
    "relax": "candidates/{id}/relaxed.json",
    "mixing": "stability.csv",
    "shortlist": "shortlist.csv",
    "student": "students/{id}/student.json",
    "md": "candidates/{id}/{temperature}/{run}/md.json",
    "md_large": "candidates/{id}/large/{run}/md.json",
    "finite_size": "candidates/{id}/finite_size.json",
    "transport": "candidates/{id}/{temperature}/transport.json",
    "local": "candidates/{id}/{temperature}/local.json",
    "arrhenius": "candidates/{id}/arrhenius.json",
    "equation": "candidates/{id}/equation_one.json",
    "boundary": "candidates/{id}/boundary.json",
    "trust": "candidates/{id}/trust.json",
    "reference": "candidates/{id}/reference.json",
    "convergence": "reference_convergence.json",
    "ranking": "ranking.csv",
    "report": "report.html",
}


@dataclass(frozen=True)
class Step:
    """One kind of work: how many of them are done, of how many; None where that is not known yet."""

    name: str
    done: int
    total: int | None


@dataclass(frozen=True)
class Running:
    """A job that was started and has not ended.

    Attributes:
        rule: Its rule.
        subject: Candidate, family, or run.
        log: What it writes.
        done, total: Frames of a molecular-dynamics run, None for others.
        note: What the run says of itself, such as its running diffusivity.
        seconds_left: Estimated from the time its last chunks took, None where that is not known.
    """

    rule: str
    subject: str
    log: Path
    done: int | None = None
    total: int | None = None
    note: str = ""
    seconds_left: float | None = None


@dataclass(frozen=True)
class Failure:
    """A job that ended without its result: its rule, its log, and the last thing it said."""

    rule: str
    log: Path
    message: str


@dataclass(frozen=True)
class Progress:
    """A campaign's state.

    Attributes:
        folder: results/<campaign>.
        alive: Whether a workflow is at work on it.
        steps: From the first to the last.
        running: Jobs at work; empty when no workflow is.
        failures: Of the last `screening run`.
        verdicts: How many candidates of the ranking have which verdict; empty before the ranking.
        finished: Whether ranking and report are there and nothing is at work.
    """

    folder: Path
    alive: bool
    steps: tuple[Step, ...]
    running: tuple[Running, ...]
    failures: tuple[Failure, ...]
    verdicts: dict[str, int]
    finished: bool

    @property
    def stage(self) -> str:
        """The first kind of work that is not done."""
        if self.finished:
            return "finished"
        return next((step.name for step in self.steps if step.total is None or step.done < step.total), "report")


def read_progress(folder: Path) -> Progress:
    """The state of a campaign now.

    Args:
        folder: results/<campaign>; what is not there yet counts as not done.
    """
    alive = is_held(folder)
    steps = _steps(folder)
    report = (folder / "report.html").exists()
    stopped = _stopped(folder)
    jobs = [(job, _failure(folder, job, stopped)) for job in _unfinished(folder)]
    return Progress(
        folder=folder,
        alive=alive,
        steps=steps,
        running=tuple(_as_running(job) for job, failure in jobs if failure is None) if alive else (),
        failures=tuple(failure for _, failure in jobs if failure is not None),
        verdicts=dict(Counter(row["verdict"] for row in _rows(folder / "ranking.csv"))) if report else {},
        finished=report
        and (folder / "ranking.csv").exists()
        and not alive
        and all(step.done == step.total for step in steps),
    )


def _steps(folder: Path) -> tuple[Step, ...]:
    candidates = _rows(folder / "candidates.csv")
    chosen = {row["id"] for row in _rows(folder / "shortlist.csv") if row["shortlisted"]}
    listed = [row for row in candidates if row["id"] in chosen]
    place = folder / "candidates"

    def done(file: str, ids: list[str]) -> int:
        return sum((place / id / file).exists() for id in ids)

    chosen_ids = [row["id"] for row in listed]
    known = shortlisted = bool(listed) or (folder / "shortlist.csv").exists()
    plan = _plan(folder)
    later = _chosen_temperatures(folder)
    runs = sum(
        min(row["n_orderings"], plan.orderings or row["n_orderings"])
        * (plan.runs * plan.rungs + later[row["id"]] * plan.replicas)
        for row in listed
    )
    known = known and (not plan.chooses or (folder / f"temperatures{N_DECISIONS}.csv").exists())
    finished_runs = sum(1 for id in chosen_ids for _ in place.glob(f"{id}/*K/*/md*.json"))
    return (
        Step("structures", len(candidates), len(candidates) or None),
        Step("relaxations", done("relaxed.json", [row["id"] for row in candidates]), len(candidates) or None),
        Step("MD runs", finished_runs, max(runs, finished_runs) if known else None),
        Step("analyses", done("arrhenius.json", chosen_ids), len(listed) if shortlisted else None),
        Step("report", int((folder / "report.html").exists()), 1),
    )


@dataclass(frozen=True)
class _Plan:
    """What a config plans.

    Attributes:
        runs: Of each ordering at the temperatures that all candidates have.
        rungs: How often they are made longer, the first time counted.
        orderings: That are run; None for all.
        replicas: At each temperature.
        chooses: Whether further temperatures are chosen for each candidate.
    """

    runs: int
    rungs: int
    orderings: int | None
    replicas: int = 1
    chooses: bool = False


def _chosen_temperatures(folder: Path) -> Counter[str]:
    """How many temperatures were chosen for each candidate so far."""
    tables = [_rows(path) for path in folder.glob("temperatures*.csv")]
    return Counter(row["id"] for rows in tables for row in rows if row["temperature_K"] is not None)


def _plan(folder: Path) -> _Plan:
    """What the config plans; nothing where it is not there yet."""
    import yaml

    try:
        md = yaml.safe_load((folder / "config.resolved.yaml").read_text(encoding="utf-8"))["md"]
        chooses = md["temperatures_K"] == "auto"
        n = N_FIRST if chooses else len(md["temperatures_K"])
        return _Plan(n * md["replicas"], 1 + len(md["rungs_ps"]), md["orderings"], md["replicas"], chooses)
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return _Plan(0, 0, None)


@dataclass(frozen=True)
class _Job:
    """A job whose log is there and whose result is not."""

    rule: str
    subject: str
    log: Path
    place: Path


def _unfinished(folder: Path) -> list[_Job]:
    """Every job that was started and has not made its result."""
    found = []
    for log in sorted((folder / "logs").rglob("*.log")):
        parts = log.relative_to(folder / "logs").parts
        rule, subject = (parts[0], log.stem) if len(parts) == 2 else (log.stem, "")
        # Where runs are compared at rungs, the work before the last one has its number at the end of its names.
        base, _, rung = rule.partition("_rung")
        if base == "md_batch":
            found += _unfinished_batch(folder, rule, log, f"md_rung{rung}.json" if rung else "md.json")
            continue
        made = f"{rule}.csv" if _COMPARISON.fullmatch(rule) else _OUTPUTS.get(base)
        if made is None:
            continue
        named = _AT_TEMPERATURE.fullmatch(subject) or _LARGE.fullmatch(subject)
        fields = named.groupdict("") if named else {"id": subject}
        output = folder / made.format(**{"temperature": "", "run": "", **fields})
        if rung:
            output = output.with_stem(f"{output.stem}_rung{rung}")
        if not output.exists():
            found.append(_Job(rule, " ".join(filter(None, fields.values())), log, output.parent))
    return found


def _unfinished_batch(folder: Path, rule: str, log: Path, made: str) -> list[_Job]:
    """The job of all temperatures and replicas of an ordering, unless all of its runs are there."""
    id, _, ordering = log.stem.rpartition("_")
    place = folder / "candidates" / id
    there = sum(1 for _ in place.glob(f"*K/{ordering}_r*/{made}"))
    return [] if there >= _plan(folder).runs > 0 else [_Job(rule, f"{id} {ordering}", log, place)]


def _as_running(job: _Job) -> Running:
    if job.rule in ("glass", "student") or job.rule.startswith("md_batch"):
        # Much one after another, or beside each other: what its log says last tells where it is.
        return Running(job.rule, job.subject, job.log, note=next(reversed(_lines(job.log)), ""))
    if job.rule.partition("_rung")[0] != "md":
        return Running(job.rule, job.subject, job.log)
    said = _lines(job.log)
    lines = [_FRAMES.match(line) for line in said]
    last = next((line for line in reversed(lines) if line), None)
    # After frames something else may be waited for: labels, a lesson, a check.
    other = said[-1] if said and lines[-1] is None else ""
    if last is None:
        return Running(job.rule, job.subject, job.log, note=other)
    done, total = int(last[1]), int(last[2])
    left = None if other else _seconds_left(job.place, done, total)
    return Running(job.rule, job.subject, job.log, done, total, other or last[3], left)


def _seconds_left(place: Path, done: int, total: int) -> float | None:
    """From the mean time of the last three chunks; a pause before them (a restart) does not count."""
    chunks = sorted(newest_chunk_folder(place).glob("chunk_*.h5"))
    if len(chunks) < 2 or not done:
        return None
    ends = [path.stat().st_mtime for path in chunks[-4:]]
    each = (ends[-1] - ends[0]) / (len(ends) - 1)
    left = (total - done) / done * len(chunks) * each
    return max(0.0, left - (time.time() - ends[-1]))


def _stopped(folder: Path) -> dict[str, str]:
    """Logs of the commands that the workflow's own log says ended with a fault, and how they ended."""
    text = "\n".join(_lines(folder / "logs" / "snakemake.log"))
    return {found["log"]: found["how"] for found in _COMMAND.finditer(text)}


def _failure(folder: Path, job: _Job, stopped: dict[str, str]) -> Failure | None:
    """How an unfinished job failed; None where nothing says it did."""
    name = str(Path("results", folder.name, job.log.relative_to(folder)))
    lines = [line.strip() for line in _lines(job.log) if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    if errors:
        return Failure(job.rule, job.log, errors[-1])
    if name in stopped:
        said = f"; its last line: {lines[-1]}" if lines else "; it printed nothing"
        return Failure(job.rule, job.log, stopped[name] + said)
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        return read_table(path)
    except StageError:
        return []
