"""Which sites a selector means."""

from ase.data import atomic_numbers, covalent_radii
from pymatgen.core import Element, Structure

from screening.config.candidates import SublatticeSelector
from screening.errors import StructureError
from screening.parents.wyckoff import wyckoff_labels

# A bond is a distance below this many times the sum of the covalent radii (Cordero 2008, as in ase.data):
# P-S in PS4 is at 0.97 of the sum, the next shell beyond 1.8 of it.
BOND_FACTOR = 1.25


def elements_at(structure: Structure, index: int) -> set[str]:
    """Elements that share a site."""
    return {str(element) for element in structure[index].species.element_composition}


def select(structure: Structure, selector: SublatticeSelector) -> list[int]:
    """Indices of the sites a selector means.

    Raises:
        StructureError: an unknown element, or no such site; says which sites there are.
    """
    for element in (selector.element, selector.bonded_to, selector.not_bonded_to):
        if element is not None and not Element.is_valid_symbol(element):
            raise StructureError(f"{element!r} is not a chemical element")
    labels = wyckoff_labels(structure) if selector.wyckoff else None
    chosen = []
    for i in range(len(structure)):
        if selector.element is not None and selector.element not in elements_at(structure, i):
            continue
        if labels is not None and labels[i] != selector.wyckoff:
            continue
        if selector.bonded_to is not None and not _bonded(structure, i, selector.bonded_to):
            continue
        if selector.not_bonded_to is not None and _bonded(structure, i, selector.not_bonded_to):
            continue
        chosen.append(i)
    if not chosen:
        raise StructureError(f"no site is {describe(selector)}; the parent has {site_summary(structure)}")
    return chosen


def describe(selector: SublatticeSelector) -> str:
    """Such as "S (4d) not bonded to P"."""
    words = [selector.element or "any element"]
    if selector.wyckoff:
        words.append(f"({selector.wyckoff})")
    if selector.bonded_to:
        words.append(f"bonded to {selector.bonded_to}")
    if selector.not_bonded_to:
        words.append(f"not bonded to {selector.not_bonded_to}")
    return " ".join(words)


def site_summary(structure: Structure) -> str:
    """The sublattices of a parent, such as "Li 24g, P 4b, S 16e, S 4d, Cl 4a"."""
    labels = wyckoff_labels(structure)
    found = [f"{'/'.join(sorted(elements_at(structure, i)))} {label}" for i, label in enumerate(labels)]
    return ", ".join(dict.fromkeys(found))


def _bonded(structure: Structure, index: int, element: str) -> bool:
    radii = [covalent_radii[atomic_numbers[e]] for e in elements_at(structure, index)]
    cutoff = BOND_FACTOR * (max(radii) + covalent_radii[atomic_numbers[element]])
    neighbours = structure.get_neighbors(structure[index], float(cutoff))
    return any(element in {str(e) for e in n.species.element_composition} for n in neighbours)
