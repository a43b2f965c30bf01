"""Computed conductivities beside OBELiX's measured ones.

    python -m benchmarks.obelix FOLDER WORK [--potential sevenn] [--cores 2] [--compare-only]

FOLDER holds OBELiX (NRC and Mila, CC BY 4.0): cifs/<ID>.cif of the entries in entries.csv. Writes a campaign to WORK,
runs it there (what is done is not repeated), and compares: the table goes beside this file, the calibration into the
package.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from benchmarks.obelix.choose import ENTRIES
from benchmarks.obelix.compare import compare
from screening.candidates.enumerate import enumerate_candidates
from screening.config.load import parse_campaign
from screening.config.stages import EnumerateSettings, parse_settings, settings_of
from screening.errors import ScreeningError
from screening.parents.registry import load_parents
from screening.records import read_json, read_table, write_json

ROOT = Path(__file__).parents[2]
# The same for all: slow conductors need the heat, and a molten fast one is told from a crystal by its framework.
SETTINGS: dict[str, Any] = {
    "mobile_ion": "Li",
    "candidates": {
        "supercell": {"min_image_distance_A": 6, "max_atoms": 120},
        # Measured occupancies are seldom whole numbers of ions in a small cell; what was rounded is recorded.
        "occupancy_tolerance": 0.13,
        "orderings": {"draws": 500},
    },
    # Energies are not compared here, so places of lithium that lie a little lower are not worth the search.
    "relax": {"max_starts": 1},
    "student": {"teacher_run_ps": 0.5, "max_force_mae_meV_A": 150, "max_element_force_mae_meV_A": 400},
    "shortlist": {"max_mixing_enthalpy_meV_atom": 1000, "without_enthalpy": "keep", "max_candidates": 100},
    "md": {
        "temperatures_K": [600, 800, 900, 1000],
        "duration_ps": 1200,
        "min_duration_ps": 40,
        "target_relative_error": 0.25,
        "chunk_ps": 20,
        "sample_interval_fs": 20,
    },
}


def main() -> None:
    """Write the campaign, run it, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--potential", default="sevenn")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--compare-only", action="store_true", help="run nothing; compare what there is so far")
    arguments = parser.parse_args()
    name = "".join(c if c.isalnum() else "-" for c in f"obelix-{arguments.potential}")
    arguments.work.mkdir(parents=True, exist_ok=True)
    config = arguments.work / f"{name}.yaml"
    left_out = arguments.work / f"{name}-left-out.json"
    if not config.exists():
        entries, reasons = read_table(ENTRIES), {}
        cifs = arguments.folder.resolve() / "cifs"
        for entry in entries:
            try:
                _enumerate(_campaign(name, arguments.potential, cifs, [entry]))
            except ScreeningError as error:
                reasons[entry["id"]] = str(error)
                print(f"{entry['id']} {entry['composition']}: {error}", file=sys.stderr)
        write_json(left_out, reasons)
        usable = [entry for entry in entries if entry["id"] not in reasons]
        config.write_text(yaml.safe_dump(_campaign(name, arguments.potential, cifs, usable), sort_keys=False))
    if arguments.compare_only:
        compare(arguments.work / "results" / name, arguments.potential, read_json(left_out))
        return
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--keep-going", "--nolock"]
    command += ["--directory", str(arguments.work), "--configfile", str(config), "--cores", str(arguments.cores)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run([*command, "--quiet", "all"], cwd=ROOT, check=False, env={**os.environ, "PATH": path})
    if done.returncode:
        sys.exit(f"the campaign failed; `screening status {name}` in {arguments.work} says where")
    compare(arguments.work / "results" / name, arguments.potential, read_json(left_out))


def _campaign(name: str, potential: str, cifs: Path, entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "campaign": name,
        "potential": {"name": potential, "student": "required"},
        "parents": [
            {"file": str(cifs / f"{entry['id'].removeprefix('obelix-')}.cif"), "id": entry["id"]} for entry in entries
        ],
        **SETTINGS,
        "candidates": {**SETTINGS["candidates"], "rules": [{"parent": entry["id"]} for entry in entries]},
    }


def _enumerate(data: dict[str, Any]) -> None:
    """Raise what the campaign would stop at."""
    campaign = parse_campaign(data, "obelix")
    settings: EnumerateSettings = parse_settings("enumerate", settings_of(campaign, "enumerate"))
    enumerate_candidates(settings, load_parents(campaign.parents, Path()).parents, {})


if __name__ == "__main__":
    main()
