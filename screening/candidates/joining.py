"""Grain boundaries as candidates: which cell the grains have, and the structures that come of their orderings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.boundaries.grains import Grain, bulk, grain_of, joined, turned_back
from screening.boundaries.laws import Law, twin, twist
from screening.boundaries.planes import wide_enough
from screening.boundaries.search import Joint, Sizes, joints
from screening.boundaries.whole import units
from screening.candidates.crowding import Apart
from screening.candidates.decoration import Decoration
from screening.candidates.occupancies import FractionError
from screening.candidates.record import Boundary, MadeBoundary
from screening.config.candidates import GrainBoundaryConfig
from screening.errors import StructureError
from screening.parents.radii import ionic_radius

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: A grain is not a whole plane thicker for a rounding error.
_ROUNDING_A = 1e-6
#: Cells in the plane that are looked at, in times the smallest, and planes beyond the thickness asked for.
_MOST_WIDE, _MOST_THICK = 200, 12


class Planned(Protocol):
    """What is made in a cell."""

    @property
    def decoration(self) -> Decoration:
        """To be filled."""


P = TypeVar("P", bound=Planned)


@dataclass(frozen=True)
class Joined:
    """How grains are joined.

    Attributes:
        law: Plane and turn.
        layers: Planes of each grain.
        in_plane: The grains' cell in vectors of the plane's smallest, (2, 2).
        keep: Ways of joining kept of each ordering.
        upper: The upper grain's decoration where its cell is not the lower one's turned by 180 degrees.
        mobile: Element of the mobile ion, which is in no unit that stays whole.
        is_bulk: No boundary, but the crystal in a cell like that of the boundary.
    """

    law: Law
    layers: int
    in_plane: Integers
    keep: int
    upper: Decoration | None
    mobile: str
    is_bulk: bool = False

    @property
    def cells(self) -> str:
        """In words."""
        n = self.layers * round(abs(float(np.linalg.det(self.in_plane))))
        return f"2 grains of {n} primitive"

    def as_bulk(self) -> "Joined":
        """The crystal beside it."""
        return replace(self, is_bulk=True)


def join(
    parent: Structure,
    crystal: Structure,
    config: GrainBoundaryConfig,
    mobile: str,
    make: Callable[[Integers], P],
) -> tuple[P, Joined]:
    """The smallest grains that are thick and wide enough and hold the fractions.

    Args:
        parent: In its own cell, in which planes are named.
        crystal: In its primitive cell.
        config: What is asked for.
        mobile: Element of the mobile ion.
        make: Makes a decoration in a cell given in primitive vectors; raises FractionError where that does not hold it.

    Raises:
        StructureError: there is no such boundary, or no cell of at most `max_atoms` holds it.
    """
    vectors = crystal.lattice.matrix
    if config.twist is not None:
        law = twist(parent, vectors, config.twist.axis, config.twist.sigma, mobile)
    else:
        assert config.plane is not None
        law = twin(parent, vectors, config.plane, mobile)
    reason: FractionError | None = None
    for layers, in_plane in _cells(law, config, float(crystal.composition.num_atoms)):
        lower = law.lattice.cell(in_plane, layers)
        try:
            made = make(lower)
            upper = make(_turned_cell(law, in_plane, layers)).decoration if config.twist is not None else None
        except FractionError as error:
            reason = reason or error
            continue
        return made, Joined(law, layers, in_plane, config.keep, upper, mobile)
    assert reason is not None
    raise FractionError(
        f"no grains of up to {config.max_atoms} atoms together hold this exactly (grain_boundary.max_atoms): {reason}",
        reason.miss,
    )


def structures(
    plan: Joined,
    decoration: Decoration,
    lower: Sequence[tuple[str, ...]],
    upper: Sequence[tuple[str, ...]],
    apart: Apart | None,
) -> Iterator[tuple[int, Structure, MadeBoundary | None]]:
    """Every structure with the number of its ordering and how it was joined, None for the crystal beside a boundary.

    Args:
        plan: How.
        decoration: Of the lower grain.
        lower: Arrangements of it.
        upper: Of the upper grain, where that has a decoration of its own.
        apart: How far mobile ions stay from each other.

    Raises:
        StructureError: units without end would be cut, or no way of joining keeps ions apart.
    """
    charges = decoration.charges
    radii = {s: ionic_radius(s, charges[s]) for s in decoration.composition()}
    sizes = Sizes(radii, plan.mobile, apart.distance_A if apart else 0.0)
    for k, arrangement in enumerate(lower):
        crystal = decoration.structure(arrangement)
        grain = grain_of(crystal, units(crystal, charges, plan.mobile))
        if plan.is_bulk:
            yield k, bulk(grain), None
            continue
        other = turned_back(crystal) if plan.upper is None else plan.upper.structure(upper[k])
        above = grain_of(other, units(other, charges, plan.mobile))
        smallest = np.linalg.inv(plan.in_plane) @ grain.in_plane
        one = plan.upper is None
        for joint in joints(grain, above, sizes, smallest, plan.law.lattice.spacing_A, plan.keep, one=one):
            cut, top = grain.cut_at(joint.cut_A), above.cut_at(joint.cut_A)
            yield k, joined(cut, top, joint.shift_A, joint.gap_A, joint.over_A), _made(cut, charges, joint)


def facts(plan: Joined, decoration: Decoration) -> Boundary:
    """What all structures of a candidate have in common."""
    crystal = decoration.some_structure()
    whole = units(crystal, decoration.charges, plan.mobile)
    grain = grain_of(crystal, whole)
    return Boundary(
        kind="bulk" if plan.is_bulk else "grain boundary",
        law=plan.law.words,
        plane=plan.law.plane,
        turn_deg=plan.law.angle_deg,
        coincidence=plan.law.sigma,
        alike=plan.law.alike,
        grain_A=grain.thickness_A,
        width_A=float(np.linalg.norm(grain.in_plane, axis=1).min()),
        area_A2=grain.area_A2,
        stretches=(1.0, 1.0),
        whole=whole.names,
    )


def _cells(law: Law, config: GrainBoundaryConfig, n_atoms: float) -> list[tuple[int, Integers]]:
    """Numbers of planes and cells in the plane, fewest atoms first.

    Raises:
        StructureError: even the smallest has too many atoms.
    """
    flat = law.in_plane @ law.lattice.matrix[:2]
    thick = max(1, ceil((config.grain_A - _ROUNDING_A) / law.lattice.spacing_A))
    per_cell = 2 * n_atoms * round(abs(float(np.linalg.det(law.in_plane))))
    found: list[tuple[float, int, Integers]] = []
    for cell in wide_enough(flat, config.min_width_A, _MOST_WIDE):
        wide = per_cell * round(abs(float(np.linalg.det(cell))))
        if found and wide * thick > config.max_atoms:
            break
        found += [(wide * layers, layers, cell @ law.in_plane) for layers in range(thick, thick + _MOST_THICK)]
    if not found:
        raise StructureError(f"no cell of {law.words} is {config.min_width_A:g} Angstrom wide; lower min_width_A")
    found.sort(key=lambda cell: cell[:2])
    fit = [(layers, cell) for atoms, layers, cell in found if atoms <= config.max_atoms]
    if not fit:
        atoms, layers, cell = found[0]
        width = np.linalg.norm(cell @ law.lattice.matrix[:2], axis=1).min()
        raise StructureError(
            f"the smallest cell of this boundary has {atoms:.0f} atoms, more than max_atoms ({config.max_atoms}): two "
            f"grains of {layers * law.lattice.spacing_A:.1f} Angstrom, {width:.1f} wide; raise max_atoms, or lower "
            f"grain_A ({config.grain_A:g}) or min_width_A ({config.min_width_A:g})"
        )
    return fit


def _turned_cell(law: Law, in_plane: Integers, layers: int) -> Integers:
    """The upper grain's cell before it is turned, in primitive vectors, (3, 3)."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_rotvec(np.radians(law.angle_deg) * law.lattice.normal).as_matrix()
    flat = law.lattice.matrix[:2]
    # Row vectors: multiplied from the right, a rotation turns them back.
    back = (in_plane @ flat) @ turn
    parts = np.linalg.lstsq(flat.T, back.T, rcond=None)[0].T
    return law.lattice.cell(np.rint(parts).astype(np.int64), layers)


def _made(grain: Grain, charges: dict[str, float], joint: Joint) -> MadeBoundary:
    charge = np.array([charges[s] for s in grain.symbols])
    return MadeBoundary(
        cut_A=joint.cut_A,
        shift_A=(float(joint.shift_A[0]), float(joint.shift_A[1])),
        second_shift_A=None if joint.second_A is None else (float(joint.second_A[0]), float(joint.second_A[1])),
        gap_A=joint.gap_A,
        closest_contact=joint.contact.ratio,
        closest_pair=joint.contact.pair,
        dipole_e_per_A=float(charge @ grain.positions[:, 2]) / grain.area_A2,
    )
