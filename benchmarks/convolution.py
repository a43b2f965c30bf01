"""What convolutions edge by edge are worth: SevenNet with them and with the package's own, taking turns.

    python -m benchmarks convolution

Energy, forces and stress of Li6PS5Cl, 52 atoms, on one core; minutes.
"""

import time
from statistics import median
from typing import Any

from ase import Atoms

from benchmarks.student import orderings
from screening.config.potential import TeacherConfig
from screening.potentials.registry import load

ROUNDS = 7
MODELS = {"l3i5": "sevenn:7net-l3i5", "0": "sevenn"}


def main() -> dict[str, float]:
    """Seconds of the package's own over ours, and milliseconds an atom of ours, for each model."""
    import torch

    torch.set_num_threads(1)
    crystal = orderings()[0]
    figures = {}
    for short, name in MODELS.items():
        calculator = load(TeacherConfig(name=name)).calculator
        layers = [layer for layer in calculator.model.modules() if "forward" in layer.__dict__]
        replaced = [layer.forward for layer in layers]
        ours, theirs = [], []
        for seed in range(ROUNDS + 1):
            for layer, forward in zip(layers, replaced, strict=True):
                layer.forward = forward
            ours.append(_seconds(calculator, crystal, seed))
            for layer in layers:
                del layer.forward
            theirs.append(_seconds(calculator, crystal, seed))
        ours, theirs = ours[1:], theirs[1:]  # the first round warms up
        figures[f"sevenn_{short}_speedup_by_edges"] = median(b / a for a, b in zip(ours, theirs, strict=True))
        figures[f"sevenn_{short}_ms_per_atom"] = 1e3 * median(ours) / len(crystal)
    return figures


def _seconds(calculator: Any, crystal: Atoms, seed: int) -> float:
    atoms = crystal.copy()
    atoms.rattle(0.02, seed=seed)
    atoms.calc = calculator
    calculator.reset()  # it knows these positions otherwise
    start = time.process_time()
    atoms.get_forces()
    return time.process_time() - start
