"""Conductivities at 300 K of ten compounds: as cold as a budget reaches, carried down from 800 to 1000 K, and measured.

    python -m benchmarks.cold [NAME ...] [--folder WORK] [--cores 2] [--core-hours 0.5] [--cold-only]
                              [--cost | --compare-only]

The six argyrodites share two campaigns, cold-argyrodites and cold-argyrodites-hot, and with these parents and students;
each other compound has two of its own. They run one after another, all cold ones first. What is done is not repeated,
so a run that was stopped goes on, and one with more compounds keeps those that are there. The table and the figure hold
what ran so far, of whichever folder.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.cold.campaigns import ENTRIES, WAYS, begun, campaign, group_of
from benchmarks.cold.compare import compare
from benchmarks.costs import core_hours, print_costs
from benchmarks.workflow import ROOT, add_options, run


def main() -> None:
    """Run and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ENTRIES)}; all by default")
    parser.add_argument("--folder", type=Path, default=ROOT, help="folder in which results/ is")
    parser.add_argument("--core-hours", type=core_hours, default=0.5, help="of cold runs, for each compound")
    parser.add_argument("--cold-only", action="store_true", help="no runs at 800 to 1000 K, which have a student each")
    add_options(parser)
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(ENTRIES):
        parser.error(f"no compound {', '.join(sorted(unknown))}; there are {', '.join(ENTRIES)}")
    asked: dict[str, list[str]] = {}
    for name in arguments.names or ENTRIES:
        asked.setdefault(group_of(name), []).append(name)
    labels = arguments.folder / "labels"
    configs = [
        campaign(group, way, arguments.core_hours, labels, {*names, *begun(group, way, arguments.folder)})
        for way in (WAYS[:1] if arguments.cold_only else WAYS)
        for group, names in asked.items()
    ]
    if arguments.cost:
        print_costs(configs)
        return
    failed = 0
    for config in [] if arguments.compare_only else configs:
        failed |= run(config, arguments.folder, arguments.cores)
    compare(arguments.folder / "results")
    sys.exit(failed)


if __name__ == "__main__":
    main()
