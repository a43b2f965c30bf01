"""Grain boundaries as candidates: which cell the grains have, and the structures that come of their orderings."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.boundaries.grains import Grain, bulk, grain_of, joined_grains, turned_back
from screening.boundaries.laws import Law, twin, twist
from screening.boundaries.planes import wide_enough
from screening.boundaries.search import MOST_CUTS, Joint, Sizes, joints
from screening.boundaries.whole import units
from screening.candidates.crowding import Apart
from screening.candidates.decoration import VACANCY, Decoration
from screening.candidates.occupancies import FractionError
from screening.candidates.record import Boundary, MadeBoundary
from screening.config.boundaries import GrainBoundaryConfig
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
class Made:
    """A structure.

    Attributes:
        ordering: Number of the lower grain's arrangement.
        structure: Two grains.
        how: How they were joined; None for a crystal beside a boundary.
        more: Not one of those that are kept by contacts, but to be told by its energy.
    """

    ordering: int
    structure: Structure
    how: MadeBoundary | None
    more: bool = False


@dataclass(frozen=True)
class Joined:
    """How grains are joined.

    Attributes:
        law: Plane and turn.
        layers: Planes of each grain.
        in_plane: The grains' cell in vectors of the plane's smallest, (2, 2).
        keep: Ways of joining kept of each ordering.
        tried: Ways whose energies choose those.
        upper: The upper grain's decoration where its cell is not the lower one's turned by 180 degrees.
        mobile: Element of the mobile ion, which is in no unit that stays whole.
        is_bulk: No boundary, but the crystal in a cell like that of the boundary.
    """

    law: Law
    layers: int
    in_plane: Integers
    keep: int
    tried: int
    upper: Decoration | None
    mobile: str
    is_bulk: bool = False

    @property
    def cells(self) -> str:
        """In words."""
        n = self.layers * round(abs(float(np.linalg.det(self.in_plane))))
        return f"2 grains of {n} primitive"

    @property
    def words(self) -> str:
        """What is joined."""
        return self.law.words

    def as_bulk(self) -> "Joined":
        """The crystal beside it."""
        return replace(self, is_bulk=True)

    @property
    def grains(self) -> int:
        """Grains of the decoration in a structure."""
        return 2

    def composition(self, decoration: Decoration) -> Counter[str]:
        """Number of atoms of each element in a structure."""
        return Counter({element: 2 * n for element, n in decoration.composition().items()})

    def structures(
        self,
        decoration: Decoration,
        lower: Sequence[tuple[str, ...]],
        upper: Sequence[tuple[str, ...]],
        apart: Apart | None,
    ) -> Iterator[Made]:
        """Every structure.

        Args:
            decoration: Of the lower grain.
            lower: Arrangements of it.
            upper: Of the upper grain, where that has a decoration of its own.
            apart: How far mobile ions stay from each other.

        Raises:
            StructureError: units without end would be cut, or no way of joining keeps ions apart.
        """
        charges = decoration.charges
        for k, arrangement in enumerate(lower):
            crystal = decoration.structure(arrangement)
            grain = grain_of(crystal, units(crystal, charges, self.mobile))
            if self.is_bulk:
                yield Made(k, bulk(grain), None)
                continue
            other = turned_back(crystal) if self.upper is None else self.upper.structure(upper[k])
            above = grain_of(other, units(other, charges, self.mobile))
            smallest = np.linalg.inv(self.in_plane) @ grain.in_plane
            cuts = [(height, height) for height in grain.cuts(self.law.lattice.spacing_A, MOST_CUTS)]
            ways, more = joints(
                grain,
                above,
                sizes_of(charges, self.mobile, apart),
                smallest,
                cuts,
                self.keep,
                one=self.upper is None,
                tried=self.tried,
            )
            yield from (made(k, grain, above, charges, joint) for joint in ways)
            yield from (made(k, grain, above, charges, joint, more=True) for joint in more)

    def facts(self, decoration: Decoration) -> Boundary:
        """What all structures of a candidate have in common."""
        crystal = decoration.some_structure()
        whole = units(crystal, decoration.charges, self.mobile)
        grain = grain_of(crystal, whole)
        return Boundary(
            kind="bulk" if self.is_bulk else "grain boundary",
            law=self.law.words,
            plane=self.law.plane,
            other=None,
            other_plane=None,
            turn_deg=self.law.angle_deg,
            coincidence=self.law.sigma,
            alike=self.law.alike,
            grain_A=grain.thickness_A,
            width_A=float(np.linalg.norm(grain.in_plane, axis=1).min()),
            area_A2=grain.area_A2,
            stretches=(1.0, 1.0),
            whole=whole.names,
        )


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
        StructureError: there is no such boundary, no cell of at most `max_atoms` holds it, or the crystal has units
            without end.
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
        # Where nothing is left to be placed, units that every cut would cut are seen now.
        if not made.decoration.active:
            units(made.decoration.structure(()), made.decoration.charges, mobile)
        return made, Joined(law, layers, in_plane, config.keep, config.single_points, upper, mobile)
    assert reason is not None
    raise FractionError(
        f"no grains of up to {config.max_atoms} atoms together hold this exactly (grain_boundary.max_atoms): {reason}",
        reason.miss,
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


def sizes_of(charges: dict[str, float], mobile: str, apart: Apart | None) -> Sizes:
    """How near the ions of both grains may come."""
    radii = {s: ionic_radius(s, z) for s, z in charges.items() if s != VACANCY}
    return Sizes(radii, mobile, apart.distance_A if apart else 0.0)


def made(
    ordering: int, lower: Grain, upper: Grain, charges: dict[str, float], joint: Joint, *, more: bool = False
) -> Made:
    """One way of joining two grains that are not cut yet."""
    below, above = lower.cut_at(joint.cut_A), upper.cut_at(joint.upper_cut_A)
    structure, own = joined_grains(below, above, joint.shift_A, joint.gap_A, joint.over_A)
    how = MadeBoundary(
        arrangement=ordering,
        lower=own,
        cut_A=joint.cut_A,
        upper_cut_A=joint.upper_cut_A,
        shift_A=(float(joint.shift_A[0]), float(joint.shift_A[1])),
        second_shift_A=None if joint.second_A is None else (float(joint.second_A[0]), float(joint.second_A[1])),
        gap_A=joint.gap_A,
        closest_contact=joint.contact.ratio,
        closest_pair=joint.contact.pair,
        dipole_e_per_A=dipole(below, charges),
        upper_dipole_e_per_A=dipole(above, charges),
    )
    return Made(ordering, structure, how, more)


def dipole(grain: Grain, charges: dict[str, float]) -> float:
    """Dipole moment of a cut grain along the normal, per area, e/Angstrom."""
    charge = np.array([charges[s] for s in grain.symbols])
    return float(charge @ grain.positions[:, 2]) / grain.area_A2
