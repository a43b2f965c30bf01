"""Collects sublattices on a supercell of the parent, step by step, into a decoration."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.candidates.decoration import VACANCY, Decoration, Sublattice
from screening.candidates.occupancies import DIGITS_TOLERANCE, FractionError, Occupancy, whole_counts
from screening.candidates.selection import select
from screening.config.candidates import SublatticeSelector
from screening.errors import StructureError
from screening.parents.wyckoff import site_names

WHOLE = 1e-6


class DecorationBuilder:
    """Sublattices on a supercell; each site belongs to one of them at most, which several changes may share.

    Sites that several changes name in part are cut into what all of them name alike, and a change of several pieces is
    shared out in proportion to the ions it replaces.
    """

    def __init__(
        self,
        parent: Structure,
        supercell: tuple[int, int, int] | NDArray[np.int64],
        charges: dict[str, float],
        named: Sequence[Sequence[int]] = (),
        find: Callable[[SublatticeSelector], list[int]] | None = None,
    ) -> None:
        """Nothing is changed yet.

        Args:
            parent: May be partially occupied.
            supercell: Repeats of its cell, or the vectors of another in whole numbers of its own, (3, 3).
            charges: Oxidation state of each species.
            named: Sites of the parent that each change to come will name.
            find: Its sites that a selector means; by default those of `parent` itself.
        """
        self.parent = parent
        self.charges = charges
        self.find = find or partial(select, parent)
        cell = np.diag(supercell) if np.ndim(supercell) == 1 else np.asarray(supercell)
        self.copies = round(abs(np.linalg.det(cell)))
        repeated = parent.copy()
        repeated.make_supercell(cell)
        # make_supercell keeps the copies of a site together: site i becomes i*copies to (i+1)*copies - 1.
        self.lattice = repeated.lattice
        self.fractional: NDArray[np.float64] = np.array(repeated.frac_coords)
        self.species = [repeated[i].specie.symbol if repeated[i].is_ordered else "" for i in range(len(repeated))]
        self.sublattices: list[Sublattice] = []
        # Which of them came from partial occupancies of the parent.
        self._partial: list[int] = []
        # What took whose place: pairs of species, either may be a vacancy. Exchanges between sites are none.
        self.moves: list[tuple[str, str]] = []
        # What the two groups of sites of each exchange held before it, the exchanged species first.
        self.held_before_exchange: list[tuple[dict[str, int], ...]] = []
        self._named_by = [tuple(k for k, sites in enumerate(named) if i in set(sites)) for i in range(len(parent))]

    def decoration(self) -> Decoration:
        """The decoration so far; a sublattice of which all sites hold one species is none."""
        return Decoration(
            self.lattice,
            self.fractional,
            tuple(species or VACANCY for species in self.species),
            tuple(self.sublattices),
            self.charges,
        )

    def in_supercell(self, parent_sites: Sequence[int]) -> list[int]:
        """Supercell sites of parent sites."""
        return [i * self.copies + k for i in parent_sites for k in range(self.copies)]

    def untouched(self, element: str) -> list[int]:
        """Sites of an element that no sublattice has taken yet."""
        taken = {site for sublattice in self.sublattices for site in sublattice.sites}
        return [i for i, s in enumerate(self.species) if s == element and i not in taken]

    def add(self, label: str, sites: list[int], counts: dict[str, int]) -> None:
        """Make a sublattice of sites that are in none."""
        kept = tuple((species, n) for species, n in sorted(counts.items()) if n)
        self.sublattices.append(Sublattice(label, tuple(sites), kept))

    def add_empty_sites(self, label: str, fractional: NDArray[np.float64], counts: dict[str, int]) -> None:
        """Make a sublattice of new sites, (n, 3) in fractions of the supercell."""
        start = len(self.species)
        self.fractional = np.concatenate([self.fractional, fractional])
        self.species += [VACANCY] * len(fractional)
        self.add(label, list(range(start, len(self.species))), counts)

    def holding(self, species: str, *, by: str, partial: bool) -> dict[int, int]:
        """Sublattices that `by` is on: their number to how many sites hold `species`.

        Args:
            species: What is counted.
            by: What the sublattice must hold.
            partial: Those of partially occupied sites, or all others.
        """
        counts = {k: dict(s.counts) for k, s in enumerate(self.sublattices) if (k in self._partial) == partial}
        return {k: found.get(species, 0) for k, found in counts.items() if by in found}

    def exchange_on(self, number: int, old: str, new: str, n: int) -> None:
        """Let `n` more sites of a sublattice hold `new` instead of `old`."""
        sublattice = self.sublattices[number]
        counts = dict(sublattice.counts)
        counts[old] -= n
        counts[new] = counts.get(new, 0) + n
        kept = tuple((species, m) for species, m in sorted(counts.items()) if m)
        self.sublattices[number] = replace(sublattice, counts=kept)

    def is_partial(self, sites: Sequence[int]) -> bool:
        """Whether some of these sites of the parent are partially occupied or shared by elements."""
        return any(not self.parent[i].is_ordered for i in sites)

    def put(self, sites: Sequence[int], label: str, old: str, new: str, n: int) -> None:
        """Let `n` of some sites of the parent hold `new` instead of `old`, shared out over their pieces.

        Raises:
            StructureError: fewer of them hold `old`.
        """
        self._put(sites, label, old, new, n)
        self.moves.append((old, new))

    def swap(
        self, sites: tuple[Sequence[int], Sequence[int]], labels: tuple[str, str], hosts: tuple[str, str], n: int
    ) -> None:
        """Exchange `n` ions of two groups of sites of the parent.

        Raises:
            StructureError: fewer are there.
        """
        before = tuple(self.held(own, label, host) for own, label, host in zip(sites, labels, hosts, strict=True))
        self.held_before_exchange.append(before)
        for here, there in ((0, 1), (1, 0)):
            self._put(sites[here], labels[here], hosts[here], hosts[there], n)

    def held(self, sites: Sequence[int], label: str, host: str) -> dict[str, int]:
        """What some sites of the parent hold now, the host first, with 0 where there is none of it."""
        held = {host: 0}
        for k in self._pieces(sites, label, host):
            for species, n in self.sublattices[k].counts:
                held[species] = held.get(species, 0) + n
        return held

    def likely_species(self) -> list[str]:
        """What the parent has on each site of the supercell, and most of on a shared one; vacancies left out."""
        most = [
            max(site.species.element_composition.items(), key=lambda share: share[1])[0].symbol for site in self.parent
        ]
        return [symbol for symbol in most for _ in range(self.copies)]

    def _put(self, sites: Sequence[int], label: str, old: str, new: str, n: int) -> None:
        pieces = self._pieces(sites, label, old)
        there = [dict(self.sublattices[k].counts).get(old, 0) for k in pieces]
        if sum(there) < n:
            some = f"only {sum(there)}" if sum(there) else "none"
            holds = "holds" if sum(there) == 1 else "hold"
            raise StructureError(
                f"{n} {new} are to take the place of {old} on {label}, where {some} of its {self.copies * len(sites)} "
                f"sites {holds} {old}: the others are already changed by another part of the rule, empty, or hold "
                f"something else; lower a share{_at_most(sum(there) / (self.copies * len(sites)))}"
            )
        for k, share in zip(pieces, in_proportion(n, there), strict=True):
            if share:
                self.exchange_on(k, old, new, share)

    def _pieces(self, sites: Sequence[int], label: str, host: str) -> list[int]:
        """Numbers of the sublattices that make up some sites of the parent; those that are not there yet are made."""
        taken = {site: k for k, sublattice in enumerate(self.sublattices) for site in sublattice.sites}
        pieces: dict[tuple[int, ...], list[int]] = {}
        for i in sites:
            if i * self.copies not in taken:
                pieces.setdefault(self._named_by[i], []).append(i)
        for own in pieces.values():
            text = label if len(own) == len(sites) else self._text(own)
            new = self.in_supercell(own)
            self.add(text, new, {host: len(new)})
            taken |= dict.fromkeys(new, len(self.sublattices) - 1)
        return list(dict.fromkeys(taken[i * self.copies] for i in sites))

    def _text(self, sites: Sequence[int]) -> str:
        names = site_names(self.parent).text
        return ", ".join(dict.fromkeys(names[i] for i in sites))

    def fill_partial_occupancies(self, tolerance: float, charge_to_come: float = 0.0) -> str:
        """Make sublattices of each orbit of partially occupied sites of the parent; returns what was rounded.

        Args:
            tolerance: Largest change of an occupancy that is allowed; 0 rounds nothing.
            charge_to_come: What changes of these sites will add to the charge of the cell.

        Raises:
            FractionError: an occupancy is not a whole number of sites in this supercell.
        """
        disordered = [i for i in range(len(self.parent)) if not self.parent[i].is_ordered]
        if not disordered:
            return ""
        names = site_names(self.parent)
        orbits: dict[tuple[int, tuple[int, ...]], list[int]] = {}
        for i in disordered:
            orbits.setdefault((names.orbit[i], self._named_by[i]), []).append(i)
        charge = self.decoration().charge() + charge_to_come
        sites = [self.in_supercell(parent_sites) for parent_sites in orbits.values()]
        wanted = [
            Occupancy(k, text, str(e), float(x), len(sites[k]), self.charges[str(e)])
            for k, own in enumerate(orbits.values())
            for e, x in self.parent[own[0]].species.element_composition.items()
            for text in (f"{e} {names.text[own[0]].partition(' ')[2]}",)
        ]
        elsewhere = {site.specie.symbol for site in self.parent if site.is_ordered}
        counts = whole_counts(wanted, charge, tolerance, elsewhere)
        for k, own in enumerate(orbits.values()):
            here = {o.element: n for o, n in zip(wanted, counts, strict=True) if o.orbit == k}
            self._partial.append(len(self.sublattices))
            self.add(names.text[own[0]], sites[k], {**here, VACANCY: len(sites[k]) - sum(here.values())})
        changed = [
            f"{o.what} {o.occupancy:.4g} as {n / o.sites:.4g}"
            for o, n in zip(wanted, counts, strict=True)
            if abs(n / o.sites - o.occupancy) > DIGITS_TOLERANCE
        ]
        return f"occupancies rounded: {', '.join(changed)}" if changed else ""


def _at_most(share: float) -> str:
    return f", this one to {share:.4g} at most" if share else ""


def in_proportion(count: int, room: list[int]) -> list[int]:
    """A whole number shared out in proportion, the largest remainders first; no share exceeds its room."""
    if not count:
        return [0] * len(room)
    shares = [count * n // sum(room) for n in room]
    by_remainder = sorted(range(len(room)), key=lambda k: -(count * room[k] % sum(room)))
    for k in by_remainder[: count - sum(shares)]:
        shares[k] += 1
    return shares


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
