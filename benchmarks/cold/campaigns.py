"""The campaigns: the default potential with D4, in the measured lattice; compounds of one group share a campaign."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.workflow import student_with

ENTRIES: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("entries.yaml").read_text())
#: As cold as a budget reaches, and the way of before.
WAYS = ("cold", "hot")
#: Names of compounds by campaign.
GROUPS: dict[str, list[str]] = {}
for _name, _entry in ENTRIES.items():
    GROUPS.setdefault(_entry.get("group", _name), []).append(_name)
_COMMON = {"cell": "measured", "replicas": 2, "timestep_fs": "auto", "min_duration_ps": 20, "chunk_ps": 20}
_HOT_K = [800, 900, 1000]


def group_of(name: str) -> str:
    """The campaign that a compound belongs to."""
    return str(ENTRIES[name].get("group", name))


def campaign(group: str, way: str, core_hours: float, labels: Path, names: Collection[str] = ()) -> dict[str, Any]:
    """Config of a campaign.

    Args:
        group: In GROUPS.
        way: One of WAYS.
        core_hours: Of molecular dynamics for each compound, for the cold one.
        labels: Folder that keeps what the potential answered, for all campaigns of the same elements.
        names: Compounds of the group that are in it; all by default.
    """
    entries = [ENTRIES[name] for name in GROUPS[group] if not names or name in names]
    chosen = {
        "temperatures_K": "auto",
        "hottest_K": 800,
        "budget_core_hours": core_hours,
        "duration_ps": 100,
        # All matter: none is stopped for better ones.
        "halving": {"keep": len(ENTRIES)},
    }
    listed = {"temperatures_K": _HOT_K, "duration_ps": 200, "target_relative_error": 0.15}
    return {
        "campaign": campaign_name(group),
        "mobile_ion": "Li",
        "potential": {"dispersion": "d4", "student": "required"},
        "student": student_with(labels),
        "parents": [{"library": parent} for parent in dict.fromkeys(entry["parent"] for entry in entries)],
        "candidates": {
            "supercell": entries[0].get("supercell", [1, 1, 1]),
            "rules": [_rule(entry) for entry in entries],
        },
        "relax": {"max_starts": 1},
        "shortlist": {"max_mixing_enthalpy_meV_atom": 1000, "without_enthalpy": "keep"},
        "md": {**_COMMON, **(chosen if way == "cold" else listed)},
    }


def home(folder: Path, group: str, way: str) -> Path:
    """Where a campaign runs: the hot one has the cold one's name, since it begins with the relaxed cells of that."""
    return folder if way == "cold" else folder / way / group


def begun(group: str, way: str, folder: Path) -> list[str]:
    """Compounds of a campaign that was run: one that grows keeps them."""
    path = home(folder, group, way) / f"{campaign_name(group)}.yaml"
    if not path.exists():
        return []
    rules = yaml.safe_load(path.read_text())["candidates"]["rules"]
    return [name for name in GROUPS[group] if _rule(ENTRIES[name]) in rules]


def campaign_name(group: str) -> str:
    """Which is its folder in results/ too."""
    return f"cold-{group}"


def _rule(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"parent": entry["parent"], **entry.get("rule", {})}
