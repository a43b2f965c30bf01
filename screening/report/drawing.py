"""What all figures for print share: colours, panels, files."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screening.records import atomic_write, write_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito: told apart with any colour vision. The yellow is left out, it does not show on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def new_figure(width: float = 5.2, height: float = 3.8, panels: int = 1) -> tuple["Figure", list["Axes"]]:
    """A figure with panels side by side; without pyplot nothing is global and nothing needs closing."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(1, panels, squeeze=False)[0])


def save(figure: "Figure", stem: Path, *, pdf: bool = False) -> list[Path]:
    """Write stem.svg and stem.png, and stem.pdf where it is asked for."""
    # Laid out once for both files: that is half of the time a figure takes.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    paths = [stem.with_name(f"{stem.name}.{kind}") for kind in ("svg", "png")]
    atomic_write(paths[0], lambda path: figure.savefig(path, format="svg", metadata={"Date": None}))
    atomic_write(paths[1], lambda path: figure.savefig(path, format="png", dpi=200))
    if pdf:
        paths.append(stem.with_name(f"{stem.name}.pdf"))
        atomic_write(paths[-1], lambda path: figure.savefig(path, format="pdf", metadata={"CreationDate": None}))
    return paths


def table(stem: Path, rows: Iterable[tuple[Any, ...]], columns: list[str]) -> list[Path]:
    """Write stem.csv."""
    path = stem.with_name(f"{stem.name}.csv")
    write_table(path, [dict(zip(columns, row, strict=True)) for row in rows], columns)
    return [path]


def label_of(text: str) -> str:
    """A formula's numbers as subscripts; a dollar sign in a name must not start a formula of its own."""
    safe = text.replace("\\", "/").replace("$", r"\$")
    head, comma, tail = safe.partition(",")
    short = tail if len(tail) <= 40 else tail[:39] + "…"
    return re.sub(r"(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)", r"$_{\1}$", head) + comma + short
