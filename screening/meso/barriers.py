"""Activation energies by layer: lines through the diffusivities of several temperatures."""

from collections.abc import Sequence

import numpy as np
from ase.units import kB

from screening.meso.record import Conduction, Layer, LayerBarrier, Layers

#: Fewest temperatures for a line.
LEAST = 2


def barriers(found: Sequence[Layers]) -> tuple[LayerBarrier, ...]:
    """Of each layer, and of whole cells in the plane and across, where it is seen at two temperatures or more.

    Layers are told apart by crystal, boundary and number: their widths differ a little from temperature to temperature.
    At a temperature where a crystal has more or fewer of them they do not count.
    """
    made: list[LayerBarrier] = []
    grouped = [_by_side(one.layers) for one in found]
    for side, nearest_first in grouped[0].items() if grouped else ():
        # Where a crystal has another number of layers these lie elsewhere.
        alike = [
            (one.temperature_K, layers[side])
            for one, layers in zip(found, grouped, strict=True)
            if len(layers.get(side, ())) == len(nearest_first)
        ]
        for number, layer in enumerate(nearest_first):
            energy = activation_energy(
                [(kelvin, own[number].tracer_cm2_s, own[number].tracer_error_cm2_s) for kelvin, own in alike]
            )
            if energy is not None:
                made.append(_of_layer(layer, energy))
    return (*made, *_whole(found))


def _of_layer(layer: Layer, energy: tuple[float, float, int]) -> LayerBarrier:
    return LayerBarrier(
        what="layer",
        crystal=layer.crystal,
        boundary=layer.boundary,
        from_A=layer.from_A,
        to_A=layer.to_A,
        activation_energy_eV=energy[0],
        activation_energy_error_eV=energy[1],
        n_temperatures=energy[2],
    )


def _by_side(layers: Sequence[Layer]) -> dict[tuple[int, int], list[Layer]]:
    """By crystal and boundary, nearest that first."""
    found: dict[tuple[int, int], list[Layer]] = {}
    for layer in layers:
        found.setdefault((layer.crystal, layer.boundary), []).append(layer)
    return found


def _whole(found: Sequence[Layers]) -> list[LayerBarrier]:
    """Of the cell with boundaries and of each crystal, in the plane and across."""
    made = []
    for of, attribute in (("cell", "cell"), ("crystal", "crystal"), ("other crystal", "other_crystal")):
        for way in ("in_plane", "across"):
            cells = [(one.temperature_K, getattr(one, attribute)) for one in found]
            points = [(t, *_value(cell, way)) for t, cell in cells if cell is not None]
            energy = activation_energy(points)
            if energy is not None:
                made.append(
                    LayerBarrier(
                        what=f"{of}, {way.replace('_', ' ')}",
                        activation_energy_eV=energy[0],
                        activation_energy_error_eV=energy[1],
                        n_temperatures=energy[2],
                    )
                )
    return made


def _value(cell: Conduction, way: str) -> tuple[float, float]:
    return getattr(cell, f"{way}_cm2_s"), getattr(cell, f"{way}_error_cm2_s")


def activation_energy(points: Sequence[tuple[float, float | None, float | None]]) -> tuple[float, float, int] | None:
    """Slope of ln D over -1/kT by weighted least squares, its standard error, and how many temperatures count.

    Where points scatter more than their errors say, the error grows with the scatter (Birge's ratio).

    Args:
        points: Temperature, D, its error; D within two errors of 0 has no logarithm and does not count.
    """
    known = [(t, d, e) for t, d, e in points if d is not None and e is not None and d > 2 * e > 0]
    if len(known) < LEAST:
        return None
    t, d, e = np.array(known, dtype=np.float64).T
    x, y, weight = -1 / (kB * t), np.log(d), (d / e) ** 2
    middle = np.average(x, weights=weight)
    spread = float((weight * (x - middle) ** 2).sum())
    slope = float((weight * (x - middle) * y).sum() / spread)
    left = y - np.average(y, weights=weight) - slope * (x - middle)
    freedom = len(known) - 2
    chi2 = float((weight * left**2).sum())
    return slope, float(np.sqrt(max(1.0, chi2 / freedom if freedom else 1.0) / spread)), len(known)
