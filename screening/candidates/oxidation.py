"""Oxidation states: the user's word, then the parent's record, then a guess that must be unique."""

from collections.abc import Iterable
from itertools import product

from pymatgen.core import Element, Structure

from screening.errors import StructureError

# Charge left per site that printed occupancies may leave.
NEUTRAL = 1e-3
# Positive halogens and chalcogens are the centres of oxo-anions, never anion-site dopants; the negative states
# of the carbon group belong to Zintl phases.
HALOGENS = frozenset({"F", "Cl", "Br", "I"})
CHALCOGENS = frozenset({"S", "Se", "Te"})
TETRELS = frozenset({"C", "Si", "Ge", "Sn"})


def of_parent(
    structure: Structure, recorded: dict[str, float] | None, user: dict[str, float], tolerance: float = 0.0
) -> dict[str, float]:
    """Oxidation state of each element of a parent.

    Args:
        structure: May be partially occupied.
        recorded: What the parent's source says, if it says anything.
        user: Overrides.
        tolerance: Charge per site that is allowed to be left for the rounding of occupancies to remove.

    Raises:
        StructureError: no assignment makes the parent neutral; lists what was tried.
    """
    elements = sorted({str(element) for element in structure.composition.element_composition})
    states = {**(recorded or {}), **{e: user[e] for e in elements if e in user}}
    if all(element in states for element in elements):
        states = {element: states[element] for element in elements}
        charge = sum(states[str(e)] * n for e, n in structure.composition.element_composition.items())
        if abs(charge) > max(NEUTRAL, tolerance) * len(structure):
            raise StructureError(
                f"{structure.composition.reduced_formula} is not neutral with {describe(states)} "
                f"(sum {charge:+.2f} e per cell); correct `oxidation_states`"
            )
        return states
    composition = structure.composition.element_composition
    choices = [(states[e],) if e in states else common_states(e, elements) for e in elements]
    left = {
        choice: abs(sum(z * composition[e] for e, z in zip(elements, choice, strict=True)))
        for choice in product(*choices)
    }
    # Where occupancies will be rounded, only the assignments that come nearest to neutral count.
    allowed = min(max(NEUTRAL, tolerance) * len(structure), min(left.values()) + NEUTRAL * len(structure))
    neutral = [dict(zip(elements, choice, strict=True)) for choice, charge in left.items() if charge < allowed]
    formula = composition.reduced_formula
    if not neutral:
        raise StructureError(
            f"no common oxidation states make {formula} neutral; set `oxidation_states` in the config, "
            f"for example oxidation_states: {{{elements[0]}: 1}}"
        )
    if len(neutral) > 1:
        listed = "; ".join(describe(choice) for choice in neutral)
        raise StructureError(f"the oxidation states of {formula} are ambiguous ({listed}); set `oxidation_states`")
    return neutral[0]


def common_states(element: str, neighbours: Iterable[str]) -> tuple[float, ...]:
    """Oxidation states to consider for an element in a compound with others."""
    if element in HALOGENS:
        return (-1.0,)
    if element == "O" or (element in CHALCOGENS and not {"O", "F"} & set(neighbours)):
        return (-2.0,)
    if element in TETRELS:
        return (4.0,)
    return tuple(float(z) for z in Element(element).common_oxidation_states)


def of_dopant(element: str, user: dict[str, float], parent: dict[str, float]) -> float:
    """Oxidation state of a dopant.

    Raises:
        StructureError: not an element, or several states are common and none was chosen; lists the choices.
    """
    if element in user:
        return user[element]
    if element in parent:
        return parent[element]
    if not Element.is_valid_symbol(element):
        raise StructureError(f"{element!r} is not a chemical element")
    common = common_states(element, parent)
    if len(common) != 1:
        choices = ", ".join(f"{z:+g}" for z in common) or "none known"
        raise StructureError(
            f"the oxidation state of {element} is ambiguous (common: {choices}); "
            f"set it in the config, for example oxidation_states: {{{element}: {common[-1] if common else 1:g}}}"
        )
    return common[0]


def describe(states: dict[str, float]) -> str:
    """Such as "Li+1 P+5 S-2"."""
    return " ".join(f"{element}{charge:+g}" for element, charge in states.items())
