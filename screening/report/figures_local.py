"""The local picture for print: surroundings, van Hove functions, residence, sites, density, hops, with their data."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.local.record import LocalPicture
from screening.report.collect import Candidate
from screening.report.drawing import COLORS, label_of, new_figure, save, table
from screening.report.overview import Row
from screening.transport.density import DrawnDensity

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
    pictures = {record.temperature_K: record.picture for record in candidate.local if record.picture is not None}
    for temperature, picture in pictures.items():
        at = f"{temperature:g}K"
        written += _pairs(picture, folder / f"rdf_{at}")
        written += _van_hove(picture, folder / f"van_hove_{at}")
        written += _sites(picture, folder / f"sites_{at}")
        written += _network(picture, folder / f"hop_network_{at}")
        written += _density(picture.ion_density, folder / f"ion_density_{at}")
    with_pairs = {t: picture for t, picture in pictures.items() if picture.pair_distributions}
    with_energies = {t: p for t, p in pictures.items() if any(x is not None for x in p.site_energy_eV)}
    with_hove = {t: picture for t, picture in pictures.items() if picture.van_hove}
    if with_pairs:
        written += _panels(row, with_pairs, _draw_pairs, "g(r)", folder / "rdf")
    if with_energies:
        written += _panels(row, with_energies, _draw_site_energies, "site energy (eV)", folder / "site_energies")
    written += _residence(row, pictures, folder / "residence")
    if with_hove:
        written += _panels(row, with_hove, _draw_van_hove, "4πr²G$_s$ (1/Å)", folder / "van_hove")
    return written


def _pairs(picture: LocalPicture, stem: Path) -> list[Path]:
    lines = [
        (name, r, g) for name, pair in picture.pair_distributions.items() for r, g in zip(pair.r_A, pair.g, strict=True)
    ]
    return table(stem, lines, ["partner", "r_A", "g"]) if lines else []


def _van_hove(picture: LocalPicture, stem: Path) -> list[Path]:
    lines = [
        (one.lag_ps, r, own, other)
        for one in picture.van_hove
        for r, own, other in zip(one.r_A, one.self_per_A, one.distinct or [None] * len(one.r_A), strict=True)
    ]
    return table(stem, lines, ["lag_ps", "r_A", "self_per_A", "distinct"]) if lines else []


def _sites(picture: LocalPicture, stem: Path) -> list[Path]:
    columns = (
        picture.site_kinds,
        picture.site_fractional,
        picture.site_occupancy,
        picture.site_energy_eV,
        picture.site_energy_error_eV,
    )
    rows = zip(*columns, strict=True)
    lines = [(i, kind, *place, *rest) for i, (kind, place, *rest) in enumerate(rows)]
    return table(stem, lines, ["site", "kind", "a", "b", "c", "occupancy", "energy_eV", "error_eV"]) if lines else []


def _network(picture: LocalPicture, stem: Path) -> list[Path]:
    lines = [(*pair.sites, *pair.image, pair.distance_A, pair.count) for pair in picture.hop_network]
    columns = ["site", "other_site", "image_a", "image_b", "image_c", "distance_A", "jumps"]
    return table(stem, lines, columns) if lines else []


def _density(density: DrawnDensity, stem: Path) -> list[Path]:
    """The densest voxels by their middles, in fractions of the cell."""
    indices = np.stack(np.unravel_index(density.voxels, density.shape), axis=1)
    middles = (indices + 0.5) / np.array(density.shape)
    lines = [(*place, value) for place, value in zip(middles.tolist(), density.density_per_A3, strict=True)]
    return table(stem, lines, ["a", "b", "c", "ions_per_A3"])


def _residence(row: Row, pictures: Mapping[float, LocalPicture], stem: Path) -> list[Path]:
    """How long an ion stays with one anion of each kind, against temperature."""
    lines = [
        (
            temperature,
            name,
            anion.time_share,
            anion.relative_hold,
            *(anion.residence_ps.as_dict().values() if anion.residence_ps is not None else (None, None)),
        )
        for temperature, picture in pictures.items()
        for name, anion in picture.anions.items()
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


def _panels(row: Row, pictures: Mapping[float, LocalPicture], draw: Any, quantity: str, stem: Path) -> list[Path]:
    figure, panels = new_figure(1.2 + 2.3 * len(pictures), 3.0, len(pictures))
    for axes, (temperature, picture) in zip(panels, pictures.items(), strict=True):
        draw(axes, picture)
        axes.set_title(f"{temperature:g} K", fontsize=9)
    panels[0].set_ylabel(quantity)
    panels[0].legend()
    figure.suptitle(label_of(row.label), fontsize=9)
    return save(figure, stem)


def _against_distance(axes: "Axes") -> None:
    axes.set_xlabel("distance (Å)")
    axes.set_ylim(bottom=0.0)


def _draw_pairs(axes: "Axes", picture: LocalPicture) -> None:
    _against_distance(axes)
    for (name, pair), color in zip(picture.pair_distributions.items(), COLORS, strict=False):
        axes.plot(pair.r_A, pair.g, color=color, label=label_of(name))


def _draw_site_energies(axes: "Axes", picture: LocalPicture) -> None:
    """Every site, the most favourable first, with the kinds told apart."""
    places = zip(picture.site_kinds, picture.site_energy_eV, picture.site_energy_error_eV, strict=True)
    known = sorted((e, error or 0.0, kind) for kind, e, error in places if e is not None)
    for kind, color, marker in zip(dict.fromkeys(kind for *_, kind in known), COLORS, "os^Dv<>", strict=False):
        own = [(i, e, error) for i, (e, error, k) in enumerate(known, start=1) if k == kind]
        x, y, errors = zip(*own, strict=True)
        axes.errorbar(x, y, yerr=errors, fmt=marker, ms=3, lw=0.8, color=color, label=kind)
    axes.set_xlabel("site, by energy")


def _draw_van_hove(axes: "Axes", picture: LocalPicture) -> None:
    _against_distance(axes)
    for one, color in zip(picture.van_hove, COLORS, strict=False):
        axes.plot(one.r_A, one.self_per_A, color=color, label=f"{one.lag_ps:g} ps")
