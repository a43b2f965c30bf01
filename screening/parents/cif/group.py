"""Groups of symmetry operations: whether they are one, of which type, and whether two are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import gemmi
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Deviation of the cell from one that the operations keep, relative; half of it in a length, 0.6 degrees in an angle.
CELL_TOLERANCE = 0.01
# Whole cell vectors that a screw or glide of two settings can differ by.
_VECTORS = np.array(list(product(range(-2, 3), repeat=3)))
_SAME = 1e-6


@dataclass(frozen=True)
class Group:
    """A space group in one setting.

    Attributes:
        operations: In the order of the file or of gemmi, each once, translations within one cell.
    """

    operations: tuple[gemmi.Op, ...]

    @classmethod
    def of(cls, operations: gemmi.GroupOps | list[gemmi.Op]) -> Group:
        """The group of these operations, whole or not."""
        return cls(tuple(dict.fromkeys(operation.wrap() for operation in operations)))

    @classmethod
    def of_hall(cls, symbol: str) -> Group | None:
        """The group of a Hall symbol; None where it is none."""
        try:
            # Two primes are a double one within double quotes; FullProf separates by semicolons.
            return cls.of(gemmi.symops_from_hall(re.sub("[_;]", " ", symbol.replace("''", '"'))))
        except (RuntimeError, ValueError):
            return None

    @cached_property
    def rotations(self) -> NDArray[np.int_]:
        """(n, 3, 3), acting on fractional coordinates."""
        return np.array([operation.rot for operation in self.operations]) // gemmi.Op.DEN

    @cached_property
    def translations(self) -> NDArray[np.int_]:
        """(n, 3), in 24ths of a cell vector."""
        return np.array([operation.tran for operation in self.operations]) % gemmi.Op.DEN

    @cached_property
    def triplets(self) -> frozenset[str]:
        """The operations as text, for comparison."""
        return frozenset(operation.triplet() for operation in self.operations)

    @cached_property
    def number(self) -> int | None:
        """Number in International Tables, whatever the setting; None if it is no space group."""
        import spglib

        known = gemmi.find_spacegroup_by_ops(gemmi.GroupOps(list(self.operations)))
        if known is not None:
            return int(known.number)
        found = spglib.get_spacegroup_type_from_symmetry(self.rotations, self.translations / gemmi.Op.DEN)
        return None if found is None else int(found.number)

    @cached_property
    def name(self) -> str:
        """Hermann-Mauguin symbol with its setting, such as `F d -3 m:2 (227)`."""
        known = gemmi.find_spacegroup_by_ops(gemmi.GroupOps(list(self.operations)))
        if known is not None:
            return f"{known.xhm()} ({known.number})"
        if self.number is None:
            return "no space group"
        standard = gemmi.get_spacegroup_reference_setting(self.number)
        return f"{standard.hm} ({self.number}) in a setting of its own"

    @cached_property
    def is_rhombohedral(self) -> bool:
        """Whether the axes are those of a rhombohedron, whose positions are counted in the hexagonal cell too."""
        known = gemmi.find_spacegroup_by_ops(gemmi.GroupOps(list(self.operations)))
        return known is not None and known.ext == "R"

    def missing(self) -> str | None:
        """A product of two operations that is not among them; None where they are a whole group."""
        if "x,y,z" not in self.triplets:
            return "x,y,z"
        kinds, which = np.unique(self.rotations, axis=0, return_inverse=True)
        numbers = {kind.tobytes(): number for number, kind in enumerate(kinds)}
        turned = np.array([[numbers.get((a @ b).tobytes(), -1) for b in kinds] for a in kinds])[np.ix_(which, which)]
        moved = np.einsum("aij,bj->abi", self.rotations, self.translations) + self.translations[:, None]
        places = np.array([gemmi.Op.DEN**2, gemmi.Op.DEN, 1])
        products = turned * gemmi.Op.DEN**3 + moved % gemmi.Op.DEN @ places
        own = which * gemmi.Op.DEN**3 + self.translations @ places
        odd = np.argwhere(~np.isin(products, own))
        if not len(odd):
            return None
        first, second = (self.operations[i] for i in odd[0])
        return str((first * second).wrap().triplet())

    def images(self, point: Floats) -> Floats:
        """Images of a fractional point under every operation, (n, 3), not brought into the cell."""
        return np.asarray(self.rotations @ point + self.translations / gemmi.Op.DEN, dtype=np.float64)

    def fits(self, matrix: Floats) -> bool:
        """Whether the operations keep the lengths and angles of a cell.

        Args:
            matrix: Cell vectors as rows, (3, 3), Å.
        """
        metric = matrix @ matrix.T
        scale = np.sqrt(np.outer(metric.diagonal(), metric.diagonal()))
        turned = np.einsum("nji,jk,nkl->nil", self.rotations, metric, self.rotations)
        return bool((np.abs(turned - metric) <= CELL_TOLERANCE * scale).all())

    def is_shifted(self, other: Group) -> bool:
        """Whether the two differ by their origin alone: type, axes, centring, screws and glides are the same.

        The part of a translation along the axis or in the plane of its operation does not depend on the origin; it is
        compared up to vectors of the lattice.
        """
        own, others = self._by_rotation(), other._by_rotation()
        if own.keys() != others.keys() or self._centring() != other._centring():
            return False
        for key, translations in own.items():
            rotation = np.frombuffer(key, dtype=np.int8).reshape(3, 3).astype(int)
            along = _invariant_part(rotation)
            differences = (translations[0] - others[key])[:, None] / gemmi.Op.DEN - _VECTORS
            if not (np.abs(differences @ along.T).max(axis=2) < _SAME).any():
                return False
        return self.number == other.number

    def _centring(self) -> set[tuple[int, ...]]:
        """Translations of the lattice within one cell, in 24ths."""
        pure = (self.rotations == np.eye(3, dtype=int)).all(axis=(1, 2))
        return {tuple(vector) for vector in self.translations[pure].tolist()}

    def _by_rotation(self) -> dict[bytes, NDArray[np.int_]]:
        """All translations of each rotation, (m, 3)."""
        rows: dict[bytes, list[NDArray[np.int_]]] = {}
        for rotation, translation in zip(self.rotations, self.translations, strict=True):
            rows.setdefault(rotation.astype(np.int8).tobytes(), []).append(translation)
        return {key: np.array(translations) for key, translations in rows.items()}


def _invariant_part(rotation: NDArray[np.int_]) -> Floats:
    """The projection on vectors that a rotation keeps: the mean of its powers, (3, 3)."""
    powers = [np.eye(3, dtype=int)]
    while not np.array_equal(power := rotation @ powers[-1], powers[0]):
        powers.append(power)
    return np.asarray(np.mean(powers, axis=0), dtype=np.float64)
