"""What a batch is worth to the potential's own dynamics: eight runs whose forces are found together, and one by one.

    python -m benchmarks batch

Li6PS5Cl, 52 atoms, SevenNet-0 in ASE, on a GPU where there is one, else on one CPU core; the two take turns.
"""

import time
from functools import partial
from statistics import median
from typing import Any

from ase.calculators.calculator import Calculator

from benchmarks.student import orderings
from screening.config.potential import TeacherConfig
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.protocol import thermal_start
from screening.potentials.batch import run_together
from screening.potentials.registry import batched, load

RUNS = 8
STEPS = 10
ROUNDS = 5


def main() -> dict[str, float | str]:
    """Milliseconds a step of one run, alone and in the batch, and their ratio."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    config = TeacherConfig(name="sevenn", device=device)  # type: ignore[arg-type]
    potential = load(config)
    evaluate = batched(config, potential)
    alone, together = [], []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        for seed in range(RUNS):
            _steps(seed, potential.calculator)
        middle = time.perf_counter()
        for outcome in run_together(evaluate, [partial(_steps, seed) for seed in range(RUNS)]):
            if isinstance(outcome, BaseException):
                raise outcome
        alone.append(1e3 * (middle - start) / (RUNS * STEPS))
        together.append(1e3 * (time.perf_counter() - middle) / (RUNS * STEPS))
    alone, together = alone[1:], together[1:]  # the first round warms up
    return {
        "md_batch_device": device,
        "md_batch_ms_step_alone": median(alone),
        "md_batch_ms_step_together": median(together),
        "md_batch_speedup_8": median(a / b for a, b in zip(alone, together, strict=True)),
    }


def _steps(seed: int, calculator: Calculator) -> Any:
    state = thermal_start(orderings()[seed % 2], 600.0, seed)
    engine = AseEngine(calculator, 100.0)
    return engine.run(state, steps=STEPS, sample_every=STEPS, timestep_fs=2.0, temperature_K=600.0, seed=seed)
