"""What is substituted, exchanged and compensated, and how many orderings are kept."""

import re
from fractions import Fraction as Ratio
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)

from screening.config.base import Section
from screening.config.boundaries import GrainBoundaries, InterfaceConfig


def _from_text(value: Any) -> Any:
    """A fraction may be written as 1/3."""
    if isinstance(value, str) and "/" in value:
        try:
            return float(Ratio(value.replace(" ", "")))
        except (ValueError, ZeroDivisionError):
            return value
    return value


Fraction = Annotated[float, BeforeValidator(_from_text), Field(gt=0, le=1)]
Fractions = Fraction | Annotated[tuple[Fraction, ...], Field(min_length=1)]

_EQUILIBRIUM = re.compile(r"equilibrium\(\s*(\d+(?:\.\d+)?)\s*K?\s*\)")
#: Temperatures in K at which a crystal may have been made.
_SYNTHESIS_K = (100.0, 5000.0)


def _degree(value: Any) -> Any:
    """What is no share must be an equilibrium; each mistake is told by itself."""
    if isinstance(value, list | tuple) and any(isinstance(one, str) and "equilibrium" in one for one in value):
        raise ValueError(
            "equilibrium(T) makes all degrees itself and stands alone, not in a list; give it a rule of its own"
        )
    if not isinstance(value, str) or not re.search("[A-DF-Za-df-z]", value):
        return value
    found = _EQUILIBRIUM.fullmatch(value.strip())
    if found is None:
        raise ValueError(
            f"{value!r} is neither a share from 0 to 1, such as 0.5 or 1/3, nor the degree at a temperature of "
            "synthesis in K, such as equilibrium(823)"
        )
    low, high = _SYNTHESIS_K
    if not low <= float(found[1]) <= high:
        raise ValueError(f"{value!r}: the temperature of synthesis is in K, {low:g} to {high:g}")
    return f"equilibrium({float(found[1]):g})"


def _form_of_degree(value: Any) -> str:
    """Which form is meant, so that a mistake is told of that one alone."""
    if isinstance(value, str) and value.startswith("equilibrium"):
        return "str"
    return "tuple" if isinstance(value, list | tuple) else "float"


Degree = Annotated[
    Annotated[
        Annotated[Fraction, Tag("float")]
        | Annotated[tuple[Fraction, ...], Field(min_length=1), Tag("tuple")]
        | Annotated[str, Field(pattern=r"^equilibrium\(.+\)$"), Tag("str")],
        Discriminator(_form_of_degree),
    ],
    BeforeValidator(_degree),
]
Shares = Annotated[dict[str, Fraction], Field(min_length=1)]
Repeat = Annotated[int, Field(ge=1, le=20)]


class SublatticeSelector(Section):
    """Sites of the parent, by element, Wyckoff label, label in the file and bonding; all conditions given must hold."""

    element: str | None = Field(None, description="Element on the sites, for example S.")
    wyckoff: str | None = Field(
        None,
        pattern=r"^\d+[a-zA-Z]$",
        description="Wyckoff label such as 4d, in the parent's setting; `screening parents CONFIG` lists them.",
    )
    label: str | None = Field(
        None,
        min_length=1,
        description=(
            "Label of the sites in the structure file, such as Li2; it tells apart sites of one Wyckoff letter. Where "
            "the file has no labels, sites are numbered; `screening parents CONFIG` lists both."
        ),
    )
    bonded_to: str | None = Field(None, description="Only sites with a bond to this element.")
    not_bonded_to: str | None = Field(
        None, description="Only sites without a bond to this element: S not bonded to P is the free sulfide."
    )

    @model_validator(mode="after")
    def _names_something(self) -> "SublatticeSelector":
        if self.element is None and self.wyckoff is None and self.label is None:
            raise ValueError("name the sites by `element`, `wyckoff` or `label`, or several of them")
        return self


Selectors = SublatticeSelector | Annotated[tuple[SublatticeSelector, ...], Field(min_length=1)]
Names = str | Annotated[tuple[str, ...], Field(min_length=1)]


class Substitution(Section):
    """Dopants put on shares of the sites of one sublattice.

    Several entries may name the same sites: each takes its share from what the parent has there.
    """

    # Not `on`: YAML reads that as true.
    sites: Selectors = Field(description="The sublattice; each of a list makes candidates.")
    dopant: Names | None = Field(
        None,
        description=(
            "Element that takes the sites, for example Br, or `vacancy`; each of a list makes candidates. On sites of "
            "the mobile ion too."
        ),
    )
    fraction: Fractions | None = Field(
        None,
        description=(
            "Share of the sublattice's sites, filled or not, that the dopant takes, 0 to 1; on partially occupied "
            "sites 1 means all that is there. Each of a list makes candidates."
        ),
    )
    dopants: Shares | Annotated[tuple[Shares, ...], Field(min_length=1)] | None = Field(
        None,
        description=(
            "Instead of `dopant` and `fraction`: several dopants together with the share of each, for example "
            "{Sb: 7/8, W: 1/8}; each of a list makes candidates."
        ),
    )

    @model_validator(mode="after")
    def _one_form(self) -> "Substitution":
        if self.dopants is not None:
            if self.dopant is not None or self.fraction is not None:
                raise ValueError("give either `dopants` with their shares, or `dopant` and `fraction`")
            for shares in self.dopants if isinstance(self.dopants, tuple) else (self.dopants,):
                if (total := sum(shares.values())) > 1 + 1e-3:
                    raise ValueError(f"the shares of {', '.join(shares)} add up to {total:g}, more than all sites")
        elif self.dopant is None or self.fraction is None:
            raise ValueError("give `dopant` and `fraction`, or `dopants` with the share of each: {Sb: 7/8, W: 1/8}")
        return self


class Exchange(Section):
    """Two species exchanged between two sublattices: site disorder without a change of composition."""

    between: tuple[SublatticeSelector, SublatticeSelector] = Field(description="The two sublattices.")
    degree: Degree = Field(
        description=(
            "Share of the smaller sublattice's sites whose species is exchanged, 0 to 1; of a list each makes its own "
            "candidates. `equilibrium(823)`: every step that the cell allows is relaxed (of more than eight, every so "
            "many-th), and the one nearest to the degree of disorder.csv at 823 K, where it was made, goes on to "
            "dynamics."
        )
    )

    @property
    def equilibrium_K(self) -> float | None:
        """Temperature of synthesis in K whose degree is asked for; None where degrees are given."""
        found = _EQUILIBRIUM.fullmatch(self.degree) if isinstance(self.degree, str) else None
        return None if found is None else float(found[1])


class Compensation(Section):
    """One way to balance the charge; lists in it are ways of their own."""

    scheme: Literal["auto", "vacancy", "interstitial", "co_substitution", "anion_vacancy"] = Field(
        description=(
            "Vacancies or interstitials of the mobile ion, or whichever of them balances (`auto`), a second dopant, or "
            "vacancies of an anion."
        )
    )
    sites: Selectors | None = Field(None, description="Sublattice of the co-substitution or of the anion vacancies.")
    dopant: Names | None = Field(None, description="The second dopant, for co_substitution.")
    vacant_sites: Names | None = Field(
        None,
        description=(
            "For interstitials: label of the parent's empty sites such as `Li 48h` (`screening parents CONFIG` "
            "lists them) or `voids` for a search; default: the labelled ones if the parent has any, else voids."
        ),
    )

    @model_validator(mode="after")
    def _complete(self) -> "Compensation":
        wanted = {"co_substitution": {"sites", "dopant"}, "anion_vacancy": {"sites"}}.get(self.scheme, set())
        allowed = wanted | ({"vacant_sites"} if self.scheme in ("interstitial", "auto") else set())
        given = {name for name in ("sites", "dopant", "vacant_sites") if getattr(self, name) is not None}
        if wanted - given:
            raise ValueError(f"{self.scheme} needs {' and '.join(f'`{name}`' for name in sorted(wanted - given))}")
        if given - allowed:
            raise ValueError(f"{self.scheme} has no {' and no '.join(f'`{name}`' for name in sorted(given - allowed))}")
        return self


CompensationChoice = Literal["none", "vacancy", "interstitial", "auto"] | Compensation


class GlassConfig(Section):
    """Melt and quench: the candidate is the glass that comes out, not the crystal or packing that goes in."""

    melt_K: float = Field(2000.0, ge=300, le=10_000, description="Temperature of the melt in K.")
    melt_ps: float = Field(20.0, gt=0, le=1e5, description="Time held there in ps; the framework must diffuse in it.")
    quench_K_per_ps: float = Field(
        50.0, gt=0, le=1e5, description="Cooling rate in K/ps, in steps of 100 K; a laboratory's is 1e-12 to 1e-6."
    )
    end_K: float = Field(300.0, ge=10, le=2000, description="Temperature at which the quench ends, in K.")
    volume_ratio: float = Field(
        1.05,
        ge=0.7,
        le=2,
        description="Volume of melt and quench over that of the start; relaxation finds the glass's own.",
    )
    samples: int = Field(1, ge=1, le=100, description="Independent glasses of each ordering: the candidate's ensemble.")
    student_tolerance: float = Field(
        2.0,
        ge=1,
        le=10,
        description=(
            "Errors that a student which melts and quenches may have, over those `student` allows: forces in a melt "
            "are several times those of a hot crystal, and the glass is relaxed with the potential afterwards."
        ),
    )

    @model_validator(mode="after")
    def _cools(self) -> "GlassConfig":
        if self.end_K >= self.melt_K:
            raise ValueError(f"end_K ({self.end_K:g}) must be below melt_K ({self.melt_K:g})")
        return self


class Rule(Section):
    """A parent and what is done to it; nothing named means the parent as it is.

    Lists of parents, sites, dopants, fractions, degrees and compensations are a grid: each combination is a candidate.
    """

    parent: Names = Field(description="Id of one of the campaign's parents, or a list of them.")
    substitute: tuple[Substitution, ...] = Field((), description="Substitutions made together.")
    exchange: Exchange | Annotated[tuple[Exchange, ...], Field(min_length=1)] | None = Field(
        None,
        description="Site exchange, after the substitutions and on the same sites if wanted; a list is made together.",
    )
    compensate: CompensationChoice | Annotated[tuple[CompensationChoice, ...], Field(min_length=1)] = Field(
        "none",
        description=(
            "How charge is balanced: `none`, `vacancy` or `interstitial` of the mobile ion, `auto` for whichever of "
            "the three it takes, or a scheme with its sites; each of a list makes its own candidates, so that the "
            "campaign compares them."
        ),
    )
    glass: GlassConfig | None = Field(None, description="Melt and quench what was made; `{}` takes the defaults.")
    grain_boundary: GrainBoundaries | None = Field(
        None,
        description=(
            "Join two grains of what was made; each of a list makes its own candidate, with the crystal in a cell "
            "alike beside it."
        ),
    )

    interface: InterfaceConfig | None = Field(
        None, description="Join what was made with another crystal, both also in cells alike beside it."
    )

    @model_validator(mode="after")
    def _crystal(self) -> "Rule":
        if self.glass is not None and (self.grain_boundary is not None or self.interface is not None):
            raise ValueError("a glass has no grains: name either `glass` or `grain_boundary` or `interface`")
        if self.grain_boundary is not None and self.interface is not None:
            raise ValueError("name either `grain_boundary` or `interface`; another rule may have the other")
        return self

    @model_serializer(mode="wrap")
    def _without_unset(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Campaigns of before the key keep their parameters, and what was made from them."""
        values: dict[str, Any] = dump(self)
        for name in ("grain_boundary", "interface"):
            if getattr(self, name) is None:
                values.pop(name, None)
        return values

    @model_validator(mode="after")
    def _one_series(self) -> "Rule":
        exchanges = self.exchange if isinstance(self.exchange, tuple) else (self.exchange,)
        if not any(one is not None and one.equilibrium_K is not None for one in exchanges):
            return self
        if len(exchanges) > 1:
            raise ValueError("equilibrium(T) is of one exchange alone; give this rule one entry under `exchange`")
        for name in ("grain_boundary", "interface"):
            if getattr(self, name) is not None:
                raise ValueError(f"equilibrium(T) is of the crystal; give the degree in a rule with `{name}`")
        if self.glass is not None:
            raise ValueError("a glass has no degree of exchange at equilibrium; remove `glass`, or give the degree")
        return self


class AutomaticSupercell(Section):
    """The smallest repeat in which the fractions are whole numbers of sites and images are far apart."""

    min_image_distance_A: float = Field(
        10.0, gt=0, le=100, description="Shortest distance in Angstrom between an atom and its periodic image."
    )
    max_atoms: int = Field(500, ge=1, le=100_000, description="Largest supercell that is tried, in atoms.")


class OrderingConfig(Section):
    """Which arrangements of a candidate are looked at, and which are kept."""

    keep: int = Field(1, ge=1, le=100, description="Orderings kept for each candidate: its ensemble.")
    select: Literal["lowest_ewald", "random", "quasirandom"] = Field(
        "lowest_ewald",
        description=(
            "`lowest_ewald`: the arrangements of lowest point-charge energy; `random`: drawn with the weight of their "
            "degeneracy, as in a fully disordered crystal; `quasirandom`: pair correlations as near as the cell allows "
            "to a random crystal's. In the last two the mobile ions' places are those of lowest Ewald energy."
        ),
    )
    max_enumerated: int = Field(
        20_000,
        ge=1,
        le=1_000_000,
        description="Up to this many arrangements are enumerated exactly; above it they are drawn at random.",
    )
    draws: int = Field(
        2_000, ge=10, le=1_000_000, description="Random arrangements drawn when there are too many to enumerate."
    )


class CandidatesConfig(Section):
    """Candidates and their orderings."""

    rules: tuple[Rule, ...] = Field(min_length=1, description="What is made from the parents.")
    supercell: AutomaticSupercell | tuple[Repeat, Repeat, Repeat] = Field(
        default_factory=AutomaticSupercell,
        description="Repeats of the parent's cell along its axes, or the bounds for an automatic choice.",
    )
    occupancy_tolerance: float = Field(
        0.0,
        ge=0,
        le=0.25,
        description=(
            "Largest change of a partial occupancy that rounding to whole, neutral numbers of ions may make; "
            "0 refuses every rounding. What was rounded is recorded."
        ),
    )
    min_mobile_distance_A: float | None = Field(
        None,
        ge=0,
        le=10,
        description=(
            "Distance in Angstrom below which no two mobile ions are put, as on the halves of a split site. If every "
            "arrangement has such pairs, those with the fewest are taken. Default: 2.0 for Li, in proportion to the "
            "radius for other ions; 0 for any distance."
        ),
    )
    orderings: OrderingConfig = Field(default_factory=OrderingConfig, description="Ensemble of each candidate.")
