"""Wyckoff positions of sites, and names that tell orbits of one Wyckoff letter apart."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from pymatgen.core import Element, PeriodicSite, Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from screening.parents.base import SYMMETRY_TOLERANCE_A


@dataclass(frozen=True)
class SiteNames:
    """What sites are called, one entry per site.

    Attributes:
        orbit: Number of the symmetry orbit; sites of one orbit have the same.
        wyckoff: Wyckoff label such as "4d", with the multiplicity of the conventional cell.
        label: Label in the file such as "Li2"; without one (or a mere element) "Li-1", the element's first orbit.
        text: Such as "Li 24g", or "Li 8d (Li2)" where several orbits would be called so.
    """

    orbit: tuple[int, ...]
    wyckoff: tuple[str, ...]
    label: tuple[str, ...]
    text: tuple[str, ...]


def wyckoff_labels(structure: Structure) -> list[str]:
    """Wyckoff label such as "4d" of each site, found by spglib in the structure's own setting.

    The multiplicity is that of the conventional cell. Letters depend on the choice of origin.
    """
    return _orbits_and_wyckoff(structure)[1]


def site_names(structure: Structure) -> SiteNames:
    """Names of all sites of a structure, which may be partially occupied."""
    orbits, wyckoff = _orbits_and_wyckoff(structure)
    elements = ["/".join(sorted(str(e) for e in site.species.element_composition)) for site in structure]
    numbers: dict[int, str] = {}
    counts: Counter[str] = Counter()
    for orbit, name in zip(orbits, elements, strict=True):
        if orbit not in numbers:
            counts[name] += 1
            numbers[orbit] = f"{name}-{counts[name]}"
    labels = [_own_label(site) or numbers[orbit] for site, orbit in zip(structure, orbits, strict=True)]
    plain = [f"{name} {letter}" for name, letter in zip(elements, wyckoff, strict=True)]
    of_text: dict[str, set[int]] = {}
    labels_of: dict[int, set[str]] = {}
    for orbit, text, label in zip(orbits, plain, labels, strict=True):
        of_text.setdefault(text, set()).add(orbit)
        labels_of.setdefault(orbit, set()).add(label)
    texts = [
        text if len(of_text[text]) == 1 else f"{text} ({_one(labels_of[orbit]) or numbers[orbit]})"
        for text, orbit in zip(plain, orbits, strict=True)
    ]
    return SiteNames(tuple(orbits), tuple(wyckoff), tuple(labels), tuple(texts))


def has_label(names: SiteNames, index: int, label: str) -> bool:
    """Whether a site is called so: by its label in the file, one of those that share it, or its orbit's name."""
    return label in names.label[index].split(", ") or f"({label})" in names.text[index]


def _orbits_and_wyckoff(structure: Structure) -> tuple[list[int], list[str]]:
    dataset = SpacegroupAnalyzer(structure, symprec=SYMMETRY_TOLERANCE_A).get_symmetry_dataset()
    orbits = np.asarray(dataset.crystallographic_orbits)
    per_volume = abs(np.linalg.det(dataset.std_lattice)) / structure.lattice.volume
    sizes = {orbit: round(np.count_nonzero(orbits == orbit) * per_volume) for orbit in set(orbits.tolist())}
    return orbits.tolist(), [f"{sizes[o]}{w}" for o, w in zip(orbits.tolist(), dataset.wyckoffs, strict=True)]


def _own_label(site: PeriodicSite) -> str:
    """What the file calls the site; "" where that is its species, which pymatgen says for want of a label."""
    label = str(site.label or "")
    return "" if label == site.species_string or Element.is_valid_symbol(label) else label


def _one(labels: set[str]) -> str:
    return next(iter(labels)) if len(labels) == 1 else ""
