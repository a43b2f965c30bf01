"""A campaign over OBELiX's entries against the measured conductivities: a table, and what it says of the potential."""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.obelix.choose import ENTRIES
from screening.potentials.calibration import figures_of_merit
from screening.records import read_json, read_table, write_json, write_table

CALIBRATION = Path(__file__).parents[2] / "screening" / "potentials" / "calibration.json"
COLUMNS = ("activation_energy_eV", "activation_energy_error_eV", "verdict", "reason")


def compare(results: Path, potential: str) -> dict[str, Any]:
    """Write <potential>.csv beside this file and the potential's line of calibration.json.

    Args:
        results: Folder of the finished campaign.
        potential: Its name.

    Returns:
        The calibration: only resolved candidates count; how many are not is said.
    """
    ranking = {row["parent"]: row for row in read_table(results / "ranking.csv")}
    rows = [_row(entry, ranking.get(entry["id"]), results) for entry in read_table(ENTRIES)]
    write_table(Path(__file__).with_name(f"{potential.replace(':', '_')}.csv"), rows)
    pairs = np.array(
        [
            [np.log10(row["conductivity_300K_S_cm"]), np.log10(row["measured_conductivity_S_cm"])]
            for row in rows
            if row["conductivity_300K_S_cm"] is not None
        ]
    )
    calibration = {
        **figures_of_merit(pairs[:, 0], pairs[:, 1]),
        "n": len(pairs),
        "not_resolved": len(rows) - len(pairs),
        "against": "OBELiX, NRC and Mila",
    }
    known = read_json(CALIBRATION)
    write_json(CALIBRATION, dict(sorted({**known, potential: calibration}.items())))
    return calibration


def _row(entry: dict[str, Any], ranked: dict[str, Any] | None, results: Path) -> dict[str, Any]:
    found = ranked or dict.fromkeys(COLUMNS) | {"verdict": "not_made", "reason": "no candidate could be made"}
    value = found.get("conductivity_300K_mS_cm")
    bound = None
    if ranked is not None and value is None:
        record = results / "candidates" / ranked["id"] / "arrhenius.json"
        bound = read_json(record)["conductivity_300K_upper_bound_mS_cm"] if record.exists() else None
    return {
        **entry,
        "made": found.get("composition"),
        "conductivity_300K_S_cm": value and value / 1000,
        "upper_bound_S_cm": bound and bound / 1000,
        **{column: found[column] for column in COLUMNS},
    }
