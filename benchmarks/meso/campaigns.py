"""The systems: two grain boundaries of Li6PS5Cl and two interfaces, each with the crystals beside it."""

from pathlib import Path
from typing import Any

from benchmarks.workflow import student_with

#: By name, the cheapest first: parents, and the rule.
SYSTEMS: dict[str, dict[str, Any]] = {
    "sigma5": {
        "parents": ["Li6PS5Cl"],
        "rule": {"grain_boundary": {"plane": [2, 1, 0], "grain_A": 15, "min_width_A": 9, "keep": 1}},
    },
    "sigma3": {
        "parents": ["Li6PS5Cl"],
        "rule": {"grain_boundary": {"plane": [1, 1, 1], "grain_A": 15, "min_width_A": 12, "keep": 1}},
    },
    "licl": {
        "parents": ["Li6PS5Cl", "LiCl"],
        "rule": {
            "interface": {"with": "LiCl", "planes": [[1, 1, 0], [1, 1, 0]], "slab_A": 15, "min_width_A": 9, "keep": 1}
        },
    },
    "li2o": {
        "parents": ["Li3PS4-beta", "Li2O"],
        "rule": {
            "interface": {"with": "Li2O", "planes": [[0, 0, 1], [2, 1, 1]], "slab_A": 15, "min_width_A": 8, "keep": 1}
        },
    },
}
#: Hot enough that ions of the ordered crystal are seen to cross it in some hundred picoseconds.
TEMPERATURES_K = [700, 800, 900]


def campaign(name: str, duration_ps: float, labels: Path) -> dict[str, Any]:
    """Config of a system's campaign.

    Args:
        name: In SYSTEMS.
        duration_ps: Of each run; 45 ps at least for layers.
        labels: Folder that keeps what the potential answered, for all systems of the same elements.
    """
    system = SYSTEMS[name]
    return {
        "campaign": campaign_name(name),
        "mobile_ion": "Li",
        "seed": 1,
        "potential": {"name": "sevenn", "dispersion": "d4", "student": "required"},
        "student": student_with(labels),
        "parents": [{"library": parent} for parent in system["parents"]],
        "candidates": {"rules": [{"parent": system["parents"][0], **system["rule"]}]},
        # A spread of searches: without it the energy has no error.
        "relax": {"max_starts": 2, "search_anneals": 8},
        # The energy of two boundaries is in the mixing enthalpy, and an interface's crystals are no mixture.
        "shortlist": {"max_mixing_enthalpy_meV_atom": 1000, "without_enthalpy": "keep"},
        "md": {
            "temperatures_K": TEMPERATURES_K,
            "duration_ps": duration_ps,
            "min_duration_ps": duration_ps,
            "timestep_fs": "auto",
            "chunk_ps": 20,
        },
    }


def campaign_name(name: str) -> str:
    """Which is its folder in results/ too."""
    return f"meso-{name}"
