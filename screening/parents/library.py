"""The shipped structures: known electrolytes and the phases they compete with."""

import copy
import difflib
from functools import cache
from pathlib import Path
from typing import Any

from screening.errors import StructureError
from screening.parents.base import Parent, find_space_group
from screening.parents.checks import check_structure
from screening.parents.cif.group import Group
from screening.parents.cif.reader import read_cif

FOLDER = Path(__file__).parent / "structures"
# Å; positions closer than this to an atom are filled, not vacant, and two images closer than this are one.
SAME_SITE_A = 0.5


def names(role: str | None = None) -> list[str]:
    """Names of the entries, sorted.

    Args:
        role: "parent" for electrolytes, "reference" for competing phases, None for all.
    """
    return sorted(name for name, facts in _entries().items() if role in (None, facts["role"]))


def describe(name: str) -> dict[str, Any]:
    """The facts library.yaml states about an entry: role, formula, space group number, density in g/cm3, source.

    Raises:
        StructureError: there is no such entry.
    """
    return dict(_entry(name))


def load(name: str) -> Parent:
    """Load an entry.

    Raises:
        StructureError: there is no such entry; the nearest names are given.
    """
    return copy.deepcopy(_loaded(name))


@cache
def _loaded(name: str) -> Parent:
    """Nobody may change it: files are read and their symmetry found once a process."""
    facts = _entry(name)
    content = read_cif(FOLDER / f"{name}.cif")
    check_structure(content.structure, name)
    vacant = {}
    for label, given in facts["vacant_sites"].items():
        positions = given["positions"] if "positions" in given else _orbit(content.group, given["orbit"])
        vacant[label] = _empty(content.structure, positions)
    return Parent(
        id=name,
        structure=content.structure,
        source=facts["source"],
        space_group=find_space_group(content.structure),
        notes=facts["note"],
        oxidation_states={element: float(charge) for element, charge in facts["oxidation_states"].items()},
        vacant_sites=vacant,
    )


def load_named(value: str, base: Path) -> Parent:  # noqa: ARG001
    """`load` for the registry; the library does not depend on the folder `base`."""
    return load(value)


@cache
def _entries() -> dict[str, dict[str, Any]]:
    import yaml

    entries: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "library.yaml").read_text(encoding="utf-8"))
    return entries


def _entry(name: str) -> dict[str, Any]:
    entries = _entries()
    if name in entries:
        return entries[name]
    # Names differ by one element's symbol, so case is worth ignoring and a low cutoff pays.
    folded = {known.lower(): known for known in entries}
    near = [folded[match] for match in difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.5)]
    advice = f"did you mean {' or '.join(near)}?" if near else f"it holds {', '.join(sorted(entries))}"
    raise StructureError(f"the library has no structure {name!r}; {advice}")


def _orbit(group: Group, position: list[float]) -> list[list[float]]:
    """All images of a position, fractional, in the cell; images that coincide are kept once."""
    import numpy as np

    images: list[Any] = []
    for image in np.round(group.images(np.array(position)), 8) % 1.0:
        if not any(np.abs((image - other + 0.5) % 1.0 - 0.5).max() < 1e-4 for other in images):
            images.append(image)
    return [image.tolist() for image in images]


def _empty(structure: Any, positions: list[list[float]]) -> list[list[float]]:
    distances = structure.lattice.get_all_distances(positions, structure.frac_coords).min(axis=1)
    return [position for position, distance in zip(positions, distances, strict=True) if distance > SAME_SITE_A]
