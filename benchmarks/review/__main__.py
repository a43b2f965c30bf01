"""The review's systems: run their campaigns, and put what came out beside what was measured.

    python -m benchmarks.review [NAME...] [--cores 2] [--folder .] [--compare-only]

NAME is a campaign of configs/review/, without ending; default: all. What is done is not repeated, a campaign that was
stopped or failed shows what it has. Writes docs/figures/review.csv and review.svg from all campaigns there are results
of; systems of others keep the rows they have there. The exit code is that of the campaigns.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.review.compare import draw, rows
from benchmarks.workflow import ROOT, run_file
from screening.records import read_table, write_table

CONFIGS = ROOT / "configs" / "review"
FIGURES = ROOT / "docs" / "figures"


def main() -> None:
    """Run and compare."""
    known = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=ROOT, help="folder in which results/ is")
    parser.add_argument("--compare-only", action="store_true", help="run nothing")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(known):
        parser.error(f"no campaign {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    failed = 0
    for name in [] if arguments.compare_only else arguments.names or known:
        failed |= run_file(CONFIGS / f"{name}.yaml", arguments.folder, arguments.cores)
    path = FIGURES / "review.csv"
    before = {row["system"]: row for row in read_table(path)} if path.exists() else {}
    found = rows(arguments.folder / "results")
    table = [before.get(row["system"], row) if row["verdict"] == "not_run" else row for row in found]
    write_table(path, table)
    draw(table, FIGURES / "review.svg")
    sys.exit(failed)


if __name__ == "__main__":
    main()
