"""What a student starts from where labels are shared: frames of the same elements that others have paid for."""

from collections.abc import Collection, Sequence

import numpy as np
import scipy.linalg
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from screening.students.design import Designer
from screening.students.exploration import NEAR_A
from screening.students.neighbours import pairs_within
from screening.students.shared_labels import KnownFrame

Pair = tuple[str, str]

# Frames that a student starts from at most; more take as long to learn as the labels that they save.
MOST_FRAMES = 200
# Of more than that, so many of the nearest composition are looked at.
MOST_CANDIDATES = 500
# Frames in contact of one pair of elements, as many as are made for it.
CONTACTS_OF_A_PAIR = 4


def choose_frames(known: Sequence[KnownFrame], structures: Sequence[Atoms], designer: Designer) -> list[KnownFrame]:
    """Frames to start from, those in contact left out: of the nearest composition, and no two that say the same.

    Args:
        known: That hold no elements but the family's.
        structures: Of the family.
        designer: Makes the rows of frames, where there are more than `MOST_FRAMES`.
    """
    elements = sorted({symbol for atoms in structures for symbol in atoms.get_chemical_symbols()})
    wanted = np.array([_composition(atoms, elements) for atoms in structures])

    def distance(one: KnownFrame) -> float:
        return float(np.abs(wanted - _composition(one.atoms, elements)).sum(axis=1).min())

    nearest = sorted((one for one in known if not one.contact), key=distance)[:MOST_CANDIDATES]
    return [nearest[k] for k in sorted(_distinct(nearest, designer))]


def choose_contacts(known: Sequence[KnownFrame]) -> list[KnownFrame]:
    """The first frames in contact of each pair of elements."""
    counts: dict[Pair, int] = {}
    chosen = []
    for one in known:
        pair = nearest_pair(one.atoms) if one.contact else None
        if pair is not None and counts.get(pair, 0) < CONTACTS_OF_A_PAIR:
            counts[pair] = counts.get(pair, 0) + 1
            chosen.append(one)
    return chosen


def lacking_contacts(frames: Sequence[Atoms], chosen: Collection[KnownFrame]) -> list[Atoms]:
    """Frames in contact of pairs of elements that are not among the chosen ones."""
    there = {nearest_pair(one.atoms) for one in chosen}
    return [frame for frame in frames if nearest_pair(frame) not in there]


def nearest_pair(atoms: Atoms) -> Pair | None:
    """Elements of the two atoms that are closest for their covalent radii; None where all are far apart."""
    first, second, distance = pairs_within(atoms, NEAR_A)
    if not len(distance):
        return None
    radii, symbols = covalent_radii[atoms.numbers], atoms.get_chemical_symbols()
    k = int(np.argmin(distance / (radii[first] + radii[second])))
    one, other = sorted((symbols[first[k]], symbols[second[k]]))
    return one, other


def _composition(atoms: Atoms, elements: Sequence[str]) -> NDArray[np.float64]:
    symbols = atoms.get_chemical_symbols()
    return np.array([symbols.count(element) for element in elements]) / len(symbols)


def _distinct(frames: Sequence[KnownFrame], designer: Designer) -> list[int]:
    """Indices of frames; of too many, those whose mean descriptors are least a combination of those before.

    Pivoted QR takes the frame of the largest part outside the span of the chosen ones, one after another.
    """
    if len(frames) <= MOST_FRAMES:
        return list(range(len(frames)))
    rows, usable = [], []
    for k, frame in enumerate(designer.tolerant_rows([one.atoms for one in frames], stress=False)):
        if frame is not None:
            rows.append(frame.rows[0] / frame.n_atoms)
            usable.append(k)
    table = np.array(rows)
    spread = table.std(axis=0)
    scaled = (table - table.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    order = scipy.linalg.qr(scaled.T, mode="r", pivoting=True, check_finite=False)[1]
    return [usable[k] for k in order[:MOST_FRAMES]]
