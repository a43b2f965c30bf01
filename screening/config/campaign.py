"""The whole campaign: the root of the config file."""

from pydantic import Field, field_validator, model_validator

from screening.config.base import Section
from screening.config.candidates import CandidatesConfig
from screening.config.dynamics import COLDEST_K, MDConfig
from screening.config.parents import ParentConfig
from screening.config.potential import PotentialConfig
from screening.config.report import ReportConfig
from screening.config.stability import RelaxConfig, ShortlistConfig, StabilityConfig
from screening.config.student import StudentConfig
from screening.config.transport import ArrheniusConfig, LocalPictureConfig, TransportConfig


class Campaign(Section):
    """A screening campaign; results go to results/<campaign>/."""

    campaign: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$",
        description="Name of the campaign and of its results folder.",
    )
    mobile_ion: str | tuple[str, ...] = Field(
        min_length=1,
        description="Element that conducts, for example Li. Several, such as [Li, Na], for conductors of either in one "
        "campaign: of each candidate the first of them that it holds.",
    )
    also_mobile: tuple[str, ...] = Field(
        (),
        description="Further elements that move and are no part of the framework, for example [Na] beside Li. Each has "
        "its diffusivity in transport.json; the line and the ranking are the mobile ion's.",
    )
    seed: int = Field(1, ge=0, le=2**31 - 1, description="Every random number of the campaign follows from it.")
    oxidation_states: dict[str, float] = Field(
        default_factory=dict,
        description="Oxidation states that override the assigned ones, element by element, for example {Si: 4}.",
    )
    parents: tuple[ParentConfig, ...] = Field(min_length=1, description="Parent structures.")
    candidates: CandidatesConfig = Field(description="How candidates are made from the parents.")
    potential: PotentialConfig = Field(default_factory=PotentialConfig, description="The potential.")
    student: StudentConfig = Field(default_factory=StudentConfig, description="How students are distilled.")
    relax: RelaxConfig = Field(default_factory=RelaxConfig, description="Relaxation.")
    stability: StabilityConfig = Field(default_factory=StabilityConfig, description="Mixing enthalpy.")
    shortlist: ShortlistConfig = Field(
        default_factory=ShortlistConfig, description="Which candidates get molecular dynamics."
    )
    md: MDConfig = Field(description="Molecular dynamics.")
    transport: TransportConfig = Field(default_factory=TransportConfig, description="Diffusivity and its verdict.")
    local_picture: LocalPictureConfig = Field(
        default_factory=LocalPictureConfig, description="Sites, jumps and surroundings of the mobile ion."
    )
    arrhenius: ArrheniusConfig = Field(default_factory=ArrheniusConfig, description="Arrhenius line.")
    report: ReportConfig = Field(default_factory=ReportConfig, description="The page.")

    @property
    def mobile_ions(self) -> tuple[str, ...]:
        """The elements that conduct, the first choice first."""
        return (self.mobile_ion,) if isinstance(self.mobile_ion, str) else self.mobile_ion

    @property
    def has_boundaries(self) -> bool:
        """Whether a rule makes grain boundaries or interfaces."""
        return any(rule.grain_boundary or rule.interface for rule in self.candidates.rules)

    def of_ion(self, mobile: str) -> "Campaign":
        """The campaign as candidates with this mobile ion see it."""
        others = tuple(symbol for symbol in self.also_mobile if symbol != mobile)
        return self.model_copy(update={"mobile_ion": mobile, "also_mobile": others})

    @property
    def searches(self) -> bool:
        """Whether students look for the mobile ions' places before energies are compared."""
        return self.potential.student != "none" and self.relax.max_starts > 1 and self.relax.search_anneals > 0

    @model_validator(mode="after")
    def _each_species_once(self) -> "Campaign":
        if len(set(self.mobile_ions)) < len(self.mobile_ions):
            raise ValueError(f"mobile_ion: {', '.join(self.mobile_ions)}: name each once")
        # One of several mobile ions may be a second species beside another.
        first = self.mobile_ions if len(self.mobile_ions) == 1 else ()
        if len({*first, *self.also_mobile}) < len(first) + len(self.also_mobile):
            raise ValueError(f"also_mobile: {', '.join(self.also_mobile)} beside {self.mobile_ion}: name each once")
        return self

    @field_validator("mobile_ion")
    @classmethod
    def _one_is_one(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(value, str) and "," in value:
            raise ValueError(f"{value!r} is one text; write several ions in brackets, [{value}]")
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value

    @field_validator("parents")
    @classmethod
    def _distinct_parents(cls, value: tuple[ParentConfig, ...]) -> tuple[ParentConfig, ...]:
        names = [parent.name for parent in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two parents are called {twice[0]!r}; give one of them another `id`")
        return value

    @model_validator(mode="after")
    def _batches_are_of_the_potential(self) -> "Campaign":
        if self.md.batched and self.potential.student != "none":
            raise ValueError(
                f"md.batched is for the potential itself, and potential.student is {self.potential.student}: students "
                "run on CPU cores, one run each. Set potential.student to none, or md.batched to false"
            )
        return self

    @model_validator(mode="after")
    def _large_cells_are_run_by_students(self) -> "Campaign":
        if self.md.finite_size_check and self.potential.student == "none":
            raise ValueError(
                "md.finite_size_check runs a cell eight times as large with a student, and potential.student is none; "
                "set it to auto, or finite_size_check to false"
            )
        return self

    @model_validator(mode="after")
    def _temperatures_are_chosen_above_the_target(self) -> "Campaign":
        target = self.arrhenius.extrapolation_temperature_K
        if self.md.chooses and self.md.hottest_K <= target:
            raise ValueError(
                f"md.temperatures_K: auto goes from md.hottest_K ({self.md.hottest_K:g}) down to "
                f"arrhenius.extrapolation_temperature_K ({target:g}), which must be colder"
            )
        if self.md.chooses and target < COLDEST_K:
            raise ValueError(
                f"md.temperatures_K: auto goes down to arrhenius.extrapolation_temperature_K ({target:g}), and no run "
                f"is colder than {COLDEST_K:g} K; raise it, or list the temperatures"
            )
        return self

    @model_validator(mode="after")
    def _measured_lattices_are_measured(self) -> "Campaign":
        computed = [parent.name for parent in self.parents if parent.is_computed]
        if self.md.cell == "measured" and computed:
            raise ValueError(
                f"md.cell: measured, but the lattice of parent {computed[0]} is computed, not measured; give a "
                "measured crystal as `file`, or set md.cell to relaxed"
            )
        return self

    @model_validator(mode="after")
    def _rules_name_parents(self) -> "Campaign":
        known = [parent.name for parent in self.parents]
        for i, rule in enumerate(self.candidates.rules):
            for name in (rule.parent,) if isinstance(rule.parent, str) else rule.parent:
                if name not in known:
                    raise ValueError(
                        f"candidates.rules.{i}.parent: {name!r} is not a parent of this campaign; "
                        f"parents are {', '.join(known)}"
                    )
        return self
