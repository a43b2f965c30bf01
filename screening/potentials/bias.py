"""What a potential's conductivities are off by on average in one family of anions, and a conductivity without that."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from screening.constants import is_room_temperature
from screening.potentials.calibration import known_potentials

#: What conducts in all compounds with which biases were found; of other ions nothing is known.
CALIBRATED_ION = "Li"
#: Of fewer compounds a bias is a guess.
MIN_COMPOUNDS = 5
#: A bias is one where its interval at this level leaves out zero.
_SIGNIFICANCE = 0.95
#: A compound belongs to a family whose anions are so large a share of its own.
_MOST = 2.0 / 3.0
_ANIONS = {
    "oxides": ("O",),
    "sulfides": ("S", "Se", "Te"),
    "halides": ("F", "Cl", "Br", "I"),
    "nitrides": ("N",),
    "hydrides": ("H",),
}


@dataclass(frozen=True)
class Bias:
    """How far log10 of computed conductivities lies above log10 of measured ones, in one family.

    Attributes:
        family: Of anions, see `anion_family`.
        n: Compounds with a computed and a measured value.
        decades: The mean.
        error: Its standard error.
        spread: Standard deviation of single compounds about it.
    """

    family: str
    n: int
    decades: float
    error: float
    spread: float

    @property
    def significant(self) -> bool:
        """Whether its 95 % interval (Student's t) leaves out zero, with `MIN_COMPOUNDS` compounds or more."""
        if self.n < MIN_COMPOUNDS or not self.spread > 0.0:
            return False
        return abs(self.decades) > _quantile(self.n, _SIGNIFICANCE) * self.error

    @property
    def words(self) -> str:
        """What is taken off, and of what it is known."""
        half = _quantile(self.n, _SIGNIFICANCE) * self.error
        ends = f"{self.decades - half:.1f} to {self.decades + half:.1f}"
        return f"bias of {self.decades:.1f} decades ({ends}) of {self.n} {self.family}"

    def corrected(self, value: float, low: float, high: float, level: float) -> tuple[float, float, float]:
        """A conductivity without the bias, and the interval that the measured one lies in.

        Args:
            value: As computed.
            low, high: Its statistical interval.
            level: Of that, and of the result.

        Returns:
            Value, low and high end. The interval holds the statistical one, and by Student's t how single compounds
            scatter about the bias and how well that is known.
        """
        beside = _quantile(self.n, level) * math.hypot(self.spread, self.error)
        middle = math.log10(value) - self.decades
        down, up = math.log10(value / low), math.log10(high / value)
        return 10.0**middle, 10.0 ** (middle - math.hypot(down, beside)), 10.0 ** (middle + math.hypot(up, beside))


def bias_of(potential: str, checksum: str, composition: str, temperature_K: float) -> Bias | None:
    """What conductivities of a compound are to be corrected by.

    Args:
        potential: Name as records have it, with the dispersion.
        checksum: Of its weights: others of the same name have errors of their own.
        composition: Of the compound.
        temperature_K: Of the conductivities.

    Returns:
        None far from room temperature, for a potential that was not calibrated or not with these weights, of a compound
        without lithium, in a family of which too few compounds are known, and where the bias is not significant.
    """
    if not is_room_temperature(temperature_K):
        return None
    known = known_potentials().get(potential, {})
    family = anion_family(composition) if _conducts_lithium(composition) else ""
    found = known.get("families", {}).get(family)
    if found is None or not checksum or known.get("checksum") != checksum:
        return None
    bias = Bias(family, int(found["n"]), float(found["bias"]), float(found["bias_error"]), float(found["spread"]))
    return bias if bias.significant else None


@cache
def _conducts_lithium(composition: str) -> bool:
    from pymatgen.core import Composition

    try:
        return CALIBRATED_ION in Composition(composition).get_el_amt_dict()
    except Exception:  # pymatgen raises its own kinds for one mistake
        return False


@cache
def anion_family(composition: str) -> str:
    """The family to which two thirds of a compound's anions belong, "" where there is none.

    Hydrogen beside oxygen or nitrogen is no anion. Text that is no formula has no family.
    """
    from pymatgen.core import Composition

    try:
        amounts: Mapping[str, float] = Composition(composition).get_el_amt_dict()
    except Exception:  # pymatgen raises its own kinds for one mistake
        return ""
    counts = {name: sum(amounts.get(one, 0.0) for one in anions) for name, anions in _ANIONS.items()}
    if counts["oxides"] or counts["nitrides"]:
        counts["hydrides"] = 0.0
    most = max(counts, key=lambda name: counts[name])
    return most if counts[most] > 0.0 and counts[most] >= _MOST * sum(counts.values()) - 1e-9 else ""


def _quantile(n: int, level: float) -> float:
    """Half of the two-sided interval of Student's t, in standard errors, of so many compounds."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 0.5 + 0.5 * level))
