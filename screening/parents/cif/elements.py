"""Which element a type symbol or a label of a CIF names."""

from __future__ import annotations

import re
from string import ascii_letters

from screening.errors import StructureError
from screening.parents.cif.block import Block

_NOT_ATOMS = ("va", "vac", "vacancy", "vc", "x", "q", "du", "dum", "dummy", "cg")
# Tritium for pymatgen, tetrahedral site for everybody else.
_NO_ELEMENT = "T"
# What is behind the first element of a label that names two: Li/Na1, Fe0.5Co0.5, Ge_P1. Letters right behind a number
# are a serial letter or a bonded atom (Li1A, O1W, H1N).
_SECOND = re.compile(r"(?:[^A-Za-z0-9\s'*.]|\d*\.\d+)\s*([A-Z][a-z]*)")
_WATER = re.compile(r"(?i)[HD]2O(?:\d|$)")
# An element with what programs write behind it: a charge, a count, a name of the scattering factor.
_SYMBOL = re.compile(r"([A-Za-z]{1,2})(\d*\.?\d*[+-]?|[+-]\d*\.?\d*)(:.*)?")


def by_symbol(symbol: str, name: str, where: str) -> str:
    """The element of a type symbol, such as Fe3+ or CL; H for D.

    Raises:
        StructureError: it names none; says the atom.
    """
    match = _SYMBOL.fullmatch(symbol)
    element = exact(match[1].capitalize()) if match else None
    return _found(element, symbol, name, where)


def by_label(label: str, name: str, formula: set[str], where: str) -> str:
    """The element of a label without type symbol, such as Li1A; H for D.

    What is not written as an element, such as NA1 or OW2, is read if the formula has one element it can be.

    Raises:
        StructureError: it names none, or several (Li/Na1, H2O); says the atom.
    """
    letters = letters_of(label)
    if others := _others(label, formula):
        raise StructureError(
            f"{where}: the label {name} names {letters} and {' and '.join(others)}; give each element its own row "
            "with its occupancy, or give the element as _atom_site_type_symbol"
        )
    element = exact(letters)
    if element is None and letters.lower() not in _NOT_ATOMS:
        readings = {letters[:2].capitalize(), letters[:1].upper()} & formula
        element = letters[:2] if letters[:2] in readings else readings.pop() if len(readings) == 1 else None
    return _found(element, label, name, where)


def exact(letters: str) -> str | None:
    """The letters up to the first other character, if they are an element as it is written; else None."""
    from pymatgen.core import Element

    letters = letters_of(letters)
    return letters if letters != _NO_ELEMENT and Element.is_valid_symbol(letters) else None


def letters_of(text: str) -> str:
    """What a symbol or label begins with, up to its first digit or sign."""
    return text[: len(text) - len(text.lstrip(ascii_letters))]


def charge_of(symbol: str) -> float | None:
    """The charge in e that a type symbol states, 1 for a sign alone: Fe3+, Fe+3, Li+; None for Fe and Fe3."""
    match = re.search(r"(\d+\.?\d*|\.\d+)?([+-])(\d+\.?\d*|\.\d+)?", symbol)
    if match is None:
        return None
    return float(match[2] + (match[1] or match[3] or "1"))


def formula_elements(block: Block) -> set[str]:
    """Elements of the stated formula; none where it is missing or cannot be read."""
    from pymatgen.core import Composition, DummySpecies

    try:
        parsed = Composition(block.text("_chemical_formula_sum") or "")
    except ValueError:
        return set()
    return set() if any(isinstance(kind, DummySpecies) for kind in parsed) else set(parsed.get_el_amt_dict())


def _others(label: str, formula: set[str]) -> list[str]:
    """Elements that a label names behind its first one, without those that a stated formula rules out."""
    behind = label[len(letters_of(label)) :]
    named = ["O"] if _WATER.match(label) else [other for part in _SECOND.findall(behind) if (other := exact(part))]
    return [other for other in named if not formula or other in formula]


def _found(element: str | None, written: str, name: str, where: str) -> str:
    if element is None:
        advice = (
            "if it marks a vacancy or a dummy, delete the row: an occupancy below 1 already leaves part of a site empty"
            if letters_of(written).lower() in _NOT_ATOMS
            else "give its element as _atom_site_type_symbol"
        )
        shown = repr(written) if written else "the missing symbol"
        raise StructureError(f"{where}: {shown} of atom {name} is not an element; {advice}")
    return "H" if element == "D" else element
