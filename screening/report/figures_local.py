"""The local picture for print: surroundings, van Hove functions, residence, sites, density, hops, with their data."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.report.collect import Candidate
from screening.report.drawing import COLORS, label_of, new_figure, save, table
from screening.report.overview import Row
from screening.report.text import finite

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def local_figures(row: Row, candidate: Candidate, folder: Path) -> list[Path]:
    """Data at each temperature, and one drawing with a panel for each temperature.

    Args:
        row: The candidate as the ranking has it.
        candidate: Its records.
        folder: Of the candidate's figures.
    """
    written: list[Path] = []
    for record in candidate.local:
        at = f"{float(record['temperature_K']):g}K"
        written += _pairs(record, folder / f"rdf_{at}")
        written += _van_hove(record, folder / f"van_hove_{at}")
        written += _sites(record, folder / f"sites_{at}")
        written += _network(record, folder / f"hop_network_{at}")
        written += _density(record, folder / f"ion_density_{at}")
    with_pairs = [record for record in candidate.local if record.get("pair_distributions")]
    with_energies = [r for r in candidate.local if any(finite(x) is not None for x in r.get("site_energy_eV") or ())]
    with_hove = [record for record in candidate.local if record.get("van_hove")]
    if with_pairs:
        written += _panels(row, with_pairs, _draw_pairs, "g(r)", folder / "rdf")
    if with_energies:
        written += _panels(row, with_energies, _draw_site_energies, "site energy (eV)", folder / "site_energies")
    written += _residence(row, candidate.local, folder / "residence")
    if with_hove:
        written += _panels(row, with_hove, _draw_van_hove, "4πr²G$_s$ (1/Å)", folder / "van_hove")
    return written


def _pairs(record: dict[str, Any], stem: Path) -> list[Path]:
    pairs = record.get("pair_distributions") or {}
    lines = [(name, r, finite(g)) for name, pair in pairs.items() for r, g in zip(pair["r_A"], pair["g"], strict=True)]
    return table(stem, lines, ["partner", "r_A", "g"]) if lines else []


def _van_hove(record: dict[str, Any], stem: Path) -> list[Path]:
    lines = [
        (one["lag_ps"], r, finite(own), finite(other))
        for one in record.get("van_hove") or ()
        for r, own, other in zip(
            one["r_A"], one["self_per_A"], one["distinct"] or [None] * len(one["r_A"]), strict=True
        )
    ]
    return table(stem, lines, ["lag_ps", "r_A", "self_per_A", "distinct"]) if lines else []


def _sites(record: dict[str, Any], stem: Path) -> list[Path]:
    names = ("site_kinds", "site_fractional", "site_occupancy", "site_energy_eV", "site_energy_error_eV")
    rows = zip(*(record.get(name) or () for name in names), strict=True)
    lines = [(i, kind, *place, *(finite(x) for x in rest)) for i, (kind, place, *rest) in enumerate(rows)]
    return table(stem, lines, ["site", "kind", "a", "b", "c", "occupancy", "energy_eV", "error_eV"]) if lines else []


def _network(record: dict[str, Any], stem: Path) -> list[Path]:
    lines = [
        (*pair["sites"], *pair["image"], finite(pair["distance_A"]), pair["count"])
        for pair in record.get("hop_network") or ()
    ]
    columns = ["site", "other_site", "image_a", "image_b", "image_c", "distance_A", "jumps"]
    return table(stem, lines, columns) if lines else []


def _density(record: dict[str, Any], stem: Path) -> list[Path]:
    """The densest voxels by their middles, in fractions of the cell."""
    density = record.get("ion_density")
    if not density:
        return []
    indices = np.stack(np.unravel_index(density["voxels"], density["shape"]), axis=1)
    middles = (indices + 0.5) / np.array(density["shape"])
    lines = [(*place, value) for place, value in zip(middles.tolist(), density["density_per_A3"], strict=True)]
    return table(stem, lines, ["a", "b", "c", "ions_per_A3"])


def _residence(row: Row, records: Sequence[dict[str, Any]], stem: Path) -> list[Path]:
    """How long an ion stays with one anion of each kind, against temperature."""
    lines = [
        (
            float(record["temperature_K"]),
            str(name),
            finite(anion.get("time_share")),
            finite(anion.get("relative_hold")),
            *(finite((anion.get("residence_ps") or {}).get(part)) for part in ("value", "error")),
        )
        for record in records
        for name, anion in (record.get("anions") or {}).items()
    ]
    if not lines:
        return []
    columns = ["temperature_K", "anion", "time_share", "relative_hold", "residence_ps", "residence_error_ps"]
    figure, (axes,) = new_figure()
    for name, color, marker in zip(dict.fromkeys(str(line[1]) for line in lines), COLORS, "os^Dv<>", strict=False):
        own = [(t, value, error or 0.0) for t, kind, _, _, value, error in lines if kind == name and value]
        if own:
            temperatures, values, errors = zip(*own, strict=True)
            axes.errorbar(temperatures, values, yerr=errors, fmt=marker, ms=4, color=color, label=label_of(name))
    axes.set_xlabel("temperature (K)")
    axes.set_ylabel("residence time at one anion (ps)")
    axes.set_ylim(bottom=0.0)
    axes.legend()
    axes.set_title(label_of(row.label), fontsize=9)
    return save(figure, stem) + table(stem, lines, columns)


def _panels(row: Row, records: list[dict[str, Any]], draw: Any, quantity: str, stem: Path) -> list[Path]:
    figure, panels = new_figure(1.2 + 2.3 * len(records), 3.0, len(records))
    for axes, record in zip(panels, records, strict=True):
        draw(axes, record)
        axes.set_title(f"{float(record['temperature_K']):g} K", fontsize=9)
    panels[0].set_ylabel(quantity)
    panels[0].legend()
    figure.suptitle(label_of(row.label), fontsize=9)
    return save(figure, stem)


def _against_distance(axes: "Axes") -> None:
    axes.set_xlabel("distance (Å)")
    axes.set_ylim(bottom=0.0)


def _draw_pairs(axes: "Axes", record: dict[str, Any]) -> None:
    _against_distance(axes)
    for (name, pair), color in zip(record["pair_distributions"].items(), COLORS, strict=False):
        axes.plot(pair["r_A"], pair["g"], color=color, label=label_of(name))


def _draw_site_energies(axes: "Axes", record: dict[str, Any]) -> None:
    """Every site, the most favourable first, with the kinds told apart."""
    places = zip(record["site_kinds"], record["site_energy_eV"], record["site_energy_error_eV"], strict=True)
    known = sorted((e, finite(error) or 0.0, str(kind)) for kind, e, error in places if finite(e) is not None)
    for kind, color, marker in zip(dict.fromkeys(kind for *_, kind in known), COLORS, "os^Dv<>", strict=False):
        own = [(i, e, error) for i, (e, error, k) in enumerate(known, start=1) if k == kind]
        x, y, errors = zip(*own, strict=True)
        axes.errorbar(x, y, yerr=errors, fmt=marker, ms=3, lw=0.8, color=color, label=kind)
    axes.set_xlabel("site, by energy")


def _draw_van_hove(axes: "Axes", record: dict[str, Any]) -> None:
    _against_distance(axes)
    for one, color in zip(record["van_hove"], COLORS, strict=False):
        axes.plot(one["r_A"], one["self_per_A"], color=color, label=f"{one['lag_ps']:g} ps")
