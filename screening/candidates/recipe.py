"""A rule of the config is a grid; a recipe is one point of it."""

from dataclasses import dataclass
from itertools import product
from typing import Any

from screening.candidates.selection import describe
from screening.config.boundaries import GrainBoundaryConfig, InterfaceConfig
from screening.config.candidates import Compensation, Exchange, GlassConfig, Rule, SublatticeSelector, Substitution


@dataclass(frozen=True)
class Replacement:
    """One dopant at one fraction on one sublattice; the dopant may be a vacancy."""

    sites: SublatticeSelector
    dopant: str
    fraction: float


@dataclass(frozen=True)
class SiteExchange:
    """Two species exchanged between two sublattices to one degree; None where the steps of a cell are to be found."""

    between: tuple[SublatticeSelector, SublatticeSelector]
    degree: float | None


@dataclass(frozen=True)
class Balance:
    """One way to balance the charge, with what its scheme needs."""

    scheme: str
    sites: SublatticeSelector | None = None
    dopant: str | None = None
    vacant_sites: str | None = None


@dataclass(frozen=True)
class Recipe:
    """All that makes one candidate from its parent; empty for the parent as it is.

    Attributes:
        equilibrium_K: Its degree of exchange, none included, is a step of which the one nearest to equilibrium at this
            temperature stands for all; None where the degree itself was asked for.
    """

    parent: str
    replacements: tuple[Replacement, ...] = ()
    exchanges: tuple[SiteExchange, ...] = ()
    balance: Balance | None = None
    glass: GlassConfig | None = None
    boundary: GrainBoundaryConfig | InterfaceConfig | None = None
    equilibrium_K: float | None = None

    @property
    def selectors(self) -> tuple[SublatticeSelector, ...]:
        """Of all sites that are named."""
        balance = (self.balance.sites,) if self.balance is not None and self.balance.sites is not None else ()
        exchanged = (selector for exchange in self.exchanges for selector in exchange.between)
        return (*(r.sites for r in self.replacements), *exchanged, *balance)

    @property
    def in_steps(self) -> bool:
        """Whether its degree of exchange is still to be found from the cell."""
        return any(exchange.degree is None for exchange in self.exchanges)

    def words(self) -> str:
        """What is asked for, for messages; what was made may say more."""
        parts = [f"{r.fraction:g} {r.dopant} on {describe(r.sites)}" for r in self.replacements]
        for exchange in self.exchanges:
            one, other = map(describe, exchange.between)
            degree = f"equilibrium({self.equilibrium_K:g})" if exchange.degree is None else f"{exchange.degree:g}"
            parts.append(f"{degree} exchanged between {one} and {other}")
        if self.balance is not None:
            dopant = f" of {self.balance.dopant}" if self.balance.dopant else ""
            parts.append(f"compensated by {self.balance.scheme}{dopant}")
        if self.boundary is not None:
            parts.append(boundary_words(self.boundary))
        return "; ".join(parts) or "as is"


def boundary_words(boundary: GrainBoundaryConfig | InterfaceConfig) -> str:
    """Such as "grain boundary (1 1 2)" or "interface (1 1 0) with LiCl (1 0 0)"."""
    if isinstance(boundary, InterfaceConfig):
        own, other = (" ".join(map(str, plane)) for plane in boundary.planes)
        return f"interface ({own}) with {boundary.other} ({other})"
    if boundary.twist is not None:
        return f"grain boundary sigma {boundary.twist.sigma} about [{' '.join(map(str, boundary.twist.axis))}]"
    return f"grain boundary ({' '.join(map(str, boundary.plane or ()))})"


def expand(rule: Rule) -> list[Recipe]:
    """Every combination of what the rule lists, in the order written."""
    substituted = product(*(_replacements(entry) for entry in rule.substitute))
    exchanged = product(*(_exchanges(entry) for entry in _many(rule.exchange) if entry is not None))
    balances = [way for choice in _many(rule.compensate) for way in _balances(choice)]
    return [
        Recipe(
            parent,
            tuple(one for group in groups for one in group),
            exchanges,
            balance,
            rule.glass,
            boundary,
            _equilibrium_K(rule),
        )
        for parent, groups, exchanges, balance, boundary in product(
            _many(rule.parent), substituted, exchanged, balances, _many(rule.interface or rule.grain_boundary)
        )
    ]


def _replacements(entry: Substitution) -> list[tuple[Replacement, ...]]:
    """The ways of one entry: each a single dopant, or several together."""
    if entry.dopants is not None:
        return [
            tuple(Replacement(sites, dopant, share) for dopant, share in shares.items())
            for sites in _many(entry.sites)
            for shares in _many(entry.dopants)
        ]
    return [
        (Replacement(sites, dopant, fraction),)
        for sites in _many(entry.sites)
        for dopant in _many(entry.dopant)
        for fraction in _many(entry.fraction)
    ]


def _exchanges(entry: Exchange) -> list[SiteExchange]:
    if entry.equilibrium_K is not None:
        return [SiteExchange(entry.between, None)]
    return [SiteExchange(entry.between, degree) for degree in _many(entry.degree)]


def _equilibrium_K(rule: Rule) -> float | None:
    found = [entry.equilibrium_K for entry in _many(rule.exchange) if entry is not None]
    return found[0] if found else None


def _balances(choice: str | Compensation) -> list[Balance | None]:
    if choice == "none":
        return [None]
    if isinstance(choice, str):
        return [Balance(choice)]
    return [
        Balance(choice.scheme, sites, dopant, vacant)
        for sites in _many(choice.sites)
        for dopant in _many(choice.dopant)
        for vacant in _many(choice.vacant_sites)
    ]


def _many(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
