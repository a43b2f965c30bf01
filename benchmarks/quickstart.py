"""The quickstart campaign from nothing, on two cores, set-up apart; and what its MD would take without students."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.student import orderings, seconds_per_step
from screening.records import read_json, read_table

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "configs" / "quickstart.yaml"
CORES = 2
TEACHER_STEPS = 20
TIMESTEP_FS = 2.0


def main() -> dict[str, float]:
    """Wall time of the campaign, and how many of its candidates are resolved."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", folder]
        command += ["--configfile", str(CONFIG), "--cores", str(CORES), "--quiet", "all"]
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        start = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"})
        wall = time.perf_counter() - start
        results = Path(folder) / "results" / "quickstart"
        rows = read_table(results / "ranking.csv")
        steps = sum(_steps(read_json(path)) for path in results.glob("candidates/*/*K/*/md.json"))
    return {
        "quickstart_wall_s": wall,
        "quickstart_resolved": sum(row["verdict"] == "resolved" for row in rows),
        "quickstart_speedup_vs_ase": steps * _teacher_step_s() / CORES / wall,
    }


def _steps(run: dict[str, Any]) -> int:
    return round(run["ending"]["time_ps"] * 1000 / run.get("timestep_fs", TIMESTEP_FS))


def _teacher_step_s() -> float:
    """Seconds of one step of the campaign's potential in ASE, 52 atoms, one core."""
    import torch

    from screening.config.load import load_campaign
    from screening.dynamics.engines.ase import AseEngine
    from screening.potentials.registry import load

    torch.set_num_threads(1)
    engine = AseEngine(load(load_campaign(CONFIG).potential).calculator, 100.0)
    seconds_per_step(engine, orderings()[0], 3)
    return seconds_per_step(engine, orderings()[0], TEACHER_STEPS)
