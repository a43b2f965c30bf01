"""Cells of a crystal that lie along one of its lattice planes, and the smallest of them that are wide enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from screening.errors import StructureError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Indices = tuple[int, int, int]

#: Multiples of a plane's indices that are tried until they are whole in another cell of the same lattice.
_MOST_MULTIPLES = 24
_WHOLE = 1e-4
_SAME_LENGTH_A = 1e-6


@dataclass(frozen=True)
class Oriented:
    """A lattice seen along one of its planes.

    Attributes:
        vectors: Two in the plane and one to the next plane, in lattice vectors; the determinant is 1 or -1, (3, 3).
        matrix: The same in Angstrom, (3, 3).
        spacing_A: Distance of neighbouring planes.
    """

    vectors: Integers
    matrix: Floats
    spacing_A: float

    @property
    def normal(self) -> Floats:
        """Unit vector from one plane to the next, (3,)."""
        across = np.cross(self.matrix[0], self.matrix[1])
        return np.asarray(across / np.linalg.norm(across))

    def cell(self, in_plane: Integers, layers: int) -> Integers:
        """A cell of several planes in lattice vectors, (3, 3).

        Args:
            in_plane: Its two vectors in the plane, in those of this, (2, 2).
            layers: Number of planes.
        """
        flat = in_plane @ self.vectors[:2]
        lattice = np.linalg.solve(self.vectors.astype(float), self.matrix)
        upward = layers * self.vectors[2]
        # As upright as the lattice allows.
        upward = upward - np.rint(_in_plane_parts(upward @ lattice, np.asarray(flat @ lattice))).astype(np.int64) @ flat
        return np.vstack([flat, upward])


def indices_in(lattice: Floats, of: Floats, plane: Indices) -> Indices:
    """Miller indices of a plane in another cell of the same lattice, without common divisor.

    Args:
        lattice: Vectors of the other cell in Angstrom, as rows, (3, 3).
        of: Vectors of the cell in which the plane is named, (3, 3).
        plane: Its indices there.

    Raises:
        StructureError: it is no plane of the lattice.
    """
    along = lattice @ (np.linalg.inv(of) @ np.array(plane, dtype=float))
    along = along / np.abs(along[np.abs(along) > _WHOLE]).min()
    for multiple in range(1, _MOST_MULTIPLES + 1):
        whole = np.rint(along * multiple)
        if np.abs(along * multiple - whole).max() < _WHOLE * multiple:
            common = gcd(*(int(x) for x in whole))
            h, k, l = (int(x) // common for x in whole)  # noqa: E741
            return h, k, l
    raise StructureError(f"({' '.join(map(str, plane))}) is no plane of the parent's lattice")


def oriented(lattice: Floats, plane: Indices) -> Oriented:
    """The smallest cell along a plane: two short vectors in it, and the shortest to the next plane.

    Args:
        lattice: Primitive vectors in Angstrom, as rows, (3, 3).
        plane: Miller indices in these, without common divisor.
    """
    vectors = _unimodular(plane)
    vectors[:2] = reduced(vectors[:2] @ lattice) @ vectors[:2]
    if np.linalg.det(vectors @ lattice) < 0:
        vectors[1] *= -1
    matrix = vectors @ lattice
    vectors[2] -= np.rint(_in_plane_parts(matrix[2], matrix[:2])).astype(np.int64) @ vectors[:2]
    matrix = vectors @ lattice
    area = float(np.linalg.norm(np.cross(matrix[0], matrix[1])))
    return Oriented(vectors, matrix, abs(float(np.linalg.det(matrix))) / area)


def reduced(vectors: Floats) -> Integers:
    """Whole combinations of two vectors that are the shortest ones of their lattice (Gauss), (2, 2).

    Args:
        vectors: In Angstrom, (2, 2) or (2, 3).
    """
    change = np.eye(2, dtype=np.int64)
    while True:
        short, long = sorted(range(2), key=lambda i: round(float(np.linalg.norm(change[i] @ vectors)), 6))
        change = change[[short, long]]
        first, second = change @ vectors
        step = round(float(first @ second / (first @ first)))
        shorter = second - step * first
        if step == 0 or np.linalg.norm(shorter) > np.linalg.norm(second) - _SAME_LENGTH_A:
            return change
        change[1] -= step * change[0]


def wide_enough(vectors: Floats, min_width_A: float, most: int) -> Iterator[Integers]:
    """In-plane cells whose images are at least so far apart, smallest first, the widest of each size, (2, 2).

    Args:
        vectors: The plane's smallest cell in Angstrom, (2, 2) or (2, 3).
        min_width_A: Distance wanted.
        most: Times the smallest cell that the largest may be.
    """
    for n in range(1, most + 1):
        widest: tuple[float, Integers] | None = None
        for first in range(1, n + 1):
            if n % first:
                continue
            for skew in range(first):
                cell = np.array([[first, 0], [skew, n // first]], dtype=np.int64)
                cell = reduced(cell @ vectors) @ cell
                if np.linalg.det(cell) < 0:
                    cell[1] *= -1
                width = float(np.linalg.norm(cell[0] @ vectors))
                if widest is None or width > widest[0] + _SAME_LENGTH_A:
                    widest = width, cell
        if widest is not None and widest[0] >= min_width_A - _SAME_LENGTH_A:
            yield widest[1]


def _in_plane_parts(vector: Floats, in_plane: Floats) -> Floats:
    """Parts of a vector along two others, after its projection on their plane, (2,)."""
    return np.asarray(np.linalg.lstsq(np.asarray(in_plane, dtype=np.float64).T, vector, rcond=None)[0])


def _unimodular(plane: Indices) -> Integers:
    """Two whole vectors in a plane and one with the product 1 with its indices; their determinant is 1 or -1."""
    h, k, l = plane  # noqa: E741
    if h == k == 0:
        return np.array([[1, 0, 0], [0, 1, 0], [0, 0, l]], dtype=np.int64)
    d, p, q = _bezout(h, k)
    _, r, s = _bezout(d, l)
    return np.array([[k // d, -h // d, 0], [p * l, q * l, -d], [p * r, q * r, s]], dtype=np.int64)


def _bezout(a: int, b: int) -> tuple[int, int, int]:
    """Greatest common divisor d of two numbers, and p and q with p a + q b = d."""
    (old, r), (old_p, p), (old_q, q) = (a, b), (1, 0), (0, 1)
    while r:
        n = old // r
        (old, r), (old_p, p), (old_q, q) = (r, old - n * r), (p, old_p - n * p), (q, old_q - n * q)
    return (old, old_p, old_q) if old > 0 else (-old, -old_p, -old_q)
