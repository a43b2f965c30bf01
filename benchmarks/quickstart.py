"""The quickstart campaign from nothing, on two cores, set-up apart."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from screening.records import read_table

ROOT = Path(__file__).parents[1]


def main() -> dict[str, float]:
    """Wall time of the campaign, and how many of its candidates are resolved."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", folder]
        command += ["--configfile", str(ROOT / "configs" / "quickstart.yaml"), "--cores", "2", "--quiet", "all"]
        start = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True)
        wall = time.perf_counter() - start
        rows = read_table(Path(folder) / "results" / "quickstart" / "ranking.csv")
    return {"quickstart_wall_s": wall, "quickstart_resolved": sum(row["verdict"] == "resolved" for row in rows)}
