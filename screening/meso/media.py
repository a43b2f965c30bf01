"""Effective media: the conductivity of a pellet or composite from those of its parts."""

from dataclasses import dataclass
from math import exp, log, prod, sqrt

from screening.errors import StageError

#: Shares of coated particles beside which a path through them may open or close: overlapping spheres at 0.29, close
#: random packing at 0.64.
PERCOLATION = (0.29, 0.64)
#: Share of grains that fill space from which some touch all the way through: cells of random points (Jerauld, Scriven
#: and Davis, J. Phys. C 17, 3429 (1984)).
TOUCHING = 0.145
#: Of two phases with interfaces that matter, beside voxel solves where the phases are alike.
FORMULA_ERROR = 0.1


def grains_with_boundaries(grain: float, resistance: float, conductance: float, size: float) -> float:
    """A pellet of grains whose boundaries are thin beside them.

    The limits of Maxwell and Garnett's coated grains for thin walls: 1 / sigma = 1 / sigma_g + R / D across blocking
    ones, sigma = sigma_g + 2 G / D along conducting ones (Kidner et al., J. Am. Ceram. Soc. 88 (2005); Belova and
    Murch, 2004). Both are taken together, which is right to first order in a wall's width. Where G is below 0 it takes
    its share of the section from what the grains carry, so that nothing goes below 0. Cubes with walls of a fifteenth
    of their edge, a hundred times better or worse conducting, come out within 6 % of a voxel solve.

    Args:
        grain: Conductivity inside grains, S/cm.
        resistance: That a boundary adds across, R, Ohm cm2.
        conductance: That a boundary adds along itself, G, S.
        size: Of grains, D, cm.

    Raises:
        StageError: grains are so small that no conductivity is left: the boundary is not thin beside them; or they
            do not conduct.
    """
    if grain <= 0:
        raise StageError(
            "the crystal is not seen to conduct, and a pellet of it has no conductivity; run longer, or hotter"
        )
    inverse = 1 / grain + resistance / size
    along = 2 * conductance / size
    left = 1 + min(along, 0.0) / grain
    if inverse <= 0 or left <= 0:
        raise StageError(
            f"grains of {size * 1e4:g} um are no larger than what their boundaries disturb, so that no formula for "
            "thin boundaries holds; take larger grains"
        )
    return left / inverse + max(along, 0.0)


def maxwell_garnett(inclusion: float, matrix: float, share: float) -> float:
    """Spheres, each in a shell of matrix: exact for coated spheres of all sizes that fill space (Hashin and Shtrikman).

    Args:
        inclusion: Conductivity of spheres.
        matrix: Of what surrounds them.
        share: Of the volume that spheres take, 0 to 1.
    """
    above = inclusion * (1 + 2 * share) + 2 * matrix * (1 - share)
    below = inclusion * (1 - share) + matrix * (2 + share)
    # Of spheres and matrix that do not conduct at all nothing is left to divide by.
    return matrix * above / below if below else 0.0


def bruggeman(one: float, other: float, share: float) -> float:
    """Spheres of both kinds in a medium of what they make together; they percolate at a third.

    Args:
        one: Conductivity of one kind.
        other: Of the other.
        share: Of the first kind, 0 to 1.
    """
    # The balance of both kinds' fields is a quadratic equation.
    half = ((3 * share - 1) * one + (2 - 3 * share) * other) / 4
    root = sqrt(half**2 + one * other / 2)
    # Below percolation both terms nearly cancel.
    return half + root if half > 0 or root == half else one * other / 2 / (root - half)


@dataclass(frozen=True)
class Composite:
    """Conductivity of particles with an interphase in a matrix.

    Attributes:
        value: Of particles and matrix placed at random (Bruggeman).
        low: The lower of the bounds: particles apart, or all touching.
        high: The upper one.
        coated_share: Of the volume that particles with their interphases take.
        near_percolation: Paths through interphases may or may not be there: take the range, not the value.
    """

    value: float
    low: float
    high: float
    coated_share: float
    near_percolation: bool


def composite(
    matrix: float, filler: float, interphase: float, thickness: float, radius: float, share: float
) -> Composite:
    """Particles, each with a shell of interphase, in a matrix.

    The coated particle is Maxwell-Garnett's; its share of the volume is that of the particles times ((a + t) / a)^3.
    The bounds are Hashin and Shtrikman's for matrix and coated particles (J. Appl. Phys. 33, 3125 (1962)).

    Args:
        matrix: Conductivity.
        filler: Of the particles.
        interphase: Of their shells.
        thickness: Of shells, in the unit of the radius.
        radius: Of particles.
        share: Of the volume that particles without shells take.

    Raises:
        StageError: shells overlap: there are more coated particles than volume; or a conductivity or thickness is below
            0, a radius not above it, or a share not between 0 and 1.
    """
    if not (min(matrix, filler, interphase, thickness) >= 0 and radius > 0 and 0 <= share <= 1):
        raise StageError(
            f"particles of radius {radius:g} with shells of {thickness:g}, a share of {share:g}, and conductivities of "
            f"{matrix:g}, {filler:g} and {interphase:g} make no composite: the radius is above 0, the share from 0 to "
            "1, and nothing below 0"
        )
    outer = ((radius + thickness) / radius) ** 3
    coated_share = share * outer
    if coated_share > 1:
        raise StageError(
            f"particles with their interphases take {coated_share:.2f} of the volume: interphases overlap, and the "
            f"formula ends; at most a share of {1 / outer:.2f} is possible"
        )
    coated = maxwell_garnett(filler, interphase, 1 / outer)
    bounds = sorted(_bounds(matrix, coated, coated_share))
    # Where both are alike nothing hangs on whether paths are there.
    near = PERCOLATION[0] <= coated_share <= PERCOLATION[1] and bounds[1] > 1.5 * bounds[0]
    return Composite(bruggeman(coated, matrix, coated_share), bounds[0], bounds[1], coated_share, near)


def polycrystal(in_plane: float, across: float) -> float:
    """Grains of a crystal in all orientations, with an axis along which it conducts otherwise than across it.

    Each grain in a medium of what all make together (Bruggeman): 2 s^2 = p (s + c). The mean over directions is only
    an upper bound, a third too high where one direction does not conduct.

    Args:
        in_plane: Conductivity in the two directions that are alike, p.
        across: In the third, c.
    """
    in_plane, across = max(0.0, in_plane), max(0.0, across)
    return (in_plane + sqrt(in_plane * (in_plane + 8 * across))) / 4


def two_phases(one: float, other: float, resistance: float, conductance: float, size: float, share: float) -> Composite:
    """Grains of two phases at random, with interfaces that are thin beside them.

    A grain with interfaces around it conducts like sigma / (1 + 2 R sigma / D) + 4 G / D: the thin limits of coated
    spheres (Hasselman and Johnson, J. Compos. Mater. 21 (1987) for R; Torquato and Rintoul, Phys. Rev. Lett. 75 (1995)
    for G). R below 0 is that of the poorer phase, whose place the interface takes: the better one's grains gain no more
    by it. Of two phases the rarer one's grains carry the interfaces, on the share of their faces that lie on the other
    phase. The value is Bruggeman's; where both phases may percolate, it goes from that of one phase's grains to that
    of the other's (in its logarithm).

    The range around it is between the bounds of Hashin and Shtrikman, with interfaces on all faces, as far as random
    grains can reach them. Grains that surround all else are neared from a share of 0 to `PERCOLATION`, where paths
    through them are there however they lie; a matrix ends being one from there down to `TOUCHING`, where it no longer
    hangs together. Of 78 voxel solves of random cells of two conductors that differ ten and a hundred times, at all
    shares, 77 lie in it. Interfaces make the formula wrong by up to a tenth (voxel solves of two phases that are
    alike): the range is wider by so much.

    Args:
        one: Conductivity of the first phase, S/cm.
        other: Of the other.
        resistance: That an interface adds across, R, Ohm cm2.
        conductance: That an interface adds along itself, G, S.
        size: Of grains, cm.
        share: Of the volume that the other phase takes, 0 to 1.
    """

    def around(sigma: float, on_other: float = 1.0) -> float:
        """A grain, of whose faces this share lies on the other phase."""
        beside = sigma if resistance > 0 else min(one, other)
        across, along = 2 * on_other * resistance * beside / size, 4 * on_other * conductance / size
        # Both signs to first order; what blocks leaves something, however small the grains.
        through = sigma / (1 + across) if across > 0 else sigma * (1 - across)
        return through + along if along > 0 else through**2 / (through - along) if through else 0.0

    ways = ((other, one, share), (one, other, 1 - share))
    weight = _ramp(share, PERCOLATION[0], 1 - PERCOLATION[0])
    values = [
        bruggeman(around(grains, 1 - taken), matrix, taken) ** part
        for part, (grains, matrix, taken) in zip((1 - weight, weight), ways, strict=True)
        if part > 0
    ]
    value = prod(values)
    low, high = value, value
    for grains, matrix, taken in ways:
        # How far what surrounds the grains may hang together, and how far the grains may as well.
        around_them = _ramp(1 - taken, TOUCHING, PERCOLATION[0])
        apart, touching = _bounds(matrix, around(grains), taken)
        for bound, part in ((apart, around_them), (touching, around_them * _ramp(taken, 0.0, PERCOLATION[0]))):
            low = min(low, value + part * (bound - value))
            high = max(high, value + part * (bound - value))
    bare = bruggeman(other, one, share)
    if value > 0.0 and bare > 0.0:
        # As far as interfaces matter at all.
        own_error = exp(min(FORMULA_ERROR, 0.2 * abs(log(value / bare))))
        low, high = low / own_error, high * own_error
    return Composite(value, low, high, share, TOUCHING < share < 1 - TOUCHING and high > 1.5 * low)


def _ramp(x: float, first: float, last: float) -> float:
    """0 up to the first, 1 from the last, straight between."""
    return min(1.0, max(0.0, (x - first) / (last - first)))


def _bounds(matrix: float, grains: float, share: float) -> tuple[float, float]:
    """Grains apart in a matrix, and the matrix apart in what touching grains make."""
    return maxwell_garnett(grains, matrix, share), maxwell_garnett(matrix, grains, 1 - share)
