"""Campaigns on the teacher, one a seed, from files of the materials to the ranking; how often they hold the truth."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path

import numpy as np
import yaml

from benchmarks.exact.materials import MATERIALS, MOBILE, TARGET_K, TEMPERATURES_K, structure
from benchmarks.exact.truth import TIMESTEP_FS, Truth, known
from benchmarks.workflow import SMALLER
from screening.records import read_table, write_table
from screening.transport.line_record import QUANTILE_LEVELS, LineRecord
from screening.transport.record import CandidateTransport

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "exact"
TABLE = Path(__file__).with_name("campaigns.csv")
NAME = "exact"


@dataclass(frozen=True)
class Found:
    """What one campaign says of one material: D* in cm2/s with its error, or 95 % bounds, as `verdict` tells."""

    seed: int
    material: str
    temperature_K: float
    verdict: str
    value: float | None
    low68: float | None
    high68: float | None
    low95: float | None
    high95: float | None


def campaign(seed: int) -> dict[str, object]:
    """Its config."""
    return {
        "campaign": NAME,
        "mobile_ion": MOBILE,
        "seed": seed,
        "oxidation_states": {"O": -2, "Gd": 3, "U": 4},
        "potential": {"name": "benchmarks.exact.teacher:teacher", "check": False},
        # Forces are ten times those in a sulfide: a student's errors are too.
        "student": {
            "basis": dict(SMALLER),
            "committee": 2,
            "max_force_mae_meV_A": 200,
            "max_element_force_mae_meV_A": 400,
            "coldest_K": TARGET_K,
        },
        "parents": [{"file": f"{name}.vasp", "id": name} for name in MATERIALS],
        "candidates": {"supercell": [1, 1, 1], "rules": [{"parent": name} for name in MATERIALS]},
        "relax": {"cell": False, "max_starts": 1},
        "shortlist": {"max_mixing_enthalpy_meV_atom": 1000},
        "md": {
            "temperatures_K": list(TEMPERATURES_K),
            "timestep_fs": TIMESTEP_FS,
            "duration_ps": 80,
            "min_duration_ps": 20,
            "replicas": 2,
            # What is asked for is small, so that campaigns are cheap and can be many: intervals must hold all the same.
            "target_relative_error": 0.25,
            "chunk_ps": 20,
        },
        "arrhenius": {"extrapolation_temperature_K": TARGET_K},
    }


def run(seeds: Iterable[int]) -> None:
    """Run or continue each campaign, and add its lines to the table."""
    for seed in seeds:
        folder = BUILD / f"seed_{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        for name in MATERIALS:
            structure(name).to(str(folder / f"{name}.vasp"), fmt="poscar")
        (folder / "campaign.yaml").write_text(yaml.safe_dump(campaign(seed), sort_keys=False))
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        command = [str(Path(sys.executable).with_name("screening")), "run", "campaign.yaml", "--cores", "1"]
        subprocess.run(command, cwd=folder, env=environment, check=True)
        lines = [line for line in read() if line.seed != seed] + list(_found(seed, folder / "results" / NAME))
        write_table(
            TABLE,
            [{k: f"{v:.5g}" if isinstance(v, float) else v for k, v in asdict(line).items()} for line in lines],
        )


def read() -> list[Found]:
    """The table as it is."""
    return [Found(**row) for row in read_table(TABLE)] if TABLE.exists() else []


def _found(seed: int, results: Path) -> Iterator[Found]:
    for path in sorted((results / "candidates").glob("*/arrhenius.json")):
        line = LineRecord.read(path)
        material = _material(path.parent)
        for temperature in TEMPERATURES_K:
            record = CandidateTransport.read(path.parent / f"{temperature:g}K" / "transport.json")
            value, error = record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s
            if value is None or error is None:
                low, high = record.tracer_diffusivity_lower_bound_cm2_s, record.tracer_diffusivity_upper_bound_cm2_s
                yield Found(seed, material, temperature, record.verdict, None, None, None, low, high)
                continue
            sides = [value - error, value + error, value - 2 * error, value + 2 * error]
            yield Found(seed, material, temperature, record.verdict, value, *sides)
        spread = line.diffusivity_300K_quantiles_cm2_s
        at = dict(zip(QUANTILE_LEVELS, spread, strict=True)) if spread else {}
        yield Found(
            seed,
            material,
            TARGET_K,
            line.verdict,
            line.diffusivity_300K_cm2_s,
            *(at.get(level) for level in (0.16, 0.84, 0.025, 0.975)),
        )


def _material(folder: Path) -> str:
    """The parent's name."""
    from screening.candidates.record import CandidateRecord

    return str(CandidateRecord.read(folder / "candidate.json").parent)


def table() -> str:
    """How often intervals hold the truth, in Markdown."""
    truth = {(t.material, t.temperature_K): t for t in known()}
    lines = ["| what | values | within 68 % | within 95 % | median found over true | bounds | above, below the truth |"]
    lines.append("|---|---|---|---|---|---|---|")
    for temperature in (*TEMPERATURES_K, TARGET_K):
        rows = [row for row in read() if row.temperature_K == temperature]
        lines.append(_line(f"D* at {temperature:g} K", rows, truth))
    apart, right = order()
    campaigns = f"Campaigns: {len({row.seed for row in read()})}."
    pairs = f"Pairs of materials with 95 % intervals apart: {apart}, in the right order: {right}."
    return "\n".join([*lines, "", f"{campaigns} {pairs}"])


def order() -> tuple[int, int]:
    """Pairs of materials at one temperature of one campaign whose 95 % intervals do not overlap, and those in order."""
    truth = {(t.material, t.temperature_K): t.tracer_diffusivity_cm2_s for t in known()}
    right = [
        truth[low.material, low.temperature_K] < truth[high.material, high.temperature_K]
        for low, high in permutations(read(), 2)
        if (low.seed, low.temperature_K) == (high.seed, high.temperature_K)
        and low.high95 is not None
        and high.low95 is not None
        and low.high95 < high.low95
    ]
    return len(right), sum(right)


def coverage() -> dict[str, float]:
    """`coverage68_pipeline`: share of all 68 % intervals, at the runs' temperatures and the target, with the truth."""
    truth = {(t.material, t.temperature_K): t for t in known()}
    held = [_holds(row, truth[row.material, row.temperature_K], 68) for row in read() if row.low68 is not None]
    return {"coverage68_pipeline": float(np.mean(held))}


def _line(what: str, rows: list[Found], truth: dict[tuple[str, float], Truth]) -> str:
    pairs = [(row, truth[row.material, row.temperature_K]) for row in rows]
    closed = [(row, true) for row, true in pairs if row.low68 is not None]
    true_of = [(row, true.tracer_diffusivity_cm2_s) for row, true in pairs if row.low68 is None]
    above = [row.high95 > true for row, true in true_of if row.high95 is not None]
    below = [row.low95 < true for row, true in true_of if row.low95 is not None]
    bounds = f"{len(above)} | {sum(above)} of {len(above)}, {sum(below)} of {len(below)} |"
    if not closed:
        return f"| {what} | 0 | | | | {bounds}"
    shares = [np.mean([_holds(row, true, level) for row, true in closed]) for level in (68, 95)]
    ratio = np.median([row.value / true.tracer_diffusivity_cm2_s for row, true in closed if row.value])
    return f"| {what} | {len(closed)} | {shares[0]:.0%} | {shares[1]:.0%} | {ratio:.2f} | {bounds}"


def _holds(row: Found, true: Truth, level: int) -> bool:
    """Whether the interval, widened by what the truth itself is uncertain, holds the truth."""
    low, high = (row.low68, row.high68) if level == 68 else (row.low95, row.high95)
    if row.value is None or low is None or high is None:
        return False
    sigmas = 1 if level == 68 else 2
    found, truth = np.log(row.value), np.log(true.tracer_diffusivity_cm2_s)
    side = np.log(high) - found if truth > found else found - np.log(max(low, 1e-12 * row.value))
    own = sigmas * true.tracer_diffusivity_error_cm2_s / true.tracer_diffusivity_cm2_s
    return bool(abs(truth - found) <= np.hypot(side, own))
