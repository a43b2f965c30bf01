"""Figures for print: each as SVG and PNG with its data as CSV, in the folder `figures` beside the page.

The page draws its own figures; these are for papers and slides, and need no browser.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.constants import K_EV
from screening.report.collect import Candidate, Collection
from screening.report.drawing import COLORS, label_of, new_figure, save, table
from screening.report.figures_local import local_figures
from screening.report.measured import Key, Measured
from screening.report.overview import Row, extrapolation, make_rows
from screening.report.text import number
from screening.transport.line_record import LineCurve
from screening.transport.record import MsdCurves, TransportRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

_MARKERS = "osD^vP*"
_REST = "#8a939c"
_NAMED = len(COLORS)
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.grid": True,
    "grid.color": "#ececea",
    "axes.edgecolor": "#8a939c",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 8,
    # Text stays text in an editor; names of files inside do not change from run to run.
    "svg.fonttype": "none",
    "svg.hashsalt": "screening",
}
#: Drawing costs about a second a candidate: a large campaign gets figures for its best, and CSV for all.
MOST_CANDIDATES = 20


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
    with rc_context(_STYLE):
        if any(row.points or row.bounds for row in rows):
            written += _arrhenius_overview(rows, temperature, folder)
        if any((row.conductivity or row.bound) and row.enthalpy is not None for row in rows):
            written += _pareto(rows, temperature, folder)
        if any(row.enthalpy is not None for row in rows):
            written += _mixing(rows, folder)
        drawn = 0
        for row, candidate in zip(rows, collection.candidates, strict=True):
            if not candidate.transport:
                continue
            draw = drawn < most
            written += _candidate(row, candidate, temperature, folder / _file_name(candidate.id), draw=draw)
            drawn += 1
    return written


def _logarithmic(axis: "Axis") -> None:
    """A log axis with plain-text labels: as formulas they would take most of the drawing time."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 1).removeprefix("1×")))
    if high < 20 * low:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_formatter(NullFormatter())


def _arrhenius_overview(rows: list[Row], temperature_K: float, folder: Path) -> list[Path]:
    shown = [row for row in rows if row.points or row.bounds or row.brackets]
    named = shown if len(shown) <= _NAMED else shown[: _NAMED - 1]
    figure, (axes,) = new_figure(6.4, 4.4)
    # The rest first, so that the named ones lie on top of it.
    for row in shown[len(named) :]:
        _draw_points(axes, row, _REST, ".", None, faint=True)
        _draw_line(axes, row, temperature_K, _REST, 0.5)
    for row, color, marker in zip(named, COLORS, _MARKERS, strict=False):
        _draw_points(axes, row, color, marker, label_of(row.label), faint=False)
        _draw_line(axes, row, temperature_K, color, 1.4)
    _finish_arrhenius(axes, shown, temperature_K)
    axes.legend(fontsize=7)
    stem = folder / "arrhenius"
    return save(figure, stem) + _arrhenius_table(shown, stem)


def _draw_points(axes: "Axes", row: Row, color: str, marker: str, label: str | None, *, faint: bool) -> None:
    x = [1000.0 / point[0] for point in row.points]
    errors = None if faint else [point[2] or 0.0 for point in row.points]
    axes.errorbar(
        x,
        [p[1] for p in row.points],
        yerr=errors,
        fmt=marker,
        color=color,
        label=label,
        capsize=2,
        ms=3 if faint else 5,
    )
    for temperature, bound in row.bounds:
        axes.errorbar(1000.0 / temperature, bound, yerr=0.4 * bound, uplims=True, fmt="_", color=color, ms=8)
    for temperature, low, high in row.brackets:
        # A bar without a point: nothing between the bounds is likelier.
        middle = (low * high) ** 0.5
        axes.errorbar(
            1000.0 / temperature, middle, yerr=[[middle - low], [high - middle]], fmt="none", color=color, capsize=4
        )


def _draw_line(axes: "Axes", row: Row, temperature_K: float, color: str, width: float) -> None:
    if row.line is None:
        return
    measured = [point[0] for point in (*row.points, *row.brackets)]
    for ends, style in (((max(measured), min(measured)), "-"), ((min(measured), temperature_K), "--")):
        x = np.array([1000.0 / t for t in ends])
        axes.plot(x, np.exp(row.line[0] - row.line[1] * x / (1000.0 * K_EV)), style, color=color, lw=width)


def _finish_arrhenius(axes: "Axes", rows: list[Row], temperature_K: float) -> None:
    axes.set_yscale("log")
    _logarithmic(axes.yaxis)
    axes.axvline(1000.0 / temperature_K, color=_REST, ls=":", lw=1)
    axes.set_xlabel("1000 / T (1/K)")
    axes.set_ylabel("tracer diffusivity D* (cm²/s)")
    top = axes.secondary_xaxis("top", functions=(_reciprocal, _reciprocal))
    temperatures = sorted(
        {
            temperature_K,
            *(p[0] for row in rows for p in row.points),
            *(p[0] for row in rows for p in row.bounds),
            *(p[0] for row in rows for p in row.brackets),
        }
    )
    top.set_xticks(temperatures, [f"{t:g}" for t in temperatures], fontsize=7)
    top.set_xlabel("temperature (K)")


def _reciprocal(x: Any) -> Any:
    with np.errstate(divide="ignore"):
        return 1000.0 / np.asarray(x, dtype=np.float64)


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
    figure, (axes,) = new_figure()
    for row in rows:
        if row.enthalpy is None:
            continue
        if row.conductivity is not None:
            value, low, high = row.conductivity
            error = [[value - (low or value)], [(high or value) - value]]
            axes.errorbar(row.enthalpy, value, yerr=error, fmt="o", color=COLORS[0], capsize=2, ms=5)
            if len(rows) <= 20:
                axes.annotate(
                    label_of(row.formula),
                    (row.enthalpy, value),
                    (4, 4),
                    textcoords="offset points",
                    fontsize=7,
                )
        elif row.bound is not None:
            axes.errorbar(row.enthalpy, row.bound, yerr=0.4 * row.bound, uplims=True, fmt="_", color=COLORS[4], ms=8)
    axes.margins(x=0.15)
    axes.set_yscale("log")
    _logarithmic(axes.yaxis)
    axes.set_xlabel("mixing enthalpy (meV/atom)")
    axes.set_ylabel(f"conductivity at {temperature_K:g} K (mS/cm)")
    stem = folder / "stability_conductivity"
    columns = ["id", "candidate", "verdict", "mixing_enthalpy_meV_atom", "hull_distance_meV_atom"]
    columns += ["conductivity_estimate_mS_cm", "low_mS_cm", "high_mS_cm", "upper_bound_mS_cm"]
    values = [(r.id, r.label, r.kind, r.enthalpy, r.hull, *(r.conductivity or (None,) * 3), r.bound) for r in rows]
    return save(figure, stem) + table(stem, values, columns)


def _mixing(rows: list[Row], folder: Path) -> list[Path]:
    known = sorted((row for row in rows if row.enthalpy is not None), key=lambda row: row.enthalpy or 0.0)
    figure, (axes,) = new_figure(5.2, min(11.0, 1.2 + 0.24 * len(known)))
    x = [row.enthalpy or 0.0 for row in known]
    error = [row.enthalpy_error or 0.0 for row in known]
    axes.errorbar(x, range(len(known)), xerr=error, fmt="o", color=COLORS[0], ms=4, capsize=2)
    if len(known) <= 40:
        axes.set_yticks(range(len(known)), [label_of(row.formula) for row in known], fontsize=7)
    else:
        axes.set_ylabel("candidates, lowest first")
    axes.invert_yaxis()
    axes.set_xlabel("mixing enthalpy (meV/atom)")
    stem = folder / "mixing_enthalpy"
    columns = ["id", "candidate", "verdict"]
    columns += ["mixing_enthalpy_meV_atom", "mixing_enthalpy_error_meV_atom", "ordering_spread_meV_atom"]
    values = [(r.id, r.label, r.kind, r.enthalpy, r.enthalpy_error, r.spread) for r in known]
    return save(figure, stem) + table(stem, values, columns)


def _candidate(row: Row, candidate: Candidate, temperature_K: float, folder: Path, *, draw: bool) -> list[Path]:
    written: list[Path] = []
    if row.points or row.bounds or row.brackets:
        written += _arrhenius_table([row], folder / "arrhenius")
        if draw:
            written += _candidate_arrhenius(row, candidate, temperature_K, folder / "arrhenius")
    curves = {point.temperature_K: (point, point.msd) for point in candidate.transport if point.msd is not None}
    for temperature, (_, msd) in curves.items():
        written += _msd_table(msd, folder / f"msd_{temperature:g}K")
    if draw and curves:
        written += _msd(row, list(curves.values()), folder / "msd")
    if draw:
        # Some twenty files a candidate: for thousands of them the records must do.
        written += local_figures(row, candidate, folder)
    return written


def _candidate_arrhenius(row: Row, candidate: Candidate, temperature_K: float, stem: Path) -> list[Path]:
    curve = None if candidate.arrhenius is None else candidate.arrhenius.curve
    figure, (axes,) = new_figure()
    if curve:
        x = curve.inverse_temperature_1000_K
        axes.fill_between(x, curve.low_cm2_s, curve.high_cm2_s, color=COLORS[0], alpha=0.18, lw=0)
        _draw_curve(axes, curve, 1000.0 / min(p[0] for p in (*row.points, *row.brackets)))
    _draw_points(axes, row, COLORS[0], "o", None, faint=False)
    _finish_arrhenius(axes, [row], temperature_K)
    axes.set_title(label_of(row.label), fontsize=9)
    return save(figure, stem)


def _draw_curve(axes: "Axes", curve: LineCurve, coldest: float) -> None:
    """Dashed beyond the coldest temperature, given as 1000 / T."""
    x, ln_d = np.array(curve.inverse_temperature_1000_K), np.log(curve.diffusivity_cm2_s)
    between = np.exp(np.interp(coldest, x, ln_d))
    for inside, style in ((x <= coldest, "-"), (x >= coldest, "--")):
        ends = np.append(x[inside], coldest), np.append(np.exp(ln_d[inside]), between)
        order = np.argsort(ends[0])
        axes.plot(ends[0][order], ends[1][order], style, color=COLORS[0], lw=1.4)


def _msd(row: Row, points: list[tuple[TransportRecord, MsdCurves]], stem: Path) -> list[Path]:
    """One panel for each temperature."""
    figure, panels = new_figure(1.2 + 2.3 * len(points), 3.2, len(points))
    for axes, (point, msd) in zip(panels, points, strict=True):
        _msd_panel(axes, point, msd)
    panels[0].set_ylabel("mean squared displacement (Å²)")
    panels[0].legend()
    figure.suptitle(label_of(row.label), fontsize=9)
    return save(figure, stem)


def _msd_panel(axes: "Axes", point: TransportRecord, msd: MsdCurves) -> None:
    lags, ions, error = (np.array(x) for x in (msd.lag_ps, msd.tracer_A2, msd.tracer_error_A2))
    curves = (
        ("ions", msd.tracer_A2, "-"),
        ("framework", msd.framework_A2, "-"),
        ("collective", msd.collective_A2, "--"),
    )
    for (name, curve, style), color in zip(curves, COLORS, strict=False):
        if curve is not None:
            axes.plot(lags, curve, style, color=color, label=name)
    axes.fill_between(lags, np.maximum(ions - error, 0.02 * ions), ions + error, color=COLORS[0], alpha=0.18)
    if point.fit_window_ps is not None:
        axes.axvspan(*point.fit_window_ps, color=COLORS[4], alpha=0.13, lw=0, label="fitted")
    axes.set_xscale("log")
    axes.set_yscale("log")
    _logarithmic(axes.xaxis)
    _logarithmic(axes.yaxis)
    axes.set_xlabel("lag time (ps)")
    axes.set_title(f"{point.temperature_K:g} K", fontsize=9)


def _msd_table(msd: MsdCurves, stem: Path) -> list[Path]:
    columns = {name: curve for name, curve in msd.as_dict().items() if curve is not None}
    return table(stem, zip(*columns.values(), strict=True), list(columns))


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+-]+", "_", text).strip(".") or "_"
