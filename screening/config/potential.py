"""The machine-learned potential of the campaign."""

from typing import Literal

from pydantic import Field

from screening.config.base import Section


class TeacherConfig(Section):
    """One potential for everything that is compared."""

    name: str = Field(
        "chgnet",
        min_length=1,
        description=(
            "`chgnet` (weights in its wheel), `matgl:FOLDER_OR_HUB_NAME`, `sevenn`, `lj` (tests only), or "
            "`module:factory` for any ASE calculator (runs that module's code)."
        ),
    )
    device: Literal["cpu", "cuda"] = Field("cpu", description="Where the potential runs.")


class PotentialConfig(TeacherConfig):
    """The potential, and whether a fast student of it runs the molecular dynamics."""

    student: Literal["auto", "none"] = Field(
        "none",
        description=(
            "`auto`: a student is distilled for each family of candidates (same elements) before MD and used where it "
            "is accepted; `none`: the potential itself runs the MD."
        ),
    )

    check: bool = Field(
        True,
        description=(
            "Check the potential on reference crystals and as an energy function before anything is relaxed with it, "
            "and refuse it if it fails."
        ),
    )

    @property
    def teacher(self) -> TeacherConfig:
        """The potential alone; energies that are compared do not depend on the student."""
        return TeacherConfig(name=self.name, device=self.device)
