"""What is substituted, exchanged and compensated, and how many orderings are kept."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from screening.config.base import Section

Fraction = Annotated[float, Field(gt=0, le=1)]


class SublatticeSelector(Section):
    """Sites of the parent, by element, Wyckoff label and bonding; all conditions given must hold."""

    element: str | None = Field(None, description="Element on the sites, for example S.")
    wyckoff: str | None = Field(
        None,
        pattern=r"^\d+[a-zA-Z]$",
        description="Wyckoff label such as 4d, in the parent's setting; `screening parents CONFIG` lists them.",
    )
    bonded_to: str | None = Field(None, description="Only sites with a bond to this element.")
    not_bonded_to: str | None = Field(
        None, description="Only sites without a bond to this element: S not bonded to P is the free sulfide."
    )

    @model_validator(mode="after")
    def _names_something(self) -> "SublatticeSelector":
        if self.element is None and self.wyckoff is None:
            raise ValueError("name the sites by `element`, `wyckoff` or both")
        return self


class Substitution(Section):
    """A dopant put on a share of the sites of one sublattice."""

    # Not `on`: YAML reads that as true.
    sites: SublatticeSelector = Field(description="The sublattice.")
    dopant: str = Field(description="Element that takes the sites, for example Br.")
    fraction: Fraction = Field(description="Share of the sublattice's sites that the dopant takes, 0 to 1.")


class Exchange(Section):
    """Two species exchanged between two sublattices: site disorder without a change of composition."""

    between: tuple[SublatticeSelector, SublatticeSelector] = Field(description="The two sublattices.")
    degree: Fraction = Field(description="Share of the smaller sublattice's sites whose species is exchanged, 0 to 1.")


class Rule(Section):
    """One candidate: a parent and what is done to it; nothing named means the parent as it is."""

    parent: str = Field(description="Id of one of the campaign's parents.")
    substitute: tuple[Substitution, ...] = Field((), description="Substitutions made together.")
    exchange: Exchange | None = Field(None, description="Site exchange.")
    compensate: Literal["none", "vacancy", "interstitial"] = Field(
        "none",
        description="How charge is balanced: vacancies or interstitials of the mobile ion, or none needed.",
    )


class CandidatesConfig(Section):
    """Candidates and their orderings."""

    rules: tuple[Rule, ...] = Field(min_length=1, description="One candidate each.")
    supercell: tuple[
        Annotated[int, Field(ge=1, le=20)],
        Annotated[int, Field(ge=1, le=20)],
        Annotated[int, Field(ge=1, le=20)],
    ] = Field((1, 1, 1), description="Repeats of the parent's cell along its axes.")
    orderings: int = Field(1, ge=1, le=100, description="Orderings kept for each candidate, lowest Ewald energy first.")
    max_enumerated: int = Field(
        20_000,
        ge=1,
        le=1_000_000,
        description="Up to this many arrangements are enumerated exactly; above it they are drawn at random.",
    )
    draws: int = Field(2_000, ge=10, le=1_000_000, description="Random arrangements drawn when there are too many.")
