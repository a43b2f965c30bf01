"""What is known of a candidate's conductivity at the extrapolation temperature, from its line alone.

The conductivity is the collective one where there is a line of D_sigma. Else it is Nernst and Einstein's over the Haven
ratio, which is not known then: anything from 0.2 to 1 is as likely (flat in its logarithm), so the value is 2.2 times
Nernst and Einstein's and has a further standard error of 0.46 in ln. Measured ones in superionic solids go from 0.2 to
0.5; those of single vacancies are their correlation factors, 0.65 to 0.78. Where there is no line there may be bounds.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy.special import ndtri

from screening.transport.line_record import LineRecord

#: Least and largest Haven ratio that is expected where it is not measured.
HAVEN_RATIOS = (0.2, 1.0)
_LN_LEAST, _LN_LARGEST = np.log(HAVEN_RATIOS)
_LN_SHIFT, _LN_ERROR = -0.5 * float(_LN_LEAST + _LN_LARGEST), float((_LN_LARGEST - _LN_LEAST) / np.sqrt(12.0))
_LEAST_ERROR = 1e-3
_TWO_SIDED_95 = float(ndtri(0.975))


class Source(StrEnum):
    """Which conductivity a candidate's is.

    collective: from D_sigma.
    nernst_einstein: from D*, over the Haven ratios that are expected.
    """

    COLLECTIVE = "collective"
    NERNST_EINSTEIN = "nernst_einstein"


@dataclass(frozen=True)
class Knowledge:
    """A conductivity in mS/cm that is measured, bounded, or neither.

    Attributes:
        ln_value: Its logarithm, None where it is not measured.
        ln_error: Standard error of that, None likewise.
        source: Of the measured one.
        lower, upper: Bounds that 95 % of what is possible lie above and below, where it is not measured; None for none.
    """

    ln_value: float | None = None
    ln_error: float | None = None
    source: Source | None = None
    lower: float | None = None
    upper: float | None = None

    @property
    def anything(self) -> bool:
        """Whether there is a value or an upper bound."""
        return self.ln_value is not None or self.upper is not None

    def with_error(self, ln_error: float) -> "Knowledge":
        """The same with a further error of ln of the value; bounds are as they were."""
        return self if self.ln_error is None else replace(self, ln_error=float(np.hypot(self.ln_error, ln_error)))

    def limits(self, confidence: float) -> tuple[float, float]:
        """Lower and upper limit in mS/cm at a two-sided confidence; 0 and infinity where there is none."""
        if self.ln_value is None or self.ln_error is None:
            return self.lower or 0.0, float("inf") if self.upper is None else self.upper
        width = float(ndtri(0.5 + 0.5 * confidence)) * self.ln_error
        return float(np.exp(self.ln_value - width)), float(np.exp(self.ln_value + width))


def knowledge_of(line: LineRecord | None) -> Knowledge:
    """What a line says; nothing where there is none."""
    if line is None:
        return Knowledge()
    together = line.collective
    if together is not None and together.conductivity_300K_collective_mS_cm is not None:
        error = _error(
            together.ln_conductivity_300K_collective_error,
            together.conductivity_300K_collective_low95_mS_cm,
            together.conductivity_300K_collective_high95_mS_cm,
        )
        return Knowledge(float(np.log(together.conductivity_300K_collective_mS_cm)), error, Source.COLLECTIVE)
    if line.conductivity_300K_nernst_einstein_mS_cm is not None:
        error = _error(
            line.ln_conductivity_300K_nernst_einstein_error,
            line.conductivity_300K_nernst_einstein_low95_mS_cm,
            line.conductivity_300K_nernst_einstein_high95_mS_cm,
        )
        value = float(np.log(line.conductivity_300K_nernst_einstein_mS_cm)) + _LN_SHIFT
        return Knowledge(value, float(np.hypot(error, _LN_ERROR)), Source.NERNST_EINSTEIN)
    return Knowledge(lower=line.conductivity_300K_nernst_einstein_lower_bound_mS_cm, upper=_upper(line))


def _upper(line: LineRecord) -> float | None:
    """Upper bound of the conductivity: from D_sigma's, and from D*'s over the least Haven ratio.

    Where no temperature has D*, ions that pass along their motion without passing each other may conduct at any Haven
    ratio: D_sigma's bound alone counts then, if there is one.
    """
    together = line.conductivity_300K_collective_upper_bound_mS_cm
    alone = line.conductivity_300K_nernst_einstein_upper_bound_mS_cm
    if alone is None or (line.n_temperatures == 0 and together is not None):
        return together
    return min(alone / HAVEN_RATIOS[0], together or float("inf"))


def _error(ln_error: float | None, low95: float | None, high95: float | None) -> float:
    """The width of a normal distribution that is nowhere narrower than the 68 % and the 95 % interval of ln sigma."""
    wide = 0.0 if low95 is None or high95 is None else float(np.log(high95 / low95)) / (2.0 * _TWO_SIDED_95)
    return max(ln_error or 0.0, wide, _LEAST_ERROR)
