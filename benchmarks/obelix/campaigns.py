"""One campaign a compound, as a user would run it: the measured cell with D4, temperatures chosen, two students."""

from pathlib import Path
from typing import Any

from benchmarks.obelix.entries import Entry
from benchmarks.workflow import student_with

#: One that is not the default is tried as it is: D4 knows what the potential was trained with, or refuses.
DISPERSION = "d4"


def campaign(entry: Entry, cifs: Path, potential: str, core_hours: float, labels: Path) -> dict[str, Any]:
    """Config of a compound's campaign.

    Args:
        entry: The compound.
        cifs: Folder of <id>.cif.
        potential: Its name.
        core_hours: Of molecular dynamics.
        labels: Folder that keeps what the potential answered, for all campaigns of the same elements.
    """
    return {
        "campaign": campaign_name(entry, potential),
        "mobile_ion": "Li",
        "potential": {"name": potential, "dispersion": DISPERSION, "student": "required"},
        "student": student_with(labels),
        "parents": [{"file": str((cifs / f"{entry.id}.cif").resolve()), "id": entry.id}],
        "candidates": {
            "supercell": {"min_image_distance_A": 6, "max_atoms": 120},
            # Measured occupancies are seldom whole numbers of ions in a small cell; what was rounded is recorded.
            "occupancy_tolerance": 0.13,
            "orderings": {"draws": 500},
            "rules": [{"parent": entry.id}],
        },
        # Energies are not compared here, so places of lithium that lie a little lower are not worth the search.
        "relax": {"max_starts": 1},
        "shortlist": {"max_mixing_enthalpy_meV_atom": 1000, "without_enthalpy": "keep"},
        "md": {
            "cell": "measured",
            "temperatures_K": "auto",
            "budget_core_hours": core_hours,
            "replicas": 2,
            "timestep_fs": "auto",
            "duration_ps": 100,
            "min_duration_ps": 20,
            "chunk_ps": 20,
        },
    }


def campaign_name(entry: Entry, potential: str) -> str:
    """Which is its folder in results/ too."""
    return "".join(c if c.isalnum() else "-" for c in f"obelix-{potential}-{entry.id}")
