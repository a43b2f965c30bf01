"""What the page shows of a grain boundary or interface: its energy, its layers, G and R, barriers, the pellet."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from screening.candidates.record import CandidateRecord
from screening.meso.of_candidate import heights_A
from screening.meso.record import Conduction, Excess, Layer, Layers
from screening.report.text import compact, joined, number, prose
from screening.stability.boundary_record import BoundaryRecord

A3_TO_NM3 = 1000.0


def condense_boundary(found: BoundaryRecord) -> dict[str, Any]:
    """The record for the page's script: lists in place of keys, numbers with the digits that are seen."""
    return {
        "law": found.law,
        "mobile": found.mobile,
        "crystals": list(found.crystals),
        "notes": [prose(note) for note in found.notes],
        "missing": [prose(line) for line in found.missing],
        "joined": [
            [
                compact(one.energy_J_m2, 3),
                compact(one.error_J_m2, 2),
                compact(one.separation_J_m2, 3),
                compact(one.separation_error_J_m2, 2),
                prose(one.reason),
            ]
            for one in found.joined
        ],
        "at": [_temperature(one) for one in found.temperatures],
        "barriers": [
            [
                one.what,
                one.crystal,
                one.boundary,
                compact(one.from_A, 3),
                compact(one.to_A, 3),
                compact(one.activation_energy_eV, 3),
                compact(one.activation_energy_error_eV, 2),
                one.n_temperatures,
            ]
            for one in found.barriers
        ],
        "pellets": [
            [
                compact(one.temperature_K),
                one.share,
                one.grain_um,
                compact(one.value_mS_cm, 3),
                compact(one.low_mS_cm, 3),
                compact(one.high_mS_cm, 3),
                one.near_percolation,
            ]
            for one in found.pellets
        ],
    }


def _temperature(found: Layers) -> dict[str, Any]:
    names = sorted({name for layer in found.layers for name in layer.anions or {}})
    return {
        "T": compact(found.temperature_K),
        "lags": [compact(lag, 2) for lag in found.lags_ps],
        "layers": [
            [
                layer.crystal,
                layer.boundary,
                compact(layer.from_A, 3),
                compact(layer.to_A, 3),
                compact(A3_TO_NM3 * layer.density_per_A3, 3),
                compact(layer.tracer_cm2_s, 3),
                compact(layer.tracer_error_cm2_s, 2),
            ]
            for layer in found.layers
        ],
        "anions": {name: [_neighbours(layer, name) for layer in found.layers] for name in names},
        "cell": _conduction(found.cell),
        "crystals": [_conduction(one) for one in (found.crystal, found.other_crystal) if one is not None],
        "excess": None if found.excess is None else _excess(found.excess),
    }


def _neighbours(layer: Layer, name: str) -> list[float | int | None]:
    one = (layer.anions or {}).get(name)
    return [None, None] if one is None else [compact(one.number, 3), compact(one.error, 2)]


def _conduction(one: Conduction) -> list[float | int | None]:
    values = (
        one.in_plane_cm2_s,
        one.in_plane_error_cm2_s,
        one.across_cm2_s,
        one.across_error_cm2_s,
        one.in_plane_mS_cm,
        one.in_plane_error_mS_cm,
        one.across_mS_cm,
        one.across_error_mS_cm,
    )
    return [compact(value, 3) for value in values]


def _excess(one: Excess) -> dict[str, Any]:
    return {
        "G": [compact(one.conductance_S, 3), compact(one.conductance_error_S, 2)],
        "R": [compact(one.resistance_ohm_cm2, 3), compact(one.resistance_error_ohm_cm2, 2)],
        "why": prose(one.reason),
    }


def mobility(found: BoundaryRecord, made: CandidateRecord, structure: Mapping[str, Any]) -> dict[str, Any] | None:
    """How much faster ions are in each atom's layer than in its crystal, at the hottest temperature.

    Args:
        found: Of the boundary.
        made: As it was joined, which says where its boundaries are.
        structure: The one that is shown, as pymatgen writes structures.

    Returns:
        `T`, and `log` with log10 of D* over the crystal's for each atom, None where either is not known. None where no
        temperature has layers.
    """
    if not found.temperatures:
        return None
    hot = found.temperatures[-1]
    crystals = [hot.crystal, hot.other_crystal or hot.crystal]
    matrix = np.array(structure["lattice"]["matrix"], dtype=np.float64)
    period = abs(float(np.linalg.det(matrix))) / float(np.linalg.norm(np.cross(matrix[0], matrix[1])))
    begins = np.array(made.orderings[0].structure["lattice"]["matrix"], dtype=np.float64)
    was = abs(float(np.linalg.det(begins))) / float(np.linalg.norm(np.cross(begins[0], begins[1])))
    plane, second = heights_A(made)
    logs: list[float | int | None] = []
    for site in structure["sites"]:
        height = (site["abc"][2] * period - plane * period / was) % period
        layer = _layer_at(hot.layers, height, period, None if second is None else second * period / was)
        crystal = None if layer is None else crystals[layer.crystal]
        fast = None if layer is None else layer.tracer_cm2_s
        own = 0.0 if crystal is None else crystal.in_plane_cm2_s
        ratio = fast / own if fast is not None and own > 0 else None
        logs.append(None if ratio is None or ratio <= 0 else compact(float(np.log10(ratio)), 2))
    return {"T": compact(hot.temperature_K), "log": logs}


def _layer_at(layers: Sequence[Layer], height: float, period: float, second: float | None) -> Layer | None:
    """The layer of a height above the first boundary."""
    middle = period / 2 if second is None else second
    upper = height >= middle
    low, high = (middle, period) if upper else (0.0, middle)
    distance = min(height - low, high - height)
    near_second = (height - low < high - height) == upper
    folded = all(layer.boundary == 0 for layer in layers)
    wanted = (int(upper and second is not None), 0 if folded else int(near_second))
    own = [layer for layer in layers if (layer.crystal, layer.boundary) == wanted]
    return next((layer for layer in own if distance < layer.to_A), own[-1] if own else None)


def listed(found: Sequence[BoundaryRecord]) -> list[dict[str, str]]:
    """A line for each boundary on the index: its energy, and G and R at its coldest temperature."""
    lines = []
    for one in found:
        known = [way for way in one.joined if way.energy_J_m2 is not None]
        lowest = min(known, key=lambda way: way.energy_J_m2 or 0.0) if known else None
        cold = next((at for at in one.temperatures if at.excess is not None), None)
        added = None if cold is None else cold.excess
        lines.append(
            {
                "id": one.id,
                "law": one.law,
                "energy": "" if lowest is None else _error(lowest.energy_J_m2, lowest.error_J_m2),
                "T": "" if cold is None else f"{cold.temperature_K:g}",
                "G": "" if added is None else _error(added.conductance_S, added.conductance_error_S),
                "R": "" if added is None else _error(added.resistance_ohm_cm2, added.resistance_error_ohm_cm2),
                "why": prose("; ".join(one.missing) if added is None else added.reason),
            }
        )
    return lines


def _error(value: float | None, error: float | None) -> str:
    if value is None:
        return ""
    shown = number(value) if not error else joined(value, error)
    return shown.replace("-", "\N{MINUS SIGN}")
