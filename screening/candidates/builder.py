"""Collects sublattices on a supercell of the parent, step by step, into a decoration."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.occupancies import DIGITS_TOLERANCE, FractionError, Occupancy, whole_counts
from screening.candidates.recipe import Replacement, SiteExchange
from screening.candidates.selection import describe, elements_at, select
from screening.errors import StructureError
from screening.parents.wyckoff import wyckoff_labels

WHOLE = 1e-6


class DecorationBuilder:
    """Sublattices on a supercell; each site belongs to one of them at most."""

    def __init__(self, parent: Structure, supercell: tuple[int, int, int], charges: dict[str, float]) -> None:
        self.parent = parent
        self.charges = charges
        self.copies = int(np.prod(supercell))
        repeated = parent.copy()
        repeated.make_supercell(supercell)
        # make_supercell keeps the copies of a site together: site i becomes i*copies to (i+1)*copies - 1.
        self.lattice = repeated.lattice
        self.fractional: NDArray[np.float64] = np.array(repeated.frac_coords)
        self.species = [repeated[i].specie.symbol if repeated[i].is_ordered else "" for i in range(len(repeated))]
        self.sublattices: list[Sublattice] = []
        # Which of them came from partial occupancies of the parent.
        self._partial: list[int] = []

    def decoration(self) -> Decoration:
        """The decoration so far."""
        return Decoration(
            self.lattice,
            self.fractional,
            tuple(species or VACANCY for species in self.species),
            tuple(self.sublattices),
            self.charges,
        )

    def in_supercell(self, parent_sites: list[int]) -> list[int]:
        """Supercell sites of parent sites."""
        return [i * self.copies + k for i in parent_sites for k in range(self.copies)]

    def untouched(self, element: str) -> list[int]:
        """Sites of an element that no sublattice has taken yet."""
        taken = {site for sublattice in self.sublattices for site in sublattice.sites}
        return [i for i, s in enumerate(self.species) if s == element and i not in taken]

    def add(self, label: str, sites: list[int], counts: dict[str, int]) -> None:
        """Make a sublattice.

        Raises:
            StructureError: a site is already in another one.
        """
        if {site for sublattice in self.sublattices for site in sublattice.sites} & set(sites):
            raise StructureError(f"{label}: these sites are already changed by another part of the rule")
        kept = tuple((species, n) for species, n in sorted(counts.items()) if n)
        self.sublattices.append(Sublattice(label, tuple(sites), kept))

    def add_empty_sites(self, label: str, fractional: NDArray[np.float64], counts: dict[str, int]) -> None:
        """Make a sublattice of new sites, (n, 3) in fractions of the supercell."""
        start = len(self.species)
        self.fractional = np.concatenate([self.fractional, fractional])
        self.species += [VACANCY] * len(fractional)
        self.add(label, list(range(start, len(self.species))), counts)

    def partially_occupied(self, species: str, by: str) -> dict[int, int]:
        """Sublattices of partially occupied sites that `by` is on: their number to how many sites hold `species`."""
        counts = {k: dict(self.sublattices[k].counts) for k in self._partial}
        return {k: found.get(species, 0) for k, found in counts.items() if by in found}

    def exchange_on(self, number: int, old: str, new: str, n: int) -> None:
        """Let `n` more sites of a sublattice hold `new` instead of `old`."""
        sublattice = self.sublattices[number]
        counts = dict(sublattice.counts)
        counts[old] -= n
        counts[new] = counts.get(new, 0) + n
        kept = tuple((species, m) for species, m in sorted(counts.items()) if m)
        self.sublattices[number] = Sublattice(sublattice.label, sublattice.sites, kept)

    def host(self, sites: list[int], label: str) -> str:
        """The one species on the sites.

        Raises:
            StructureError: there are several, or partial occupancies.
        """
        found = {self.species[i] for i in sites}
        if len(found) != 1 or "" in found:
            raise StructureError(
                f"{label}: the sites hold several species or are partially occupied; "
                "name them more narrowly by element and Wyckoff label"
            )
        return found.pop()

    def substitute(self, replacement: Replacement) -> str:
        """Put the dopant on its share of the sites; returns what was done."""
        label = describe(replacement.sites)
        sites = self.in_supercell(select(self.parent, replacement.sites))
        host = self.host(sites, label)
        if host == replacement.dopant:
            raise StructureError(f"{label}: {host} is already there; name another dopant")
        n = whole_number(replacement.fraction, len(sites), f"{replacement.dopant} on {label}")
        self.add(label, sites, {host: len(sites) - n, replacement.dopant: n})
        return f"{replacement.fraction:.4g} {replacement.dopant} on {label}"

    def exchange(self, exchange: SiteExchange) -> str:
        """Exchange species between two sublattices; returns what was done."""
        groups = [self.in_supercell(select(self.parent, selector)) for selector in exchange.between]
        names = [describe(selector) for selector in exchange.between]
        hosts = [self.host(sites, name) for sites, name in zip(groups, names, strict=True)]
        if hosts[0] == hosts[1]:
            raise StructureError(f"exchange of {names[0]} with {names[1]}: both hold {hosts[0]}")
        states = [self.charges[host] for host in hosts]
        if states[0] * states[1] < 0:
            ions = " and ".join(f"{host} ({state:+g})" for host, state in zip(hosts, states, strict=True))
            raise StructureError(f"exchange of {names[0]} with {names[1]}: {ions} are a cation and an anion")
        n = whole_number(exchange.degree, min(len(s) for s in groups), f"exchange of {names[0]} with {names[1]}")
        for here, there in ((0, 1), (1, 0)):
            self.add(names[here], groups[here], {hosts[here]: len(groups[here]) - n, hosts[there]: n})
        return f"{exchange.degree:.4g} exchanged between {names[0]} and {names[1]}"

    def fill_partial_occupancies(self, tolerance: float) -> str:
        """Make a sublattice of each orbit of partially occupied sites of the parent; returns what was rounded.

        Args:
            tolerance: Largest change of an occupancy that is allowed; 0 rounds nothing.

        Raises:
            FractionError: an occupancy is not a whole number of sites in this supercell.
        """
        disordered = [i for i in range(len(self.parent)) if not self.parent[i].is_ordered]
        if not disordered:
            return ""
        labels = wyckoff_labels(self.parent)
        orbits: dict[tuple[str, str], list[int]] = {}
        for i in disordered:
            orbits.setdefault((labels[i], str(self.parent[i].species)), []).append(i)
        charge = self.decoration().charge()
        sites = [self.in_supercell(parent_sites) for parent_sites in orbits.values()]
        wanted = [
            Occupancy(k, f"{e} {wyckoff}", str(e), float(x), len(sites[k]), self.charges[str(e)])
            for k, ((wyckoff, _), parent_sites) in enumerate(orbits.items())
            for e, x in self.parent[parent_sites[0]].species.element_composition.items()
        ]
        elsewhere = {site.specie.symbol for site in self.parent if site.is_ordered}
        counts = whole_counts(wanted, charge, tolerance, elsewhere)
        for k, ((wyckoff, _), parent_sites) in enumerate(orbits.items()):
            here = {o.element: n for o, n in zip(wanted, counts, strict=True) if o.orbit == k}
            elements = "/".join(sorted(elements_at(self.parent, parent_sites[0])))
            self._partial.append(len(self.sublattices))
            self.add(f"{elements} {wyckoff}", sites[k], {**here, VACANCY: len(sites[k]) - sum(here.values())})
        changed = [
            f"{o.what} {o.occupancy:.4g} as {n / o.sites:.4g}"
            for o, n in zip(wanted, counts, strict=True)
            if abs(n / o.sites - o.occupancy) > DIGITS_TOLERANCE
        ]
        return f"occupancies rounded: {', '.join(changed)}" if changed else ""


def whole_number(fraction: float, sites: int, what: str) -> int:
    """Number of sites a fraction comes to.

    Raises:
        FractionError: it is not whole; offers the nearest fractions and what a supercell must hold.
    """
    amount = fraction * sites
    count = round(amount)
    # 0.3333 of three sites is meant to be one of them; a tenth of an ion is never hidden.
    if count and abs(amount - count) <= min(DIGITS_TOLERANCE * sites, 0.1):
        return count
    share = Fraction(fraction).limit_denominator(10_000)
    near = [n / sites for n in (int(np.floor(amount)), int(np.ceil(amount))) if 0 < n <= sites]
    raise FractionError(
        f"{what}: {fraction:.4g} of {sites} sites is {amount:.4g}, not a whole number; nearest fractions in this "
        f"supercell: {' or '.join(f'{x:.4g}' for x in near)}; "
        f"or choose a supercell with a multiple of {share.denominator} such sites",
        min(abs(x - fraction) for x in near),
    )
