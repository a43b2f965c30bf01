"""Figure and table of docs/energetics.md from the campaign configs/argyrodite-mixing.yaml.

python -m benchmarks.mixing results/argyrodite-mixing docs/figures
"""

import re
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from screening.records import read_table, write_table

EXCHANGE, SUBSTITUTION = "S/Cl exchange", "Br on Cl"
# Okabe and Ito's palette, told apart by the colour-blind; the markers tell them apart in grey.
STYLES = {EXCHANGE: ("#0072B2", "o"), SUBSTITUTION: ("#D55E00", "s")}
COLUMNS = (
    "series",
    "share",
    "mixing_enthalpy_meV_atom",
    "mixing_enthalpy_error_meV_atom",
    "mixing_enthalpy_meV_formula_unit",
    "mixing_enthalpy_meV_mixing_site",
    "mixing_hull_distance_meV_atom",
    "hull_distance_meV_atom",
    "mixing_gibbs_300K_meV_formula_unit",
)


def rows(folder: Path) -> list[dict[str, Any]]:
    """Points of both series by share, the end members in each."""
    stability = {row["id"]: row for row in read_table(folder / "stability.csv")}
    points = []
    for candidate in read_table(folder / "candidates.csv"):
        energies = {column: stability[candidate["id"]].get(column) for column in COLUMNS[2:]}
        for series, share in _places(candidate):
            points.append({"series": series, "share": share, **energies})
    return sorted(points, key=lambda point: (point["series"], point["share"]))


def _places(candidate: dict[str, Any]) -> list[tuple[str, float]]:
    """Series and share of a candidate; an end member is in both or at the far end of one."""
    if found := re.match(r"([\d.]+) exchanged", candidate["done"]):
        return [(EXCHANGE, float(found[1]))]
    if found := re.match(r"([\d.]+) Br on Cl", candidate["done"]):
        return [(SUBSTITUTION, float(found[1]))]
    return {"Li6PS5Cl": [(EXCHANGE, 0.0), (SUBSTITUTION, 0.0)], "Li6PS5Br": [(SUBSTITUTION, 1.0)]}.get(
        candidate["parent"], []
    )


def _draw(axes: Axes, points: list[dict[str, Any]]) -> None:
    for series, (colour, marker) in STYLES.items():
        own = [p for p in points if p["series"] == series]
        axes.errorbar(
            [100 * p["share"] for p in own],
            [p["mixing_enthalpy_meV_atom"] for p in own],
            yerr=[p["mixing_enthalpy_error_meV_atom"] or 0.0 for p in own],
            color=colour,
            marker=marker,
            capsize=3,
            linewidth=1,
            label=series,
        )
    axes.axhline(0, color="0.6", linewidth=0.8)
    axes.set_xlabel("exchanged or substituted (%)")
    axes.set_ylabel("mixing enthalpy (meV/atom)")
    axes.legend(frameon=False)


def main(results: Path, figures: Path) -> None:
    """Write mixing.csv and mixing.svg."""
    points = rows(results)
    write_table(figures / "mixing.csv", points, list(COLUMNS))
    plt.rcParams["svg.hashsalt"] = "screening"
    figure, axes = plt.subplots(figsize=(5.2, 3.4), layout="constrained")
    _draw(axes, points)
    figure.savefig(figures / "mixing.svg", metadata={"Date": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
