"""The quickstart with other seeds: do its intervals agree with one another as often as they state?

    python -m benchmarks.seeds run 1 2 3      # half an hour of two quiet cores each; what is done is not repeated
    python -m benchmarks.seeds table

A seed changes the labels, the students, velocities and orderings. Teacher and cell stay, so this is no test of them.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import yaml

from screening.records import read_table, write_table
from screening.transport.record import CandidateTransport

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "configs" / "quickstart.yaml"
BUILD = ROOT / "build" / "seeds"
TABLE = Path(__file__).with_name("seeds.csv")
SIGMA_300K, D = "sigma(300 K), mS/cm", "D*, cm2/s"


@dataclass(frozen=True)
class Stated:
    """A value of one run with its 68 % interval; `temperature_K` is that of the run, 300 for conductivities."""

    seed: int
    material: str
    quantity: str
    temperature_K: float
    value: float
    low: float
    high: float


def run(seeds: Iterable[int]) -> None:
    """Run or continue the quickstart with each seed, and write the table anew."""
    for seed in seeds:
        folder = BUILD / f"seed_{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        config = yaml.safe_load(CONFIG.read_text()) | {"seed": seed}
        (folder / "quickstart.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        command = [str(Path(sys.executable).with_name("screening")), "run", "quickstart.yaml", "--cores", "2"]
        subprocess.run(command, cwd=folder, check=True)
        lines = [line for line in read() if line.seed != seed] + list(_stated(seed, folder / "results" / "quickstart"))
        write_table(TABLE, [{k: _short(v) for k, v in asdict(line).items()} for line in lines])


def _short(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value


def read() -> list[Stated]:
    """The table as it is."""
    return [Stated(**row) for row in read_table(TABLE)] if TABLE.exists() else []


def _stated(seed: int, results: Path) -> Iterator[Stated]:
    for row in read_table(results / "ranking.csv"):
        material = f"{row['composition']} {row['done'] or ''}".strip()
        low, high = (row[f"conductivity_300K_estimate_{end}_mS_cm"] for end in ("low", "high"))
        if low is not None and high is not None:
            value = row["conductivity_300K_estimate_mS_cm"]
            yield Stated(seed, material, SIGMA_300K, 300.0, value, low, high)
        for path in sorted((results / "candidates" / row["id"]).glob("*K/transport.json")):
            record = CandidateTransport.read(path)
            value, error = record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s
            if value is not None and error is not None:
                yield Stated(
                    seed, row["composition"], D, float(record.temperature_K or 0.0), value, value - error, value + error
                )


def distance(one: Stated, other: Stated) -> float:
    """ln of the ratio over its error, from the sides of the intervals that face each other."""
    lower, upper = sorted((one, other), key=lambda stated: stated.value)
    up = np.log(lower.high / lower.value)
    down = np.log(upper.value / max(upper.low, 1e-3 * upper.value))
    return float(np.log(upper.value / lower.value) / np.hypot(up, down))


def pairs(quantity: str) -> list[tuple[Stated, Stated]]:
    """Each two runs that state the same of a material."""
    lines = [line for line in read() if line.quantity == quantity]
    return [(a, b) for a, b in combinations(lines, 2) if (a.material, a.temperature_K) == (b.material, b.temperature_K)]


def table() -> str:
    """How often pairs agree, in Markdown."""
    rows = ["| quantity | pairs | within 1 (68 % meant) | within 2 (95 %) | median factor |", "|---|---|---|---|---|"]
    for quantity in (D, SIGMA_300K):
        same = pairs(quantity)
        if same:
            found = np.array([distance(a, b) for a, b in same])
            factor = np.exp(np.median([abs(np.log(a.value / b.value)) for a, b in same]))
            shares = [f"{np.mean(found < level):.0%}" for level in (1, 2)]
            rows.append(f"| {quantity} | {len(found)} | {' | '.join(shares)} | {factor:.2f} |")
    return "\n".join([*rows, "", f"Seeds: {', '.join(map(str, sorted({line.seed for line in read()})))}."])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", *seeds] if seeds:
            run(map(int, seeds))
        case ["table"]:
            print(table())
        case _:
            sys.exit(__doc__)
