"""`python -m benchmarks coverage.marginal`: bounds of D* where few ions escape; marginal.csv beside this file."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.coverage.cases import CASES, Case, trajectories
from screening.config.transport import TransportConfig
from screening.records import write_table
from screening.transport import analyse_temperature

SETTINGS = TransportConfig(equilibration_fraction=0.0)
RUNS, LENGTH_PS = 80, 60.0
#: Rates are these times those of the media, so that 5 to 130 escapes are seen.
SLOWER = (0.15, 0.4)
#: A single file has no D* to be bounded from below.
MEDIA = tuple(case for case in CASES if case.tracer is None or case.tracer > 0.0)


def slower(case: Case, factor: float) -> Case:
    """The medium with slower jumps; of cages those from one to the next alone."""
    rates = case.graph.rates
    slow = rates < 0.5 * rates.max() if "cages" in case.name else np.ones_like(rates, dtype=bool)
    graph = replace(case.graph, rates=np.where(slow, factor * rates, rates))
    return replace(case, graph=graph, tracer=None if case.tracer is None else factor * case.tracer)


def measure(case: Case, factor: float, runs: int, seed: int) -> dict[str, float | str | int]:
    """Shares of each verdict, and of the truth above the lower and below the upper bounds."""
    escapes, widths = [], []
    within: dict[str, list[bool]] = {"one": [], "low": [], "high": [], "bound": []}
    for trajectory, truth in trajectories(slower(case, factor), LENGTH_PS, runs, np.random.default_rng(seed)):
        record = analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=600.0, settings=SETTINGS)
        escapes.append(record.escapes or 0)
        low, high = record.tracer_diffusivity_lower_bound_cm2_s, record.tracer_diffusivity_upper_bound_cm2_s
        value, error = record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s
        if value is not None and error is not None:
            within["one"].append(abs(1e4 * value - truth.tracer) < 1e4 * error)
        elif low is not None and high is not None:
            within["low"].append(1e4 * low < truth.tracer)
            within["high"].append(1e4 * high > truth.tracer)
            widths.append(np.log(high / low))
        elif high is not None:
            within["bound"].append(1e4 * high > truth.tracer)
    return {
        "medium": case.name,
        "rates": factor,
        "runs": runs,
        "escapes": float(np.median(escapes)),
        "resolved": round(len(within["one"]) / runs, 2),
        "within_1_D": _share(within["one"]),
        "bracketed": round(len(widths) / runs, 2),
        "above_lower": _share(within["low"]),
        "below_upper": _share(within["high"]),
        "upper_over_lower": round(float(np.exp(np.median(widths))), 1) if widths else "",
        "bounded": round(len(within["bound"]) / runs, 2),
        "below_bound": _share(within["bound"]),
        "unresolved_below_upper": _share([*within["high"], *within["bound"]]),
    }


def _share(held: list[bool]) -> float | str:
    """Empty where there are fewer than ten."""
    return round(float(np.mean(held)), 3) if len(held) >= 10 else ""


def main() -> dict[str, float]:
    """Print the table, write it, and give the least shares."""
    rows = []
    for number, case in enumerate(MEDIA):
        for factor in SLOWER:
            rows.append(measure(case, factor, RUNS, seed=100 + number))
            print(*rows[-1].values(), sep="\t", flush=True)
    write_table(Path(__file__).parent / "marginal.csv", rows)
    names = {"coverage95_lower": "above_lower", "coverage95_upper": "unresolved_below_upper"}
    figures = {}
    for key, name in names.items():
        shares = [float(row[name]) for row in rows if row[name] != ""]
        figures[key], figures[f"{key}_worst"] = round(float(np.mean(shares)), 3), min(shares)
    return figures
