"""The review's systems: run their campaigns, and put what came out beside what was measured.

    python -m benchmarks.review [NAME...] [--core-hours HOURS] [--cores 2] [--folder .] [--cost | --compare-only]

NAME is a campaign of configs/review/, without ending; default: all. HOURS of molecular dynamics for each candidate take
the place of those in the file. What the potential answered is kept in labels/, for all campaigns. What is done is not
repeated; a campaign that was stopped or failed shows what it has. Writes docs/figures/review.csv, review.svg and
`review_not_run` of benchmarks/results.json from all campaigns there are results of; systems of others keep the rows
they have there. The exit code is that of the campaigns.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from benchmarks.costs import core_hours, print_costs
from benchmarks.review.compare import NOT_RUN, draw, rows
from benchmarks.review.rates import trends
from benchmarks.workflow import ROOT, add_options, run
from screening.records import read_json, read_table, write_json, write_table

CONFIGS = ROOT / "configs" / "review"
FIGURES = ROOT / "docs" / "figures"
RESULTS = ROOT / "benchmarks" / "results.json"


def main() -> None:
    """Run and compare."""
    known = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument(
        "--core-hours", type=core_hours, help="of molecular dynamics, for each candidate; as in the files"
    )
    parser.add_argument("--folder", type=Path, default=ROOT, help="folder in which results/ is")
    add_options(parser)
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(known):
        parser.error(f"no campaign {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    asked = arguments.names or known
    configs = [campaign(name, arguments.core_hours, arguments.folder / "labels") for name in asked]
    if arguments.cost:
        print_costs(configs)
        return
    failed = 0
    for config in [] if arguments.compare_only else configs:
        failed |= run(config, arguments.folder, arguments.cores)
    record(arguments.folder / "results")
    sys.exit(failed)


def record(results: Path, table: Path = FIGURES / "review.csv", named: Path = RESULTS) -> None:
    """Table, figure and how many systems were not run, of all campaigns; nothing while none was run."""
    before = {row["system"]: row for row in read_table(table)} if table.exists() else {}
    found = [before.get(row["system"], row) if row["verdict"] == NOT_RUN else row for row in rows(results)]
    missing = sum(row["verdict"] == NOT_RUN for row in found)
    if missing == len(found):
        print("none of the review's systems was run so far")
        return
    write_table(table, found)
    draw(found, table.with_suffix(".svg"))
    print(*(trend.words for trend in trends(found)), sep="\n")
    write_json(named, dict(sorted({**read_json(named), "review_not_run": missing}.items())))


def campaign(name: str, core_hours: float | None, labels: Path) -> dict[str, Any]:
    """Config of a campaign: its file, with labels that all campaigns share and another budget if one is given."""
    config: dict[str, Any] = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    config["student"] |= {"labels": "shared", "label_store": str(labels.resolve())}
    if core_hours is not None:
        config["md"]["budget_core_hours"] = core_hours
    return config


if __name__ == "__main__":
    main()
