"""Ratios to what one would write otherwise: a table of them, and which have fallen."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from screening.records import read_table, write_table

TABLE = Path(__file__).parents[1] / "docs" / "figures" / "speed.csv"
# Task, what one would write otherwise, what does it here, key of the ratio.
RATIOS = (
    ("MD step, 52 atoms, one core", "ASE with CHGNet", "its student in LAMMPS", "md_student_speedup_52"),
    ("quickstart, two cores", "its MD steps alone, ASE with SevenNet-0", "all of it", "quickstart_speedup_vs_ase"),
    ("D* of 5,000 frames in memory", "pymatgen", "D*, D_sigma, errors", "transport_speedup_vs_pymatgen"),
    ("the same", "pymatgen", "the whole analysis", "transport_whole_speedup_vs_pymatgen"),
    ("D* of an XDATCAR, 1,000 frames", "pymatgen", "the whole analysis", "transport_speedup_vs_pymatgen_from_file"),
    ("D* of a trajectory, 5,000 frames", "kinisi", "the whole analysis", "transport_speedup_vs_kinisi"),
    ("the same, lags as here", "kinisi", "the whole analysis", "transport_speedup_vs_kinisi_same_lags"),
    ("distinct orderings", "pymatgen", "orbits under the space group", "orderings_speedup_vs_pymatgen"),
    ("an energy of SevenNet-l3i5, 52 atoms", "the package", "by edges", "sevenn_l3i5_speedup_by_edges"),
    ("the same of SevenNet-0", "the package", "by edges", "sevenn_0_speedup_by_edges"),
    ("relaxations", "a process each", "one process for all", "relax_batch_speedup"),
    ("relaxations, 52 atoms", "matcalc with CHGNet", "the relax stage, one start", "relax_speedup_vs_matcalc"),
)
# Machines are shared and noisy: less than this is no finding.
LOST_SHARE = 1 / 3


def write(figures: dict[str, Any], measured: Collection[str]) -> None:
    """Put what was measured now into the table, with the machine and the versions; other rows stay as they were."""
    machine = f"{figures.get('machine_cpu')}, {figures.get('machine_cores')} cores"
    versions = ", ".join(f"{k.removeprefix('version_')} {v}" for k, v in figures.items() if k.startswith("version_"))
    rows = {row["key"]: row for row in read_table(TABLE)} if TABLE.exists() else {}
    for task, other, here, key in RATIOS:
        if key in measured:
            rows[key] = {"task": task, "otherwise": other, "here": here, "ratio": f"{figures[key]:.3g}", "key": key} | {
                "machine": machine,
                "versions": versions,
                "measured_utc": figures.get("measured_utc"),
            }
    if rows:
        write_table(TABLE, [rows[key] for *_, key in RATIOS if key in rows])


def fallen(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """A line for each ratio that has lost a third or more."""
    return [
        f"{key}: {after[key]:.3g}, was {before[key]:.3g}"
        for *_, key in RATIOS
        if key in before and key in after and after[key] < (1 - LOST_SHARE) * before[key]
    ]
