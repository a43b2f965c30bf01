"""A conductivity without the potential's bias, in words: beside the computed one, never in its place."""

from dataclasses import dataclass
from typing import Any

from screening.report.text import compact, number, positive
from screening.selection.rows import RankingRow


@dataclass(frozen=True)
class Corrected:
    """A corrected conductivity.

    Attributes:
        value, low, high: In mS/cm.
        why: What was taken off, and of which compounds it is known.
    """

    value: float
    low: float
    high: float
    why: str

    @property
    def short(self) -> str:
        """Value and interval; the scatter between compounds leaves one digit."""
        return f"{number(self.value, 1)} ({number(self.low, 1)} to {number(self.high, 1)})"

    @property
    def words(self) -> str:
        """A sentence without an end."""
        return f"{self.short} mS/cm without the potential's {self.why}"

    def data(self) -> dict[str, Any]:
        """For the page's script."""
        return {"ends": [compact(x) for x in (self.value, self.low, self.high)], "short": self.short, "why": self.why}


def corrected_of(row: RankingRow) -> Corrected | None:
    """None where the ranking has none."""
    value, low, high = (
        positive(x)
        for x in (
            row.conductivity_300K_corrected_mS_cm,
            row.conductivity_300K_corrected_low_mS_cm,
            row.conductivity_300K_corrected_high_mS_cm,
        )
    )
    if value is None or low is None or high is None:
        return None
    return Corrected(value, low, high, row.conductivity_300K_corrected_for)
