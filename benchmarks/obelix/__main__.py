"""Computed conductivities beside measured ones.

    python -m benchmarks.obelix [ID ...] --cifs FOLDER [--entries FILE] [--work WORK] [--potential sevenn:7net-l3i5]
                                [--core-hours 0.5] [--cores 2] [--cost | --compare-only]

FOLDER holds <ID>.cif of OBELiX (NRC and Mila, CC BY 4.0); FILE is OBELiX's own table or one of the same form,
entries.csv beside this file by default. Each compound is a campaign in WORK; they run one after another, and what is
done is not repeated, so a run that was stopped goes on. Of entries.csv the table goes beside this file and the
potential's typical error into the package; of any other FILE the table goes to WORK and the package learns nothing.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.costs import core_hours, print_costs
from benchmarks.obelix.campaigns import campaign
from benchmarks.obelix.compare import compare
from benchmarks.obelix.entries import ENTRIES, Entry, read_entries
from benchmarks.workflow import add_options, run
from screening.candidates.enumerate import enumerate_candidates
from screening.config.load import parse_campaign
from screening.config.settings import settings_of
from screening.config.stages import EnumerateSettings, parse_settings
from screening.errors import ScreeningError
from screening.parents.registry import load_parents


def main() -> int:
    """Run and compare; 1 where a campaign failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ids", nargs="*", metavar="ID", help="compounds to run; all by default")
    parser.add_argument("--cifs", type=Path, required=True, help="folder of the structures")
    parser.add_argument("--entries", type=Path, default=ENTRIES, help="table of measured conductivities")
    parser.add_argument("--work", type=Path, default=Path("build/obelix"), help="folder of the campaigns")
    parser.add_argument("--potential", default="sevenn:7net-l3i5")
    parser.add_argument("--core-hours", type=core_hours, default=0.5, help="of molecular dynamics, for each compound")
    add_options(parser)
    chosen = parser.parse_args()
    try:
        entries = read_entries(chosen.entries)
    except (ScreeningError, OSError) as error:
        parser.error(str(error))
    wanted = {name.removeprefix("obelix-") for name in chosen.ids} or {entry.id for entry in entries}
    if unknown := wanted - {entry.id for entry in entries}:
        parser.error(f"{chosen.entries} has no {', '.join(sorted(unknown))}")
    if not (chosen.compare_only or chosen.cifs.is_dir()):
        parser.error(f"--cifs {chosen.cifs}: there is no such folder")
    configs, refused = [], {}
    for entry in entries if not chosen.compare_only else ():
        if entry.id not in wanted:
            continue
        config = campaign(entry, chosen.cifs, chosen.potential, chosen.core_hours, chosen.work / "labels")
        if reason := _refusal(entry, config):
            refused[entry.id] = reason
            print(f"{entry.id} {entry.composition}: {reason}", file=sys.stderr)
        else:
            configs.append(config)
    if chosen.cost:
        print_costs(configs)
        return 0
    failed = 0
    for config in configs:
        failed |= run(config, chosen.work, chosen.cores)
    own = chosen.entries.resolve() == ENTRIES.resolve()
    figures = compare(entries, chosen.work / "results", chosen.potential, refused, calibrate=own)
    print(*(f"{name} {value:.3g}" for name, value in figures.items()), sep="\n")
    return int(bool(failed))


def _refusal(entry: Entry, config: dict[str, object]) -> str:
    """Why a compound cannot be made, "" where it can."""
    try:
        settings: EnumerateSettings = parse_settings(
            "enumerate", settings_of(parse_campaign(config, entry.id), "enumerate")
        )
        enumerate_candidates(settings, load_parents(parse_campaign(config, entry.id).parents, Path()).parents, {})
    except ScreeningError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main())
