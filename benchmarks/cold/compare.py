"""What the campaigns of all compounds gave, beside what was measured: a table, a figure and named figures."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from benchmarks.cold.campaigns import ENTRIES, WAYS, campaign_name, group_of, home
from screening.records import read_json, read_table, write_json, write_table
from screening.selection.rows import RankingRow
from screening.trajectories.run_record import RunRecord
from screening.transport.line_record import CandidateLine
from screening.transport.record import CandidateTransport

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "figures" / "cold.csv"
FIGURE = TABLE.with_suffix(".svg")
RESULTS = ROOT / "benchmarks" / "results.json"
#: Okabe and Ito's palette.
COLOURS = {"cold": "#0072B2", "hot": "#E69F00", "measured": "#D55E00"}
_TARGET_K = 300.0

Row = dict[str, Any]


def compare(folder: Path, table: Path = TABLE, figure: Path = FIGURE, named: Path = RESULTS) -> dict[str, float]:
    """Write the table, the figure and the named figures.

    Args:
        folder: Where campaigns ran; a compound whose campaigns are not there keeps its row of the table.
        table, figure, named: Files to write.

    Returns:
        The named figures; none while nothing was run.
    """
    before = {row["name"]: row for row in read_table(table)} if table.exists() else {}
    rows = []
    for name in ENTRIES:
        row = row_of(name, folder)
        kept = before.get(name, row)
        # Each way by itself: one may have been run elsewhere.
        for way in WAYS:
            if row[f"{way}_verdict"] is None:
                row |= {key: kept.get(key) for key in row if key.startswith(f"{way}_")}
        rows.append(row)
    write_table(table, rows)
    draw(rows, figure)
    found = figures_of(rows)
    if found and named.exists():
        write_json(named, dict(sorted({**read_json(named), **found}.items())))
    return found


def row_of(name: str, folder: Path) -> Row:
    """A compound: what both ways say, None where they did not run, and what was measured."""
    entry = ENTRIES[name]
    measured = entry.get("measured", [])
    row: Row = {"name": name, "compound": entry["shown"]}
    group = group_of(name)
    for way in WAYS:
        ran = home(folder, group, way) / "results" / campaign_name(group)
        row |= {f"{way}_{key}": value for key, value in _way(ran, entry).items()}
    return row | {
        "measured_low_mS_cm": min(measured, default=None),
        "measured_high_mS_cm": max(measured, default=None),
        "measured_mean_mS_cm": float(np.exp(np.mean(np.log(measured)))) if measured else None,
        "measured_activation_energy_eV": entry.get("energy_eV"),
        "measured_kink": entry.get("kink"),
        "about": entry["about"],
    }


def _way(folder: Path, entry: Row) -> Row:
    """What one campaign says of a compound's D* and of Nernst and Einstein's conductivity."""
    found: Row = dict.fromkeys(
        (
            "verdict",
            "coldest_K",
            "coldest_D_cm2_s",
            "coldest_D_error_cm2_s",
            "conductivity_mS_cm",
            "conductivity_low_mS_cm",
            "conductivity_high_mS_cm",
            "lower_bound_mS_cm",
            "upper_bound_mS_cm",
            "activation_energy_eV",
            "activation_energy_error_eV",
            "bent_probability",
            "bend_K",
            "n_atoms",
            "core_hours",
        )
    )
    ranked = RankingRow.read(folder / "ranking.csv") if (folder / "ranking.csv").exists() else []
    own = [row for row in ranked if row.parent == entry["parent"] and row.done.startswith(entry["done"])]
    if not own:
        return found
    (row,) = own
    candidate = folder / "candidates" / row.id
    found |= {"verdict": str(row.verdict), "coldest_K": row.coldest_resolved_temperature_K}
    if row.coldest_resolved_temperature_K is not None:
        coldest = CandidateTransport.read(candidate / f"{row.coldest_resolved_temperature_K:g}K" / "transport.json")
        found["coldest_D_cm2_s"] = coldest.tracer_diffusivity_cm2_s
        found["coldest_D_error_cm2_s"] = coldest.tracer_diffusivity_error_cm2_s
    runs = [RunRecord.read(path) for path in sorted(candidate.glob("*K/o*_r*/md.json"))]
    found["core_hours"] = round(sum(run.provenance.processor_s or 0.0 for run in runs) / 3600.0, 3)
    (listed,) = [one for one in read_table(folder / "candidates.csv") if one["id"] == row.id]
    found["n_atoms"] = listed["n_atoms"]
    return found | _line(candidate / "arrhenius.json")


def _line(path: Path) -> Row:
    if not path.exists():
        return {}
    line = CandidateLine.read(path)
    shapes = line.shape_probabilities
    return {
        "conductivity_mS_cm": line.conductivity_300K_nernst_einstein_mS_cm,
        "conductivity_low_mS_cm": line.conductivity_300K_nernst_einstein_low_mS_cm,
        "conductivity_high_mS_cm": line.conductivity_300K_nernst_einstein_high_mS_cm,
        "lower_bound_mS_cm": line.conductivity_300K_nernst_einstein_lower_bound_mS_cm,
        "upper_bound_mS_cm": line.conductivity_300K_nernst_einstein_upper_bound_mS_cm,
        "activation_energy_eV": line.activation_energy_eV,
        "activation_energy_error_eV": line.activation_energy_error_eV,
        "bent_probability": None if shapes is None else round(shapes.broken + shapes.jump, 3),
        "bend_K": None if line.two_lines is None else line.two_lines.break_K,
    }


def figures_of(rows: list[Row]) -> dict[str, float]:
    """Over the compounds that were run cold.

    cold_direct_n: those whose D* was seen at 300 K. cold_mae_log10_sigma: mean absolute error in decades of the
    conductivity at 300 K against the geometric mean of the measured ones, where there are both; `_hot` of the same
    compounds from 800 to 1000 K; cold_mae_Ea_eV of barriers. Medians of the coldest temperature with a value, and of
    the core hours.
    """
    ran = [row for row in rows if row["cold_verdict"] is not None]
    if not ran:
        return {}
    found: dict[str, float] = {
        "cold_n": len(ran),
        "cold_direct_n": sum(row["cold_coldest_K"] is not None and row["cold_coldest_K"] <= _TARGET_K for row in ran),
        "cold_core_hours_median": float(np.median([row["cold_core_hours"] for row in ran])),
    }
    if seen := [row["cold_coldest_K"] for row in ran if row["cold_coldest_K"] is not None]:
        found["cold_coldest_K_median"] = float(np.median(seen))
    for key, way in (("cold_mae_log10_sigma", "cold"), ("cold_mae_log10_sigma_hot", "hot")):
        pairs = [
            (row[f"{way}_conductivity_mS_cm"], row["measured_mean_mS_cm"])
            for row in ran
            if row[f"{way}_conductivity_mS_cm"] is not None and row["measured_mean_mS_cm"] is not None
        ]
        if pairs:
            found[key] = float(np.mean([abs(np.log10(value / truth)) for value, truth in pairs]))
    barriers = [(row["cold_activation_energy_eV"], row["measured_activation_energy_eV"]) for row in ran]
    if known := [abs(one - other) for one, other in barriers if one is not None and other is not None]:
        found["cold_mae_Ea_eV"] = float(np.mean(known))
    return found


def draw(rows: list[Row], path: Path) -> None:
    """Conductivities at 300 K: both ways with 68 % intervals or bounds, and measured ones, compound by compound."""
    plt.rcParams.update({"svg.hashsalt": "screening", "font.size": 9})
    figure, axes = plt.subplots(figsize=(7.0, 1.0 + 0.42 * len(rows)), layout="constrained")
    for y, row in enumerate(reversed(rows)):
        for way, up in (("cold", 0.15), ("hot", -0.05)):
            _mark(axes, row, way, y + up)
        if row["measured_low_mS_cm"] is not None:
            ends = [row["measured_low_mS_cm"], row["measured_high_mS_cm"]]
            axes.plot(ends, [y - 0.25] * 2, marker="|", ms=7, lw=2, color=COLOURS["measured"])
    axes.plot([], [], "o", color=COLOURS["cold"], label="as cold as the budget reaches")
    axes.plot([], [], "o", color=COLOURS["hot"], label="from 800 to 1000 K")
    axes.plot([], [], "|-", color=COLOURS["measured"], label="measured")
    axes.set(xscale="log", xlabel="conductivity at 300 K (mS/cm)", ylim=(-0.7, len(rows) - 0.3))
    axes.set_yticks(range(len(rows)), [row["compound"] for row in reversed(rows)])
    axes.grid(axis="x", lw=0.3)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _mark(axes: Any, row: Row, way: str, y: float) -> None:
    """A value with its interval, or what it lies between, or an arrow from its bound."""
    colour = COLOURS[way]
    value, low, high = (row[f"{way}_conductivity{end}_mS_cm"] for end in ("", "_low", "_high"))
    lower, upper = row[f"{way}_lower_bound_mS_cm"], row[f"{way}_upper_bound_mS_cm"]
    if value is not None:
        axes.errorbar(value, y, xerr=[[value - low], [high - value]], fmt="o", ms=4, color=colour, capsize=2)
    elif lower is not None and upper is not None:
        axes.plot([lower, upper], [y, y], ":", color=colour)
    elif upper is not None:
        axes.plot(upper, y, marker="<", mfc="none", color=colour)
