"""How far conductivities computed with a potential lie from measured ones, as far as that was ever measured."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from screening.constants import is_room_temperature

_FILE = "calibration.json"
# Diffusivity over that of ab initio MD: 50 % exchanged Li6PS5Cl, 500 K, 416 atoms, 70 ps (docs/students-measured.md).
_OVER_AB_INITIO = {
    "diep": 0.9,
    "sevenn:7net-l3i5": 1.1,
    "matgl:TensorNet-MatPES-r2SCAN-2025.1": 1.4,
    "sevenn": 1.5,
    "sevenn:7net-0": 1.5,
    "sevenn:7net-mf-0@PBE": 1.5,
    "matgl:TensorNet-MatPES-PBE-2025.1": 1.6,
    "sevenn:7net-mf-0@R2SCAN": 2.1,
    "chgnet": 2.9,
    "chgnet:r2scan": 5.5,
}


def typical_error(potential: str, temperature_K: float = 300.0) -> dict[str, Any] | None:
    """What is known of the error of conductivities at room temperature computed with a potential.

    Args:
        potential: Name as in the config, for example `sevenn`.
        temperature_K: Of the conductivities. Far from room temperature nothing is known: errors of barriers count for
            less where it is hot.

    Returns:
        `log10_conductivity_mae` (mean absolute error of log10 sigma) with `_low` and `_high` (95 %, bootstrap over
        compounds), `spearman` with the same, `n` compounds, `against` (the measured values); None for a potential
        that was not calibrated, or at another temperature. Written by `python -m benchmarks.obelix`.
    """
    return known_potentials().get(potential) if is_room_temperature(temperature_K) else None


@cache
def known_potentials() -> dict[str, dict[str, Any]]:
    """All of the file, by the potential's name; what was written before there were families has none of them.

    `checksum` is that of the weights; `families` holds for each family of anions `n` compounds with values, the mean
    `bias` of log10 sigma with its standard error `bias_error`, and the `spread` of single compounds.
    """
    known: dict[str, dict[str, Any]] = json.loads(files(__package__).joinpath(_FILE).read_text())
    return known


def diffusivity_over_ab_initio(potential: str) -> float | None:
    """Diffusivity of half-exchanged Li6PS5Cl at 500 K over that of ab initio dynamics; None where it was not measured.

    Args:
        potential: Name as in the config; a folder of weights is known by its own name.
    """
    package, colon, weights = potential.partition(":")
    return _OVER_AB_INITIO.get(package + colon + weights.rsplit("/", 1)[-1])
