"""Conductivities at 300 K of ten compounds: as cold as a budget reaches, carried down from 800 to 1000 K, and measured.

    python -m benchmarks.cold [NAME ...] [--folder WORK] [--cores 2] [--core-hours 0.5]
                              [--cold-only | --hot-only] [--cost | --compare-only]

The six argyrodites share a campaign, and with it parents and students; each other compound has one of its own. They run
one after another, all cold ones first; hot ones, in WORK/hot/GROUP, begin with the relaxed cells of these. What is done
is not repeated, so a run that was stopped goes on, and one with more compounds keeps those that are there. Table and
figure hold what ran so far, of whichever folder.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.begin import begin_from
from benchmarks.cold.campaigns import ENTRIES, WAYS, begun, campaign, campaign_name, group_of, home
from benchmarks.cold.compare import compare
from benchmarks.costs import Line, core_hours, print_costs
from benchmarks.workflow import ROOT, add_options, run


def main() -> None:
    """Run and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ENTRIES)}; all by default")
    parser.add_argument("--folder", type=Path, default=ROOT, help="folder in which results/ is")
    parser.add_argument("--core-hours", type=core_hours, default=0.5, help="of cold runs, for each compound")
    one_way = parser.add_mutually_exclusive_group()
    one_way.add_argument(
        "--cold-only",
        action="store_const",
        dest="ways",
        const=WAYS[:1],
        default=WAYS,
        help="no runs at 800 to 1000 K, which have a student each",
    )
    one_way.add_argument(
        "--hot-only",
        action="store_const",
        dest="ways",
        const=WAYS[1:],
        help="no others; cells are relaxed where none are there",
    )
    add_options(parser)
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(ENTRIES):
        parser.error(f"no compound {', '.join(sorted(unknown))}; there are {', '.join(ENTRIES)}")
    asked: dict[str, list[str]] = {}
    for name in arguments.names or ENTRIES:
        asked.setdefault(group_of(name), []).append(name)
    labels = arguments.folder / "labels"
    campaigns = {
        (way, group): campaign(group, way, arguments.core_hours, labels, {*names, *begun(group, way, arguments.folder)})
        for way in arguments.ways
        for group, names in asked.items()
    }
    if arguments.cost:
        # Hot ones begin with the relaxed cells of the cold ones.
        print_costs(
            campaigns.values(),
            told=lambda lines: [
                Line(f"{group} {way}", line.cost if way == "cold" else replace(line.cost, relaxation=0.0))
                for (way, group), line in zip(campaigns, lines, strict=True)
            ],
        )
        return
    failed = 0
    for (way, group), config in ({} if arguments.compare_only else campaigns).items():
        folder = home(arguments.folder, group, way)
        if way != "cold" and (arguments.folder / "results" / campaign_name(group) / "ranking.csv").exists():
            begin_from(arguments.folder, folder, campaign_name(group), runs=False)
        failed |= run(config, folder, arguments.cores)
    compare(arguments.folder)
    sys.exit(failed)


if __name__ == "__main__":
    main()
