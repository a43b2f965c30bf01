"""The machine-learned potential of the campaign."""

from typing import Literal

from pydantic import Field

from screening.config.base import Section


class PotentialConfig(Section):
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
