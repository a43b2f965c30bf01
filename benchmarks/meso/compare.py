"""What the campaigns of all systems gave: a table, a figure and named figures."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from benchmarks.meso.campaigns import SYSTEMS, campaign_name
from screening.candidates.record import CandidateRow
from screening.meso.record import Layers
from screening.records import read_json, read_table, write_json, write_table
from screening.stability.boundary_record import BoundaryRecord

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "figures" / "meso.csv"
FIGURE = TABLE.with_suffix(".svg")
RESULTS = ROOT / "benchmarks" / "results.json"
#: Okabe and Ito's palette.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00")

#: What one boundary adds, and all that is told at a temperature.
ADDED = ("conductance_S", "conductance_error_S", "resistance_ohm_cm2", "resistance_error_ohm_cm2")
COLUMNS = ("temperature_K", "near_over_crystal", "near_over_crystal_error", "crystal_cm2_s", *ADDED)

Row = dict[str, Any]


def compare(results: Path, table: Path = TABLE, figure: Path = FIGURE, named: Path = RESULTS) -> dict[str, float]:
    """Write the table, the figure and the named figures.

    Args:
        results: Folder of campaigns; a system whose campaign is not there keeps its rows of the table.
        table, figure, named: Files to write.

    Returns:
        The named figures; none while nothing was run.
    """
    rows: list[Row] = read_table(table) if table.exists() else []
    profiles: dict[str, Layers] = {}
    for name in SYSTEMS:
        found = read(name, results)
        if found is None:
            continue
        record, atoms = found
        rows = [row for row in rows if row["system"] != name] + rows_of(name, record, atoms, core_hours(name, results))
        if record.temperatures:
            profiles[name] = record.temperatures[-1]
    if not rows:
        return {}
    order = list(SYSTEMS)
    rows.sort(key=lambda row: (order.index(row["system"]), row["temperature_K"] or 0.0))
    write_table(table, rows)
    if profiles:
        draw(profiles, figure)
    figures = figures_of(rows)
    if named.exists():
        write_json(named, dict(sorted({**read_json(named), **figures}.items())))
    return figures


def read(name: str, results: Path) -> tuple[BoundaryRecord, int] | None:
    """A system's boundary and its atoms; None where it has none yet."""
    folder = results / campaign_name(name)
    paths = sorted(folder.glob(f"candidates/*/{BoundaryRecord.FILE}"))
    if not paths:
        return None
    record = BoundaryRecord.read(paths[0])
    listed = {row.id: row.n_atoms for row in CandidateRow.read(folder / CandidateRow.FILE)}
    return record, listed[record.id]


def rows_of(name: str, record: BoundaryRecord, atoms: int, hours: float) -> list[Row]:
    """One for each temperature; one without where none has a profile."""
    energies = [one for one in record.joined if one.energy_J_m2 is not None]
    best = min(energies, key=lambda one: one.energy_J_m2 or 0.0) if energies else None
    shared = {
        "system": name,
        "law": record.law,
        "atoms": atoms,
        "core_hours": round(hours, 2),
        "energy_J_m2": None if best is None else best.energy_J_m2,
        "energy_error_J_m2": None if best is None else best.error_J_m2,
    }
    return [{**shared, **_at(one)} for one in record.temperatures] or [{**shared, **dict.fromkeys(COLUMNS)}]


def _at(found: Layers) -> Row:
    """In the layer nearest the boundary D* over that of its crystal, the larger where there are several; G and R."""
    crystals = [found.crystal, found.other_crystal]
    near = []
    for layer in found.layers:
        beside = crystals[layer.crystal]
        if layer.from_A == 0 and layer.tracer_cm2_s is not None and beside is not None and beside.in_plane_cm2_s > 0:
            near.append((layer.tracer_cm2_s / beside.in_plane_cm2_s, layer.tracer_error_cm2_s, beside.in_plane_cm2_s))
    ratio = max(near, default=None)
    row: Row = dict.fromkeys(COLUMNS) | {"temperature_K": found.temperature_K}
    if ratio is not None:
        row["near_over_crystal"] = ratio[0]
        row["near_over_crystal_error"] = None if ratio[1] is None else ratio[1] / ratio[2]
    if found.crystal is not None:
        row["crystal_cm2_s"] = found.crystal.in_plane_cm2_s
    if (added := found.excess) is not None:
        row |= {name: getattr(added, name) for name in ADDED}
    return row


def core_hours(name: str, results: Path) -> float:
    """Time of all jobs of a campaign; each has one core.

    Snakemake's `cpu_time` is no help: it looks every 15 seconds, and what a job does after its last look is lost.
    """
    folder = results / campaign_name(name) / "benchmarks"
    seconds = 0.0
    for path in folder.rglob("*.tsv"):
        head, *lines = (line.split("\t") for line in path.read_text().splitlines())
        seconds += sum(float(line[head.index("s")]) for line in lines)
    return seconds / 3600


def figures_of(rows: list[Row]) -> dict[str, float]:
    """The largest cell, and the core hours of all systems together."""
    by_system = {row["system"]: row for row in rows}
    return {
        "meso_atoms": max(int(row["atoms"]) for row in by_system.values()),
        "meso_core_hours": round(sum(float(row["core_hours"]) for row in by_system.values()), 2),
    }


def draw(profiles: dict[str, Layers], figure: Path) -> None:
    """D* in the plane by layer over that of the layer's crystal, each system at its hottest temperature."""
    canvas, axes = plt.subplots(figsize=(5.6, 3.4))
    for colour, (name, found) in zip(COLOURS, profiles.items(), strict=False):
        crystals = [found.crystal, found.other_crystal]
        for layer in found.layers:
            beside = crystals[layer.crystal]
            if layer.tracer_cm2_s is None or layer.tracer_error_cm2_s is None or beside is None:
                continue
            middle = (layer.from_A + layer.to_A) / 2
            value, error = layer.tracer_cm2_s / beside.in_plane_cm2_s, layer.tracer_error_cm2_s / beside.in_plane_cm2_s
            marker = "os"[layer.crystal]
            label = f"{name}, {found.temperature_K:g} K" if layer is found.layers[0] else None
            axes.errorbar(middle, value, error, fmt=marker, ms=4, capsize=2, color=colour, label=label)
    axes.axhline(1, color="0.5", lw=1)
    axes.set_yscale("log")
    axes.set_xlim(left=0)
    axes.set_xlabel("distance from the boundary (Å)")
    axes.set_ylabel("D* in the plane over the crystal's")
    axes.legend(frameon=False, title="squares: the other crystal; space charge is not in it", title_fontsize="x-small")
    canvas.savefig(figure, bbox_inches="tight", metadata={"Date": None})
    plt.close(canvas)
