"""Sites of the mobile ions from the parent crystal: its own and its known empty ones, by Wyckoff position."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pymatgen.core import Structure

from screening.errors import StageError
from screening.local.sites import Sites
from screening.parents.wyckoff import wyckoff_labels

Floats = NDArray[np.float64]

#: Largest deviation of a supercell's edge from a whole number of the parent's.
_WHOLE = 0.15


def parent_sites(
    parent: Structure,
    vacant: Mapping[str, Sequence[Sequence[float]]],
    mobile: str,
    cell: Floats,
    *,
    min_distance_A: float = 1.0,
) -> Sites:
    """The mobile ion's sites in a supercell of the parent.

    A site's kind is its Wyckoff position in the parent ("24g"); an empty orbit's kind is its label there without the
    element ("16e T4"). Empty sites close to one that was taken before are left out: to a moving ion they are one place.

    Args:
        parent: Ordered or not; sites whose species hold the mobile element count.
        vacant: Label such as "Li 48h" to fractional coordinates, as in `Parent.vacant_sites`.
        mobile: Element.
        cell: Of the trajectory, row vectors in Angstrom, (3, 3): whole repeats of the parent's along its own
            vectors, strained by a few per cent at most.
        min_distance_A: Of an empty site from those taken, in Angstrom.

    Raises:
        StageError: the parent has no such element, or the cell is no such supercell.
    """
    repeats = _repeats(parent.lattice.matrix, cell)
    kinds = wyckoff_labels(parent)
    own = [
        (site.frac_coords, kind)
        for site, kind in zip(parent, kinds, strict=True)
        if mobile in {element.symbol for element in site.species.elements}
    ]
    if not own:
        raise StageError(f"the parent has no {mobile} whose sites could be taken; take sites from the density")
    for label, places in vacant.items():
        element, _, name = label.partition(" ")
        if element == mobile:
            for place in places:
                if _nearest(parent, place, [p for p, _ in own]) >= min_distance_A:
                    own.append((np.array(place), name))
    fractional = _repeated(np.array([place for place, _ in own]), repeats)
    return Sites(fractional, tuple(kind for _, kind in own) * int(repeats.prod()))


def parent_places(parent: Structure, indices: Sequence[int], cell: Floats) -> Floats:
    """Where some of the parent's sites are in a supercell, fractional, (n_indices * n_cells, 3).

    Args:
        parent: Ordered or not.
        indices: Of its sites.
        cell: As `parent_sites`.

    Raises:
        StageError: the cell is no supercell of the parent.
    """
    return _repeated(parent.frac_coords[list(indices)], _repeats(parent.lattice.matrix, cell))


def _repeated(places: Floats, repeats: NDArray[np.intp]) -> Floats:
    """Fractional coordinates in the parent -> in its supercell, parent after parent."""
    corners = np.stack(np.meshgrid(*[np.arange(n) for n in repeats], indexing="ij"), axis=-1).reshape(-1, 1, 3)
    fractional: Floats = ((corners + places) / repeats % 1.0).reshape(-1, 3)
    return fractional


def _repeats(parent: Floats, cell: Floats) -> NDArray[np.intp]:
    ratio = cell @ np.linalg.inv(parent)
    whole = np.round(np.diag(ratio)).astype(np.intp)
    if np.any(whole < 1) or np.abs(ratio / np.maximum(whole, 1)[:, None] - np.eye(3)).max() > _WHOLE:
        raise StageError(
            "the trajectory's cell is no whole repeat of the parent's, so the parent's sites cannot be placed in it; "
            "take sites from the density"
        )
    return whole


def _nearest(parent: Structure, place: Sequence[float], taken: Sequence[Floats]) -> float:
    return float(parent.lattice.get_all_distances([place], taken).min())
