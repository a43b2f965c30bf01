"""`python -m benchmarks coverage.lines`: how often the intervals at 300 K hold; lines.csv beside this file.

Sets of points with a known ln D at 300 K: straight, broken and curved lines, transitions, and cold temperatures that
are seen through few counted hops only. They share no code with the analysis that is judged by them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screening.config.transport import ArrheniusConfig
from screening.records import write_table
from screening.transport.arrhenius import analyse_arrhenius, points_of
from screening.transport.line_fit import FittedLine
from screening.transport.record import TransportRecord, TransportVerdict

Floats = NDArray[np.float64]
#: Draws the truth: ln D at some 1/(kT) in 1/eV.
Law = Callable[[Floats], Floats]

K_EV = 8.617333262e-5
TARGET_K = 300.0
SETS = 400
SETTINGS = ArrheniusConfig()


def inverse(temperature_K: Floats | float) -> Floats:
    return 1.0 / (K_EV * np.asarray(temperature_K, dtype=np.float64))


@dataclass(frozen=True)
class Case:
    """A kind of campaign.

    Attributes:
        name: Of the kind.
        temperatures_K: Of the runs.
        relative_error: Of D at each.
        law: Draws a truth from random numbers and the hottest and coldest 1/(kT).
        hops: Of the coldest run on average, 0 where its error is as the others'.
    """

    name: str
    temperatures_K: tuple[float, ...]
    relative_error: float
    law: Callable[[np.random.Generator, float, float], Law]
    hops: float = 0.0


def straight(rng: np.random.Generator, _hot: float, _cold: float) -> Law:
    barrier = rng.uniform(0.15, 0.5)
    return lambda x: -7.0 - barrier * x


def kink(below: float, above: float, at_K: float) -> Callable[..., Law]:
    """A barrier below and one above a temperature."""
    return lambda *_: _broken(below, above, float(inverse(at_K)))


def broken(rng: np.random.Generator, hot: float, cold: float) -> Law:
    """A change of the barrier by 0 +- 0.15 eV at a place between the runs."""
    above = rng.uniform(0.15, 0.5)
    return _broken(max(0.04, above + 0.15 * rng.normal()), above, rng.uniform(hot, cold))


def curved(rng: np.random.Generator, hot: float, _cold: float) -> Law:
    """A smooth change of the barrier by 0 +- 0.15 eV from the hottest run to the target."""
    end = float(inverse(TARGET_K))
    barrier = rng.uniform(0.15, 0.5)
    bend = max(-barrier + 0.04, 0.15 * rng.normal()) / (end - hot)
    return lambda x: -7.0 - barrier * (x - hot) - 0.5 * bend * (x - hot) ** 2


def transition(rng: np.random.Generator, hot: float, cold: float) -> Law:
    """In the middle D falls by one to three e-folds, and the barrier is 0.05 to 0.25 eV higher below."""
    above = rng.uniform(0.15, 0.3)
    below, jump, at = above + rng.uniform(0.05, 0.25), rng.uniform(1.0, 3.0), 0.5 * (hot + cold)
    line = _broken(below, above, at)
    return lambda x: line(x) - jump * (x > at)


def _broken(below: float, above: float, at: float) -> Law:
    return lambda x: -7.0 - above * np.minimum(x, at) - below * np.maximum(x - at, 0.0)


HOT = (600.0, 800.0, 1000.0)
FIVE = (600.0, 700.0, 800.0, 900.0, 1000.0)
FOUR = (500.0, 600.0, 800.0, 1000.0)
CASES = (
    Case("straight, 600 to 1000 K, 3 at 5 %", HOT, 0.05, straight),
    Case("straight, 600 to 1000 K, 3 at 10 %", HOT, 0.10, straight),
    Case("straight, 600 to 1000 K, 3 at 20 %", HOT, 0.20, straight),
    Case("straight, 600 to 1000 K, 5 at 10 %", FIVE, 0.10, straight),
    Case("straight, 800 to 1000 K, 3 at 10 %", (800.0, 900.0, 1000.0), 0.10, straight),
    Case("straight, coldest of 4 with 8 hops", FOUR, 0.10, straight, hops=8.0),
    Case("straight, coldest of 4 with 25 hops", FOUR, 0.10, straight, hops=25.0),
    Case("0.45 eV below, 0.20 eV above 650 K, 4 at 7 %", FOUR, 0.07, kink(0.45, 0.20, 650.0)),
    Case("0.20 eV below, 0.45 eV above 650 K, 4 at 7 %", FOUR, 0.07, kink(0.20, 0.45, 650.0)),
    Case("broken anywhere between 3 at 10 %", HOT, 0.10, broken),
    Case("broken anywhere between 4 at 7 %", FOUR, 0.07, broken),
    Case("broken anywhere between 5 at 10 %", FIVE, 0.10, broken),
    Case("curved, 4 at 7 %", FOUR, 0.07, curved),
    Case("transition in the middle of 4 at 7 %", FOUR, 0.07, transition),
)


def campaigns(case: Case, sets: int, rng: np.random.Generator) -> Iterator[tuple[list[TransportRecord], float, float]]:
    """Records of a campaign, ln D at the target, and the barrier at the coldest run."""
    x = inverse(np.array(case.temperatures_K))
    target, step = float(inverse(TARGET_K)), 1e-4
    for _ in range(sets):
        law = case.law(rng, x.min(), x.max())
        records = []
        for temperature, place, ln_d in zip(case.temperatures_K, x, law(x), strict=True):
            if case.hops and place == x.max():
                records.append(_counted(temperature, float(np.exp(ln_d)), case.hops, rng))
            else:
                found = float(np.exp(ln_d + case.relative_error * rng.normal()))
                records.append(_resolved(temperature, found, case.relative_error * found))
        cold = x.max() + np.array([0.0, -step])
        at_cold = law(cold)
        yield records, float(law(np.array([target]))[0]), float(at_cold[1] - at_cold[0]) / step


def _counted(temperature: float, truth: float, mean: float, rng: np.random.Generator) -> TransportRecord:
    """What so few hops say: a number from 20 on, both bounds from 5 on, an upper one below."""
    hops = int(rng.poisson(mean))
    found = truth * hops / mean
    if hops >= 20:
        return _resolved(temperature, found, found / hops**0.5)
    # Poisson's law by draws, so that nothing is shared with the analysis.
    high = truth / mean * np.quantile(rng.gamma(hops + 1, size=4000), 0.95)
    low = truth / mean * np.quantile(rng.gamma(max(hops, 1), size=4000), 0.05)
    return _record(
        temperature,
        TransportVerdict.BRACKETED if hops >= 5 else TransportVerdict.UPPER_BOUND,
        tracer_diffusivity_upper_bound_cm2_s=float(high),
        tracer_diffusivity_lower_bound_cm2_s=float(low) if hops >= 5 else None,
    )


def _resolved(temperature: float, value: float, error: float) -> TransportRecord:
    return _record(
        temperature,
        TransportVerdict.RESOLVED,
        tracer_diffusivity_cm2_s=value,
        tracer_diffusivity_error_cm2_s=error,
    )


def _record(temperature: float, verdict: TransportVerdict, **known: float | None) -> TransportRecord:
    return TransportRecord(
        temperature_K=temperature,
        verdict=verdict,
        reason="made",
        number_density_per_cm3=2e22,
        charge=1.0,
        **known,  # type: ignore[arg-type]
    )


def measure(case: Case, sets: int, seed: int) -> dict[str, float | str | int]:
    """Shares of the truth within the 68 and 95 % intervals, of all sets and of those given as resolved."""
    rng = np.random.default_rng(seed)
    found, resolved = [], []
    for records, truth, barrier in campaigns(case, sets, rng):
        line = analyse_arrhenius(records, settings=SETTINGS)
        # Lines that are not resolved have an interval too, which their record does not show.
        fitted = FittedLine.through(points_of(records), SETTINGS)
        lowest, low, median, high, highest = np.log(fitted.quantiles((0.025, 0.16, 0.5, 0.84, 0.975)))
        e, de = line.activation_energy_coldest_eV, line.activation_energy_coldest_error_eV
        assert e is not None
        assert de is not None
        straight = fitted.straight_ln_error
        found.append(
            (
                low < truth < high,
                lowest < truth < highest,
                abs(e - barrier) < de,
                median - truth,
                0.5 * (high - low) / np.log(10.0),
                0.5 * (high - low) / straight,
                0.25 * (highest - lowest) / straight,
                abs(float(fitted.straight.ln_diffusivity(np.array([TARGET_K]))[0][0]) - truth) < straight,
            )
        )
        resolved.append(line.verdict == "resolved")
    values, kept = np.array(found, dtype=np.float64), np.array(resolved)
    return {
        "lines": case.name,
        "sets": sets,
        "resolved": _round(kept.mean()),
        "within_68": _round(values[:, 0].mean()),
        "within_95": _round(values[:, 1].mean()),
        "within_68_resolved": _round(values[kept, 0].mean()) if kept.sum() >= 20 else "",
        "within_95_resolved": _round(values[kept, 1].mean()) if kept.sum() >= 20 else "",
        "within_1_Ea_coldest": _round(values[:, 2].mean()),
        "median_bias_ln": _round(np.median(values[:, 3])),
        "half_width_decades": _round(np.median(values[:, 4])),
        "wider_68": _round(np.median(values[:, 5])),
        "wider_95": _round(np.median(values[:, 6])),
        "within_1_straight": _round(values[:, 7].mean()),
    }


def _round(value: float | np.floating) -> float:
    return round(float(value), 3)


def main() -> dict[str, float]:
    """Print the table, write it, and give the mean and the worst of it."""
    rows = []
    for number, case in enumerate(CASES):
        rows.append(measure(case, SETS, seed=number))
        print(*rows[-1].values(), sep="\t", flush=True)
    write_table(Path(__file__).parent / "lines.csv", rows)
    figures = {}
    for level in ("68", "95"):
        shares = [float(row[f"within_{level}"]) for row in rows]
        figures[f"coverage{level}_sigma300"] = _round(np.mean(shares))
        figures[f"coverage{level}_sigma300_worst"] = min(shares)
        given = [float(row[f"within_{level}_resolved"]) for row in rows if row[f"within_{level}_resolved"] != ""]
        figures[f"coverage{level}_sigma300_resolved"] = _round(np.mean(given))
    figures["coverage68_Ea_coldest"] = _round(np.mean([float(row["within_1_Ea_coldest"]) for row in rows]))
    return figures
