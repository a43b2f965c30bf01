"""The machine-learned potential of the campaign."""

from typing import Literal

from pydantic import Field, model_validator

from screening.config.base import Section


class TeacherConfig(Section):
    """One potential for everything that is compared."""

    name: str = Field(
        "sevenn:7net-l3i5",
        min_length=1,
        description=(
            "`sevenn:7net-l3i5` (nearest to ab initio diffusion), `sevenn` (SevenNet-0, three times as fast) or "
            "`chgnet`, all with their weights in a wheel, `matgl:FOLDER_OR_HUB_NAME`, `mace:NAME_OR_FILE`, "
            "`lj` (tests only), or `module:factory` for any ASE calculator (runs that module's code)."
        ),
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where the potential runs.")
    precision: Literal["single", "double"] | None = Field(
        None,
        description=(
            "Floating-point precision: `single` or `double` where the package allows (matgl, mace); null: what the "
            "weights were made for."
        ),
    )


class SecondPotentialConfig(TeacherConfig):
    """A second potential, which judges the first on frames of the molecular dynamics."""

    name: str = Field(min_length=1, description="As `potential.name`; best of other make and other training data.")
    frames: int = Field(
        20,
        ge=2,
        le=10_000,
        description="Frames of each candidate on which both are evaluated, spread over all of its runs.",
    )
    max_force_disagreement_meV_A: float = Field(
        150.0,
        gt=0,
        le=10_000,
        description=(
            "Mean absolute difference of force components, meV/Angstrom, above which the ranking's reason says that "
            "the potentials disagree; the verdict does not change."
        ),
    )

    @property
    def teacher(self) -> TeacherConfig:
        """The potential alone."""
        return TeacherConfig(name=self.name, device=self.device, precision=self.precision)


class PotentialConfig(TeacherConfig):
    """The potential, whether a fast student of it runs the molecular dynamics, and whether a second one judges it."""

    student: Literal["auto", "required", "none"] = Field(
        "auto",
        description=(
            "`auto`: a student is distilled for each family of candidates (same elements) before MD and used where it "
            "is accepted, elsewhere the potential itself runs, some fifty times slower; `required`: where it is "
            "refused nothing runs; `none`: the potential itself runs the MD."
        ),
    )

    check: bool = Field(
        True,
        description=(
            "Check the potential on reference crystals and as an energy function before anything is relaxed with it, "
            "and refuse it if it fails."
        ),
    )

    second: SecondPotentialConfig | None = Field(
        None,
        description=(
            "A second potential that is evaluated on frames of each candidate's molecular dynamics; how far its forces "
            "differ goes into the ranking as a measure of trust. It is checked like the first. Default: none."
        ),
    )

    @model_validator(mode="after")
    def _another(self) -> "PotentialConfig":
        if self.second is not None and self.second.name == self.name:
            raise ValueError(
                f"second.name is the campaign's own potential ({self.name}), which always agrees with itself; "
                "name another one"
            )
        return self

    @property
    def teacher(self) -> TeacherConfig:
        """The potential alone; energies that are compared do not depend on the student."""
        return TeacherConfig(name=self.name, device=self.device, precision=self.precision)
