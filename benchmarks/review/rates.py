"""Glasses against how fast they were quenched, and whether that can be carried to the rates of laboratories."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: K/ps: what melt spinning reaches, and a furnace that cools by a kelvin a second.
LABORATORY_K_PER_PS = (1e-6, 1e-12)
#: Decades by which a value that is carried there may err; laboratories differ by nearly as much.
MAX_ERROR = 0.5
_RATES = 3
_SYSTEM = re.compile(r"(?P<glass>\S+) glass, (?P<rate>[\d.]+) K/ps")
_SIGMA = "conductivity_300K_nernst_einstein"


@dataclass(frozen=True)
class Trend:
    """A glass at several rates.

    Attributes:
        glass: Its formula.
        n: Rates with a conductivity.
        slope, slope_error: Of log10 sigma over log10 of the rate; None with fewer than three.
        laboratory: log10 of sigma in mS/cm at each of LABORATORY_K_PER_PS, with its error.
        words: What can be said.
    """

    glass: str
    n: int
    slope: float | None
    slope_error: float | None
    laboratory: tuple[tuple[float, float], ...]
    words: str


def trends(table: Sequence[Mapping[str, Any]]) -> list[Trend]:
    """A trend for each glass of the review's table."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for row in table:
        if (named := _SYSTEM.fullmatch(str(row["system"]))) is None:
            continue
        points = found.setdefault(named["glass"], [])
        value, low, high = (row[f"{_SIGMA}{end}_mS_cm"] for end in ("", "_low", "_high"))
        if value is not None and low is not None and high is not None:
            points.append((float(named["rate"]), float(np.log10(value)), 0.5 * float(np.log10(high / low))))
    return [_trend(glass, points) for glass, points in found.items()]


def _trend(glass: str, points: Sequence[tuple[float, float, float]]) -> Trend:
    """A line by weighted least squares; its errors follow from those of the conductivities, at 68 %."""
    if len({rate for rate, _, _ in points}) < _RATES:
        words = f"{len(points)} of {_RATES} rates have a conductivity: no trend"
        return Trend(glass, len(points), None, None, (), f"{glass}: {words}")
    rates, values, errors = np.array(points).T
    design = np.stack([np.ones(len(rates)), np.log10(rates)], axis=1)
    covariance = np.linalg.inv(design.T @ (design / errors[:, None] ** 2))
    line = covariance @ design.T @ (values / errors**2)
    laboratory = []
    for rate in LABORATORY_K_PER_PS:
        at = np.array([1.0, np.log10(rate)])
        laboratory.append((float(at @ line), float(np.sqrt(at @ covariance @ at))))
    slope, error = float(line[1]), float(np.sqrt(covariance[1, 1]))
    said = f"{slope:+.2f} +- {error:.2f} decades for each decade of the rate"
    (near, near_error), (far, far_error) = laboratory
    if near_error > MAX_ERROR:
        ends = f"{near_error:.1f} decades at {LABORATORY_K_PER_PS[0]:g} K/ps, {far_error:.1f} at a kelvin a second"
        words = f"{said}; impossible to carry to laboratories: the error is {ends}"
    else:
        words = f"{said}; log10 sigma (mS/cm) {near:.1f} +- {near_error:.1f} at {LABORATORY_K_PER_PS[0]:g} K/ps, "
        words += f"{far:.1f} +- {far_error:.1f} at a kelvin a second, if the trend goes on"
    return Trend(glass, len(points), slope, error, tuple(laboratory), f"{glass}: {words}")
