"""kill -9 at several moments of a distillation: the student is the same as without."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

# Killed by the number of the teacher's calls, not by the clock: a busy machine kills at the same places.
SCRIPT = """
import os
import signal
import sys
from pathlib import Path
from ase.build import bulk
from ase.calculators.lj import LennardJones
from screening.students.distill import distill
sys.path.insert(0, sys.argv[3])
from tests.students import SMALL


class Teacher(LennardJones):
    calls = 0

    def calculate(self, *args, **kwargs):
        self.calls += 1
        if self.calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        super().calculate(*args, **kwargs)


crystal = bulk("Ne", "fcc", a=3.45, cubic=True) * (2, 2, 2)
crystal.symbols[:8] = "Ar"
teacher = Teacher(sigma=2.2, epsilon=0.05, rc=5.0, smooth=True)
distill([crystal], teacher, SMALL, 80.0, Path(sys.argv[1]), 1)
print(teacher.calls)
"""
# Each tries on from the one before: among the seeds, among the first labels, in the run beside the teacher's.
KILLED_AT_CALL = (8, 10, 60)


def distill(folder, kill_at_call=0) -> subprocess.CompletedProcess:
    arguments = [folder, str(kill_at_call), str(Path(__file__).parents[2])]
    return subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=False)


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
    whole = distill(tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    calls = int(whole.stdout)
    for call in KILLED_AT_CALL:
        assert distill(tmp_path / "killed", call).returncode == -signal.SIGKILL
    last = distill(tmp_path / "killed")
    assert last.returncode == 0, last.stderr
    assert 0 < int(last.stdout) < calls, "what was labelled before the kills was asked again"
    assert results(tmp_path / "killed") == results(tmp_path / "whole")
