"""Running a campaign's workflow from a checkout, in any folder."""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
#: Descriptors that `screening new` writes: as accurate as the default ones, and faster (benchmarks/basis.py).
SMALLER = {"bessel_degree": 2, "inverse_degree": 4, "angular_3body": 2}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What every benchmark of campaigns understands."""
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--cost", action="store_true", help="run nothing; say what it would take, by one energy")
    parser.add_argument("--compare-only", action="store_true", help="run nothing; compare what there is so far")


def student_with(labels: Path) -> dict[str, Any]:
    """A campaign's section `student`, with a folder that keeps what the potential answered."""
    return {
        "timestep_fs": "auto",
        "teacher_run_ps": 0.5,
        "basis": dict(SMALLER),
        "labels": "shared",
        "label_store": str(labels.resolve()),
    }


def run(config: dict[str, object], folder: Path, cores: int) -> int:
    """Run a campaign in a folder, or what of it is not done; 0 where all went well."""
    # Snakemake is started from the checkout, wherever this was.
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{config['campaign']}.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--quiet", "all"]
    command += ["--nolock", "--directory", str(folder), "--configfile", str(path), "--cores", str(cores)]
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": search, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, check=False, env=environment).returncode
