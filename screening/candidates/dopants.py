"""Which elements may take a sublattice: substitution probabilities, radii and charges, with the reason for each."""

from dataclasses import dataclass

from pymatgen.core import Element, Species, Structure
from yaml import safe_dump, safe_load

from screening.candidates.oxidation import common_states
from screening.candidates.recipe import expand
from screening.candidates.rules import plan
from screening.candidates.selection import describe, elements_at, select
from screening.candidates.substitution_table import probability, table
from screening.config.candidates import AutomaticSupercell, Rule, SublatticeSelector
from screening.errors import StructureError
from screening.parents.base import Parent
from screening.parents.radii import ionic_radius

NUMERALS = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10, "XI": 11}
NUMERALS |= {"XII": 12, "XIV": 14}
FARTHEST_NEIGHBOUR_A = 6.0
# Neighbours up to this many times the nearest distance are coordinated.
SAME_SHELL = 1.2
# Less probable ions are none in known crystals.
LEAST_PROBABILITY = 5e-5
# Atomic number of bismuth.
LAST_STABLE = 83
# Shares and tolerances of occupancies that are tried for the rule that is shown.
SHARES = ("1/4", "1/8", "1/12", "1/16", "1/24", "1/28", "1/32", "1/48", "1/60", "1/64", "1/96")
TOLERANCES = (0.0, 0.05, 0.1)


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
        excluded: Why it is left out of the list, "" where it is not.
    """

    dopant: str
    charge: int
    probability: float
    radius_A: float
    bond_change: float
    charge_difference: int
    compensation: str
    state_to_name: bool
    excluded: str = ""


def rule_for(
    parent: str, sites: SublatticeSelector, suggestion: Suggestion, fraction: str = "1/4", tolerance: float = 0.0
) -> str:
    """The lines of a campaign file that make a candidate with a suggestion, at a share of the sites."""
    selector = ", ".join(f"{key}: {_scalar(value)}" for key, value in sites.model_dump(exclude_none=True).items())
    scheme = suggestion.compensation.split()[0]
    rule = (
        f"  - {{parent: {_scalar(parent)}, substitute: [{{sites: {{{selector}}}, dopant: {suggestion.dopant}, "
        f"fraction: {fraction}}}]"
    )
    rule += "}" if scheme == "none" else f", compensate: {scheme}}}"
    named = f"oxidation_states: {{{suggestion.dopant}: {suggestion.charge}}}\n" if suggestion.state_to_name else ""
    rounded = f"  occupancy_tolerance: {tolerance:g}\n" if tolerance else ""
    return f"{named}candidates:\n{rounded}  rules:\n  {rule}"


def _scalar(text: str) -> str:
    """As YAML has to have it: a name may look like a number."""
    return str(safe_dump(text, allow_unicode=True)).removesuffix("\n").removesuffix("...").strip()


def working_rule(
    parent: Parent, sites: SublatticeSelector, suggestion: Suggestion, mobile: str, states: dict[str, float]
) -> str:
    """The lines of `rule_for` with a share and a tolerance of occupancies that can be made.

    Args:
        parent: What it is for.
        sites: The sublattice.
        suggestion: The dopant.
        mobile: Element of the mobile ion.
        states: Oxidation states that the user has named.

    Raises:
        StructureError: no usual share can be made; says why the first cannot.
    """
    named = states | ({suggestion.dopant: float(suggestion.charge)} if suggestion.state_to_name else {})
    first: StructureError | None = None
    for tolerance in TOLERANCES if not parent.structure.is_ordered else TOLERANCES[:1]:
        for share in SHARES:
            text = rule_for(parent.id, sites, suggestion, share, tolerance)
            rule = Rule.model_validate(safe_load(text)["candidates"]["rules"][0])
            try:
                plan(
                    parent,
                    expand(rule)[0],
                    mobile=mobile,
                    supercell=AutomaticSupercell(),
                    user_states=named,
                    occupancy_tolerance=tolerance,
                )
            except StructureError as error:
                first = first or error
            else:
                return text
    assert first is not None
    raise first


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
    """Dopants for a sublattice, most probable first: those of `considered` that nothing excludes, `limit` at most."""
    found = considered(
        structure, charges, sites, mobile, max_charge_difference=max_charge_difference, max_bond_change=max_bond_change
    )
    return [s for s in found if not s.excluded][:limit]


def considered(
    structure: Structure,
    charges: dict[str, float],
    sites: SublatticeSelector,
    mobile: str,
    *,
    max_charge_difference: int = 1,
    max_bond_change: float = 0.15,
) -> list[Suggestion]:
    """All ions that known crystals have in a host's place, most probable first, with the reason where one is excluded.

    Probabilities are conditional ones of pymatgen's table of ionic substitutions (Hautier et al., Inorg. Chem. 50,
    656 (2011)), radii Shannon's (Acta Cryst. A 32, 751 (1976)). They say what is usual in known crystals, not what is
    stable in this one: that is for the mixing enthalpy to tell.

    Args:
        structure: The parent; may be partially occupied.
        charges: Oxidation state of each element.
        sites: The sublattice; the element that it names, or the one that it holds, is the host.
        mobile: Element of the mobile ion, never suggested.
        max_charge_difference: Largest difference of charge to the host that is considered, e.
        max_bond_change: Largest relative change of the bond length by radii.

    Raises:
        StructureError: the sublattice is empty or mixed, or the table does not know its ion.
    """
    chosen = select(structure, sites)
    host = _host(structure, chosen, sites)
    ion = Species(host, charges[host])
    if ion not in table().species:
        raise StructureError(
            f"{host}{charges[host]:+g} is not in the table of substitutions; name the dopants yourself"
        )
    coordination, partner = _surroundings(structure, chosen[0], host, charges)
    own = radius_in(host, int(charges[host]), coordination)
    if own is None:
        raise StructureError(f"Shannon's table has no radius of {host}{charges[host]:+g}; name the dopants yourself")
    found = []
    for other in table().species:
        element, charge = other.symbol, int(other.oxi_state)
        radius = radius_in(element, charge, coordination)
        # Ions of the other sign, and bare nuclei such as N5+, which has a negative radius in the table.
        if element in (host, mobile) or charge * charges[host] <= 0 or radius is None or radius <= 0:
            continue
        difference = round(charge - charges[host])
        change = (radius - own) / (own + partner)
        common = common_states(element, charges)
        reasons = []
        if abs(difference) > max_charge_difference:
            reasons.append(f"its charge differs by {difference:+d}, more than {max_charge_difference}")
        if abs(change) > max_bond_change:
            reasons.append(f"its bonds would be {change:+.0%}, more than {max_bond_change:.0%}")
        if element in charges and charges[element] != charge:
            reasons.append(f"{element} is {charges[element]:+g} in this crystal")
        elif not any(z * charge > 0 for z in common):
            # Chalcogens and halogens are anions here, though they are the centres of oxo-anions elsewhere.
            reasons.append(f"{element} is an anion beside these elements")
        found.append(
            Suggestion(
                dopant=element,
                charge=charge,
                probability=probability(other, ion) or 0.0,
                radius_A=radius,
                bond_change=change,
                charge_difference=difference,
                compensation=_compensation(difference, mobile, charges[mobile]),
                state_to_name=element not in charges and common != (charge,),
                excluded=", ".join(reasons),
            )
        )
    likely = [s for s in found if s.probability >= LEAST_PROBABILITY or (s.excluded and is_usual(s))]
    return sorted(likely, key=lambda s: (-s.probability, s.dopant, s.charge))


def is_usual(suggestion: Suggestion) -> bool:
    """Whether a chemist may ask for it: a stable element in a common state."""
    element = Element(suggestion.dopant)
    return element.Z <= LAST_STABLE and suggestion.charge in element.common_oxidation_states


def _host(structure: Structure, chosen: list[int], sites: SublatticeSelector) -> str:
    held = {element for i in chosen for element in elements_at(structure, i)}
    if sites.element is None and len(held) != 1:
        raise StructureError(f"{describe(sites)}: the sites hold {', '.join(sorted(held))}; name one of them")
    return sites.element or held.pop()


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


def _surroundings(structure: Structure, index: int, element: str, charges: dict[str, float]) -> tuple[int, float]:
    """Neighbours of opposite charge that a site has on average, and the ionic radius in Angstrom of the nearest ion."""
    near = sorted(
        (float(n.nn_distance), str(e), float(share))
        for n in structure.get_neighbors(structure[index], FARTHEST_NEIGHBOUR_A)
        for e, share in n.species.element_composition.items()
        if charges[str(e)] * charges[element] < 0
    )
    if not near:
        raise StructureError("the sites have no neighbour of opposite charge; radii cannot be compared")
    shell = [share for distance, _, share in near if distance < SAME_SHELL * near[0][0]]
    return max(1, round(sum(shell))), ionic_radius(near[0][1], charges[near[0][1]])
