"""kill -9 at several moments of a distillation: the student is the same as without."""

import json
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.slow

SCRIPT = """
import sys
from pathlib import Path
from ase.build import bulk
from ase.calculators.lj import LennardJones
from screening.config.student import BasisConfig, StudentConfig
from screening.potentials.student.distill import distill

basis = BasisConfig(cutoff_A=5.0, radial_2body=6, radial_3body=2, angular_3body=1, radial_4body=0, angular_4body=0)
settings = StudentConfig(
    basis=basis, seed_frames=6, seed_displacement_A=0.15, run_ps=0.5, stable_ps=0.5, rounds=4, frames_per_run=3,
    acceptance_frames=5, teacher_run_ps=0.4,
)
crystal = bulk("Ne", "fcc", a=3.45, cubic=True) * (2, 2, 2)
crystal.symbols[:8] = "Ar"
teacher = LennardJones(sigma=2.2, epsilon=0.05, rc=5.0, smooth=True)
distill([crystal], teacher, settings, [50.0, 80.0], Path(sys.argv[1]), 1, progress=lambda line: print(line, flush=True))
"""
KILLS = 3


def start(folder) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, text=True)


def results(folder) -> dict:
    """All files by content, times left out."""
    report = json.loads((folder / "report.json").read_text())
    for clock in ("seconds", "teacher_s", "fit_s"):
        del report[clock]
    for training in report["rounds"]:
        del training["seconds"]
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "report.json" and p.suffix != ".npz")
    return {"report": report, **{str(path.relative_to(folder)): path.read_bytes() for path in files}}


def test_it_goes_on_to_the_same_student(tmp_path):
    began = time.monotonic()
    whole = start(tmp_path / "whole")
    whole.communicate()
    assert whole.returncode == 0
    duration = time.monotonic() - began
    killed = 0
    for k in range(KILLS):
        process = start(tmp_path / "killed")
        try:
            process.wait(duration * (k + 1) / (KILLS + 1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    last = start(tmp_path / "killed")
    last.communicate()
    assert last.returncode == 0
    assert killed >= 2
    assert results(tmp_path / "killed") == results(tmp_path / "whole")
