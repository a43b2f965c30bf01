"""Does the first of many hold what it says? Prints a table and writes ranking.csv beside this file.

Tables of candidates with known ln sigma are drawn, measured with normal errors of unlike sizes (0.5 to 1.5 times the
one that is named) and ranked.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.coverage.media import Floats
from screening.records import write_table
from screening.selection.knowledge import Knowledge, Source
from screening.selection.posterior import possible
from screening.selection.ranking import TIER_DOUBT

TABLES = 500


@dataclass(frozen=True)
class Field:
    """Who competes.

    Attributes:
        name: In words.
        n: Candidates.
        spread: Standard deviation of their ln sigma.
        error: Mean standard error of a measured ln sigma.
        kind: "normal", "tails" (Student's t of three degrees) or "two groups".
    """

    name: str
    n: int
    spread: float
    error: float
    kind: str = "normal"

    def draw(self, rng: np.random.Generator) -> Floats:
        """True ln sigma of all."""
        shapes = {
            "normal": lambda: rng.normal(size=self.n),
            "tails": lambda: rng.standard_t(3, size=self.n) / np.sqrt(3.0),
            "two groups": lambda: rng.choice([-1.0, 1.0], self.n) + 0.3 * rng.normal(size=self.n),
        }
        return np.asarray(self.spread * shapes[self.kind]())


FIELDS = (
    Field("20, as unlike as their errors", 20, 1.0, 1.0),
    Field("20, less unlike than their errors", 20, 1.0, 1.5),
    Field("20, more unlike than their errors", 20, 2.0, 1.0),
    Field("20, all alike", 20, 0.0, 1.0),
    Field("5", 5, 1.0, 1.0),
    Field("3", 3, 1.0, 1.0),
    Field("100", 100, 1.0, 1.5),
    Field("20, some far off", 20, 1.0, 1.0, "tails"),
    Field("20, two groups", 20, 1.0, 1.0, "two groups"),
)


def measure(field: Field, tables: int, seed: int) -> dict[str, float | str | int]:
    """One row: the largest value as measured, and the first of the ranking."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(tables):
        truth = field.draw(rng)
        errors = field.error * rng.uniform(0.5, 1.5, field.n)
        values = truth + errors * rng.normal(size=field.n)
        known = [Knowledge(v, e, Source.COLLECTIVE) for v, e in zip(values, errors, strict=True)]
        drawn = possible({f"{i:03d}": one for i, one in enumerate(known)})
        low95, low, middle, high, high95 = np.log(drawn.quantiles((0.025, 0.16, 0.5, 0.84, 0.975)))
        tiers, best = drawn.tiers(TIER_DOUBT), drawn.among_best(1)
        first, largest, true_best = tiers[0][0], int(values.argmax()), int(truth.argmax())
        found.append(
            {
                "largest_overstated_ln": values[largest] - truth[largest],
                "largest_within_68": abs(values[largest] - truth[largest]) < errors[largest],
                "first_overstated_ln": middle[first] - truth[first],
                "first_within_68": low[first] < truth[first] < high[first],
                "first_within_95": low95[first] < truth[first] < high95[first],
                "all_within_68": np.mean((low < truth) & (truth < high)),
                "first_best_stated": best[first],
                "first_best": first == true_best,
                "best_in_tier_1": true_best in tiers[0],
                "share_in_tier_1": len(tiers[0]) / field.n,
            }
        )
    means = {name: round(float(np.mean([row[name] for row in found])), 2) for name in found[0]}
    return {"candidates": field.name, "spread_ln": field.spread, "error_ln": field.error, "tables": tables, **means}


def main(tables: int = TABLES) -> dict[str, float]:
    """Print the table, write it, and give the mean over normal fields and the worst of it."""
    rows = [measure(field, tables, seed) for seed, field in enumerate(FIELDS)]
    for row in rows:
        print(*row.values(), sep="\t")
    write_table(Path(__file__).parent / "ranking.csv", rows)
    figures: dict[str, float] = {}
    for level in ("68", "95"):
        shares = [float(row[f"first_within_{level}"]) for row in rows]
        figures[f"coverage{level}_first"] = round(float(np.mean(shares)), 3)
        figures[f"coverage{level}_first_worst"] = min(shares)
    figures["coverage68_largest_value"] = round(float(np.mean([float(row["largest_within_68"]) for row in rows])), 3)
    return figures


if __name__ == "__main__":
    main()
