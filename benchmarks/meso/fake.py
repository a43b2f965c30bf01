"""How far layers of a boundary that is none are from the crystal: a lattice walk with the same rate everywhere.

A bulk that was cut and joined without a turn is the bulk again, atom for atom (tests/unit/boundaries), so that only the
analysis is left to differ.
"""

import numpy as np

from screening.meso.analysis import layered, layers_of
from tests.layered import EDGE, FREE, walk

RATE, PLANES, IONS, FRAMES, RUNS = 0.5, 16, 400, 3000, 4
A2_PS_TO_CM2_S = 1e-4


def main() -> dict[str, float]:
    """The largest relative deviation of a layer's D* from the crystal's."""
    runs = [walk(np.random.default_rng(k), np.full(PLANES, RATE), IONS, FRAMES) for k in range(RUNS)]
    layers = layers_of(layered(runs, "Li", lags_ps=(0.5, 2.5), width_A=EDGE))
    exact = FREE * RATE * A2_PS_TO_CM2_S
    ratios = [layer.tracer_cm2_s / exact for layer in layers if layer.tracer_cm2_s is not None]
    return {"meso_layer_D_ratio_error_fake": max(abs(ratio - 1) for ratio in ratios)}
