"""Partial occupancies as whole ions: exact by default, rounded only within a tolerance the user has named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor, inf, prod

from screening.errors import StructureError

# Printed occupancies such as 0.333 are not exact to more than this.
DIGITS_TOLERANCE = 0.0007
CHARGE_TOLERANCE = 1e-6
# Combinations of roundings that are looked through; more means the tolerance is too wide to be meant.
MAX_COMBINATIONS = 200_000


class FractionError(StructureError):
    """A fraction is not a whole number of sites in this supercell; a larger one may hold it.

    Attributes:
        miss: Distance to the nearest fraction that the supercell holds; infinity where there is no such notion.
    """

    def __init__(self, message: str, miss: float = inf) -> None:
        super().__init__(message)
        self.miss = miss


@dataclass(frozen=True)
class Occupancy:
    """One element on one orbit of partially occupied sites.

    Attributes:
        orbit: Number of the orbit.
        what: Such as "Li 24g", for messages.
        element: Element.
        occupancy: Share of the sites.
        sites: Sites of the orbit in the supercell.
        charge: Of one ion.
    """

    orbit: int
    what: str
    element: str
    occupancy: float
    sites: int
    charge: float

    def counts(self, tolerance: float) -> list[int]:
        """Whole numbers of ions within the tolerance, nearest first.

        Raises:
            FractionError: there is none.
        """
        amount = self.occupancy * self.sites
        # Digits cut off in print must never hide a tenth of an ion.
        allowed = max(tolerance * self.sites, min(DIGITS_TOLERANCE * self.sites, 0.1))
        low, high = max(0, ceil(amount - allowed - 1e-9)), min(self.sites, floor(amount + allowed + 1e-9))
        if low > high:
            share = Fraction(self.occupancy).limit_denominator(24)
            nearest = round(amount) / self.sites
            raise FractionError(
                f"{self.what}: occupancy {self.occupancy:.4g} of {self.sites} sites is {amount:.4g} ions, not a whole "
                f"number; choose a supercell with a multiple of {share.denominator} such sites, or allow "
                f"candidates.occupancy_tolerance: {ceil(round(abs(nearest - self.occupancy) * 1000, 6)) / 1000:g}",
                abs(nearest - self.occupancy),
            )
        return sorted(range(low, high + 1), key=lambda n: abs(n - amount))


def whole_counts(
    occupancies: Sequence[Occupancy], charge_elsewhere: float, tolerance: float, elsewhere: Collection[str] = ()
) -> list[int]:
    """Number of ions for each occupancy: nearest to what was printed, no orbit overfilled, the crystal neutral.

    No element is rounded out of the crystal.

    Args:
        occupancies: Of all partially occupied orbits.
        charge_elsewhere: Of the fully occupied sites, to be balanced; not asked for with a tolerance of 0, where
            a charge is left to the compensation.
        tolerance: Largest change of an occupancy; 0 refuses all but cut-off digits.
        elsewhere: Elements of the fully occupied sites.

    Raises:
        FractionError: nothing within the tolerance.
    """
    choices = [o.counts(tolerance) for o in occupancies]
    if tolerance == 0:
        nearest = [c[0] for c in choices]
        if gone := _lost(occupancies, nearest, elsewhere):
            raise FractionError(f"no {' and no '.join(gone)} would be left in this supercell; choose a larger one")
        return nearest
    if prod(len(c) for c in choices) > MAX_COMBINATIONS:
        # The farthest roundings go first; what is left is still neutral if anything near is.
        choices = [c[:3] for c in choices]
    best: tuple[float, list[int]] | None = None
    lost: set[str] = set()
    for counts in product(*choices):
        if abs(charge_elsewhere + sum(n * o.charge for n, o in zip(counts, occupancies, strict=True))) > (
            CHARGE_TOLERANCE
        ) or _overfilled(occupancies, counts):
            continue
        if gone := _lost(occupancies, counts, elsewhere):
            lost.update(gone)
            continue
        change = sum((n / o.sites - o.occupancy) ** 2 for n, o in zip(counts, occupancies, strict=True))
        if best is None or change < best[0]:
            best = (change, list(counts))
    if best is None:
        raise FractionError(
            f"no whole numbers of ions within occupancy_tolerance {tolerance:g} make the crystal neutral "
            f"({', '.join(f'{o.what} {o.occupancy:.4g}' for o in occupancies)})"
            + (f" and leave {' and '.join(sorted(lost))} in it; choose a larger supercell" if lost else "")
        )
    return best[1]


def _overfilled(occupancies: Sequence[Occupancy], counts: Sequence[int]) -> bool:
    filled: dict[int, int] = {}
    for n, o in zip(counts, occupancies, strict=True):
        filled[o.orbit] = filled.get(o.orbit, 0) + n
    return any(filled[o.orbit] > o.sites for o in occupancies)


def _lost(occupancies: Sequence[Occupancy], counts: Sequence[int], elsewhere: Collection[str]) -> list[str]:
    """Elements that these counts leave without an ion."""
    kept = {o.element for o, n in zip(occupancies, counts, strict=True) if n} | set(elsewhere)
    return sorted({o.element for o in occupancies if o.occupancy > 0} - kept)
