"""Grain boundaries and interfaces with SevenNet-0 and D4: profiles, energies, G and R, pellets, and what they took.

    python -m benchmarks.meso [NAME ...] [--folder WORK] [--cores 2] [--ps 200] [--cost | --compare-only]

Each system is a campaign of its own, the cheapest first; all share the potential's labels. What is done is not
repeated, so a run that was stopped goes on, and a longer --ps continues what is there. Table, figure and named figures
hold what ran so far, of whichever folder.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.costs import print_costs
from benchmarks.meso.campaigns import SYSTEMS, campaign
from benchmarks.meso.compare import compare
from benchmarks.workflow import ROOT, add_options, run
from screening.meso.usual import SHORTEST_RUN_PS


def main() -> None:
    """Run and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SYSTEMS)}; all by default")
    parser.add_argument("--folder", type=Path, default=ROOT, help="folder in which results/ is")
    parser.add_argument("--ps", type=float, default=200.0, help="length of each run")
    add_options(parser)
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(SYSTEMS):
        parser.error(f"no system {', '.join(sorted(unknown))}; there are {', '.join(SYSTEMS)}")
    if not arguments.ps > SHORTEST_RUN_PS:
        parser.error(f"--ps {arguments.ps:g}: runs of less than {SHORTEST_RUN_PS:.0f} ps cannot be analysed by layers")
    labels = arguments.folder / "labels"
    configs = [campaign(name, arguments.ps, labels) for name in SYSTEMS if name in (arguments.names or SYSTEMS)]
    if arguments.cost:
        print_costs(configs)
        return
    failed = 0
    for config in [] if arguments.compare_only else configs:
        failed |= run(config, arguments.folder, arguments.cores)
        # A later system may take hours: what is there is written.
        compare(arguments.folder / "results")
    compare(arguments.folder / "results")
    sys.exit(failed)


if __name__ == "__main__":
    main()
