"""Which element a type symbol or a label of a CIF names."""

from __future__ import annotations

import re
from string import ascii_letters

from screening.errors import StructureError
from screening.parents.cif.block import Block

_NOT_ATOMS = ("va", "vac", "vacancy", "vc", "x", "q", "du", "dum", "dummy", "cg")
# Tritium for pymatgen, tetrahedral site for everybody else.
_NO_ELEMENT = "T"
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
        StructureError: it names none; says the atom.
    """
    letters = letters_of(label)
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


def formula_elements(block: Block) -> set[str]:
    """Elements of the stated formula; none where it is missing or cannot be read."""
    from pymatgen.core import Composition

    try:
        return set(Composition(block.text("_chemical_formula_sum") or "").get_el_amt_dict())
    except ValueError:
        return set()


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
