"""Interfaces of two crystals as candidates: a cell that both share, the structures, each crystal in a cell alike."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.boundaries.grains import Grain, bulk, grain_of, strained
from screening.boundaries.matching import Match, matches
from screening.boundaries.planes import Indices, Integers, Oriented, indices_in, oriented, wide_enough
from screening.boundaries.primitive import primitive
from screening.boundaries.search import joints
from screening.boundaries.whole import units
from screening.candidates.crowding import Apart
from screening.candidates.decoration import Decoration
from screening.candidates.joining import Made, P, dipole, made, sizes_of
from screening.candidates.occupancies import FractionError
from screening.candidates.record import Boundary
from screening.config.boundaries import InterfaceConfig
from screening.errors import StructureError
from screening.parents.base import Parent

Floats = NDArray[np.float64]

#: Charge of a surface in e/Angstrom^2 (dipole over volume) below which a cut counts as nonpolar; planes of one kind of
#: ion carry 0.02 to 0.1.
NONPOLAR = 0.005
#: Cuts of each crystal that are tried, and of all there are how many are looked at for a dipole.
_MOST_CUTS, _LOOKED_AT = 3, 24
_MOST_WIDE, _MOST_THICK = 100, 8
_ROUNDING_A = 1e-6


@dataclass(frozen=True)
class Film:
    """The upper crystal.

    Attributes:
        id: Of its parent.
        plane: Miller indices in the parent's own cell.
        decoration: Its slab, ordered, before it is strained.
        cells: Primitive cells in it.
        spacing_A: Of its planes.
        stretches: Principal ones in the plane.
    """

    id: str
    plane: Indices
    decoration: Decoration
    cells: int
    spacing_A: float
    stretches: tuple[float, float]


@dataclass(frozen=True)
class Faced:
    """How two crystals face each other.

    Attributes:
        plane: Miller indices of the lower crystal.
        lattice: Of the lower crystal along its plane.
        layers: Planes of it.
        in_plane: The shared cell in vectors of the lower plane's smallest, (2, 2).
        film: The upper crystal.
        polar: Cuts with a dipole are allowed.
        keep: Ways of joining kept of each ordering.
        tried: Ways whose energies choose those.
        charges: Oxidation states of the elements of both.
        mobile: Element of the mobile ion.
        in_frame: Vectors of the shared cell in a frame of the plane, Angstrom, (2, 2).
        only: One of the crystals in a cell alike, instead of both.
    """

    plane: Indices
    lattice: Oriented
    layers: int
    in_plane: Integers
    film: Film
    polar: bool
    keep: int
    tried: int
    charges: dict[str, float]
    mobile: str
    in_frame: Floats
    only: Literal["", "lower", "upper"] = ""

    @property
    def upper(self) -> None:
        """No second decoration is to be ordered."""

    @property
    def is_bulk(self) -> bool:
        """Whether it is one crystal in a cell like that of the interface."""
        return bool(self.only)

    @property
    def grains(self) -> int:
        """Grains of the decoration in a structure."""
        return 2 if self.only else 1

    @property
    def cells(self) -> str:
        """In words."""
        n = self.layers * round(abs(float(np.linalg.det(self.in_plane))))
        if self.only:
            return f"2 x {self.film.cells if self.only == 'upper' else n} primitive"
        return f"{n} primitive and {self.film.cells} primitive of {self.film.id}"

    def as_lower(self) -> "Faced":
        """What was made, in a cell alike."""
        return replace(self, only="lower")

    def as_upper(self) -> "Faced":
        """The other crystal, strained as in the interface, in a cell alike."""
        return replace(self, only="upper")

    @property
    def words(self) -> str:
        """What is joined."""
        strain = 100 * max(abs(stretch - 1) for stretch in self.film.stretches)
        return f"interface {_name(self.plane)} with {self.film.id} {_name(self.film.plane)}, strain {strain:.1f} %"

    def composition(self, decoration: Decoration) -> Counter[str]:
        """Number of atoms of each element in a structure."""
        own = Counter({element: self.grains * n for element, n in decoration.composition().items()})
        return own if self.only else own + self.film.decoration.composition()

    def structures(
        self,
        decoration: Decoration,
        lower: Sequence[tuple[str, ...]],
        upper: Sequence[tuple[str, ...]],  # noqa: ARG002
        apart: Apart | None,
    ) -> Iterator[Made]:
        """Every structure; see `Joined.structures`.

        Raises:
            StructureError: also where every cut has a dipole.
        """
        for k, arrangement in enumerate(lower):
            grain = self._grain(decoration, arrangement)
            if self.only:
                yield Made(k, bulk(grain), None)
                continue
            above = self._film_grain()
            smallest = np.linalg.inv(self.in_plane) @ grain.in_plane
            cuts = [
                (one, other)
                for one in self._cuts(grain, self.lattice.spacing_A, f"{_name(self.plane)} of what was made")
                for other in self._cuts(above, self.film.spacing_A, f"{_name(self.film.plane)} of {self.film.id}")
            ]
            sizes = sizes_of(self.charges, self.mobile, apart)
            ways, more = joints(grain, above, sizes, smallest, cuts, self.keep, one=False, tried=self.tried)
            yield from (made(k, grain, above, self.charges, joint) for joint in ways)
            yield from (made(k, grain, above, self.charges, joint, more=True) for joint in more)

    def facts(self, decoration: Decoration) -> Boundary:
        """What all structures of a candidate have in common."""
        crystal = decoration.some_structure()
        whole = Counter(units(crystal, self.charges, self.mobile).names)
        film = self.film.decoration.structure(())
        if not self.only:
            whole += Counter(units(film, self.charges, self.mobile).names)
        grain = self._grain(decoration, decoration.some_arrangement())
        return Boundary(
            kind="bulk" if self.only else "interface",
            law=self.words,
            plane=self.film.plane if self.only == "upper" else self.plane,
            other=None if self.only else self.film.id,
            other_plane=None if self.only else self.film.plane,
            turn_deg=0.0,
            coincidence=round(abs(float(np.linalg.det(self.in_plane)))),
            alike=False,
            grain_A=grain.thickness_A,
            width_A=float(np.linalg.norm(grain.in_plane, axis=1).min()),
            area_A2=grain.area_A2,
            stretches=(1.0, 1.0) if self.only == "lower" else self.film.stretches,
            whole=dict(sorted(whole.items())),
        )

    def require_cuts(self, decoration: Decoration) -> None:
        """Refuse what is seen to be wrong before any ordering is made.

        Raises:
            StructureError: units without end would be cut, or every cut of a crystal is polar. Of a crystal whose ions
                are still to be placed it is not known.
        """
        self._cuts(self._film_grain(), self.film.spacing_A, f"{_name(self.film.plane)} of {self.film.id}")
        if not decoration.active:
            self._cuts(self._grain(decoration, ()), self.lattice.spacing_A, f"{_name(self.plane)} of what was made")

    def _grain(self, decoration: Decoration, arrangement: tuple[str, ...]) -> Grain:
        crystal = decoration.structure(arrangement)
        grain = grain_of(crystal, units(crystal, self.charges, self.mobile))
        return strained(grain, self.in_frame) if self.only == "upper" else grain

    def _film_grain(self) -> Grain:
        film = self.film.decoration.structure(())
        return strained(grain_of(film, units(film, self.charges, self.mobile)), self.in_frame)

    def _cuts(self, grain: Grain, spacing_A: float, what: str) -> list[float]:
        """Cuts with the most room between layers; where dipoles are avoided, only those without."""
        cuts = grain.cuts(spacing_A, _LOOKED_AT)
        if self.polar:
            return cuts[:_MOST_CUTS]
        charged = [abs(dipole(grain.cut_at(cut), self.charges)) / grain.thickness_A for cut in cuts]
        good = [cut for cut, charge in zip(cuts, charged, strict=True) if charge < NONPOLAR]
        if not good:
            raise StructureError(
                f"every cut along {what} is polar: the least charged has {min(charged):.3f} e/A2, more than "
                f"{NONPOLAR:g}; choose another plane, or set polar: allow (a dipole of the slabs then acts on the ions)"
            )
        return good[:_MOST_CUTS]


def face(
    parent: Structure,
    crystal: Structure,
    other: Parent,
    config: InterfaceConfig,
    charges: dict[str, float],
    mobile: str,
    make: Callable[[Integers], P],
) -> tuple[P, Faced]:
    """The smallest cell that both crystals share within the strain and that holds the fractions.

    Args:
        parent: The lower crystal in its own cell.
        crystal: The same in its primitive cell.
        other: The upper crystal.
        config: What is asked for.
        charges: Oxidation states of the elements of both.
        mobile: Element of the mobile ion.
        make: Makes the lower decoration in a cell given in primitive vectors.

    Raises:
        StructureError: the other crystal is disordered or the same along the same plane, nothing matches, no cell of at
            most `max_atoms` holds it, or every cut is polar.
    """
    if not other.structure.is_ordered:
        raise StructureError(
            f"{other.id} is partially occupied, and the other crystal of an interface must be ordered: make what is "
            "disordered the parent and the ordered crystal `with`, or give it ordered in a file"
        )
    film = primitive(other.structure).structure
    below = _seen(parent, crystal, config.planes[0])
    above = _seen(other.structure, film, config.planes[1])
    thick = [max(1, ceil((config.slab_A - _ROUNDING_A) / one.spacing_A)) for one in (below, above)]
    sizes = [float(one.composition.num_atoms) * n for one, n in zip((crystal, film), thick, strict=True)]
    per_A2 = sum(size / _area(one.matrix) for size, one in zip(sizes, (below, above), strict=True))
    found = matches(below.matrix[:2], above.matrix[:2], config.max_strain, config.max_atoms / per_A2)
    reason: FractionError | None = None
    for layers, cells, match in _cells(found, below, config, sizes, thick):
        try:
            lower = make(below.cell(cells[0], layers))
        except FractionError as error:
            reason = reason or error
            continue
        if parent == other.structure:
            _require_two(lower.decoration, other, config)
        slab = film * above.cell(cells[1], thick[1])
        names = tuple(site.specie.symbol for site in slab)
        upper = Decoration(slab.lattice, np.array(slab.frac_coords), names, (), charges)
        own = Film(
            id=other.id,
            plane=config.planes[1],
            decoration=upper,
            cells=len(slab) // len(film),
            spacing_A=above.spacing_A,
            stretches=match.stretches,
        )
        faced = Faced(
            plane=config.planes[0],
            lattice=below,
            layers=layers,
            in_plane=cells[0],
            film=own,
            polar=config.polar == "allow",
            keep=config.keep,
            tried=config.single_points,
            charges=charges,
            mobile=mobile,
            in_frame=_in_frame(cells[0] @ below.matrix[:2]),
        )
        faced.require_cuts(lower.decoration)
        return lower, faced
    assert reason is not None
    raise FractionError(
        f"no interface of up to {config.max_atoms} atoms holds this exactly (interface.max_atoms): {reason}",
        reason.miss,
    )


def _require_two(lower: Decoration, other: Parent, config: InterfaceConfig) -> None:
    """Refuse a crystal beside itself; one that a rule changes is another."""
    one, two = config.planes
    changed = lower.active or lower.some_structure().composition.reduced_formula != other.structure.reduced_formula
    if not changed and one in (two, tuple(-i for i in two)):
        raise StructureError(
            f"{other.id} along {_name(one)} beside itself along the same plane is one crystal, not an interface; name "
            "another plane or another crystal, or `grain_boundary` for a twin"
        )


def _cells(
    found: list[Match], below: Oriented, config: InterfaceConfig, sizes: list[float], thick: list[int]
) -> list[tuple[int, tuple[Integers, Integers], Match]]:
    """Planes of the lower crystal and the shared cell in vectors of both planes, fewest atoms first.

    Raises:
        StructureError: even the smallest has too many atoms.
    """
    made: list[tuple[float, int, tuple[Integers, Integers], Match]] = []
    for match in found:
        wide = next(wide_enough(match.substrate @ below.matrix[:2], config.min_width_A, _MOST_WIDE), None)
        if wide is None:
            continue
        cells = wide @ match.substrate, wide @ match.film
        lower, upper = (size * round(abs(float(np.linalg.det(c)))) for size, c in zip(sizes, cells, strict=True))
        thicker = range(thick[0], thick[0] + _MOST_THICK)
        made += [(lower * layers / thick[0] + upper, layers, cells, match) for layers in thicker]
    made.sort(key=lambda one: (one[0], one[3].strain))
    fit = [one[1:] for one in made if one[0] <= config.max_atoms]
    if not fit:
        least = f"{made[0][0]:.0f} atoms at a strain of {100 * made[0][3].strain:.1f} %" if made else "more"
        raise StructureError(
            f"the smallest cell of this interface has {least}, more than max_atoms ({config.max_atoms}); raise "
            f"max_atoms or max_strain, or lower slab_A ({config.slab_A:g}) or min_width_A ({config.min_width_A:g})"
        )
    return fit


def _seen(own: Structure, crystal: Structure, plane: Indices) -> Oriented:
    return oriented(crystal.lattice.matrix, indices_in(crystal.lattice.matrix, own.lattice.matrix, plane))


def _area(matrix: Floats) -> float:
    return float(np.linalg.norm(np.cross(matrix[0], matrix[1])))


def _in_frame(vectors: Floats) -> Floats:
    """Two vectors in a frame whose first axis is along the first one, (2, 2)."""
    length = float(np.linalg.norm(vectors[0]))
    along = float(vectors[0] @ vectors[1]) / length
    return np.array([[length, 0.0], [along, _area(vectors) / length]])


def _name(plane: Indices) -> str:
    return f"({' '.join(map(str, plane))})"
