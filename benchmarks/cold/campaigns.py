"""The campaigns of one compound: the default potential with D4, in the measured lattice."""

from pathlib import Path
from typing import Any

import yaml

ENTRIES: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("entries.yaml").read_text())
#: As cold as a budget reaches, and the way of before.
WAYS = ("cold", "hot")
_COMMON = {"cell": "measured", "replicas": 2, "timestep_fs": "auto", "min_duration_ps": 20, "chunk_ps": 20}
_HOT_K = [800, 900, 1000]


def campaign(name: str, way: str, core_hours: float, labels: Path) -> dict[str, Any]:
    """Config of a compound's campaign.

    Args:
        name: In entries.yaml.
        way: One of WAYS.
        core_hours: Of molecular dynamics, for the cold one.
        labels: Folder that keeps what the potential answered, for all campaigns of the same elements.
    """
    entry = ENTRIES[name]
    chosen = {"temperatures_K": "auto", "hottest_K": 800, "budget_core_hours": core_hours, "duration_ps": 100}
    listed = {"temperatures_K": _HOT_K, "duration_ps": 200, "target_relative_error": 0.15}
    return {
        "campaign": campaign_name(name, way),
        "mobile_ion": "Li",
        "potential": {"dispersion": "d4", "student": "required"},
        "student": {
            "timestep_fs": "auto",
            "basis": {"bessel_degree": 2, "inverse_degree": 4, "angular_3body": 2},
            "labels": "shared",
            "label_store": str(labels.resolve()),
        },
        "parents": [{"library": entry["parent"]}],
        "candidates": {
            "supercell": entry.get("supercell", [1, 1, 1]),
            "rules": [{"parent": entry["parent"], **entry.get("rule", {})}],
        },
        "relax": {"max_starts": 1},
        "shortlist": {"max_mixing_enthalpy_meV_atom": 1000, "without_enthalpy": "keep"},
        "md": {**_COMMON, **(chosen if way == "cold" else listed)},
    }


def campaign_name(name: str, way: str) -> str:
    """Of a compound's campaign, which is its folder in results/ too."""
    return f"cold-{name}" if way == "cold" else f"cold-{name}-{way}"
