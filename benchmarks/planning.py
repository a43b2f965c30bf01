"""How long Snakemake plans a campaign of many candidates, and what memory that takes."""

import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.memory import run_and_measure
from screening.records import write_json, write_table

ROOT = Path(__file__).parents[1]
CAMPAIGN = {
    "campaign": "many",
    "mobile_ion": "Li",
    "potential": {"name": "lj", "check": False, "student": "none"},
    "parents": [{"library": "LiCl"}],
    "candidates": {"rules": [{"parent": "LiCl"}], "supercell": [1, 1, 1]},
    "md": {"temperatures_K": [600, 800, 1000]},
}
# Candidates of the campaign whose whole plan is measured: 11 jobs each and 4 more, 13,204.
RELAXED = 1_200
# Temperatures of the tables of a campaign that chooses them.
COLDER_K = (550.0, 475.0, 400.0, 350.0, 300.0)
TABLES_OF_STABILITY = ("stability", "orderings", "disorder")


@dataclass(frozen=True)
class Planning:
    """Of one dry run: wall and processor time in s, largest memory in MB."""

    wall_s: float
    processor_s: float
    peak_MB: float


def dry_run(folder: Path, *targets: str, **changes: Any) -> Planning:
    """What a dry run of the campaign in a folder takes; `changes` are sections of its config."""
    (folder / "many.yaml").write_text(yaml.safe_dump(CAMPAIGN | changes))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += [*targets, "--configfile", "many.yaml", "--cores", "1", "--dry-run", "--quiet", "all"]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _, megabytes = run_and_measure(command, folder)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Planning(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, megabytes)


def enumerated(folder: Path, n: int) -> list[dict[str, Any]]:
    """A campaign whose `n` candidates are enumerated; returns their rows."""
    results = folder / "results" / "many"
    write_json(results / "parents.json", {"parents": {}})
    common = {"role": "candidate", "parent": "LiCl", "family": "Cl-Li", "n_orderings": 1, "n_atoms": 64, "glass": False}
    rows = [{"id": f"LiCl-{k:08x}", **common} for k in range(n)]
    for row in rows:
        path = results / "candidates" / str(row["id"]) / "candidate.json"
        path.parent.mkdir(parents=True)
        path.write_text("{}\n")
    write_table(results / "refused.csv", [], ["rule"])
    _origins(results, "refused", "candidates")
    write_table(results / "candidates.csv", rows)
    return rows


def shortlisted(folder: Path, n: int) -> None:
    """A campaign whose `n` candidates are relaxed and all go on to molecular dynamics."""
    rows, results = enumerated(folder, n), folder / "results" / "many"
    for row in rows:
        (results / "candidates" / str(row["id"]) / "relaxed.json").write_text("{}\n")
    for name in TABLES_OF_STABILITY:
        write_table(results / f"{name}.csv", [{"id": "x"}])
    _origins(results, *TABLES_OF_STABILITY, "shortlist")
    write_table(results / "shortlist.csv", [{"id": row["id"], "shortlisted": True, "reason": ""} for row in rows])


def decided(folder: Path, n: int) -> None:
    """A campaign whose `n` candidates have chosen their temperatures, one more in each table."""
    shortlisted(folder, n)
    results = folder / "results" / "many"
    for number, temperature in enumerate(COLDER_K, 1):
        common = {"temperature_K": temperature, "duration_ps": 100.0, "core_hours": 1.0, "core_hours_spent": 1.0}
        rows = [{"id": f"LiCl-{k:08x}", **common, "reason": "colder"} for k in range(n)]
        write_table(results / f"temperatures{number}.csv", rows)
        _origins(results, f"temperatures{number}")


def _origins(results: Path, *names: str) -> None:
    for name in names:
        write_json(results / "provenance" / f"{name}.json", {})


def main() -> dict[str, float]:
    """Time and peak memory: relaxations of 100, 1,000 and 10,000 candidates; all that follows for 1,200.

    Of campaigns that choose temperatures all that follows for 100 and 400, with all of their tables.
    """
    figures: dict[str, float] = {}
    for n in (100, 1_000, 10_000):
        with tempfile.TemporaryDirectory() as name:
            enumerated(Path(name), n)
            planned = dry_run(Path(name), "results/many/stability.csv")
        figures[f"plan_{n}_s"] = round(planned.wall_s, 2)
        figures[f"plan_{n}_peak_MB"] = round(planned.peak_MB, 1)
    with tempfile.TemporaryDirectory() as name:
        shortlisted(Path(name), RELAXED)
        planned = dry_run(Path(name))
    jobs = 11 * RELAXED + 4
    figures[f"plan_{jobs}_jobs_s"] = round(planned.wall_s, 2)
    figures[f"plan_{jobs}_jobs_processor_s"] = round(planned.processor_s, 2)
    figures[f"plan_{jobs}_jobs_peak_MB"] = round(planned.peak_MB, 1)
    for n in (100, 400):
        with tempfile.TemporaryDirectory() as name:
            decided(Path(name), n)
            planned = dry_run(Path(name), md={"temperatures_K": "auto"})
        figures[f"plan_auto_{n}_processor_s"] = round(planned.processor_s, 2)
    return figures


if __name__ == "__main__":
    print(main())
