"""Computed beside measured: a table, and conductivities as a figure."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from screening.records import read_table
from screening.transport.line_record import CandidateLine

NOT_RUN = "not_run"
MEASURED = Path(__file__).with_name("measured.csv")
# Okabe and Ito's palette; the markers tell computed from measured in grey.
COMPUTED_COLOUR, MEASURED_COLOUR = "#0072B2", "#D55E00"
COLUMNS = (
    "composition",
    "mixing_enthalpy_meV_atom",
    "activation_energy_eV",
    "activation_energy_error_eV",
    "conductivity_300K_nernst_einstein_mS_cm",
    "conductivity_300K_nernst_einstein_low_mS_cm",
    "conductivity_300K_nernst_einstein_high_mS_cm",
    "dimensionality",
    "verdict",
    "reason",
)


def rows(results: Path) -> list[dict[str, Any]]:
    """One row per system: what was computed, None where its campaign has no ranking, and what was measured."""
    table = []
    for system in read_table(MEASURED):
        folder = results / system["campaign"]
        found = _computed(folder, system) if (folder / "ranking.csv").exists() else {}
        table.append(
            {
                "system": system["system"],
                **{column: found.get(column) for column in COLUMNS},
                "verdict": found.get("verdict", NOT_RUN),
                "upper_bound_mS_cm": found.get("upper_bound_mS_cm"),
                **{key: system[key] for key in system if key.startswith("measured") or key == "source"},
            }
        )
    return table


def _computed(folder: Path, system: dict[str, Any]) -> dict[str, Any]:
    matches = [
        row
        for row in read_table(folder / "ranking.csv")
        if row["parent"] == system["parent"] and row["done"].startswith(system["done"])
    ]
    if len(matches) != 1:
        raise ValueError(
            f"{len(matches)} candidates of {folder} are {system['parent']}, {system['done']}; one is meant"
        )
    arrhenius = folder / "candidates" / matches[0]["id"] / "arrhenius.json"
    bound = (
        CandidateLine.read(arrhenius).conductivity_300K_nernst_einstein_upper_bound_mS_cm
        if arrhenius.exists()
        else None
    )
    return {**matches[0], "upper_bound_mS_cm": bound}


def draw(table: list[dict[str, Any]], path: Path) -> None:
    """Conductivities at 300 K, computed with their 68 % intervals (or bounds) and measured, system by system."""
    shown = [row for row in table if row["verdict"] != NOT_RUN]
    plt.rcParams.update({"svg.hashsalt": "screening", "font.size": 9})
    figure, axes = plt.subplots(figsize=(7.0, 0.9 + 0.28 * len(shown)), layout="constrained")
    for y, row in enumerate(reversed(shown)):
        value = row["conductivity_300K_nernst_einstein_mS_cm"]
        if value is not None:
            low, high = (
                row["conductivity_300K_nernst_einstein_low_mS_cm"],
                row["conductivity_300K_nernst_einstein_high_mS_cm"],
            )
            axes.errorbar(value, y, xerr=[[value - low], [high - value]], fmt="o", color=COMPUTED_COLOUR, capsize=2)
        elif row["upper_bound_mS_cm"] is not None:
            axes.plot(row["upper_bound_mS_cm"], y, marker="<", mfc="none", color=COMPUTED_COLOUR)
        if row["measured_low_mS_cm"] is not None:
            ends = [row["measured_low_mS_cm"], row["measured_high_mS_cm"]]
            axes.plot(ends, [y - 0.2] * 2, marker="|", ms=8, lw=2, color=MEASURED_COLOUR)
    axes.plot([], [], "o", color=COMPUTED_COLOUR, label="computed, 68 %")
    axes.plot([], [], "<", mfc="none", color=COMPUTED_COLOUR, label="computed, upper bound")
    axes.plot([], [], "|-", color=MEASURED_COLOUR, label="measured")
    axes.set(xscale="log", xlabel="conductivity at 300 K (mS/cm)", ylim=(-0.7, len(shown) - 0.3))
    axes.set_yticks(range(len(shown)), [row["system"] for row in reversed(shown)])
    axes.grid(axis="x", lw=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.12 - 1.2 / (3 + len(shown))), ncols=3, frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
