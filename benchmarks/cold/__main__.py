"""Conductivities at 300 K of ten compounds: as cold as a budget reaches, carried down from 800 to 1000 K, and measured.

    python -m benchmarks.cold [NAME ...] [--folder WORK] [--cores 2] [--core-hours 4] [--compare-only]

Each compound has two campaigns, cold-NAME and cold-NAME-hot, which run one after another; what is done is not repeated,
so a run that was stopped goes on. The table and the figure hold what ran so far, of whichever folder.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.cold.campaigns import ENTRIES, WAYS, campaign
from benchmarks.cold.compare import compare
from benchmarks.workflow import ROOT, run


def main() -> None:
    """Run and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ENTRIES)}; all by default")
    parser.add_argument("--folder", type=Path, default=ROOT, help="folder in which results/ is")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--core-hours", type=float, default=4.0, help="of cold runs, for each compound")
    parser.add_argument("--cold-only", action="store_true", help="no runs at 800 to 1000 K, which have a student each")
    parser.add_argument("--compare-only", action="store_true", help="run nothing")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(ENTRIES):
        parser.error(f"no compound {', '.join(sorted(unknown))}; there are {', '.join(ENTRIES)}")
    ways = WAYS[:1] if arguments.cold_only else WAYS
    failed = 0
    for name in [] if arguments.compare_only else arguments.names or ENTRIES:
        for way in ways:
            failed |= run(
                campaign(name, way, arguments.core_hours, arguments.folder / "labels"),
                arguments.folder,
                arguments.cores,
            )
    compare(arguments.folder / "results")
    sys.exit(failed)


if __name__ == "__main__":
    main()
