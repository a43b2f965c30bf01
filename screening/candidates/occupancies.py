"""Partial occupancies as whole ions: exact by default, rounded only within a tolerance the user has named."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil, floor, inf, prod

import numpy as np
from numpy.typing import NDArray

from screening.errors import StructureError

# Printed occupancies such as 0.333 are not exact to more than this.
DIGITS_TOLERANCE = 0.0007
CHARGE_TOLERANCE = 1e-6
# Combinations of roundings that are looked through; more means the tolerance is too wide to be meant.
MAX_COMBINATIONS = 200_000
# As the config allows it.
LARGEST_TOLERANCE = 0.25
# Charge of a cell in e that no printed digits make up for.
MISSING_CHARGE = 0.1


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
        allowed = max(tolerance * self.sites, _hidden(self.sites))
        low, high = max(0, ceil(amount - allowed - 1e-9)), min(self.sites, floor(amount + allowed + 1e-9))
        if low > high:
            miss = abs(round(amount) / self.sites - self.occupancy)
            raise FractionError(f"{self.not_whole()}, or {_allow(miss)}", miss)
        return self._nearest_first(low, high)

    def not_whole(self) -> str:
        """That these sites hold no whole number of ions, and which supercell would."""
        multiple = next(n for n in count(1) if abs(self.occupancy * n - round(self.occupancy * n)) <= _hidden(n))
        return (
            f"{self.what}: occupancy {self.occupancy:.4g} of {self.sites} sites is {self.occupancy * self.sites:.4g} "
            f"ions, not a whole number; choose a supercell with a multiple of {multiple} such sites"
        )

    def around(self) -> list[int]:
        """Whole numbers of ions as far as one beside the nearest two, nearest first."""
        amount = self.occupancy * self.sites
        return self._nearest_first(max(0, floor(amount) - 1), min(self.sites, ceil(amount) + 1))

    def _nearest_first(self, low: int, high: int) -> list[int]:
        return sorted(range(low, high + 1), key=lambda n: abs(n - self.occupancy * self.sites))


def _hidden(sites: int) -> float:
    """Ions that digits cut off in print may hide on so many sites; never a tenth of one."""
    return min(DIGITS_TOLERANCE * sites, 0.1)


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
        FractionError: nothing within the tolerance; says with which there is something.
    """
    try:
        choices = [o.counts(tolerance) for o in occupancies]
    except FractionError as error:
        worst = max(occupancies, key=lambda o: abs(round(o.occupancy * o.sites) / o.sites - o.occupancy))
        needed = _needed_tolerance(occupancies, charge_elsewhere, elsewhere)
        if needed > LARGEST_TOLERANCE:
            raise FractionError(worst.not_whole(), error.miss) from None
        raise FractionError(f"{worst.not_whole()}, or {_allow(needed)}", needed) from None
    if tolerance == 0:
        nearest = [c[0] for c in choices]
        if gone := _lost(occupancies, nearest, elsewhere):
            raise FractionError(f"no {' and no '.join(gone)} would be left in this supercell; choose a larger one")
        return nearest
    possible = _possible(occupancies, choices, charge_elsewhere, elsewhere)
    if not len(possible):
        raise _not_neutral(occupancies, charge_elsewhere, tolerance, elsewhere)
    change = (_changes(occupancies, possible) ** 2).sum(axis=1)
    return [int(n) for n in possible[int(change.round(12).argmin())]]


def _not_neutral(
    occupancies: Sequence[Occupancy], charge_elsewhere: float, tolerance: float, elsewhere: Collection[str]
) -> FractionError:
    listed = ", ".join(f"{o.what} {o.occupancy:.4g}" for o in occupancies)
    what = f"no whole numbers of ions within occupancy_tolerance {tolerance:g} make the crystal neutral ({listed})"
    choices = [o.counts(tolerance) for o in occupancies]
    neutral = _possible(occupancies, choices, charge_elsewhere, {o.element for o in occupancies})
    if lost := sorted({element for counts in neutral for element in _lost(occupancies, counts, elsewhere)}):
        what += f" and leave {' and '.join(lost)} in it"
    needed = _needed_tolerance(occupancies, charge_elsewhere, elsewhere)
    if needed <= LARGEST_TOLERANCE:
        return FractionError(f"{what}; choose a larger supercell, or {_allow(needed)}", needed)
    charge = charge_elsewhere + sum(o.occupancy * o.sites * o.charge for o in occupancies)
    if abs(charge) > MISSING_CHARGE:
        what += f"; before rounding its charge is {charge:+.3g} e: are atoms or occupancies missing in the file?"
    elif lost:
        what += "; choose a larger supercell"
    return FractionError(what)


def _needed_tolerance(occupancies: Sequence[Occupancy], charge_elsewhere: float, elsewhere: Collection[str]) -> float:
    """Smallest tolerance with which there are whole, neutral numbers of ions; infinity where none are near."""
    possible = _possible(occupancies, [o.around() for o in occupancies], charge_elsewhere, elsewhere)
    return float(_changes(occupancies, possible).max(axis=1).min()) if len(possible) else inf


def _allow(tolerance: float) -> str:
    """The advice with a tolerance that suffices: rounded up."""
    return f"allow candidates.occupancy_tolerance: {ceil(round(tolerance * 1000, 6)) / 1000:g}"


def _possible(
    occupancies: Sequence[Occupancy],
    choices: Sequence[list[int]],
    charge_elsewhere: float,
    elsewhere: Collection[str],
) -> NDArray[np.int64]:
    """Combinations that are neutral, overfill no orbit and keep every element, (n, n_occupancies).

    Args:
        occupancies: To be rounded.
        choices: Numbers of ions for each of them, nearest first.
        charge_elsewhere: To be balanced.
        elsewhere: Elements that need not be kept.
    """
    if prod(len(c) for c in choices) > MAX_COMBINATIONS:
        # The farthest roundings go first; what is left is still neutral if anything near is.
        most = next(k for k in (3, 2, 1) if prod(min(k, len(c)) for c in choices) <= MAX_COMBINATIONS or k == 1)
        choices = [c[:most] for c in choices]
    counts = np.stack(np.meshgrid(*choices, indexing="ij"), axis=-1).reshape(-1, len(choices))
    charges = np.array([o.charge for o in occupancies])
    counts = counts[np.abs(charge_elsewhere + counts @ charges) <= CHARGE_TOLERANCE]
    for orbit in {o.orbit for o in occupancies}:
        own = [k for k, o in enumerate(occupancies) if o.orbit == orbit]
        counts = counts[counts[:, own].sum(axis=1) <= occupancies[own[0]].sites]
    for element in {o.element for o in occupancies if o.occupancy > 0} - set(elsewhere):
        own = [k for k, o in enumerate(occupancies) if o.element == element]
        counts = counts[counts[:, own].any(axis=1)]
    return np.asarray(counts)


def _changes(occupancies: Sequence[Occupancy], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """By how much each combination changes each occupancy, (n, n_occupancies)."""
    sites = np.array([o.sites for o in occupancies])
    return np.asarray(np.abs(counts / sites - np.array([o.occupancy for o in occupancies])))


def _lost(occupancies: Sequence[Occupancy], counts: Sequence[int], elsewhere: Collection[str]) -> list[str]:
    """Elements that these counts leave without an ion."""
    kept = {o.element for o, n in zip(occupancies, counts, strict=True) if n} | set(elsewhere)
    return sorted({o.element for o in occupancies if o.occupancy > 0} - kept)
