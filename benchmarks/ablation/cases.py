"""The cases: what is changed, how much of the base campaign stays, and in which order they are worth running."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchmarks.workflow import student_with

CAMPAIGN = "ablation"
BASE = "base"

#: What each compound is made from; the hottest temperatures are those at which its framework holds.
MATERIALS: dict[str, dict[str, Any]] = {
    "argyrodite": {
        "shown": "Li6PS5Cl, half exchanged",
        "parent": "Li6PS5Cl",
        "supercell": [1, 1, 1],
        "rule": {"exchange": {"between": [{"element": "S", "not_bonded_to": "P"}, {"element": "Cl"}], "degree": 0.5}},
        "hot_K": [800, 900, 1000],
    },
    "halide": {
        "shown": "Li3YCl6",
        "parent": "Li3YCl6",
        "supercell": [1, 1, 2],
        "rule": {},
        "hot_K": [600, 650, 700],
    },
}


@dataclass(frozen=True)
class Case:
    """One thing that is changed.

    Attributes:
        name: Of the case, and its folder's.
        shown: In table and figure.
        changes: Keys of the campaign, by section.
        keeps: What it begins with of the base: nothing; relaxed cells and students; or the runs too.
        of_size: It runs large cells at one temperature, and is compared with the base's large cell.
        without: Compounds that cannot have it.
    """

    name: str
    shown: str
    changes: dict[str, dict[str, Any]]
    keeps: Literal["nothing", "students", "runs"] = "nothing"
    of_size: bool = False
    without: tuple[str, ...] = ()


#: The size is in the base: its large cell costs minutes. Those that need no new student come first.
CASES = (
    Case(BASE, "SevenNet-l3i5 with D4, measured lattice, 300 K up", {}),
    Case("hot", "hot temperatures alone", {}, keeps="students"),
    Case("cell-relaxed", "relaxed cell", {"md": {"cell": "relaxed"}}, keeps="students"),
    Case(
        "cell-equilibrated",
        "cell at constant pressure",
        {"md": {"cell": "equilibrated", "cell_equilibration_ps": 20}},
        keeps="students",
    ),
    Case(
        "orderings",
        "three random cells for one repeated",
        {"md": {"finite_size_distribution": "random", "finite_size_orderings": 3}},
        keeps="runs",
        of_size=True,
        without=("halide",),  # no sublattice that two species share
    ),
    Case("teacher-sevenn", "SevenNet-0 for SevenNet-l3i5", {"potential": {"name": "sevenn"}}),
    # With labels of its own: those of the base would make it the base's student.
    Case("seed", "another seed: relaxation, student, runs", {"student": {"labels": "own", "label_store": None}}),
    Case("teacher-nequix", "nequix-omat-1 for SevenNet-l3i5", {}),
    Case(
        "teacher-corrected",
        "corrected by first principles",
        {
            "potential": {
                # With D4, as the potential: a correction by PBE alone would take it off again.
                "reference": {
                    "name": "cp2k",
                    "dispersion": "d4",
                    "correct": True,
                    "frames": 2,
                    "hops": 0,
                    "convergence": False,
                }
            }
        },
        keeps="students",
    ),
)
#: A row of the table that the base gives beside its own.
SIZE = "size"
NAMES = tuple(case.name for case in CASES)


def folder_of(work: Path, material: str, case: str) -> Path:
    """Where a case runs: campaigns of one name, so that files of one are those of the other."""
    return work / material / case


def campaign(material: str, case: Case, core_hours: float, labels: Path, nequix: Path | None = None) -> dict[str, Any]:
    """Config of a case.

    Args:
        material: In MATERIALS.
        case: One of CASES.
        core_hours: Of molecular dynamics where temperatures are chosen.
        labels: Folder of what potentials answered, for all cases.
        nequix: Weights of nequix-omat-1, for the case with that.
    """
    made = MATERIALS[material]
    config: dict[str, Any] = {
        "campaign": CAMPAIGN,
        "mobile_ion": "Li",
        "seed": 2 if case.name == "seed" else 1,
        "potential": {"name": "sevenn:7net-l3i5", "dispersion": "d4", "student": "required"},
        "student": student_with(labels),
        "parents": [{"library": made["parent"]}],
        "candidates": {"supercell": made["supercell"], "rules": [{"parent": made["parent"], **made["rule"]}]},
        "relax": {"max_starts": 1},
        "shortlist": {"max_mixing_enthalpy_meV_atom": 1000, "without_enthalpy": "keep"},
        "md": {
            "cell": "measured",
            # That of the hot case, so that both have one student.
            "hottest_K": max(made["hot_K"]),
            "temperatures_K": "auto",
            "budget_core_hours": core_hours,
            "duration_ps": 100,
            "min_duration_ps": 20,
            "chunk_ps": 20,
            "replicas": 2,
            "timestep_fs": "auto",
            "finite_size_check": True,
        },
    }
    for section, keys in case.changes.items():
        config[section] |= keys
    if case.name == "hot":
        listed = {"temperatures_K": made["hot_K"], "duration_ps": 200, "target_relative_error": 0.15}
        kept = {key: config["md"][key] for key in config["md"] if key not in ("hottest_K", "budget_core_hours")}
        config["md"] = {**kept, **listed}
    if case.name == "teacher-nequix" and nequix is not None:
        config["potential"]["name"] = f"nequix:{nequix.resolve()}"
    if case.name != BASE and not case.of_size:
        config["md"] |= {"finite_size_check": False}
    return config
