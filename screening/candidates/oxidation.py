"""Oxidation states: the user's word, then the parent's record, then a guess that must be unique."""

from pymatgen.core import Element, Structure

from screening.errors import StructureError


def of_parent(structure: Structure, recorded: dict[str, float] | None, user: dict[str, float]) -> dict[str, float]:
    """Oxidation state of each element of a parent.

    Args:
        structure: May be partially occupied.
        recorded: What the parent's source says, if it says anything.
        user: Overrides.

    Raises:
        StructureError: no assignment makes the parent neutral; lists what was tried.
    """
    elements = sorted({str(element) for element in structure.composition.element_composition})
    states = {**(recorded or {}), **{e: user[e] for e in elements if e in user}}
    if all(element in states for element in elements):
        states = {element: states[element] for element in elements}
        charge = sum(states[str(e)] * n for e, n in structure.composition.element_composition.items())
        if abs(charge) > 1e-3 * len(structure):
            raise StructureError(
                f"{structure.composition.reduced_formula} is not neutral with {describe(states)} "
                f"(sum {charge:+.2f} e per cell); correct `oxidation_states`"
            )
        return states
    guesses = structure.composition.element_composition.oxi_state_guesses(
        oxi_states_override={e: [z] for e, z in states.items()}, max_sites=-1
    )
    if not guesses:
        raise StructureError(
            f"no common oxidation states make {structure.composition.reduced_formula} neutral; "
            "set `oxidation_states` in the config"
        )
    return {element: float(guesses[0][element]) for element in elements}


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
    common = Element(element).common_oxidation_states
    if element in {"C", "Si", "Ge", "Sn"}:
        common = (4,)  # the negative states of these belong to Zintl phases, not to dopants on cation sites
    elif element in {"F", "Cl", "Br", "I"}:
        common = (-1,)  # positive halogens are oxo-anions' centres, never an anion-site dopant
    elif element in {"O", "S", "Se", "Te"}:
        common = (-2,)
    if len(common) != 1:
        choices = ", ".join(f"{z:+d}" for z in common) or "none known"
        raise StructureError(
            f"the oxidation state of {element} is ambiguous (common: {choices}); "
            f"set it in the config, for example oxidation_states: {{{element}: {common[-1] if common else 1}}}"
        )
    return float(common[0])


def describe(states: dict[str, float]) -> str:
    """Such as "Li+1 P+5 S-2"."""
    return " ".join(f"{element}{charge:+g}" for element, charge in states.items())
