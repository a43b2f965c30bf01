"""How long Snakemake plans a campaign of many candidates, and what memory that takes."""

import sys
import tempfile
import time
from pathlib import Path

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


def plan(n: int) -> tuple[float, float]:
    """Seconds and peak MB of a dry run in which `n` enumerated candidates are to be relaxed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "many.yaml").write_text(yaml.safe_dump(CAMPAIGN))
        results = folder / "results" / "many"
        write_json(results / "parents.json", {"parents": {}})
        rows = [{"id": f"LiCl-{k:08x}", "role": "candidate", "n_orderings": 1, "glass": False} for k in range(n)]
        for row in rows:
            write_json(results / "candidates" / row["id"] / "candidate.json", row)
        write_table(results / "candidates.csv", rows)
        target = "results/many/stability.csv"
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", name]
        command += [target, "--configfile", "many.yaml", "--cores", "1", "--dry-run", "--quiet", "all"]
        start = time.perf_counter()
        _, megabytes = run_and_measure(command, folder)
        return time.perf_counter() - start, megabytes


def main() -> dict[str, float]:
    """Planning time and peak memory at 100, 1,000 and 10,000 candidates."""
    figures: dict[str, float] = {}
    for n in (100, 1_000, 10_000):
        seconds, megabytes = plan(n)
        figures[f"plan_{n}_s"] = round(seconds, 2)
        figures[f"plan_{n}_peak_MB"] = round(megabytes, 1)
    return figures


if __name__ == "__main__":
    print(main())
