"""How often intervals of D* and D_sigma hold, medium by medium: a table, and coverage.csv beside this file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.coverage.cases import CASES, Case, trajectories
from screening.config.transport import TransportConfig
from screening.records import write_table
from screening.transport import analyse_temperature

LENGTHS_PS = (100.0, 400.0)
RUNS = 100
#: No interval of a resolved D*, or of a Haven ratio, holds zero: that it is resolved is the mistake.
_ZERO = {(quantity, case.name) for case in CASES if case.tracer == 0.0 for quantity in ("D", "Haven")}
SETTINGS = TransportConfig(equilibration_fraction=0.0)


def measure(case: Case, length_ps: float, runs: int, seed: int) -> dict[str, float | str | int]:
    """Analyse runs of one medium: shares of the truth within one and two stated errors, and of bounds above it."""
    rng = np.random.default_rng(seed)
    deviations, relative, bounds = [], [], []
    together, together_relative, together_bounds, ratios, outcomes = [], [], [], [], []
    for trajectory, truth in trajectories(case, length_ps, runs, rng):
        record = analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=600.0, settings=SETTINGS)
        outcomes.append(record.verdict == "resolved")
        if record.tracer_diffusivity_cm2_s is not None and record.tracer_diffusivity_error_cm2_s is not None:
            value, error = 1e4 * record.tracer_diffusivity_cm2_s, 1e4 * record.tracer_diffusivity_error_cm2_s
            deviations.append((value - truth.tracer) / error)
            relative.append(value / truth.tracer - 1.0 if truth.tracer else np.inf)
        elif record.tracer_diffusivity_upper_bound_cm2_s is not None:
            bounds.append(1e4 * record.tracer_diffusivity_upper_bound_cm2_s >= truth.tracer)
        if record.collective_diffusivity_cm2_s is not None and record.collective_diffusivity_error_cm2_s is not None:
            value, error = 1e4 * record.collective_diffusivity_cm2_s, 1e4 * record.collective_diffusivity_error_cm2_s
            together.append((value - truth.collective) / error)
            together_relative.append(value / truth.collective - 1.0)
            if record.haven_ratio is not None and record.haven_ratio_error is not None:
                ratios.append((record.haven_ratio - truth.tracer / truth.collective) / record.haven_ratio_error)
        elif record.collective_diffusivity_upper_bound_cm2_s is not None:
            together_bounds.append(1e4 * record.collective_diffusivity_upper_bound_cm2_s >= truth.collective)
    return {
        "medium": case.name,
        "length_ps": length_ps,
        "runs": runs,
        "resolved": round(float(np.mean(outcomes)), 2),
        "bias_D": _mean(relative),
        "within_1_D": _mean(np.abs(deviations) < 1),
        "within_2_D": _mean(np.abs(deviations) < 2),
        "bounds_above": _mean(bounds),
        "bias_Dsigma": _mean(together_relative),
        "within_1_Dsigma": _mean(np.abs(together) < 1),
        "within_2_Dsigma": _mean(np.abs(together) < 2),
        "bounds_above_Dsigma": _mean(together_bounds),
        "within_1_Haven": _mean(np.abs(ratios) < 1),
        "within_2_Haven": _mean(np.abs(ratios) < 2),
    }


def _mean(values: object) -> float | str:
    """Rounded; empty where there are fewer than ten."""
    found = np.asarray(values, dtype=float)
    return round(float(found.mean()), 3) if found.size >= 10 else ""


def main(runs: int = RUNS) -> dict[str, float]:
    """Print the table, write it, and give the mean and the worst of it."""
    rows = []
    for length_ps in LENGTHS_PS:
        for number, case in enumerate(CASES):
            rows.append(measure(case, length_ps, runs, seed=number))
            print(*rows[-1].values(), sep="\t", flush=True)
    write_table(Path(__file__).parent / "coverage.csv", rows)
    return figures_of(rows)


def figures_of(rows: Sequence[Mapping[str, float | str | int]]) -> dict[str, float]:
    """Mean shares over media and lengths, and the worst; without D* of single files, which is zero."""
    figures, every = {}, {"68": list[float](), "95": list[float]()}
    for quantity in ("D", "Dsigma", "Haven"):
        for level, column in (("68", "within_1"), ("95", "within_2")):
            found = [
                float(row[f"{column}_{quantity}"])
                for row in rows
                if row[f"{column}_{quantity}"] != "" and (quantity, row["medium"]) not in _ZERO
            ]
            figures[f"coverage{level}_{quantity}"] = round(float(np.mean(found)), 3)
            every[level] += found
    return figures | {f"coverage{level}_diffusivities_worst": min(found) for level, found in every.items()}
