"""From a rule of the config to a decoration: sites, counts and a balanced charge."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates import oxidation
from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.interstitials import void_sites
from screening.candidates.selection import describe, elements_at, select, wyckoff_labels
from screening.config.candidates import Exchange, Rule, Substitution
from screening.errors import StructureError

WHOLE = 1e-6
# Printed occupancies such as 0.333 are not exact to more than this.
OCCUPANCY_DIGITS_TOLERANCE = 0.0007


@dataclass(frozen=True)
class Plan:
    """What a rule comes to.

    Attributes:
        decoration: To be filled.
        done: What was done to the parent, in words.
        formula_units: Parent formula units in the supercell.
    """

    decoration: Decoration
    done: str
    formula_units: float


def plan(
    parent: Structure,
    recorded_states: dict[str, float] | None,
    rule: Rule,
    *,
    mobile: str,
    supercell: tuple[int, int, int],
    user_states: dict[str, float],
) -> Plan:
    """Turn a rule into a decoration of the supercell.

    Args:
        parent: May be partially occupied.
        recorded_states: Oxidation states its source gives, if any.
        rule: What to do.
        mobile: Element of the mobile ion.
        supercell: Repeats along the parent's axes.
        user_states: Oxidation states from the config.

    Raises:
        StructureError: no such sites, a fraction the supercell cannot hold, a charge that the chosen
            compensation does not balance; says what would work.
    """
    charges = oxidation.of_parent(parent, recorded_states, user_states)
    for substitution in rule.substitute:
        charges[substitution.dopant] = oxidation.of_dopant(substitution.dopant, user_states, charges)
    builder = _Builder(parent, supercell, charges)
    done = []
    for substitution in rule.substitute:
        builder.substitute(substitution)
        done.append(f"{substitution.fraction:.4g} {substitution.dopant} on {describe(substitution.sites)}")
    if rule.exchange is not None:
        done.append(builder.exchange(rule.exchange))
    builder.fill_partial_occupancies()
    compensation = builder.compensate(rule.compensate, mobile)
    if compensation:
        done.append(compensation)
    units = parent.composition.get_reduced_composition_and_factor()[1] * float(np.prod(supercell))
    return Plan(builder.decoration(), "; ".join(done) or "as is", units)


class _Builder:
    """Collects sublattices on a supercell; each site belongs to one of them at most."""

    def __init__(self, parent: Structure, supercell: tuple[int, int, int], charges: dict[str, float]) -> None:
        self.parent = parent
        self.supercell = supercell
        self.charges = charges
        self.copies = int(np.prod(supercell))
        repeated = parent.copy()
        repeated.make_supercell(supercell)
        # make_supercell keeps the copies of a site together: site i becomes i*copies to (i+1)*copies - 1.
        self.lattice = repeated.lattice
        self.fractional: NDArray[np.float64] = np.array(repeated.frac_coords)
        self.species = [repeated[i].specie.symbol if repeated[i].is_ordered else "" for i in range(len(repeated))]
        self.sublattices: list[Sublattice] = []

    def _in_supercell(self, parent_sites: list[int]) -> list[int]:
        return [i * self.copies + k for i in parent_sites for k in range(self.copies)]

    def _taken(self) -> set[int]:
        return {site for sublattice in self.sublattices for site in sublattice.sites}

    def _add(self, label: str, sites: list[int], counts: dict[str, int]) -> None:
        if self._taken() & set(sites):
            raise StructureError(f"{label}: these sites are already changed by another part of the rule")
        kept = tuple((species, n) for species, n in sorted(counts.items()) if n)
        self.sublattices.append(Sublattice(label, tuple(sites), kept))

    def _one_species(self, sites: list[int], label: str) -> str:
        found = {self.species[i] for i in sites}
        if len(found) != 1 or "" in found:
            raise StructureError(
                f"{label}: the sites hold several species or are partially occupied; "
                "name them more narrowly by element and Wyckoff label"
            )
        return found.pop()

    def _whole(self, amount: float, sites: int, what: str) -> int:
        count = round(amount)
        if abs(amount - count) > WHOLE * max(1, sites) or count == 0:
            share = Fraction(amount / sites).limit_denominator(10_000)
            lower, upper = int(np.floor(amount)) / sites, int(np.ceil(amount)) / sites
            near = " or ".join(f"{x:.4g}" for x in (lower, upper) if x > 0)
            raise StructureError(
                f"{what}: {amount / sites:.4g} of {sites} sites is {amount:.4g}, not a whole number; "
                f"nearest fractions in this supercell: {near}; "
                f"or choose a supercell with a multiple of {share.denominator} such sites"
            )
        return count

    def substitute(self, substitution: Substitution) -> None:
        """Put the dopant on its share of the sites."""
        label = describe(substitution.sites)
        sites = self._in_supercell(select(self.parent, substitution.sites))
        host = self._one_species(sites, label)
        if host == substitution.dopant:
            raise StructureError(f"{label}: {host} is already there; name another dopant")
        n = self._whole(substitution.fraction * len(sites), len(sites), f"{substitution.dopant} on {label}")
        self._add(label, sites, {host: len(sites) - n, substitution.dopant: n})

    def exchange(self, exchange: Exchange) -> str:
        """Exchange species between two sublattices; returns what was done."""
        first, second = exchange.between
        groups = [self._in_supercell(select(self.parent, selector)) for selector in (first, second)]
        names = [describe(first), describe(second)]
        hosts = [self._one_species(sites, name) for sites, name in zip(groups, names, strict=True)]
        if hosts[0] == hosts[1]:
            raise StructureError(f"exchange of {names[0]} with {names[1]}: both hold {hosts[0]}")
        smaller = min(len(sites) for sites in groups)
        n = self._whole(exchange.degree * smaller, smaller, f"exchange of {names[0]} with {names[1]}")
        for here, there in ((0, 1), (1, 0)):
            self._add(names[here], groups[here], {hosts[here]: len(groups[here]) - n, hosts[there]: n})
        return f"{exchange.degree:.4g} exchanged between {names[0]} and {names[1]}"

    def fill_partial_occupancies(self) -> None:
        """Make a sublattice of each orbit of partially occupied sites of the parent; nothing is rounded away.

        Raises:
            StructureError: an occupancy is not a whole number of sites in this supercell.
        """
        disordered = [i for i in range(len(self.parent)) if not self.parent[i].is_ordered]
        if not disordered:
            return
        labels = wyckoff_labels(self.parent)
        orbits: dict[tuple[str, str], list[int]] = {}
        for i in disordered:
            orbits.setdefault((labels[i], str(self.parent[i].species)), []).append(i)
        for (wyckoff, _), parent_sites in orbits.items():
            sites = self._in_supercell(parent_sites)
            counts: Counter[str] = Counter()
            for element, occupancy in self.parent[parent_sites[0]].species.element_composition.items():
                amount = occupancy * len(sites)
                if abs(amount - round(amount)) > min(OCCUPANCY_DIGITS_TOLERANCE * len(sites), 0.1):
                    share = Fraction(occupancy).limit_denominator(24)
                    raise StructureError(
                        f"{element} {wyckoff}: occupancy {occupancy:.4g} of {len(sites)} sites is {amount:.4g} ions, "
                        f"not a whole number; choose a supercell with a multiple of {share.denominator} such sites"
                    )
                counts[str(element)] = round(amount)
            counts[VACANCY] = len(sites) - sum(counts.values())
            elements = "/".join(sorted(elements_at(self.parent, parent_sites[0])))
            self._add(f"{elements} {wyckoff}", sites, dict(counts))

    def compensate(self, scheme: str, mobile: str) -> str:
        """Balance the charge with the mobile ion; returns what was done, "" if nothing."""
        charge = self.decoration().charge()
        if scheme == "none":
            if abs(charge) > WHOLE:
                wanted = "vacancy" if charge > 0 else "interstitial"
                raise StructureError(
                    f"the charge is {charge:+g} e per supercell and nothing balances it; "
                    f"set compensate: {wanted} (oxidation states {oxidation.describe(self.charges)})"
                )
            return ""
        if mobile not in self.charges:
            raise StructureError(f"the parent holds no {mobile}, so {mobile} cannot balance the charge")
        number = -charge / self.charges[mobile]
        count = round(number)
        if abs(number - count) > WHOLE:
            raise StructureError(
                f"the charge is {charge:+g} e per supercell, not a whole number of {mobile} ions; change the fraction"
            )
        if count == 0:
            raise StructureError(f"the charge is already balanced; remove compensate: {scheme}")
        if (count < 0) != (scheme == "vacancy"):
            other = "interstitial" if scheme == "vacancy" else "vacancy"
            raise StructureError(
                f"the charge is {charge:+g} e per supercell, which {scheme} compensation cannot balance; "
                f"set compensate: {other}"
            )
        if scheme == "vacancy":
            self._remove_mobile(mobile, -count)
        else:
            self._insert_mobile(mobile, count)
        plural = {"vacancy": "vacancies", "interstitial": "interstitials"}[scheme]
        return f"{abs(count)} {mobile} {scheme if abs(count) == 1 else plural}"

    def _remove_mobile(self, mobile: str, count: int) -> None:
        taken = self._taken()
        sites = [i for i, s in enumerate(self.species) if s == mobile and i not in taken]
        if len(sites) < count:
            raise StructureError(
                f"{count} {mobile} vacancies are needed, but only {len(sites)} {mobile} can be removed"
            )
        self._add(f"{mobile} (vacancies)", sites, {mobile: len(sites) - count, VACANCY: count})

    def _insert_mobile(self, mobile: str, count: int) -> None:
        if not self.parent.is_ordered:
            raise StructureError("interstitials in a partially occupied parent: order it first, or use vacancies")
        host = Structure(self.lattice, self.species, self.fractional)
        voids = void_sites(host, mobile, self.charges)
        if len(voids) < count:
            raise StructureError(f"{count} {mobile} interstitials are needed, but there is room for {len(voids)}")
        start = len(self.species)
        self.fractional = np.concatenate([self.fractional, voids])
        self.species += [VACANCY] * len(voids)
        sites = list(range(start, start + len(voids)))
        self._add(f"{mobile} (interstitials)", sites, {mobile: count, VACANCY: len(voids) - count})

    def decoration(self) -> Decoration:
        """The decoration so far."""
        return Decoration(
            self.lattice,
            self.fractional,
            tuple(species or VACANCY for species in self.species),
            tuple(self.sublattices),
            self.charges,
        )
