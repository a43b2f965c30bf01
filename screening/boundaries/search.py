"""Where to cut, how far to shift, how wide a gap to leave: a grid judged by the closest contacts over the boundary."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from screening.boundaries.grains import Grain
from screening.errors import StructureError

Floats = NDArray[np.float64]

#: Share of the sum of ionic radii below which no two ions of different grains may be.
CONTACT = 0.85
#: Gaps that are tried, Angstrom: the narrower, the less is left for the relaxation to close.
GAPS_A = np.round(np.arange(0.0, 1.61, 0.2), 1)
#: What ways that are told by their energy are tried with on top.
WIDER_A = 0.4
SHIFT_STEP_A = 1.0
MOST_CUTS = 6
#: Shifts closer than this at the same cut relax to the same boundary, as a rule.
DISTINCT_A = 1.5
#: Ions farther than this from a boundary touch nothing across it.
_REACH_A = 4.5
_CORNERS = np.array(list(product((-1, 0, 1), repeat=2)))


@dataclass(frozen=True)
class Sizes:
    """How near ions may come.

    Attributes:
        radii: Ionic radius of each element, Angstrom.
        mobile: Element of the mobile ion.
        apart_A: Distance that two mobile ions keep where radii ask for less; 0 for none.
    """

    radii: dict[str, float]
    mobile: str
    apart_A: float

    def sums(self, one: Sequence[str], other: Sequence[str]) -> Floats:
        """What counts as the sum of radii of each pair, (n, m)."""
        sums = np.add.outer([self.radii[s] for s in one], [self.radii[s] for s in other])
        both = np.multiply.outer([s == self.mobile for s in one], [s == self.mobile for s in other])
        return np.asarray(np.where(both, np.maximum(sums, self.apart_A), sums))


@dataclass(frozen=True)
class Contact:
    """The closest pair of ions of different grains.

    Attributes:
        ratio: Distance over the sum of the ionic radii.
        pair: Such as "S-Cl 3.12 Angstrom".
    """

    ratio: float
    pair: str


@dataclass(frozen=True)
class Joint:
    """One way to join two grains.

    Attributes:
        cut_A: Height of the cut in the lower grain's period.
        upper_cut_A: In the upper grain's.
        shift_A: Of the upper grain in the plane, (2,).
        second_A: Of the next image of the lower grain against the upper one, (2,); None where the second boundary is
            the first one turned.
        gap_A: Room left at both boundaries.
        contact: The closest pair across either boundary.
    """

    cut_A: float
    upper_cut_A: float
    shift_A: Floats
    second_A: Floats | None
    gap_A: float
    contact: Contact

    @property
    def over_A(self) -> Floats:
        """Shift of the next image of the lower grain against the lower grain, (2,)."""
        return np.zeros(2) if self.second_A is None else self.shift_A + self.second_A


class Seam:
    """The top of one cut grain and the bottom of another."""

    def __init__(self, lower: Grain, upper: Grain, sizes: Sizes) -> None:
        """Only ions near the cut count."""
        below = np.flatnonzero(lower.positions[:, 2] > lower.thickness_A - _REACH_A)
        above = np.flatnonzero(upper.positions[:, 2] < _REACH_A)
        self.names = [lower.symbols[i] for i in below], [upper.symbols[i] for i in above]
        self._sums = sizes.sums(*self.names)
        self._in_plane, self._inverse = lower.in_plane, np.linalg.inv(lower.in_plane)
        # In a wide cell the image that rounding finds is the nearest one of all that touch.
        narrow = 1 / np.linalg.norm(self._inverse, axis=0).max() < 2 * _REACH_A
        self._images = (_CORNERS if narrow else np.zeros((1, 2))) @ lower.in_plane
        self._flat = upper.positions[None, above, :2] - lower.positions[below, None, :2]
        self._across = upper.positions[None, above, 2] + lower.thickness_A - lower.positions[below, None, 2]

    def narrowest(self, shift_A: Floats) -> tuple[int, float] | None:
        """Number of the narrowest gap that keeps ions apart, and the closest ratio at it; None where none does."""
        flat = self._squared(shift_A)
        for number, gap in enumerate(GAPS_A):
            ratio = float((np.sqrt(flat + (self._across + gap) ** 2) / self._sums).min(initial=np.inf))
            if ratio >= CONTACT:
                return number, ratio
        return None

    def closest(self, shift_A: Floats, gap_A: float) -> Contact:
        """The closest pair."""
        distances = np.sqrt(self._squared(shift_A) + (self._across + gap_A) ** 2)
        ratios = distances / self._sums
        i, j = np.unravel_index(int(ratios.argmin()), ratios.shape)
        pair = f"{self.names[0][i]}-{self.names[1][j]} {distances[i, j]:.2f} Angstrom"
        return Contact(float(ratios[i, j]), pair)

    def _squared(self, shift_A: Floats) -> Floats:
        """Squared distance in the plane of the nearest images, (n, m)."""
        delta = self._flat + shift_A
        parts = delta @ self._inverse
        near = (parts - np.rint(parts)) @ self._in_plane
        images = near[:, :, None] + self._images
        return np.asarray((images**2).sum(axis=-1).min(axis=-1))


def joints(
    lower: Grain,
    upper: Grain,
    sizes: Sizes,
    smallest: Floats,
    cuts: Sequence[tuple[float, float]],
    keep: int,
    *,
    one: bool,
    tried: int = 0,
) -> tuple[list[Joint], list[Joint]]:
    """The ways to join two grains that leave the narrowest gap, then the loosest contacts.

    Args:
        lower: Uncut.
        upper: Uncut.
        sizes: How near ions may come.
        smallest: The plane's smallest cell in the grains' frame, whose shifts are all that differ, (2, 2).
        cuts: Heights at which the lower and the upper grain may be cut.
        keep: Number wanted; those that differ in the cut, or by 1.5 Angstrom in the shift.
        one: Both boundaries are one: so with a turn of 180 degrees and no tilt of the cell. The second boundary is
            the first one turned. Otherwise it has a shift of its own, the best there is.
        tried: Number of ways that are to be told by more than contacts.

    Returns:
        Those that are kept, and others of `tried`: further ways, and all with a wider gap.

    Raises:
        StructureError: every one has ions too close.
    """
    shifts = _grid(smallest)
    found: list[tuple[int, float, _Way]] = []
    for cut, upper_cut in cuts:
        below, above = lower.cut_at(cut), upper.cut_at(upper_cut)
        first, second = Seam(below, above, sizes), Seam(above, below, sizes)
        best = None if one else _loosest(second, shifts)
        if not one and best is None:
            continue
        for shift in shifts:
            narrowest = first.narrowest(shift)
            if narrowest is None:
                continue
            number = narrowest[0] if best is None else max(narrowest[0], best[0])
            way = _Way(cut, upper_cut, first, second, shift, None if best is None else best[1])
            found.append((number, narrowest[1], way))
    if not found:
        raise StructureError(
            f"no cut and shift keeps the ions of two grains {CONTACT:g} of the sum of their radii apart with gaps of "
            f"up to {GAPS_A[-1]:g} Angstrom; choose another plane"
        )
    found.sort(key=lambda f: (f[0], -round(f[1], 6)))
    kept: list[Joint] = []
    wider: list[Joint] = []
    for number, _, way in found:
        joint = way.joint(float(GAPS_A[number]))
        if all(_differ(joint, other, smallest) for other in kept):
            kept.append(joint)
            wider.append(way.joint(float(GAPS_A[number]) + WIDER_A))
        if len(kept) == max(keep, tried):
            break
    return kept[:keep], [*kept[keep:], *wider[:tried]]


@dataclass(frozen=True)
class _Way:
    """Two cut grains and their shifts."""

    cut: float
    upper_cut: float
    first: Seam
    second: Seam
    shift: Floats
    second_shift: Floats | None

    def joint(self, gap: float) -> Joint:
        contacts = [self.first.closest(self.shift, gap)]
        if self.second_shift is not None:
            contacts.append(self.second.closest(self.second_shift, gap))
        closest = min(contacts, key=lambda contact: contact.ratio)
        return Joint(self.cut, self.upper_cut, self.shift, self.second_shift, gap, closest)


def _loosest(seam: Seam, shifts: Floats) -> tuple[int, Floats] | None:
    """The gap's number and the shift at which ions have most room."""
    rooms = [(k, seam.narrowest(shift)) for k, shift in enumerate(shifts)]
    found = [(number, -ratio, k) for k, room in rooms if room is not None for number, ratio in [room]]
    if not found:
        return None
    number, _, k = min(found)
    return number, shifts[k]


def _grid(smallest: Floats) -> Floats:
    """Shifts a step apart over the plane's smallest cell, (n, 2)."""
    numbers = np.ceil(np.linalg.norm(smallest, axis=1) / SHIFT_STEP_A).astype(int)
    return np.array([[i / numbers[0], j / numbers[1]] for i, j in product(*map(range, numbers))]) @ smallest


def _differ(one: Joint, other: Joint, smallest: Floats) -> bool:
    if (one.cut_A, one.upper_cut_A) != (other.cut_A, other.upper_cut_A):
        return True
    parts = (one.shift_A - other.shift_A) @ np.linalg.inv(smallest)
    near = (parts - np.rint(parts) + _CORNERS) @ smallest
    return bool(np.linalg.norm(near, axis=1).min() > DISTINCT_A)
