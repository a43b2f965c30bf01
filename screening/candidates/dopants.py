"""Which elements may take a sublattice: substitution probabilities, radii and charges, with the reason for each."""

from dataclasses import dataclass
from functools import lru_cache

from pymatgen.analysis.structure_prediction.substitution_probability import SubstitutionProbability
from pymatgen.core import Element, Species, Structure

from screening.candidates.oxidation import common_states
from screening.candidates.selection import describe, elements_at, select
from screening.config.candidates import SublatticeSelector
from screening.errors import StructureError
from screening.parents.radii import ionic_radius

NUMERALS = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10, "XI": 11}
NUMERALS |= {"XII": 12, "XIV": 14}
FARTHEST_NEIGHBOUR_A = 6.0
# Neighbours up to this many times the nearest distance are coordinated.
SAME_SHELL = 1.2


@dataclass(frozen=True)
class Suggestion:
    """A dopant and why it may work.

    Attributes:
        dopant: Element.
        charge: Its oxidation state.
        probability: That the host ion is replaced by this ion rather than another, mined from the ICSD.
        radius_A: Shannon's ionic radius in the host's coordination, or in the nearest that is tabulated.
        bond_change: Relative change of the bond length that radii predict.
        charge_difference: Dopant minus host, e.
        compensation: What balances one dopant, in words.
        state_to_name: Whether `oxidation_states` must name the charge because the element has several common ones.
    """

    dopant: str
    charge: int
    probability: float
    radius_A: float
    bond_change: float
    charge_difference: int
    compensation: str
    state_to_name: bool


def rule_for(parent: str, sites: SublatticeSelector, suggestion: Suggestion) -> str:
    """The lines of a campaign file that make a candidate with a suggestion, at a quarter of the sites."""
    selector = ", ".join(f"{key}: {value}" for key, value in sites.model_dump(exclude_none=True).items())
    scheme = suggestion.compensation.split()[0]
    rule = (
        f"  - {{parent: {parent}, substitute: [{{sites: {{{selector}}}, dopant: {suggestion.dopant}, fraction: 1/4}}]"
    )
    rule += "}" if scheme == "none" else f", compensate: {scheme}}}"
    named = f"oxidation_states: {{{suggestion.dopant}: {suggestion.charge}}}\n" if suggestion.state_to_name else ""
    return f"{named}candidates:\n  rules:\n  {rule}"


@lru_cache(maxsize=1)
def _table() -> SubstitutionProbability:
    # Seconds to read, and pymatgen forgets it with its last user.
    return SubstitutionProbability()


def suggest(
    structure: Structure,
    charges: dict[str, float],
    sites: SublatticeSelector,
    mobile: str,
    *,
    limit: int = 10,
    max_charge_difference: int = 1,
    max_bond_change: float = 0.15,
) -> list[Suggestion]:
    """Dopants for a sublattice, most probable first.

    Probabilities are conditional ones of pymatgen's table of ionic substitutions (Hautier et al., Inorg. Chem. 50,
    656 (2011)), radii Shannon's (Acta Cryst. A 32, 751 (1976)). They say what is usual in known crystals, not what is
    stable in this one: that is for the mixing enthalpy to tell.

    Args:
        structure: Ordered parent.
        charges: Oxidation state of each element.
        sites: The sublattice; it holds one element.
        mobile: Element of the mobile ion, never suggested.
        limit: Longest list.
        max_charge_difference: Largest difference of charge to the host that is considered, e.
        max_bond_change: Largest relative change of the bond length by radii.

    Raises:
        StructureError: the sublattice is empty or mixed, or the table does not know its ion.
    """
    chosen = select(structure, sites)
    held = {element for i in chosen for element in elements_at(structure, i)}
    if len(held) != 1:
        raise StructureError(f"{describe(sites)}: the sites hold {', '.join(sorted(held))}; name one of them")
    host = held.pop()
    table = _table()
    ion = Species(host, charges[host])
    if ion not in table.species:
        raise StructureError(
            f"{host}{charges[host]:+g} is not in the table of substitutions; name the dopants yourself"
        )
    coordination, partner = _surroundings(structure, chosen[0], charges)
    own = radius_in(host, int(charges[host]), coordination)
    if own is None:
        raise StructureError(f"Shannon's table has no radius of {host}{charges[host]:+g}; name the dopants yourself")
    bond = own + partner
    found = []
    for other in table.species:
        difference = round(other.oxi_state - charges[host])
        element = other.symbol
        if element in (host, mobile) or other.oxi_state * charges[host] <= 0 or abs(difference) > max_charge_difference:
            continue
        if element in charges and charges[element] != other.oxi_state:
            # One element has one charge in a candidate.
            continue
        if not any(z * other.oxi_state > 0 for z in common_states(element, charges)):
            # Chalcogens and halogens are anions here, though they are the centres of oxo-anions elsewhere.
            continue
        radius = radius_in(element, int(other.oxi_state), coordination)
        if radius is None:
            continue
        change = (radius - own) / bond
        if abs(change) > max_bond_change:
            continue
        found.append(
            Suggestion(
                dopant=element,
                charge=int(other.oxi_state),
                # The table is summed in the order of a set; its last digits differ between processes.
                probability=float(f"{table.cond_prob(other, ion):.6g}"),
                radius_A=radius,
                bond_change=change,
                charge_difference=difference,
                compensation=_compensation(difference, mobile, charges[mobile]),
                state_to_name=element not in charges and common_states(element, charges) != (other.oxi_state,),
            )
        )
    return sorted(found, key=lambda s: (-s.probability, s.dopant, s.charge))[:limit]


def _compensation(difference: int, mobile: str, charge: float) -> str:
    if difference == 0:
        return "none"
    amount = f"{abs(difference / charge):g} {mobile} each"
    return f"{'vacancy' if difference * charge > 0 else 'interstitial'} of {amount}"


def radius_in(element: str, charge: int, coordination: int) -> float | None:
    """Shannon's ionic radius in Angstrom in a coordination, or in the nearest tabulated one; None if there is none.

    Args:
        element: Symbol.
        charge: Oxidation state.
        coordination: Number of neighbours of opposite charge.
    """
    tabulated = (Element(element).data.get("Shannon radii") or {}).get(str(charge), {})
    radii = {
        NUMERALS[numeral]: next(iter(by_spin.values()))["ionic_radius"]
        for numeral, by_spin in tabulated.items()
        if numeral in NUMERALS
    }
    if not radii:
        return None
    return float(radii[min(radii, key=lambda n: (abs(n - coordination), n))])


def _surroundings(structure: Structure, index: int, charges: dict[str, float]) -> tuple[int, float]:
    """Number of nearest neighbours of opposite charge, and the ionic radius in Angstrom of the nearest of them."""
    host = charges[structure[index].specie.symbol]
    near = sorted(
        (n.nn_distance, n.specie.symbol)
        for n in structure.get_neighbors(structure[index], FARTHEST_NEIGHBOUR_A)
        if charges[n.specie.symbol] * host < 0
    )
    if not near:
        raise StructureError("the sites have no neighbour of opposite charge; radii cannot be compared")
    shell = [distance for distance, _ in near if distance < SAME_SHELL * near[0][0]]
    return len(shell), ionic_radius(near[0][1], charges[near[0][1]])
