"""A rule of the config is a grid; a recipe is one point of it."""

from dataclasses import dataclass
from itertools import product
from typing import Any

from screening.candidates.selection import describe
from screening.config.candidates import Compensation, GlassConfig, Rule, SublatticeSelector


@dataclass(frozen=True)
class Replacement:
    """One dopant at one fraction on one sublattice; the dopant may be a vacancy."""

    sites: SublatticeSelector
    dopant: str
    fraction: float


@dataclass(frozen=True)
class SiteExchange:
    """Two species exchanged between two sublattices to one degree."""

    between: tuple[SublatticeSelector, SublatticeSelector]
    degree: float


@dataclass(frozen=True)
class Recipe:
    """All that makes one candidate from its parent; empty for the parent as it is."""

    parent: str
    replacements: tuple[Replacement, ...] = ()
    exchange: SiteExchange | None = None
    compensation: Compensation | None = None
    glass: GlassConfig | None = None

    def words(self) -> str:
        """What is asked for, for messages; what was made may say more."""
        parts = [f"{r.fraction:g} {r.dopant} on {describe(r.sites)}" for r in self.replacements]
        if self.exchange is not None:
            one, other = map(describe, self.exchange.between)
            parts.append(f"{self.exchange.degree:g} exchanged between {one} and {other}")
        if self.compensation is not None:
            parts.append(f"compensated by {self.compensation.scheme}")
        return "; ".join(parts) or "as is"


def expand(rule: Rule) -> list[Recipe]:
    """Every combination of the rule's dopants, fractions, degrees and compensations, in the order written."""
    replacements = [
        [Replacement(s.sites, dopant, fraction) for dopant in _many(s.dopant) for fraction in _many(s.fraction)]
        for s in rule.substitute
    ]
    exchanges: list[SiteExchange | None] = [None]
    if rule.exchange is not None:
        exchanges = [SiteExchange(rule.exchange.between, degree) for degree in _many(rule.exchange.degree)]
    return [
        Recipe(rule.parent, chosen, exchange, _compensation(scheme), rule.glass)
        for *rest, exchange, scheme in product(*replacements, exchanges, _many(rule.compensate))
        for chosen in (tuple(rest),)
    ]


def _many(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _compensation(choice: str | Compensation) -> Compensation | None:
    if isinstance(choice, Compensation):
        return choice
    return None if choice == "none" else Compensation.model_validate({"scheme": choice})
