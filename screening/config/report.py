"""The section `report`."""

from pydantic import Field

from screening.config.base import Section


class ReportConfig(Section):
    """What the page shows beside the campaign's own results."""

    measured: str | None = Field(
        None,
        min_length=1,
        description="CSV file with measured conductivities to show beside computed ones, columns composition, "
        "conductivity_mS_cm, note, source; they take the place of the embedded values of the same composition.",
    )
