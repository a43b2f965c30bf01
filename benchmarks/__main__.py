"""Run the benchmarks and write benchmarks/results.json: a flat mapping of named figures, machine and versions.

python -m benchmarks            the quick set, minutes
python -m benchmarks --full     all of them
python -m benchmarks NAME...    these only; figures of the others stay as they were
python -m benchmarks speed      all ratios to what one would write otherwise, and their table docs/figures/speed.csv
--check                         fail where a ratio has fallen by a third of what results.json had
"""

import argparse
import importlib
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import speed
from screening.records import read_json, utc_now, write_json

RESULTS = Path(__file__).parent / "results.json"
QUICK = ("orderings", "relaxation", "transport", "planning", "quickstart")
STUDENTS = ("student", "student_stability", "student_dynamics", "student_spread")
COVERAGE = ("coverage.diffusivities", "coverage.lines", "coverage.marginal", "coverage.ranking")
FULL = (*QUICK, "report", "search", "meso", *STUDENTS, "cores", "batch", "convolution", *COVERAGE)
SPEED = ("orderings", "relaxation", "convolution", "student", "transport", "quickstart")


def main() -> int:
    """Run what was asked for; a benchmark that fails is reported and does not lose the others' figures."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FULL)}, or speed")
    parser.add_argument("--full", action="store_true", help="all benchmarks, not the quick set only")
    parser.add_argument("--check", action="store_true", help="fail where a ratio has fallen by a third")
    arguments = parser.parse_args()
    if "speed" in arguments.names:
        arguments.names = [*SPEED, *(name for name in arguments.names if name not in {"speed", *SPEED})]
    unknown = set(arguments.names) - set(FULL)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(FULL)}")
    figures = read_json(RESULTS) if RESULTS.exists() else {}
    before = dict(figures)
    failed = []
    new: set[str] = set()
    for name in arguments.names or (FULL if arguments.full else QUICK):
        print(f"{name} ...", flush=True)
        try:
            measured = importlib.import_module(f"benchmarks.{name}").main()
        except Exception as error:  # the remaining benchmarks are still worth their minutes
            print(f"{name} failed: {error}", file=sys.stderr)
            failed.append(name)
            continue
        for key, value in measured.items():
            print(f"  {key} = {value:.4g}" if isinstance(value, float) else f"  {key} = {value}")
        new |= measured.keys()
        figures.update(measured)
        figures.update(_machine() | _worst(figures))
        write_json(RESULTS, dict(sorted(figures.items())))
    speed.write(figures, new)
    slower = speed.fallen(before, figures) if arguments.check else []
    for line in slower:
        print(line, file=sys.stderr)
    return 1 if failed or slower else 0


def _worst(figures: dict[str, Any]) -> dict[str, float]:
    """The worst share of all tables of coverage."""
    found = {}
    for level in ("68", "95"):
        start, end = f"coverage{level}", "_worst"
        tables = [v for k, v in figures.items() if k.startswith(start) and k.endswith(end) and k != start + end]
        if tables:
            found[f"coverage{level}_worst"] = min(tables)
    return found


def _machine() -> dict[str, str | int]:
    packages = {f"version_{name}": version(name) for name in ("screening", "torch", "chgnet", "ase", "numpy")}
    return {
        "machine_cpu": _cpu(),
        "machine_cores": os.cpu_count() or 0,
        "machine_python": platform.python_version(),
        "measured_utc": utc_now(),
        **packages,
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    sys.exit(main())
