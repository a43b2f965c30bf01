"""Which sites a selector means."""

from collections.abc import Sequence

from ase.data import atomic_numbers, covalent_radii
from pymatgen.core import Element, Structure

from screening.config.candidates import SublatticeSelector
from screening.constants import BOND_FACTOR
from screening.errors import StructureError
from screening.parents.wyckoff import has_label, site_names

# Orbits of one Wyckoff letter that are listed one by one.
MOST_NAMED = 6


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
    names = site_names(structure) if selector.wyckoff or selector.label else None
    chosen = []
    for i in range(len(structure)):
        if selector.element is not None and selector.element not in elements_at(structure, i):
            continue
        if names is not None and selector.wyckoff is not None and names.wyckoff[i] != selector.wyckoff:
            continue
        if names is not None and selector.label is not None and not has_label(names, i, selector.label):
            continue
        if selector.bonded_to is not None and not _bonded(structure, i, selector.bonded_to):
            continue
        if selector.not_bonded_to is not None and _bonded(structure, i, selector.not_bonded_to):
            continue
        chosen.append(i)
    if not chosen:
        raise StructureError(f"no site is {describe(selector)}; the parent has {site_summary(structure)}")
    return chosen


def host_of(structure: Structure, sites: Sequence[int], element: str | None, label: str) -> str:
    """What a structure has on some sites and a change replaces.

    Args:
        structure: The parent.
        sites: Of it.
        element: What the selector names; None lets the sites tell.
        label: Of the sites, for messages.

    Raises:
        StructureError: the sites hold several elements and none was named.
    """
    if element is not None:
        return element
    found = {e for i in sites for e in elements_at(structure, i)}
    if len(found) != 1:
        raise StructureError(f"{label}: the sites hold {' and '.join(sorted(found))}; name one of them with `element`")
    return found.pop()


def describe(selector: SublatticeSelector) -> str:
    """Such as "S (4d) not bonded to P" or "Li (Li1)"."""
    within = [name for name in (selector.wyckoff, selector.label) if name]
    if selector.element is None and selector.wyckoff is None:
        words = within
    else:
        words = [selector.element or "any element", *([f"({', '.join(within)})"] if within else [])]
    if selector.bonded_to:
        words.append(f"bonded to {selector.bonded_to}")
    if selector.not_bonded_to:
        words.append(f"not bonded to {selector.not_bonded_to}")
    return " ".join(words)


def site_summary(structure: Structure) -> str:
    """The sublattices of a parent, such as "Li 24g, P 4b, S 16e, S 4d, Cl 4a"; in brackets what tells two apart."""
    orbits: dict[str, list[str]] = {}
    for text in dict.fromkeys(site_names(structure).text):
        orbits.setdefault(text.partition(" (")[0], []).append(text)
    return ", ".join(
        ", ".join(named)
        if len(named) <= MOST_NAMED
        else f"{plain} ({len(named)} orbits, {_label(named[0])} to {_label(named[-1])})"
        for plain, named in orbits.items()
    )


def _label(text: str) -> str:
    return text.partition(" (")[2].removesuffix(")")


def _bonded(structure: Structure, index: int, element: str) -> bool:
    radii = [covalent_radii[atomic_numbers[e]] for e in elements_at(structure, index)]
    cutoff = BOND_FACTOR * (max(radii) + covalent_radii[atomic_numbers[element]])
    neighbours = structure.get_neighbors(structure[index], float(cutoff))
    return any(element in {str(e) for e in n.species.element_composition} for n in neighbours)
