"""How far conductivities computed with a potential lie from measured ones, as far as that was ever measured."""

import json
from importlib.resources import files
from typing import Any

_FILE = "calibration.json"


def typical_error(potential: str) -> dict[str, Any] | None:
    """What is known of the error of conductivities at 300 K computed with a potential.

    Args:
        potential: Name as in the config, for example `sevenn`.

    Returns:
        `log10_conductivity_mae` (mean absolute error of log10 sigma) with `_low` and `_high` (95 %, bootstrap over
        compounds), `spearman` with the same, `n` compounds, `against` (the measured values); None for a potential
        that was not calibrated. Written by `python -m benchmarks.obelix`.
    """
    known: dict[str, dict[str, Any]] = json.loads(files(__package__).joinpath(_FILE).read_text())
    return known.get(potential)
