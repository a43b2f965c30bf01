"""Time from nothing to an accepted student, as a new campaign makes it, and beside an older version of the package.

    python -m benchmarks.student_accept [--before FOLDER] [--turns 2]

The case of `benchmarks.student`: Li6PS5Cl0.5Br0.5, five orderings, CHGNet, 1000 K. FOLDER is a checkout of the older
version (`git worktree add FOLDER COMMIT`); both take turns, each in a process of its own, with that version's defaults
before and the settings that `screening new` writes now, hops and colder temperatures with them.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from ase.io import write

from benchmarks.student import mixed_orderings, relaxed

# Run in a checkout of either version; the older one has its modules elsewhere and wants all temperatures.
_PROGRAM = """
import json, sys
from pathlib import Path
from ase.io import read
from screening.config.potential import PotentialConfig
from screening.config.student import StudentConfig
from screening.potentials.registry import load
try:
    from screening.students.distill import distill
    settings = StudentConfig(timestep_fs="auto", basis={"bessel_degree": 2, "inverse_degree": 4, "angular_3body": 2})
    hottest, more = 1000.0, {"mobile": ("Li",), "coldest_K": settings.coldest_K}
except ImportError:
    from screening.potentials.student.distill import distill
    settings, hottest, more = StudentConfig(), [1000.0], {}
teacher = load(PotentialConfig(name="chgnet")).calculator
structures = [read(path) for path in sorted(Path(sys.argv[1]).glob("*.traj"))]
report = distill(structures, teacher, settings, hottest, Path(sys.argv[2]), 1, **more)
found = {"seconds": report.seconds, "teacher_s": report.teacher_s, "n_labels": report.n_labels}
print(json.dumps({**found, "accepted": report.accepted, "reason": report.verdict.reason}))
"""


def main(before: Path | None, turns: int) -> dict[str, float]:
    """Distill in turns; wall times, of which only the ratio counts on a busy machine.

    Raises:
        RuntimeError: a student was refused.
    """
    from screening.config.potential import PotentialConfig
    from screening.potentials.registry import load

    now = Path(__file__).parents[1]
    versions = {"now": now} if before is None else {"before": before, "now": now}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in versions}
    with tempfile.TemporaryDirectory() as folder:
        teacher = load(PotentialConfig(name="chgnet")).calculator
        for k, atoms in enumerate(mixed_orderings()):
            write(Path(folder, f"{k}.traj"), relaxed(atoms, teacher))
        for turn in range(turns):
            for name, checkout in versions.items():
                one = _distilled(checkout, folder, str(Path(folder, f"{name}{turn}")))
                print(f"{name}: {one}", flush=True)
                if not one["accepted"]:
                    raise RuntimeError(f"the student was refused: {one['reason']}")
                found[name].append(one)
    figures = {"student_accept_s": median(one["seconds"] for one in found["now"])}
    if before is not None:
        pairs = zip(found["before"], found["now"], strict=True)
        figures["student_accept_ratio"] = median(old["seconds"] / new["seconds"] for old, new in pairs)
    return figures


def _distilled(checkout: Path, structures: str, folder: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _PROGRAM, structures, folder]
    made = subprocess.run(command, env=environment, cwd=checkout, check=True, stdout=subprocess.PIPE, text=True)
    report: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
    return report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--turns", type=int, default=2)
    arguments = parser.parse_args()
    print(json.dumps(main(arguments.before and arguments.before.absolute(), arguments.turns), indent=2))
