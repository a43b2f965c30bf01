"""How one grain is turned against the other: twins by a plane, twists by a coincidence lattice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from screening.boundaries.planes import Indices, Integers, Oriented, indices_in, oriented, reduced
from screening.boundaries.primitive import rotations
from screening.errors import StructureError
from screening.parents.base import SYMMETRY_TOLERANCE_A

Floats = NDArray[np.float64]

#: Of the framework's symmetry: what the mobile ions were ordered like displaces it by about this much.
FRAMEWORK_TOLERANCE_A = 0.1
_SAME_ROTATION = 0.02
#: Lattice vectors of both grains closer than this coincide.
_COINCIDE_A = 0.02
_LATTICE_TYPES = {"cubic": "c", "tetragonal": "t", "orthorhombic": "o", "hexagonal": "h", "rhombohedral": "r"}


@dataclass(frozen=True)
class Law:
    """A boundary plane and the turn of the upper grain about its normal.

    Attributes:
        words: Such as "180 degree twin by (1 1 2)".
        plane: Miller indices in the parent's cell.
        angle_deg: Of the turn.
        sigma: Reciprocal density of the coinciding lattice points within the plane.
        alike: Whether both boundaries of a periodic cell are the same but for their shift: the crystal's symmetry turns
            one law into the other.
        lattice: The crystal's lattice along the plane.
        in_plane: The smallest cell in the plane that both grains share, in vectors of `lattice`, (2, 2).
    """

    words: str
    plane: Indices
    angle_deg: float
    sigma: int
    alike: bool
    lattice: Oriented
    in_plane: Integers


def twin(structure: Structure, primitive: Floats, plane: Indices, mobile: str) -> Law:
    """The upper grain turned by 180 degrees about the plane's normal: the lattices in the plane always match.

    Args:
        structure: The parent in its own cell.
        primitive: Vectors of its primitive cell, (3, 3).
        plane: Miller indices in its own cell.
        mobile: Element of the mobile ion, which does not count for the symmetry where there is another.

    Raises:
        StructureError: the crystal has this turn itself, so that there is no boundary.
    """
    name = f"({' '.join(map(str, plane))})"
    lattice = oriented(primitive, indices_in(primitive, structure.lattice.matrix, plane))
    if _is_symmetry(structure, mobile, _turn(lattice.normal, 180.0)):
        raise StructureError(
            f"plane {name} has no boundary: a turn by 180 degrees about its normal maps the crystal onto itself, "
            "so that both grains are one; choose another plane"
        )
    return Law(f"180 degree twin by {name}", plane, 180.0, 1, True, lattice, np.eye(2, dtype=np.int64))


def twist(structure: Structure, primitive: Floats, axis: Sequence[int], sigma: int, mobile: str) -> Law:
    """The upper grain turned about an axis so that one in `sigma` lattice points of both coincide.

    The angle is pymatgen's; the boundary is the lattice plane perpendicular to the axis.

    Args:
        structure: The parent in its own cell, which must be the conventional one of its crystal system.
        primitive: Vectors of its primitive cell, (3, 3).
        axis: Direction in its own cell.
        sigma: Of the three-dimensional coincidence lattice.
        mobile: Element of the mobile ion.

    Raises:
        StructureError: the crystal system has no coincidence lattices, there is none of this sigma, no lattice plane is
            perpendicular to the axis, or the turn is a symmetry.
    """
    name = f"[{' '.join(map(str, axis))}]"
    angle = _angle(structure, axis, sigma, name)
    direction = np.array(axis, dtype=float) @ structure.lattice.matrix
    along = structure.lattice.matrix @ direction
    own = along / np.abs(along[np.abs(along) > 1e-6 * np.abs(along).max()]).min()
    plane = _whole(own)
    if plane is None:
        raise StructureError(
            f"no lattice plane is perpendicular to {name}, so that a twist about it has no boundary plane; choose an "
            "axis such as [0 0 1], or a twin by a plane"
        )
    lattice = oriented(primitive, indices_in(primitive, structure.lattice.matrix, plane))
    turn = _turn(lattice.normal, angle)
    if _is_symmetry(structure, mobile, turn):
        raise StructureError(
            f"a twist of {angle:.2f} degrees about {name} has no boundary: it maps the crystal onto itself"
        )
    in_plane = _coincidence(lattice, turn, sigma)
    if in_plane is None:
        raise StructureError(f"the grains of sigma {sigma} about {name} share no cell in the boundary plane")
    words = f"twist by {angle:.2f} degrees about {name}, sigma {sigma}"
    shared = round(abs(float(np.linalg.det(in_plane))))
    alike = _boundaries_alike(_symmetry(structure, mobile), lattice.normal, turn)
    return Law(words, plane, angle, shared, alike, lattice, in_plane)


def _angle(structure: Structure, axis: Sequence[int], sigma: int, name: str) -> float:
    """The smallest angle of a coincidence lattice, degrees, by pymatgen."""
    from pymatgen.core.interface import GrainBoundaryGenerator

    analyzer = SpacegroupAnalyzer(structure, symprec=SYMMETRY_TOLERANCE_A)
    system = analyzer.get_lattice_type()
    if system not in _LATTICE_TYPES:
        raise StructureError(
            f"a twist needs a coincidence lattice, and a {system} crystal has none of use; name a plane for a twin"
        )
    a, b, c = structure.lattice.abc
    right = all(abs(x - 90) < 0.1 for x in structure.lattice.angles)
    squares = {"t": abs(a - b) < 0.01 and right, "o": right, "c": abs(a - b) + abs(b - c) < 0.02 and right}
    kind = _LATTICE_TYPES[system]
    if not squares.get(kind, abs(structure.lattice.gamma - 120) < 0.1 if kind == "h" else True):
        raise StructureError(
            f"a twist is named in the conventional cell, and the parent's cell is not that of a {system} crystal; "
            "give the conventional cell, or name a plane for a twin"
        )
    uvw = tuple(int(x) for x in axis)
    try:
        ratio = None if kind == "c" else GrainBoundaryGenerator(structure).get_ratio()
        found = _of_sigma(kind, sigma, uvw, ratio)
    except (ValueError, RuntimeError, TypeError, KeyError, IndexError, ZeroDivisionError) as error:
        raise StructureError(f"pymatgen finds no coincidence lattice of sigma {sigma} about {name}: {error}") from None
    if not found:
        raise StructureError(f"there is no coincidence lattice of sigma {sigma} about {name}; try another sigma")
    return min(found)


def _of_sigma(kind: str, sigma: int, axis: tuple[int, ...], ratio: object) -> list[float]:
    """Angles of exactly this sigma."""
    from pymatgen.core.interface import GrainBoundaryGenerator

    listing = {
        "c": lambda: GrainBoundaryGenerator.enum_sigma_cubic(sigma, axis),
        "t": lambda: GrainBoundaryGenerator.enum_sigma_tet(sigma, axis, ratio),
        "o": lambda: GrainBoundaryGenerator.enum_sigma_ort(sigma, axis, ratio),
        "h": lambda: GrainBoundaryGenerator.enum_sigma_hex(sigma, axis, ratio),
        "r": lambda: GrainBoundaryGenerator.enum_sigma_rho(sigma, axis, ratio),
    }[kind]()
    return [float(angle) for angle in listing.get(sigma, []) if angle > 0]


def _whole(direction: Floats) -> Indices | None:
    for multiple in range(1, 13):
        near = np.rint(direction * multiple)
        if np.abs(direction * multiple - near).max() < 1e-3 * multiple:
            common = int(np.gcd.reduce(near.astype(int)))
            h, k, l = (int(x) // common for x in near)  # noqa: E741
            return h, k, l
    return None


def _coincidence(lattice: Oriented, turn: Floats, most: int) -> Integers | None:
    """The smallest cell of vectors in the plane that are lattice vectors of both grains, (2, 2)."""
    flat = lattice.matrix[:2]
    steps = np.stack(np.meshgrid(*[np.arange(-most, most + 1)] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    steps = steps[np.any(steps != 0, axis=1)]
    points = steps @ flat
    # A vector of the upper grain's lattice, turned back, is one of the crystal's.
    parts = np.linalg.lstsq(flat.T, (points @ turn).T, rcond=None)[0].T
    miss = np.linalg.norm((parts - np.rint(parts)) @ flat, axis=1)
    shared = steps[miss < _COINCIDE_A]
    shared = shared[np.argsort(np.linalg.norm(shared @ flat, axis=1), kind="stable")]
    for other in shared[1:]:
        cell = np.array([shared[0], other])
        if np.linalg.det(cell):
            cell = np.asarray(reduced(cell @ flat) @ cell, dtype=np.int64)
            if np.linalg.det(cell) < 0:
                cell[1] *= -1
            return cell
    return None


def _symmetry(structure: Structure, mobile: str) -> Floats:
    framework = structure.copy()
    framework.remove_species([mobile])
    counts = framework if len(framework) else structure
    return rotations(counts, FRAMEWORK_TOLERANCE_A)


def _is_symmetry(structure: Structure, mobile: str, turn: Floats) -> bool:
    return bool((np.abs(_symmetry(structure, mobile) - turn).max(axis=(1, 2)) < _SAME_ROTATION).any())


def _boundaries_alike(symmetry: Floats, normal: Floats, turn: Floats) -> bool:
    """Whether an operation of the crystal maps the boundary with A below onto that with A above.

    It either keeps the normal and inverts the turn, or inverts the normal and keeps the turn.
    """
    up = np.abs(symmetry @ normal - normal).max(axis=1) < _SAME_ROTATION
    down = np.abs(symmetry @ normal + normal).max(axis=1) < _SAME_ROTATION
    moved = symmetry @ turn @ np.swapaxes(symmetry, 1, 2)
    inverts = np.abs(moved - turn.T).max(axis=(1, 2)) < _SAME_ROTATION
    keeps = np.abs(moved - turn).max(axis=(1, 2)) < _SAME_ROTATION
    return bool((up & inverts | down & keeps).any())


def _turn(axis: Floats, angle_deg: float) -> Floats:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(np.radians(angle_deg) * axis).as_matrix())
