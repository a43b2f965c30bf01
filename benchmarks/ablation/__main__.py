"""Half-exchanged Li6PS5Cl and Li3YCl6 with one thing changed at a time: what each is worth in sigma(300 K) and Ea.

    python -m benchmarks.ablation [--only NAME ...] [--core-hours 0.5] [--cores 2] [--work build/ablation]
                                  [--nequix FILE] [--cost | --compare-only]

NAME is a compound (argyrodite, halide), a case (hot, cell-relaxed, ...), or both as argyrodite/hot. Each case is a
small campaign; they run in the order of what they teach for their cost. Those that change neither potential nor student
begin with the base's relaxed cells and students. What is done is not repeated, so a run that was stopped goes on.
Writes docs/figures/ablation.csv and .svg from all that ran; other rows stay.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.ablation.cases import BASE, CAMPAIGN, CASES, MATERIALS, NAMES, Case, campaign, folder_of
from benchmarks.ablation.compare import compare
from benchmarks.begin import begin_from
from benchmarks.costs import Line, core_hours, costs, show
from benchmarks.workflow import add_options, run
from screening.errors import ScreeningError

Asked = list[tuple[str, Case]]


def main() -> int:
    """Run and compare; 1 where a campaign failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help=f"of {', '.join((*MATERIALS, *NAMES))}")
    parser.add_argument("--work", type=Path, default=Path("build/ablation"), help="folder of the campaigns")
    parser.add_argument("--core-hours", type=core_hours, default=0.5, help="of molecular dynamics, for each case")
    parser.add_argument("--nequix", type=Path, help="weights of nequix-omat-1 (.pt)")
    add_options(parser)
    chosen = parser.parse_args()
    try:
        asked = cases_of(chosen.only)
    except ValueError as error:
        parser.error(str(error))
    if chosen.nequix is not None and not chosen.nequix.exists():
        parser.error(f"--nequix {chosen.nequix}: there is no such file")
    if chosen.nequix is None:
        left = [one for one in asked if one[1].name == "teacher-nequix"]
        asked = [one for one in asked if one not in left]
        if left and not chosen.compare_only:
            print("teacher-nequix is left out: its weights are a file, --nequix FILE", file=sys.stderr)
    if chosen.cost:
        try:
            show(_costs(asked, chosen.core_hours, chosen.work / "labels", chosen.nequix))
        except ScreeningError as error:
            parser.error(str(error))
        return 0
    failed = 0
    for material, case in [] if chosen.compare_only else asked:
        config = campaign(material, case, chosen.core_hours, chosen.work / "labels", chosen.nequix)
        folder = folder_of(chosen.work, material, case.name)
        if case.keeps != "nothing":
            base = folder_of(chosen.work, material, BASE)
            if not (base / "results" / CAMPAIGN / "ranking.csv").exists():
                print(
                    f"{material}/{case.name} begins with what {material}/{BASE} made: run that first", file=sys.stderr
                )
                failed = 1
                continue
            begin_from(base, folder, CAMPAIGN, runs=case.keeps == "runs")
        failed |= run(config, folder, chosen.cores)
    compare(chosen.work)
    return int(bool(failed))


def cases_of(only: list[str]) -> Asked:
    """Compounds with cases, case by case in the order of CASES.

    Raises:
        ValueError: a name is none.
    """
    known = [(m, c) for c in CASES for m in MATERIALS if m not in c.without]
    found: Asked = []
    for name in only:
        those = [(m, c) for m, c in known if name in (m, c.name, f"{m}/{c.name}")]
        if not those:
            named = [*MATERIALS, *NAMES, f"{next(iter(MATERIALS))}/{CASES[1].name}"]
            raise ValueError(f"no compound or case {name}; there are {', '.join(named[:-1])}, and both as {named[-1]}")
        found += those
    return [one for one in known if not only or one in found]


def _costs(asked: Asked, core_hours: float, labels: Path, nequix: Path | None) -> list[Line]:
    """A line for each case, without what it has of the base."""
    lines = costs(campaign(material, case, core_hours, labels, nequix) for material, case in asked)
    named = []
    for line, (material, case) in zip(lines, asked, strict=True):
        cost = line.cost
        if case.keeps != "nothing":
            taught = cost.students if case.name == "teacher-corrected" else 0.0
            ran = min(cost.md, core_hours * 3600.0 if case.keeps == "runs" else 0.0)
            cost = replace(cost, relaxation=0.0, students=taught, md=cost.md - ran)
        named.append(Line(f"{material}/{case.name}", cost))
    return named


if __name__ == "__main__":
    sys.exit(main())
