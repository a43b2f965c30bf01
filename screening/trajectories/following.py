"""Atoms followed from frame to frame through the periodic cell: one rule for every format.

An ion moves a small part of the cell between two frames. So the nearest image is where it went, whatever the file says
of its coordinates: wrapped, unwrapped, wrapped along some axes only, wrapped anew at a restart, or in a cell of which
LAMMPS flipped the tilt. Where ions move so far that the nearest image may be the wrong one, an axis is taken as it is
written if it is plainly unwrapped throughout, and refused otherwise.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.errors import StageError
from screening.trajectories.frame import Floats, Frame

# In cell vectors. A step of more than this could as well be one to the other side.
_AMBIGUOUS = 0.45
# Where more than this share of an element's steps is beyond a quarter, steps beyond a half are to be expected. (Hops of
# a third of a small cell, in one frame of a hundred, are no sign of that.)
_FAR, _MANY = 0.25, 0.05
# An axis is plainly unwrapped where atoms that step far range over more than this, and no step is a cell vector.
_UNWRAPPED_SPAN, _WHOLE = 1.2, 0.75
# Steps of this root mean square are never mistaken.
_SAFE_STEP = 0.08
# After so many steps it is known how far the middle one of an element's atoms moves; so many times further is a gap. Of
# fewer atoms the middle one says little.
_KNOWN_STEPS, _GAP, _MIN_ATOMS = 20, 3.0, 8
# A cell may change by so much of itself between two frames, besides whole vectors in a flip.
_CELL_CHANGE = 0.2


@dataclass(frozen=True)
class Step:
    """The step to a frame.

    Attributes:
        raw: The frame's own fractional coordinates in the basis of the first frame's cell, (n_atoms, 3).
        nearest: Steps to the nearest image, in cell vectors, (n_atoms, 3).
        followed: Where the atoms are, unwrapped, (n_atoms, 3).
        cell: Of the frame in the first frame's basis, row vectors in Angstrom, (3, 3).
        moved_A: Root mean square over the atoms of the nearest step in Angstrom.
    """

    raw: Floats
    nearest: Floats
    followed: Floats
    cell: Floats
    moved_A: float


class Follower:
    """Follows the atoms of one trajectory.

    Attributes:
        before: Where the atoms were followed to, None before the first frame.
    """

    def __init__(self, symbols: tuple[str, ...], as_written: NDArray[np.bool_]) -> None:
        """`as_written`: axes whose coordinates are taken as they are, (3,)."""
        self.before: Floats | None = None
        self._raw: Floats | None = None
        self._cell: Floats | None = None
        self._written: Floats | None = None
        self._basis = np.eye(3)
        self._as_written = as_written
        self._symbols = symbols
        names, self._kind = np.unique(np.array(symbols), return_inverse=True)
        self._counts = np.bincount(self._kind)[:, None]
        n = len(symbols)
        self._low, self._high = np.full((n, 3), np.inf), np.full((n, 3), -np.inf)
        self._doubtful = np.zeros((n, 3), dtype=bool)
        self._ambiguous = np.zeros(3, dtype=bool)
        self._whole = np.zeros(3, dtype=bool)
        self._stated_unwrapped = True
        self._far = np.zeros((len(names), 3))
        self._squares = np.zeros((n, 3))
        self._steps = 0
        self._longest = (0.0, 0, 0, 0)
        self._middle = dict.fromkeys(np.flatnonzero(self._counts[:, 0] >= _MIN_ATOMS).tolist(), 0.0)

    def look(self, frame: Frame, where: str, before: Floats | None = None) -> Step:
        """The step to a frame from `before`, or from where the atoms are.

        Raises:
            StageError: the cell is another one.
        """
        cell, basis = self._cell_and_basis(frame, where)
        raw = frame.fractional if np.array_equal(basis, np.eye(3)) else frame.fractional @ np.linalg.inv(basis)
        start = self.before if before is None else before
        if start is None:
            return Step(raw, np.zeros_like(raw), raw, cell, 0.0)
        nearest = raw - start
        nearest -= np.round(nearest)
        followed = start + nearest
        if self._as_written.any():
            followed = np.where(self._as_written, raw, followed)
        return Step(raw, nearest, followed, cell, float(np.sqrt(((nearest @ cell) ** 2).sum(axis=1).mean())))

    def _cell_and_basis(self, frame: Frame, where: str) -> tuple[Floats, Floats]:
        """The cell in the first frame's basis, and that basis in the frame's own: cell vectors that were flipped."""
        if self._cell is not None and self._written is not None and np.array_equal(frame.cell, self._written):
            return self._cell, self._basis
        cell: Floats = self._basis @ frame.cell
        if self._cell is None:
            return cell, self._basis
        change = cell @ np.linalg.inv(self._cell)
        whole = np.round(change)
        if np.abs(change - whole).max() > _CELL_CHANGE or round(abs(np.linalg.det(whole))) != 1:
            raise StageError(
                f"{where}: the cell is not that of the frame before, nor a flip of it: {_edges(self._cell)} before, "
                f"{_edges(cell)} here; frames of one run belong in one file"
            )
        if np.array_equal(whole, np.eye(3)):
            return cell, self._basis
        basis = np.round(np.linalg.inv(whole)) @ self._basis
        return basis @ frame.cell, basis

    def accept(self, frame: Frame, step: Step, number: int) -> None:
        """The frame with this number in its file is kept."""
        self._cell, self._basis = self._cell_and_basis(frame, "")
        self._written = frame.cell
        np.minimum(self._low, step.raw, out=self._low)
        np.maximum(self._high, step.raw, out=self._high)
        self._stated_unwrapped &= frame.unwrapped
        if self.before is not None:
            length = np.abs(step.nearest)
            self._steps += 1
            self._squares += step.nearest**2
            self._doubtful |= length > _AMBIGUOUS
            self._ambiguous |= (length > _AMBIGUOUS).any(axis=0)
            if self._raw is not None:
                jump = np.abs(step.raw - self._raw)
                self._doubtful |= jump > 0.5
                self._whole |= (jump > _WHOLE).any(axis=0)
            if length.max() > _FAR:
                np.add.at(self._far, self._kind, length > _FAR)
                atom, axis = np.unravel_index(int(length.argmax()), length.shape)
                self._longest = max(self._longest, (float(length.max()), number, int(atom), int(axis)))
        self.before, self._raw = step.followed, step.raw

    def gap(self, step: Step) -> str | None:
        """Why frames must be missing before this one, None where they need not be.

        Without numbers of steps they show only in that all atoms of an element move much further than ever before: a
        few that hop do not move the middle one, and what moves all atoms alike is drift.
        """
        moved = step.nearest @ step.cell
        length = np.linalg.norm(moved - np.median(moved, axis=0), axis=1)
        for kind, most in self._middle.items():
            middle = float(np.median(length[self._kind == kind]))
            if self._steps >= _KNOWN_STEPS and middle > _GAP * most > 0.0:
                symbol = self._symbols[int(np.flatnonzero(self._kind == kind)[0])]
                return f"half of the {symbol} atoms move {middle:.2f} A or more, at most {most:.2f} A before"
            self._middle[kind] = max(most, middle)
        return None

    def back_to(self, earlier: Floats) -> None:
        """Frames after an earlier one, whose followed coordinates these are, are dropped."""
        self.before, self._raw = earlier, None

    def axes_as_written(self, path: str, interval_fs: float) -> NDArray[np.bool_]:
        """The axes whose coordinates are to be taken as they are, (3,), since the nearest image may be wrong there.

        Raises:
            StageError: so, and they are not plainly unwrapped; names the interval of frames that would be needed.
        """
        many = ((self._far > _MANY * self._counts * self._steps) & (self._far > 1)).any(axis=0)
        wide = self._high - self._low > _UNWRAPPED_SPAN
        plain = ~self._whole & (self._stated_unwrapped | (wide | ~self._doubtful).all(axis=0))
        unclear = np.logical_and(many | self._ambiguous, ~(plain | self._as_written))
        if unclear.any():
            raise StageError(f"{path}: {self._too_far(many, unclear, interval_fs)}")
        return np.asarray(self._doubtful.any(axis=0) & plain & ~self._as_written)

    def _too_far(self, many: Any, axes: Any, interval_fs: float) -> str:
        length, frame, atom, axis = self._longest
        squares = np.stack([np.bincount(self._kind, self._squares[:, axis]) for axis in range(3)], axis=1)
        rms = float(np.sqrt(squares / (self._counts * self._steps))[:, axes].max())
        needed = interval_fs * min((_SAFE_STEP / rms) ** 2, (_FAR / length) ** 2)
        if (many & axes).any():
            share = float((self._far / (self._counts * self._steps))[:, axes].max())
            what = (
                f"atoms move {rms:.2f} of the cell from frame to frame, {100 * share:.0f} % of one element's steps "
                "more than a quarter"
            )
        else:
            name = f"atom {atom + 1} ({self._symbols[atom]})"
            what = f"{name} moves {length:.2f} of cell vector {'abc'[axis]} to frame {frame}"
        return (
            f"{what}, so which way round the periodic cell they went cannot be told; write frames more often, every "
            f"{needed:.2g} fs (these are {interval_fs:g} fs apart), or unwrapped coordinates throughout"
        )


def _edges(cell: Floats) -> str:
    return " x ".join(f"{length:.3f}" for length in np.linalg.norm(cell, axis=1)) + " A"
