"""Drawings of a campaign on matplotlib axes, for papers and notebooks; `figures` writes them to files."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.constants import K_EV
from screening.errors import StageError
from screening.report.drawing import COLORS, label_of
from screening.report.overview import Row
from screening.report.text import number
from screening.transport.line_record import LineCurve
from screening.transport.record import MsdCurves, TransportRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

#: Settings of matplotlib for a journal's columns: small type, fonts embedded, the same bytes each time.
STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.grid": True,
    "grid.color": "#ececea",
    "axes.edgecolor": "#8a939c",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    # Text stays text in an editor; names of files inside do not change from run to run.
    "svg.fonttype": "none",
    "svg.hashsalt": "screening",
    # TrueType, which publishers take; matplotlib's own choice is Type 3.
    "pdf.fonttype": 42,
}
#: Quantities of an Arrhenius plot with the headings of their axes.
QUANTITIES = {
    "D": "tracer diffusivity D* (cm²/s)",
    "sigma": "conductivity from D* (mS/cm)",
    "sigmaT": "σT from D* (K mS/cm)",
}
_MARKERS = "osD^vP*"
_REST = "#8a939c"
_NAMED = len(COLORS)
_LISTED = 40


def arrhenius(axes: "Axes", rows: Sequence[Row], target_K: float, *, quantity: str = "D", far: bool = True) -> "Axes":
    """Diffusivities or conductivities of candidates against 1000 / T, the best in colour, with their lines.

    Args:
        axes: To draw on.
        rows: Candidates, best first.
        target_K: Temperature of the conductivity asked for.
        quantity: A key of `QUANTITIES`.
        far: Draw lines on to `target_K`, with each candidate's interval there.

    Raises:
        StageError: there is no such quantity.
    """
    shown = [row for row in rows if row.points or row.bounds or row.brackets]
    named = shown if len(shown) <= _NAMED else shown[: _NAMED - 1]
    if quantity not in QUANTITIES:
        raise StageError(f"quantity {quantity!r} is not known; there are {', '.join(QUANTITIES)}")
    # The rest first, so that the named ones lie on top of it.
    for row in shown[len(named) :]:
        draw_points(axes, row, _REST, ".", None, quantity, faint=True)
        _draw_line(axes, row, target_K if far else None, _REST, 0.5, quantity)
    for i, (row, color, marker) in enumerate(zip(named, COLORS, _MARKERS, strict=False)):
        draw_points(axes, row, color, marker, wrapped(row), quantity, faint=False)
        _draw_line(axes, row, target_K if far else None, color, 1.2, quantity)
        if far:
            _draw_target(axes, row, target_K, i - 0.5 * (len(named) - 1), color, marker, quantity)
    finish_arrhenius(axes, shown, target_K if far else None, QUANTITIES[quantity])
    return axes


def _per_diffusivity(quantity: str, row: Row, temperature_K: float) -> float:
    """The factor from D*; NaN, which is not drawn, where a candidate has no conductivity."""
    if quantity == "D":
        return 1.0
    known = np.nan if row.per_diffusivity is None else row.per_diffusivity
    return known if quantity == "sigmaT" else known / temperature_K


def draw_points(
    axes: "Axes", row: Row, color: str, marker: str, label: str | None, quantity: str = "D", *, faint: bool = False
) -> None:
    """What each temperature gave: values with errors, upper bounds as arrows, bars between two bounds."""
    scale = [_per_diffusivity(quantity, row, point[0]) for point in row.points]
    axes.errorbar(
        [1000.0 / point[0] for point in row.points],
        [by * p[1] for by, p in zip(scale, row.points, strict=True)],
        yerr=None if faint else [by * (p[2] or 0.0) for by, p in zip(scale, row.points, strict=True)],
        fmt=marker,
        color=color,
        label=label,
        capsize=2,
        ms=3 if faint else 4,
    )
    for temperature, bound in row.bounds:
        at = _per_diffusivity(quantity, row, temperature) * bound
        axes.errorbar(1000.0 / temperature, at, yerr=0.4 * at, uplims=True, fmt="_", color=color, ms=7)
    for temperature, low, high in row.brackets:
        # A bar without a point: nothing between the bounds is likelier.
        by = _per_diffusivity(quantity, row, temperature)
        middle = by * (low * high) ** 0.5
        error = [[middle - by * low], [by * high - middle]]
        axes.errorbar(1000.0 / temperature, middle, yerr=error, fmt="none", color=color, capsize=4)


def _draw_line(axes: "Axes", row: Row, target_K: float | None, color: str, width: float, quantity: str) -> None:
    if row.line is None:
        return
    measured = [point[0] for point in (*row.points, *row.brackets)]
    parts = [((max(measured), min(measured)), "-")]
    parts += [] if target_K is None else [((min(measured), target_K), "--")]
    for ends, style in parts:
        kelvin = np.linspace(*ends, 24)
        values = np.exp(row.line[0] - row.line[1] / (K_EV * kelvin))
        scale = np.array([_per_diffusivity(quantity, row, t) for t in kelvin])
        axes.plot(1000.0 / kelvin, scale * values, style, color=color, lw=width)


def _draw_target(axes: "Axes", row: Row, target_K: float, place: float, color: str, marker: str, quantity: str) -> None:
    """The value at the temperature asked for with its interval; pale, with the potential's typical error."""
    if row.target is None:
        return
    by, x = _per_diffusivity(quantity, row, target_K), 1000.0 / target_K + 0.035 * place
    value, low, high = (by * end for end in row.target)
    if row.wide_target is not None:
        axes.plot([x, x], [by * end for end in row.wide_target], color=color, lw=3, alpha=0.2, solid_capstyle="butt")
    far = row.reach is not None and row.reach.kind == "far"
    error = [[value - low], [high - value]]
    axes.errorbar(x, value, yerr=error, fmt=marker, color=color, ms=4, capsize=2, mfc="white" if far else color)


def finish_arrhenius(axes: "Axes", rows: Sequence[Row], target_K: float | None, label: str) -> None:
    """Axes of an Arrhenius plot, with temperatures on top."""
    axes.set_yscale("log")
    logarithmic(axes.yaxis)
    if target_K is not None:
        axes.axvline(1000.0 / target_K, color=_REST, ls=":", lw=1)
    axes.set_xlabel("1000 / T (1/K)")
    axes.set_ylabel(label)
    top = axes.secondary_xaxis("top", functions=(_reciprocal, _reciprocal))
    found = {point[0] for row in rows for point in row.points}
    found |= {bound[0] for row in rows for bound in row.bounds} | {one[0] for row in rows for one in row.brackets}
    ticks = _spread(sorted(found if target_K is None else found | {target_K}))
    top.set_xticks(ticks, [f"{t:g}" for t in ticks])
    top.set_xlabel("temperature (K)")


def _spread(temperatures: list[float]) -> list[float]:
    """Those far enough from each other for their labels, coldest first."""
    if not temperatures:
        return []
    width = max(1e-9, 1.0 / temperatures[0] - 1.0 / temperatures[-1])
    kept: list[float] = []
    for t in temperatures:
        if not kept or abs(1.0 / t - 1.0 / kept[-1]) > 0.05 * width:
            kept.append(t)
    return kept


def _reciprocal(x: Any) -> Any:
    with np.errstate(divide="ignore"):
        return 1000.0 / np.asarray(x, dtype=np.float64)


def ranking(axes: "Axes", rows: Sequence[Row], target_K: float, *, most: int = 25) -> "Axes":
    """Conductivities in the order of the ranking, with intervals; pale with the potential's error; tiers apart.

    Args:
        axes: To draw on.
        rows: Candidates, best first.
        target_K: Temperature of the conductivity.
        most: At most so many.
    """
    shown = [row for row in rows if row.conductivity is not None or row.bound is not None][:most]
    for place, row in enumerate(shown):
        if row.conductivity is not None:
            value, low, high = row.conductivity
            if row.expected is not None and row.expected.wide is not None:
                axes.plot(row.expected.wide, [place, place], color=COLORS[0], lw=5, alpha=0.15, solid_capstyle="butt")
            far = row.reach is not None and row.reach.kind == "far"
            error = [[value - (low or value)], [(high or value) - value]]
            face = "white" if far else COLORS[0]
            axes.errorbar(value, place, xerr=error, fmt="o", color=COLORS[0], ms=4, capsize=2, mfc=face)
        else:
            bound = row.bound or 0.0
            axes.errorbar(bound, place, xerr=0.4 * bound, xuplims=True, fmt="|", color=COLORS[4], ms=7)
        if row.measured is not None:
            axes.plot([row.measured.low, row.measured.high], [place, place], "k|-", ms=6, lw=1)
        if place and row.tier != shown[place - 1].tier:
            axes.axhline(place - 0.5, color=_REST, lw=0.8)
    axes.set_xscale("log")
    logarithmic(axes.xaxis)
    axes.set_yticks(range(len(shown)), [wrapped(row) for row in shown])
    axes.invert_yaxis()
    axes.set_xlabel(f"conductivity at {target_K:g} K (mS/cm)")
    return axes


def mixing(axes: "Axes", rows: Sequence[Row]) -> "Axes":
    """Mixing enthalpies, lowest first, with errors where they are known."""
    known = with_enthalpy(rows)
    error = [row.enthalpy_error or 0.0 for row in known]
    axes.errorbar(
        [row.enthalpy or 0.0 for row in known],
        range(len(known)),
        xerr=error,
        fmt="o",
        color=COLORS[0],
        ms=4,
        capsize=2,
    )
    if len(known) <= _LISTED:
        axes.set_yticks(range(len(known)), [wrapped(row) for row in known])
    else:
        axes.set_ylabel("candidates, lowest first")
    axes.invert_yaxis()
    axes.set_xlabel("mixing enthalpy (meV/atom)")
    return axes


def with_enthalpy(rows: Sequence[Row]) -> list[Row]:
    """Those with a mixing enthalpy, lowest first."""
    return sorted((row for row in rows if row.enthalpy is not None), key=lambda row: row.enthalpy or 0.0)


def curve(axes: "Axes", line: LineCurve, coldest: float) -> None:
    """A line with the band of all shapes; dashed beyond the coldest temperature, given as 1000 / T."""
    axes.fill_between(
        line.inverse_temperature_1000_K, line.low_cm2_s, line.high_cm2_s, color=COLORS[0], alpha=0.18, lw=0
    )
    x, ln_d = np.array(line.inverse_temperature_1000_K), np.log(line.diffusivity_cm2_s)
    axes.fill_between(x, line.low_cm2_s, line.high_cm2_s, color=COLORS[0], alpha=0.18, lw=0)
    between = np.exp(np.interp(coldest, x, ln_d))
    for inside, style in ((x <= coldest, "-"), (x >= coldest, "--")):
        ends = np.append(x[inside], coldest), np.append(np.exp(ln_d[inside]), between)
        order = np.argsort(ends[0])
        axes.plot(ends[0][order], ends[1][order], style, color=COLORS[0], lw=1.2)


def msd(axes: "Axes", point: TransportRecord, curves: MsdCurves) -> "Axes":
    """Mean squared displacements at one temperature, with what was fitted."""
    lags, ions, error = (np.array(x) for x in (curves.lag_ps, curves.tracer_A2, curves.tracer_error_A2))
    all_curves = (curves.tracer_A2, curves.framework_A2, curves.collective_A2)
    named = zip(("ions", "framework", "collective"), all_curves, ("-", "-", "--"), COLORS, strict=False)
    for name, values, style, color in named:
        if values is not None:
            axes.plot(lags, values, style, color=color, label=name, lw=1.2)
    axes.fill_between(lags, np.maximum(ions - error, 0.02 * ions), ions + error, color=COLORS[0], alpha=0.18)
    if point.fit_window_ps is not None:
        axes.axvspan(*point.fit_window_ps, color=COLORS[4], alpha=0.13, lw=0, label="fitted")
    axes.set_xscale("log")
    axes.set_yscale("log")
    logarithmic(axes.xaxis)
    logarithmic(axes.yaxis)
    axes.set_xlabel("lag time (ps)")
    axes.set_title(f"{point.temperature_K:g} K")
    return axes


def wrapped(row: Row, width: int = 30) -> str:
    """A candidate's name on as many lines as it takes: nothing of it is cut off."""
    lines = textwrap.wrap(row.label, width, break_long_words=False) or [row.label]
    return "\n".join([label_of(lines[0]), *(line.replace("$", r"\$") for line in lines[1:])])


def logarithmic(axis: "Axis") -> None:
    """A log axis with plain-text labels: as formulas they would take most of the drawing time."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, 1).removeprefix("1×")))
    if high < 20 * low:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_minor_formatter(NullFormatter())
