"""The profile of a boundary: density and diffusivity by distance, beside the crystal."""

from pathlib import Path

import numpy as np

from screening.meso.record import Layers
from screening.records import atomic_write
from screening.report.drawing import COLORS, new_figure


def draw_profile(found: Layers, path: Path) -> None:
    """Write an SVG: mobile ions per volume, and D* in the plane with its errors, against distance from the boundary.

    Of an interface the lower crystal is on the left.
    """
    figure, (left, right) = new_figure(7.0, 2.9, panels=2)
    groups = list(dict.fromkeys((layer.crystal, layer.boundary) for layer in found.layers))
    two = any(layer.crystal for layer in found.layers)
    several = len({boundary for _, boundary in groups}) > 1
    for crystal, boundary in groups:
        own = [layer for layer in found.layers if (layer.crystal, layer.boundary) == (crystal, boundary)]
        side, color = -1 if two and crystal == 0 else 1, COLORS[boundary]
        edges = side * np.array([own[0].from_A, *(layer.to_A for layer in own)])
        density = [1000 * layer.density_per_A3 for layer in own]
        left.stairs(density[::side], edges[::side], color=color, lw=1.4, baseline=None)
        known = [layer for layer in own if layer.tracer_cm2_s is not None]
        name = f"boundary {boundary + 1}" if several else "layers"
        right.errorbar(
            [side * (layer.from_A + layer.to_A) / 2 for layer in known],
            np.array([layer.tracer_cm2_s for layer in known], dtype=float),
            np.array([layer.tracer_error_cm2_s for layer in known], dtype=float),
            fmt="o",
            ms=4,
            capsize=2,
            color=color,
            label=name if crystal == 0 else None,
        )
    left.set_ylim(0, 1150 * max(layer.density_per_A3 for layer in found.layers))
    left.set_ylabel(f"{found.mobile} per nm³")
    most = max(layer.to_A for layer in found.layers)
    for number, one in enumerate((found.crystal, found.other_crystal)):
        if one is not None:
            span = (0, most) if not two or number else (-most, 0)
            value, error = one.in_plane_cm2_s, one.in_plane_error_cm2_s
            right.plot(span, (value, value), color=COLORS[-1], lw=1, label=None if number else "crystal")
            right.fill_between(span, value - error, value + error, color=COLORS[-1], alpha=0.12, lw=0)
    right.set_ylim(bottom=0)
    right.set_ylabel("D* in the plane (cm²/s)")
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set_xlim(-most if two else 0, most)
        axes.set_xlabel("distance from the interface (Å)" if two else "distance from the boundary (Å)")
        axes.set_title(f"{found.temperature_K:g} K", fontsize="medium")
    figure.text(0.5, -0.04, "space charge is not in it", ha="center", fontsize="small", color="0.4")
    atomic_write(path, lambda to: figure.savefig(to, format="svg", metadata={"Date": None}, bbox_inches="tight"))
