"""How often the errors of layers, G, R and pellet hold the truth: lattice walks whose transport is known exactly."""

import numpy as np

from screening.meso.analysis import A_TO_CM, MS_TO_S, NO_SPACE_CHARGE, conduction, excess, layered, layers_of
from screening.meso.media import grains_with_boundaries
from screening.meso.pellet import UM_TO_CM, pellets
from screening.meso.record import Conduction, Layers
from tests.layered import EDGE, FREE, across, walk

A2_PS_TO_CM2_S = 1e-4
#: Planes of a period with two slow boundaries, and those of the crystal.
RATES = np.where(np.isin(np.arange(12), (0, 5, 6, 11)), 0.1, 0.5)
CRYSTAL = np.full(12, 0.5)
IONS, FRAMES, LAGS_PS, GRAIN_UM = 200, 1200, (0.5, 2.5), 0.05
#: Of normal errors, the shares that one and two of them hold.
LEVELS = {"68": 1.0, "95": 2.0}


def coverage(seeds: int, first: int = 0) -> dict[str, float]:
    """Shares of seeds whose error holds the truth, by quantity and level.

    Args:
        seeds: Pairs of walks, one with boundaries and one of the crystal.
        first: Seed of the first.
    """
    off: dict[str, list[float]] = {"layers": [], "G": [], "R": []}
    held = []
    for k in range(seeds):
        found = _found(first + k)
        exact = _exact(found.cell)
        off["layers"] += [
            (layer.tracer_cm2_s - FREE * rate * A2_PS_TO_CM2_S) / layer.tracer_error_cm2_s
            for layer, rate in zip(found.layers, RATES, strict=False)
            if layer.tracer_cm2_s is not None and layer.tracer_error_cm2_s
        ]
        added = found.excess
        assert added is not None
        assert added.resistance_ohm_cm2 is not None
        assert added.resistance_error_ohm_cm2 is not None
        off["G"].append((added.conductance_S - exact[1]) / added.conductance_error_S)
        off["R"].append((added.resistance_ohm_cm2 - exact[2]) / added.resistance_error_ohm_cm2)
        (pellet,) = pellets(found, [GRAIN_UM])
        truth = 1000 * grains_with_boundaries(exact[0] / 1000, exact[2], exact[1], GRAIN_UM * UM_TO_CM)
        held.append(pellet.low_mS_cm is not None and pellet.low_mS_cm <= truth <= (pellet.high_mS_cm or 0.0))
    shares = {
        f"meso_coverage{level}_{name}": float(np.mean(np.abs(values) < errors))
        for name, values in off.items()
        for level, errors in LEVELS.items()
    }
    return {**shares, "meso_coverage68_pellet": float(np.mean(held))}


def _found(seed: int) -> Layers:
    """What the analysis gives of one boundary and one crystal."""
    runs = [walk(np.random.default_rng([seed, k]), rates, IONS, FRAMES) for k, rates in enumerate((RATES, CRYSTAL))]
    boundary, crystal = (layered([run], "Li", lags_ps=LAGS_PS, width_A=EDGE) for run in runs)
    cell, beside = (conduction(one, ["walk"], 1.0, 600.0) for one in (boundary, crystal))
    return Layers(
        mobile="Li",
        charge=1.0,
        temperature_K=600.0,
        lags_ps=LAGS_PS,
        cell=cell,
        layers=layers_of(boundary),
        crystal=beside,
        excess=excess(cell, beside),
        notes=(NO_SPACE_CHARGE,),
    )


def _exact(cell: Conduction) -> tuple[float, float, float]:
    """Conductivity of the crystal in mS/cm, G and R."""
    per_rate = cell.in_plane_mS_cm / cell.in_plane_cm2_s * FREE * A2_PS_TO_CM2_S
    sigma, half = 0.5 * per_rate, cell.period_A / 2 * A_TO_CM
    conductance = half * MS_TO_S * (float(RATES.mean()) * per_rate - sigma)
    resistance = half / MS_TO_S / sigma * (across(CRYSTAL) / across(RATES) - 1)
    return sigma, conductance, resistance
