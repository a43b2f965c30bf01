"""What a rule does to sublattices: dopants put on a share of their sites, species exchanged between two of them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from screening.candidates.builder import DecorationBuilder, whole_number
from screening.candidates.recipe import Recipe, Replacement, SiteExchange
from screening.candidates.selection import describe, host_of, select
from screening.errors import StructureError
from screening.parents.base import Parent


class Change(ABC):
    """One change; `sites` are the groups of the parent's sites that it is about."""

    sites: tuple[list[int], ...]

    @abstractmethod
    def carry_out(self, builder: DecorationBuilder) -> str:
        """Make it; returns what was done.

        Raises:
            FractionError: the supercell does not hold the share.
            StructureError: the sites do not hold what is to be replaced.
        """

    @abstractmethod
    def charge(self, builder: DecorationBuilder) -> float:
        """What it will add to the charge of the supercell, e; raises as `carry_out`."""


@dataclass(eq=False)
class Substitution(Change):
    """A dopant on its share of a sublattice's sites, in the place of what the parent has there."""

    wanted: Replacement
    sites: tuple[list[int], ...]
    host: str

    def carry_out(self, builder: DecorationBuilder) -> str:
        """See `Change.carry_out`."""
        label = describe(self.wanted.sites)
        builder.put(self.sites[0], label, self.host, self.wanted.dopant, self._count(builder))
        return f"{self.wanted.fraction:.4g} {self.wanted.dopant} on {label}"

    def charge(self, builder: DecorationBuilder) -> float:
        """See `Change.charge`."""
        step = builder.charges[self.wanted.dopant] - builder.charges[self.host]
        if step and self._takes_all(builder):
            raise StructureError(
                f"{self.wanted.dopant} takes the place of all {self.host} on {describe(self.wanted.sites)}, which are "
                "partially occupied, and changes the charge: name a scheme in `compensate`, or the share of the sites"
            )
        return self._count(builder) * step if step else 0.0

    def _takes_all(self, builder: DecorationBuilder) -> bool:
        """Whether it replaces all that partially occupied sites hold: no dopant is on every one of such sites."""
        return self.wanted.fraction == 1 and builder.is_partial(self.sites[0])

    def _count(self, builder: DecorationBuilder) -> int:
        what = f"{self.wanted.dopant} on {describe(self.wanted.sites)}"
        if self._takes_all(builder):
            held = builder.held(self.sites[0], describe(self.wanted.sites), self.host)[self.host]
            # As what the others of them hold: the message for too many says what is wrong.
            return held or builder.copies * len(self.sites[0])
        return whole_number(self.wanted.fraction, builder.copies * len(self.sites[0]), what)


@dataclass(eq=False)
class SiteDisorder(Change):
    """Species exchanged between two sublattices."""

    wanted: SiteExchange
    sites: tuple[list[int], ...]
    hosts: tuple[str, str]

    def carry_out(self, builder: DecorationBuilder) -> str:
        """See `Change.carry_out`."""
        names = tuple(describe(selector) for selector in self.wanted.between)
        one, other = names
        states = [builder.charges[host] for host in self.hosts]
        if states[0] * states[1] < 0:
            ions = " and ".join(f"{host} ({z:+g})" for host, z in zip(self.hosts, states, strict=True))
            raise StructureError(f"exchange of {one} with {other}: {ions} are a cation and an anion")
        fewest = builder.copies * min(map(len, self.sites))
        assert self.wanted.degree is not None
        n = whole_number(self.wanted.degree, fewest, f"exchange of {one} with {other}")
        builder.swap((self.sites[0], self.sites[1]), (one, other), self.hosts, n)
        return f"{self.wanted.degree:.4g} exchanged between {one} and {other}"

    def charge(self, builder: DecorationBuilder) -> float:  # noqa: ARG002
        """See `Change.charge`."""
        return 0.0


def changes_of(recipe: Recipe, parent: Parent) -> list[Change]:
    """The recipe's changes of a parent, in the order in which they are made.

    Raises:
        StructureError: there are no such sites, they hold several elements of which none is named, or the element that
            is to come already.
    """
    return [*(_substitution(parent, r) for r in recipe.replacements), *(_disorder(parent, e) for e in recipe.exchanges)]


def dopants_of(recipe: Recipe, parent: Parent) -> list[tuple[str, str]]:
    """Every dopant, one that balances the charge included, and what it takes the place of; a vacancy may be among them.

    Raises:
        StructureError: as `changes_of`.
    """
    wanted = [(replacement.dopant, replacement.sites) for replacement in recipe.replacements]
    if recipe.balance is not None and recipe.balance.dopant is not None and recipe.balance.sites is not None:
        wanted.append((recipe.balance.dopant, recipe.balance.sites))
    structure = parent.structure
    return [
        (dopant, host_of(structure, select(structure, sites), sites.element, describe(sites)))
        for dopant, sites in wanted
    ]


def _substitution(parent: Parent, wanted: Replacement) -> Substitution:
    sites = select(parent.structure, wanted.sites)
    host = host_of(parent.structure, sites, wanted.sites.element, describe(wanted.sites))
    if host == wanted.dopant:
        raise StructureError(f"{describe(wanted.sites)}: {host} is already there; name another dopant")
    return Substitution(wanted, (sites,), host)


def _disorder(parent: Parent, wanted: SiteExchange) -> SiteDisorder:
    sites = [select(parent.structure, selector) for selector in wanted.between]
    one, other = (describe(selector) for selector in wanted.between)
    first, second = (
        host_of(parent.structure, own, selector.element, name)
        for own, selector, name in zip(sites, wanted.between, (one, other), strict=True)
    )
    if first == second:
        raise StructureError(f"exchange of {one} with {other}: both hold {first}")
    if set(sites[0]) & set(sites[1]):
        raise StructureError(f"exchange of {one} with {other}: both name the same sites; an exchange is between two")
    return SiteDisorder(wanted, tuple(sites), (first, second))
