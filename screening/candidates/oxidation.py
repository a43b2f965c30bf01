"""Oxidation states: the user's word, the parent's record, bond valences, then a guess from the composition."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from pymatgen.core import Element, Lattice, Species, Structure

from screening.errors import StructureError

# Charge left per site that printed occupancies may leave.
NEUTRAL = 1e-3
# Positive halogens and chalcogens are the centres of oxo-anions, never anion-site dopants; the negative states
# of the carbon group belong to Zintl phases.
HALOGENS = frozenset({"F", "Cl", "Br", "I"})
CHALCOGENS = frozenset({"S", "Se", "Te"})
TETRELS = frozenset({"C", "Si", "Ge", "Sn"})

USER = "named in the config"
RECORD = "recorded with the parent"
BOND_VALENCE = "bond valences"
COMPOSITION = "the composition"
ONLY_COMMON = "its only common state"
ONLY_COMMON_ALIKE = "its only common state of the sign of what it replaces"
UNCOMMON = "the composition, in an uncommon state"
ELEMENTAL = "an element by itself"
NOT_NEEDED = "none known, none needed"


@dataclass(frozen=True)
class States:
    """Oxidation states and how they came about.

    Attributes:
        charges: Charge of each element in e.
        sources: For each element one of the words USER to NOT_NEEDED.
    """

    charges: dict[str, float]
    sources: dict[str, str]

    def of(self, elements: Iterable[str]) -> "States":
        """Those of some of the elements."""
        wanted = set(elements)
        return States(
            {e: z for e, z in self.charges.items() if e in wanted},
            {e: s for e, s in self.sources.items() if e in wanted},
        )

    def with_dopant(self, element: str, user: dict[str, float], host: str | None = None) -> "States":
        """The states with those of a further element.

        Args:
            element: The dopant.
            user: Overrides.
            host: Element whose place it takes; only states of its sign count.

        Raises:
            StructureError: not an element, or several states are common and none was chosen; lists the choices.
        """
        if element in self.charges:
            return self
        state, source = _of_dopant(element, user, self.charges, host)
        return States({**self.charges, element: state}, {**self.sources, element: source})


def of_parent(
    structure: Structure, recorded: dict[str, float] | None, user: dict[str, float], tolerance: float = 0.0
) -> States:
    """Oxidation state of each element of a parent.

    What the user says goes before what the parent's source says. Elements that neither names take the neutral
    assignment of common states; where there are several, pymatgen's bond valence analysis (O'Keeffe and Brese,
    J. Am. Chem. Soc. 113, 3226 (1991)) decides between them, and where it decides for another, nothing does.

    Args:
        structure: May be partially occupied.
        recorded: What the parent's source says, if it says anything.
        user: Overrides.
        tolerance: Charge per site that is allowed to be left for the rounding of occupancies to remove.

    Raises:
        StructureError: no assignment makes the parent neutral, or several do; lists the choices.
    """
    elements = sorted({str(element) for element in structure.composition.element_composition})
    if len(elements) == 1:
        return States({elements[0]: 0.0}, {elements[0]: ELEMENTAL})
    said = {e: USER if e in user else RECORD for e in elements if e in user or e in (recorded or {})}
    states = {e: user[e] if e in user else (recorded or {})[e] for e in said}
    if len(states) == len(elements):
        charge = sum(states[str(e)] * n for e, n in structure.composition.element_composition.items())
        if abs(charge) > max(NEUTRAL, tolerance) * len(structure):
            raise StructureError(
                f"{structure.composition.reduced_formula} is not neutral with {describe(states)} "
                f"(sum {charge:+.2f} e per cell); correct `oxidation_states`"
            )
        return States(states, said)
    neutral = _neutral_assignments(structure, elements, states, tolerance)
    measured = _bond_valences(structure)
    if measured is not None and any(measured[e] != z for e, z in states.items()):
        measured = None
    formula = structure.composition.reduced_formula
    if not neutral and measured is None:
        chosen, source = _uncommon(structure, elements, states), UNCOMMON
    else:
        chosen, source = _decide(formula, neutral, measured)
    return States(chosen, {e: said.get(e, source) for e in elements})


def none_needed(structure: Structure) -> States:
    """No charges: for what is only compared, such as an alloy among the competing phases."""
    elements = sorted({str(element) for element in structure.composition.element_composition})
    return States(dict.fromkeys(elements, 0.0), dict.fromkeys(elements, NOT_NEEDED))


def _decide(
    formula: str, neutral: list[dict[str, float]], measured: dict[str, float] | None
) -> tuple[dict[str, float], str]:
    """The assignment and its source; an error where two ways contradict each other or neither decides."""
    if measured is not None and (not neutral or measured in neutral):
        return measured, BOND_VALENCE
    if measured is None and len(neutral) == 1:
        return neutral[0], COMPOSITION
    listed = "; ".join(describe(choice) for choice in neutral)
    other = "" if measured is None else f", while its bond valences say {describe(measured)}"
    # An element on which they differ is what has to be named.
    rest = [choice for choice in (*neutral, *filter(None, [measured])) if choice != neutral[0]]
    differs = next(e for e in neutral[0] if any(choice[e] != neutral[0][e] for choice in rest))
    raise StructureError(
        f"the oxidation states of {formula} are ambiguous ({listed}{other}); set `oxidation_states`, for example "
        f"{{{differs}: {neutral[0][differs]:g}}}"
    )


def _uncommon(structure: Structure, elements: list[str], states: dict[str, float]) -> dict[str, float]:
    """The one neutral assignment in which a single metal has a known state that is not among its common ones.

    Raises:
        StructureError: there is none, or there are several; says which charge is left, or what would be neutral.
    """
    composition = structure.composition.element_composition
    formula = structure.composition.reduced_formula
    found: list[dict[str, float]] = []
    between: list[str] = []
    usual = {e: (states[e],) if e in states else common_states(e, elements) for e in elements}
    for element in (e for e in elements if e not in states and Element(e).is_metal):
        others = [e for e in elements if e != element]
        known = Element(element).oxidation_states
        for choice in product(*(usual[e] for e in others)):
            rest = sum(z * composition[e] for e, z in zip(others, choice, strict=True))
            needed = -rest / composition[element]
            assignment = {**dict(zip(others, choice, strict=True)), element: float(round(needed))}
            if abs(needed - round(needed)) * composition[element] < NEUTRAL * len(structure):
                if round(needed) in known and needed > 0:
                    found.append({e: assignment[e] for e in elements})
            elif known and max(min(known), 0) < needed < max(known):
                between.append(f"{{{element}: {needed:.4g}}}")
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(map(describe, found))
        raise StructureError(
            f"the oxidation states of {formula} are ambiguous ({listed}, none of them all common); set "
            f"`oxidation_states`, for example {_uncommon_part(found[0], usual)}"
        )
    why = f"no common oxidation states make {formula} neutral"
    left = [
        (abs(charge), f"{describe(dict(zip(elements, choice, strict=True)))} leave {charge:+.3g} e per formula unit")
        for choice in product(*(usual[e] for e in elements))
        for charge in (_charge_per_unit(structure, elements, choice),)
    ]
    nearest = f" ({min(left)[1]})" if left else ""
    mixed = f" If not, set `oxidation_states: {between[0]}`, a mixed valence" if len(between) == 1 else ""
    raise StructureError(f"{why}{nearest}: are atoms or partial occupancies missing in the file?{mixed}")


def _uncommon_part(assignment: dict[str, float], usual: dict[str, tuple[float, ...]]) -> str:
    return ", ".join(f"{{{e}: {z:g}}}" for e, z in assignment.items() if z not in usual[e])


def _charge_per_unit(structure: Structure, elements: list[str], choice: tuple[float, ...]) -> float:
    units = structure.composition.get_reduced_composition_and_factor()[1]
    amounts = structure.composition.element_composition
    return float(sum(z * amounts[e] for e, z in zip(elements, choice, strict=True)) / units)


def _neutral_assignments(
    structure: Structure, elements: list[str], states: dict[str, float], tolerance: float
) -> list[dict[str, float]]:
    composition = structure.composition.element_composition
    choices = [(states[e],) if e in states else common_states(e, elements) for e in elements]
    left = {
        choice: abs(sum(z * composition[e] for e, z in zip(elements, choice, strict=True)))
        for choice in product(*choices)
    }
    if not left:
        return []
    # Where occupancies will be rounded, only the assignments that come nearest to neutral count.
    allowed = min(max(NEUTRAL, tolerance) * len(structure), min(left.values()) + NEUTRAL * len(structure))
    return [dict(zip(elements, choice, strict=True)) for choice, charge in left.items() if charge < allowed]


def _bond_valences(structure: Structure) -> dict[str, float] | None:
    """One state for each element by bond valence analysis; None where it finds none, or several for an element.

    Split and mixed sites have no bond valences. Covalent anion groups (PS4 and the like) are often given several.
    """
    if not structure.is_ordered:
        return None
    found = _cached_bond_valences(
        tuple(structure.lattice.matrix.ravel().tolist()),
        tuple(structure.frac_coords.ravel().tolist()),
        tuple(site.specie.symbol for site in structure),
    )
    states = dict(found)
    return states if states and len(states) == len(found) else None


# One parent serves thousands of recipes; the analysis of a large cell takes most of a second.
@lru_cache(maxsize=128)
def _cached_bond_valences(
    matrix: tuple[float, ...], points: tuple[float, ...], symbols: tuple[str, ...]
) -> frozenset[tuple[str, float]]:
    # Its tables take a fifth of a second to load, which most campaigns need not spend.
    from pymatgen.analysis.bond_valence import BVAnalyzer

    structure = Structure(Lattice(matrix), symbols, np.reshape(points, (-1, 3)))
    try:
        valences = BVAnalyzer().get_valences(structure)
    except ValueError:
        return frozenset()
    return frozenset(zip(symbols, map(float, valences), strict=True))


def common_states(element: str, neighbours: Iterable[str]) -> tuple[float, ...]:
    """Oxidation states to consider for an element in a compound with others."""
    if element in HALOGENS:
        return (-1.0,)
    if element == "O" or (element in CHALCOGENS and not {"O", "F"} & set(neighbours)):
        return (-2.0,)
    if element in TETRELS:
        return (4.0,)
    return tuple(float(z) for z in Element(element).common_oxidation_states)


def _of_dopant(element: str, user: dict[str, float], parent: dict[str, float], host: str | None) -> tuple[float, str]:
    if element in user:
        return user[element], USER
    if not Element.is_valid_symbol(element):
        raise StructureError(f"{element!r} is not a chemical element")
    common = common_states(element, parent)
    if len(common) == 1:
        return common[0], ONLY_COMMON
    host_charge = parent.get(host, 0.0) if host else 0.0
    alike = [z for z in common if z * host_charge > 0]
    if len(alike) == 1:
        return alike[0], ONLY_COMMON_ALIKE
    choices = ", ".join(f"{z:+g}" for z in common) or "none known"
    likely = _most_likely(element, alike or common or (1.0,), host, host_charge)
    raise StructureError(
        f"the oxidation state of {element} is ambiguous (common: {choices}); "
        f"set it in the config, for example oxidation_states: {{{element}: {likely:g}}}"
    )


def _most_likely(element: str, states: Iterable[float], host: str | None, host_charge: float) -> float:
    """The state in which known crystals have the element in the host's place, W+6 rather than W+4 on Zr+4.

    Where none has, the one nearest to the host's charge; of two the higher, where the shells are empty.
    """
    # Its table takes seconds to load, which only a rule that is refused spends.
    from screening.candidates.substitution_table import probability

    def preference(z: float) -> tuple[float, float, float]:
        known = probability(Species(element, z), Species(host, host_charge)) if host else None
        return known or 0.0, -abs(z - host_charge), abs(z)

    return max(states, key=preference)


def describe(states: dict[str, float]) -> str:
    """Such as "Li+1 P+5 S-2"."""
    return " ".join(f"{element}{charge:+g}" for element, charge in states.items())


def describe_sources(states: States) -> str:
    """Such as "Li+1 P+5 S-2 (recorded with the parent), Si+4 (its only common state)"."""
    return ", ".join(
        f"{describe({e: z for e, z in states.charges.items() if states.sources[e] == source})} ({source})"
        for source in dict.fromkeys(states.sources.values())
    )
