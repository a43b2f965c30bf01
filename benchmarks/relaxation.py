"""Relaxations in one process against one process per structure, through the stage that campaigns call; and matcalc.

matcalc relaxes the same structures with the same potential to the same forces, where it is installed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from pymatgen.core import Structure

from screening.candidates.record import CandidateRecord, MadeOrdering
from screening.config.potential import TeacherConfig
from screening.config.stability import RelaxConfig
from screening.parents import library
from screening.stability.record import RelaxedRecord
from tests.blank import blank

# Reference phases and candidates: for the first the start of a process is most of the work.
SMALL = ("LiCl", "LiF", "Li2O", "Li2S", "LiBr", "Li2S")
LARGE = ("Li6PS5Cl", "Li6PS5Br", "Li6PS5Cl")
STRAIN = 0.02
ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}
ONCE = RelaxConfig(max_starts=1)
# Near one, a single ratio tells the noise of a shared machine: four gave 0.8 to 1.7.
PAIRS = 3
# Reads structures from standard input; CHGNet and displacements as here, for the rest its own settings. Without
# displacements it stops at the saddle where symmetry holds lithium, 2.4 eV above, after a third of the steps.
MATCALC = """
import json, sys
from chgnet.model.dynamics import CHGNetCalculator
from matcalc import RelaxCalc
from pymatgen.core import Structure
structures = [Structure.from_dict(one) for one in json.load(sys.stdin)]
fmax, steps, displacement = map(float, sys.argv[1:])
calculator = CHGNetCalculator(use_device="cpu")
relax = RelaxCalc(calculator, fmax=fmax, max_steps=int(steps), perturb_distance=displacement)
assert all(relax.calc_many(structures))
"""


def main() -> dict[str, float]:
    """Relaxations per minute both ways and their ratio, for reference phases and for cells of 52 atoms."""
    figures: dict[str, float] = {}
    for suffix, names in (("_references", SMALL), ("", LARGE)):
        structures = _strained(names)
        apart = sum(_seconds([structure]) for structure in structures)
        together = _seconds(structures)
        figures[f"relax_per_min_batched{suffix}"] = 60 * len(names) / together
        figures[f"relax_per_min_apart{suffix}"] = 60 * len(names) / apart
        figures[f"relax_batch_speedup{suffix}"] = apart / together
    if find_spec("matcalc"):
        structures = _strained(LARGE)
        ratios = [_matcalc_seconds(structures) / _seconds(structures, ONCE) for _ in range(PAIRS)]
        figures["relax_speedup_vs_matcalc"] = float(np.median(ratios))
    return figures


def _strained(names: Sequence[str]) -> list[Structure]:
    rng = np.random.default_rng(0)
    return [library.load(name).structure.copy().apply_strain(rng.uniform(-STRAIN, STRAIN, 3)) for name in names]


def _matcalc_seconds(structures: Sequence[Structure]) -> float:
    """Wall time of a process in which matcalc relaxes the structures."""
    settings = (ONCE.fmax_eV_A, ONCE.max_steps, ONCE.rattle_A)
    command = [sys.executable, "-W", "ignore", "-c", MATCALC, *map(str, settings)]
    start = time.perf_counter()
    given = json.dumps([structure.as_dict() for structure in structures])
    # Its import asks a hub for names of models, which may take half a minute where there is none.
    environment = ONE_THREAD | {"HF_HUB_OFFLINE": "1"}
    subprocess.run(command, input=given, text=True, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def _seconds(structures: Sequence[Structure], relax: RelaxConfig | None = None) -> float:
    """Wall time of one `screening stage relax` over the structures as orderings of one candidate."""
    orderings = tuple(blank(MadeOrdering, degeneracy=1, structure=structure.as_dict()) for structure in structures)
    candidate = blank(
        CandidateRecord,
        id="benchmark-0",
        oxidation_states={"Li": 1, "P": 5, "S": -2, "O": -2, "F": -1, "Cl": -1, "Br": -1},
        orderings=orderings,
    )
    settings = {
        "seed": 1,
        "mobile_ion": "Li",
        "potential": TeacherConfig(name="chgnet").model_dump(mode="json"),
        "relax": (relax or RelaxConfig()).model_dump(mode="json"),
    }
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "candidate.json", Path(folder) / "relaxed.json"
        candidate.write(source)
        command = [str(Path(sys.executable).parent / "screening"), "stage", "relax", "--output", str(output)]
        command += ["params:", *(f"{name}={json.dumps(value)}" for name, value in settings.items())]
        command += ["candidate:", str(source)]
        start = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=ONE_THREAD)
        wall = time.perf_counter() - start
        if done.returncode:
            raise RuntimeError(f"relaxations of the benchmark failed: {done.stderr[-500:]}")
        statuses = [ordering.status for ordering in RelaxedRecord.read(output).orderings]
    if set(statuses) != {"converged"}:
        raise RuntimeError(f"relaxations of the benchmark ended as {', '.join(statuses)}")
    return wall


if __name__ == "__main__":
    print(main())
