"""Known empty sites of a crystal that has the framework of one in the library, such as anybody's own argyrodite."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from screening.parents import library
from screening.parents.base import Parent
from screening.parents.orbits import orbit

if TYPE_CHECKING:
    from pymatgen.core import Structure

#: Deviation of the frameworks' lengths and angles, and of an atom from its place as a share of (V/n)^(1/3).
LENGTHS, ANGLES_DEG, PLACES = 0.1, 5.0, 0.15
# pymatgen's names of what is no element, one for each label.
_DUMMIES = ("Xa", "Xb", "Xc", "Xd")


def with_prototype_sites(parent: Parent) -> Parent:
    """The parent with the empty sites of its prototype in the library; as it is where it has none or has its own.

    A prototype is an entry with the same mobile ion whose other atoms are the same crystal but for the names of the
    elements, cations where it has cations (pymatgen's StructureMatcher; Ong et al., Comput. Mater. Sci. 68, 314
    (2013)). All its empty sites' orbits are brought into the parent's cell, of whatever setting; those with an ion of
    the parent are not empty.
    """
    if parent.vacant_sites or parent.amorphous:
        return parent
    found = _prototypes(_Crystal(parent.structure.to_json(), parent.structure))
    if not found:
        return parent
    deviation, name, vacant = min(found, key=lambda one: one[:2])
    note = f"empty sites as in {name} of the library, which has its framework (to {deviation:.3f} of an atom's room)"
    return replace(parent, vacant_sites=vacant, notes="; ".join(filter(None, [parent.notes, note])))


@dataclass(frozen=True)
class _Crystal:
    """A structure that is known by its content: the same file, read again, is not matched again."""

    content: str
    structure: Structure = field(compare=False)


@lru_cache(maxsize=32)
def _prototypes(crystal: _Crystal) -> list[tuple[float, str, dict[str, list[list[float]]]]]:
    return [
        (deviation, name, vacant)
        for name in library.names("parent")
        for deviation, vacant in _sites_like(crystal.structure, name)
    ]


def _sites_like(structure: Structure, name: str) -> list[tuple[float, dict[str, list[list[float]]]]]:
    """Root mean square deviation and empty sites by label, if the library's entry is a prototype; else nothing."""
    labels = list(library.describe(name)["vacant_sites"])
    mobile = labels[0].partition(" ")[0] if labels else ""
    if mobile not in _elements(structure):
        return []
    framework = structure.copy()
    framework.remove_species([mobile])
    marked, n_atoms, cations = _marked(name, mobile)
    if len(framework) < n_atoms or len(framework) % n_atoms:
        return []
    from pymatgen.analysis.structure_matcher import FrameworkComparator, StructureMatcher

    matcher = StructureMatcher(
        ltol=LENGTHS,
        stol=PLACES,
        angle_tol=ANGLES_DEG,
        primitive_cell=False,
        attempt_supercell=True,
        comparator=FrameworkComparator(),
        ignored_species=list(_DUMMIES),
    )
    fitted, alike = matcher.get_rms_dist(framework, marked), matcher.get_s2_like_s1(framework, marked)
    if fitted is None or alike is None or not _same_roles(framework, alike[: len(framework)], cations):
        return []
    filled = [site.frac_coords for site in structure if mobile in {e.symbol for e in site.species.elements}]
    vacant: dict[str, list[list[float]]] = {}
    for label, dummy in zip(labels, _DUMMIES, strict=False):
        places = [site.frac_coords % 1.0 for site in alike if site.species.elements[0].symbol == dummy]
        distances = structure.lattice.get_all_distances(places, filled).min(axis=1)
        empty = np.array(places)[distances > library.SAME_SITE_A]
        if len(empty):
            vacant[label] = empty.tolist()
    return [(float(fitted[0]), vacant)] if vacant else []


@cache
def _marked(name: str, mobile: str) -> tuple[Structure, int, frozenset[str]]:
    """An entry's primitive framework with a dummy on every place of its empty sites' orbits, its atoms, its cations."""
    from pymatgen.core import DummySpecies

    entry = library.load(name)
    framework = entry.structure.copy()
    framework.remove_species([mobile])
    marked = framework.copy()
    for dummy, points in zip(_DUMMIES, entry.vacant_sites.values(), strict=False):
        placed = np.empty((0, 3))
        for point in points:
            if not len(placed) or framework.lattice.get_all_distances([point], placed).min() > library.SAME_SITE_A:
                placed = np.concatenate([placed, orbit(framework, np.array(point))])
        for place in placed:
            marked.append(DummySpecies(dummy, 0), place)
    primitive = marked.get_primitive_structure()
    atoms = sum(site.species.elements[0].symbol not in _DUMMIES for site in primitive)
    states = entry.oxidation_states or {}
    return primitive, atoms, frozenset(element for element, charge in states.items() if charge > 0)


def _same_roles(framework: Structure, matched: list[object], cations: frozenset[str]) -> bool:
    """No element of the framework is where the prototype has cations and also where it has anions."""
    on_cations: set[str] = set()
    on_anions: set[str] = set()
    for own, other in zip(framework, matched, strict=True):
        is_cation = other.species.elements[0].symbol in cations  # type: ignore[attr-defined]
        (on_cations if is_cation else on_anions).update(e.symbol for e in own.species.elements)
    return not on_cations & on_anions


def _elements(structure: Structure) -> set[str]:
    return {element.symbol for element in structure.composition.elements}
