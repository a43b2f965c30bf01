"""Nearest periodic images in cells of any shape, with the image told apart from its copies."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]


def images_within(cell: Floats, reach: float) -> NDArray[np.intp]:
    """Lattice translations whose cells lie within `reach` (Angstrom) of any point of the home cell, (n, 3)."""
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    counts = np.ceil(reach / heights).astype(np.intp)
    ranges = [np.arange(-c, c + 1) for c in counts]
    return np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)


def padded(places: Floats, cell: Floats, reach: float) -> tuple[Floats, NDArray[np.intp], NDArray[np.intp]]:
    """All periodic copies of some places within `reach` of the home cell.

    Args:
        places: Cartesian, anywhere, Angstrom, (n, 3).
        cell: Row vectors in Angstrom, (3, 3).
        reach: Angstrom.

    Returns:
        Points in Angstrom (m, 3), which place each is a copy of (m,), and the translation in lattice vectors from
        the place as given to the copy (m, 3).
    """
    inverse = np.linalg.inv(cell)
    fractional = places @ inverse
    home = np.floor(fractional).astype(np.intp)
    images = images_within(cell, reach)
    inside = (fractional - home)[None] + images[:, None]
    margin = reach * np.linalg.norm(inverse, axis=0)
    near = np.all((inside >= -margin) & (inside <= 1.0 + margin), axis=-1)
    image, atom = np.nonzero(near)
    return inside[near] @ cell, atom, images[image] - home[atom]


class NearestPlaces:
    """The nearest of fixed places, images told apart.

    Args:
        places: Cartesian in Angstrom, (n_places, 3).
        cell: Row vectors in Angstrom, (3, 3).
        size: How many nearest ones will be asked for.
    """

    def __init__(self, places: Floats, cell: Floats, size: int = 1) -> None:
        self.places = places
        self.cell = cell
        self.size = size
        self._inverse = np.linalg.inv(cell)
        # A ball of half the longest diagonal about any point holds a whole copy of all places, and `size` of them
        # need at most so many more copies.
        diagonals = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]]) @ cell
        longest = np.linalg.norm(diagonals, axis=1).max()
        copies = int(np.ceil(size / len(places)))
        points, self._place, self._image = padded(places, cell, 0.5 * float(longest) * copies)
        self._tree = cKDTree(points)

    def __call__(self, positions: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
        """The nearest places of some points.

        Args:
            positions: Cartesian, unwrapped, Angstrom, (..., 3).

        Returns:
            Place (..., size), its translation in lattice vectors (..., size, 3), and distance (..., size) in A.
        """
        fractional = positions @ self._inverse
        shift = np.floor(fractional)
        distance, found = self._tree.query((fractional - shift) @ self.cell, k=self.size)
        found = np.asarray(found).reshape(*positions.shape[:-1], self.size)
        image = self._image[found] + shift[..., None, :].astype(np.intp)
        return self._place[found], image, np.asarray(distance).reshape(found.shape)


def encode(place: NDArray[np.intp], image: NDArray[np.intp]) -> NDArray[np.int64]:
    """One number for a place and its image; images within 2^14 cells of the origin, places below 2^17."""
    code: NDArray[np.int64] = place.astype(np.int64)
    for axis in range(3):
        code = code * 2**15 + (image[..., axis] + 2**14)
    return code


def decode(code: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Place (...,) and image (..., 3) of `encode`."""
    image = np.empty((*code.shape, 3), dtype=np.intp)
    rest = code.copy()
    for axis in (2, 1, 0):
        rest, low = np.divmod(rest, 2**15)
        image[..., axis] = low - 2**14
    return rest.astype(np.intp), image
