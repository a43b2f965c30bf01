"""Figures for print, as SVG, PNG and PDF at the width of a column, with their data as CSV: the folder `figures`.

The page draws its own figures; these are for papers and slides, and need no browser.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screening.report.collect import Candidate, Collection
from screening.report.drawing import COLORS, label_of, new_figure, save, table
from screening.report.figures_local import local_figures
from screening.report.measured import Key, Measured
from screening.report.overview import Row, extrapolation, make_rows
from screening.report.plots import (
    QUANTITIES,
    STYLE,
    arrhenius,
    curve,
    draw_points,
    finish_arrhenius,
    logarithmic,
    mixing,
    msd,
    ranking,
    with_enthalpy,
    wrapped,
)
from screening.transport.record import MsdCurves, TransportRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Widths of a journal's single and double column in inches (85 and 175 mm).
_COLUMN, _PAGE = 3.35, 6.9
#: Drawing costs about a second a candidate: a large campaign gets figures for its best, and CSV for all.
MOST_CANDIDATES = 20
# Rows of the ranking that fit a column of a page.
_RANKED = 25


def write_figures(
    collection: Collection,
    folder: Path,
    measured: Mapping[Key, Measured] | None = None,
    *,
    most: int = MOST_CANDIDATES,
) -> list[Path]:
    """Draw the campaign's figures and those of its best candidates that have molecular dynamics.

    Args:
        collection: The campaign's records.
        folder: Where to; made if it is not there.
        measured: Measured conductivities; the embedded ones if not given.
        most: At most so many candidates get figures of their own and the data of their local picture; the other CSV
            files are written for all.

    Returns:
        The files written.
    """
    from matplotlib import rc_context

    rows = make_rows(collection, measured)
    temperature, _ = extrapolation(collection)
    written: list[Path] = []
    with rc_context(STYLE):
        if any(row.points or row.bounds for row in rows):
            written += _arrhenius_overview(rows, temperature, folder)
        if any((row.conductivity or row.bound) and row.enthalpy is not None for row in rows):
            written += _pareto(rows, temperature, folder)
        if any(row.enthalpy is not None for row in rows):
            written += _mixing(rows, folder)
        if any(row.conductivity or row.bound for row in rows[:_RANKED]):
            written += _ranking(rows, temperature, folder)
        drawn = 0
        for row, candidate in zip(rows, collection.candidates, strict=True):
            if not candidate.transport:
                continue
            draw = drawn < most
            written += _candidate(row, candidate, temperature, folder / _file_name(candidate.id), draw=draw)
            drawn += 1
    return written


def _arrhenius_overview(rows: list[Row], temperature_K: float, folder: Path) -> list[Path]:
    figure, (axes,) = new_figure(_PAGE, 4.2)
    arrhenius(axes, rows, temperature_K)
    # Beside the axes, where a long name covers no point.
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    stem = folder / "arrhenius"
    shown = [row for row in rows if row.points or row.bounds or row.brackets]
    return save(figure, stem, pdf=True) + _arrhenius_table(shown, stem)


def _arrhenius_table(rows: list[Row], stem: Path) -> list[Path]:
    columns = [
        "id",
        "candidate",
        "temperature_K",
        "tracer_diffusivity_cm2_s",
        "standard_error_cm2_s",
        "lower_bound_cm2_s",
        "upper_bound_cm2_s",
    ]
    values: list[tuple[Any, ...]] = [(r.id, r.label, t, d, e, None, None) for r in rows for t, d, e in r.points]
    values += [(r.id, r.label, t, None, None, None, bound) for r in rows for t, bound in r.bounds]
    values += [(r.id, r.label, t, None, None, low, high) for r in rows for t, low, high in r.brackets]
    return table(stem, values, columns)


def _pareto(rows: list[Row], temperature_K: float, folder: Path) -> list[Path]:
    figure, (axes,) = new_figure(_COLUMN, 3.0)
    for row in rows:
        if row.enthalpy is not None:
            _pareto_mark(axes, row.enthalpy, row, named=len(rows) <= 12)
    axes.margins(x=0.15)
    axes.set_yscale("log")
    logarithmic(axes.yaxis)
    axes.set_xlabel("mixing enthalpy (meV/atom)")
    axes.set_ylabel(f"conductivity at {temperature_K:g} K (mS/cm)")
    stem = folder / "stability_conductivity"
    columns = ["id", "candidate", "verdict", "mixing_enthalpy_meV_atom", "hull_distance_meV_atom"]
    columns += ["conductivity_estimate_mS_cm", "low_mS_cm", "high_mS_cm", "upper_bound_mS_cm"]
    columns += ["measured_low_mS_cm", "measured_high_mS_cm"]
    values = [
        (
            *(r.id, r.label, r.kind, r.enthalpy, r.hull, *(r.conductivity or (None,) * 3), r.bound),
            *((None, None) if r.measured is None else (r.measured.low, r.measured.high)),
        )
        for r in rows
    ]
    return save(figure, stem, pdf=True) + table(stem, values, columns)


def _pareto_mark(axes: "Axes", x: float, row: Row, *, named: bool) -> None:
    if row.conductivity is None:
        if row.bound is not None:
            axes.errorbar(x, row.bound, yerr=0.4 * row.bound, uplims=True, fmt="_", color=COLORS[4], ms=8)
        return
    value, low, high = row.conductivity
    if row.expected is not None and row.expected.wide is not None:
        axes.plot([x] * 2, row.expected.wide, color=COLORS[0], lw=4, alpha=0.15, solid_capstyle="butt")
    error = [[value - (low or value)], [(high or value) - value]]
    face = "white" if row.reach is not None and row.reach.kind == "far" else COLORS[0]
    axes.errorbar(x, value, yerr=error, fmt="o", color=COLORS[0], capsize=2, ms=4, mfc=face)
    if row.measured is not None:
        axes.plot([x] * 2, [row.measured.low, row.measured.high], "k_-", ms=5, lw=1)
    if named:
        axes.annotate(label_of(row.formula), (x, value), (4, 4), textcoords="offset points", fontsize=6)


def _mixing(rows: list[Row], folder: Path) -> list[Path]:
    known = with_enthalpy(rows)
    figure, (axes,) = new_figure(_COLUMN, min(9.5, 1.0 + 0.3 * len(known)))
    mixing(axes, rows)
    stem = folder / "mixing_enthalpy"
    columns = ["id", "candidate", "verdict"]
    columns += ["mixing_enthalpy_meV_atom", "mixing_enthalpy_error_meV_atom", "ordering_spread_meV_atom"]
    values = [(r.id, r.label, r.kind, r.enthalpy, r.enthalpy_error, r.spread) for r in known]
    return save(figure, stem, pdf=True) + table(stem, values, columns)


def _ranking(rows: list[Row], temperature_K: float, folder: Path) -> list[Path]:
    shown = sum(row.conductivity is not None or row.bound is not None for row in rows[:_RANKED])
    figure, (axes,) = new_figure(_COLUMN, 1.0 + 0.32 * shown)
    ranking(axes, rows[:_RANKED], temperature_K)
    return save(figure, folder / "ranking", pdf=True)


def _candidate(row: Row, candidate: Candidate, temperature_K: float, folder: Path, *, draw: bool) -> list[Path]:
    written: list[Path] = []
    if row.points or row.bounds or row.brackets:
        written += _arrhenius_table([row], folder / "arrhenius")
        if draw:
            written += _candidate_arrhenius(row, candidate, temperature_K, folder / "arrhenius")
    curves = {point.temperature_K: (point, point.msd) for point in candidate.transport if point.msd is not None}
    for temperature, (_, displacements) in curves.items():
        written += _msd_table(displacements, folder / f"msd_{temperature:g}K")
    if draw and curves:
        written += _msd(row, list(curves.values()), folder / "msd")
    if draw:
        # Some twenty files a candidate: for thousands of them the records must do.
        written += local_figures(row, candidate, folder)
    return written


def _candidate_arrhenius(row: Row, candidate: Candidate, temperature_K: float, stem: Path) -> list[Path]:
    line = None if candidate.arrhenius is None else candidate.arrhenius.curve
    figure, (axes,) = new_figure(_COLUMN, 2.8)
    if line:
        curve(axes, line, 1000.0 / min(p[0] for p in (*row.points, *row.brackets)))
    draw_points(axes, row, COLORS[0], "o", None)
    finish_arrhenius(axes, [row], temperature_K, QUANTITIES["D"])
    axes.set_title(wrapped(row, 48))
    return save(figure, stem, pdf=True)


def _msd(row: Row, points: list[tuple[TransportRecord, MsdCurves]], stem: Path) -> list[Path]:
    """One panel for each temperature."""
    figure, panels = new_figure(max(_COLUMN, 0.9 + 2.0 * len(points)), 2.8, len(points))
    for axes, (point, curves) in zip(panels, points, strict=True):
        msd(axes, point, curves)
    panels[0].set_ylabel("mean squared displacement (Å²)")
    panels[0].legend()
    figure.suptitle(wrapped(row, 48), fontsize=8)
    return save(figure, stem, pdf=True)


def _msd_table(msd: MsdCurves, stem: Path) -> list[Path]:
    columns = {name: curve for name, curve in msd.as_dict().items() if curve is not None}
    return table(stem, zip(*columns.values(), strict=True), list(columns))


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+-]+", "_", text).strip(".") or "_"
