"""A trajectory in memory, the one form every analysis takes."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ase import Atoms


@dataclass(frozen=True)
class Trajectory:
    """Unwrapped positions at equal time steps.

    Attributes:
        symbols: Element of each atom, n_atoms.
        positions: Unwrapped Cartesian positions in Angstrom, (n_frames, n_atoms, 3), float32 or float64.
        cells: Row vectors in Angstrom, (3, 3) for fixed volume or (n_frames, 3, 3).
        frame_interval_fs: Time between frames in fs.
        temperatures_K: Instantaneous temperature of each frame, (n_frames,), or None if not known.
        energies_eV: Potential energy of each frame, (n_frames,), or None if not known.
        framework: Elements that the mobile ions move in; all others where None.
        notes: What the user should know of how it was read.
    """

    symbols: tuple[str, ...]
    positions: NDArray[np.floating]
    cells: NDArray[np.float64]
    frame_interval_fs: float
    temperatures_K: NDArray[np.float64] | None = None
    energies_eV: NDArray[np.float64] | None = None
    framework: frozenset[str] | None = None
    notes: tuple[str, ...] = ()

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.positions)

    def indices(self, element: str) -> NDArray[np.intp]:
        """Indices of the atoms of `element`."""
        return np.flatnonzero(np.array(self.symbols) == element)

    def framework_of(self, mobile: str) -> list[str]:
        """Elements of the framework that the mobile ions move in, sorted: all others, or those that are named."""
        others = set(self.symbols) - {mobile}
        return sorted(others if self.framework is None else others & self.framework)

    def beside(self, mobile: str, others: Sequence[str]) -> "Trajectory":
        """With further species that move as well as `mobile`: none of them is of the framework."""
        if not others or self.framework is not None:
            return self
        return replace(self, framework=frozenset(self.symbols) - {mobile, *others})

    def moving(self, mobile: str) -> NDArray[np.intp]:
        """Indices of the atoms that are not of the framework."""
        return np.flatnonzero(~np.isin(np.array(self.symbols), self.framework_of(mobile)))

    def frames(self, chosen: slice) -> "Trajectory":
        """Some of the frames, equally spaced; views, not copies."""
        _, _, stride = chosen.indices(self.n_frames)
        return replace(
            self,
            positions=self.positions[chosen],
            cells=self.cells if self.cells.ndim == 2 else self.cells[chosen],
            frame_interval_fs=self.frame_interval_fs * stride,
            temperatures_K=None if self.temperatures_K is None else self.temperatures_K[chosen],
            energies_eV=None if self.energies_eV is None else self.energies_eV[chosen],
        )

    def thinned(self, n_frames: int) -> "Trajectory":
        """Every so many frames, so that at most `n_frames` are left; a view, not a copy."""
        return self.frames(slice(None, None, -(-self.n_frames // max(1, n_frames))))

    def at_interval(self, frame_interval_fs: float) -> "Trajectory":
        """The same with a longer time between frames, a whole multiple of its own; a view, not a copy."""
        every = round(frame_interval_fs / self.frame_interval_fs)
        return self if every == 1 else self.frames(slice(every - 1, None, every))

    def production(self, equilibration_fraction: float) -> "Trajectory":
        """All but the first `equilibration_fraction`; a view, not a copy."""
        return self.frames(slice(round(equilibration_fraction * self.n_frames), None))

    def cut(self, pieces: int) -> "list[Trajectory]":
        """Pieces of equal length, but for a frame; views, not copies."""
        ends = [round(k * self.n_frames / pieces) for k in range(pieces + 1)]
        return [self.frames(slice(start, end)) for start, end in itertools.pairwise(ends)]

    def atoms(self, frame: int) -> "Atoms":
        """One frame as ASE Atoms, periodic, unwrapped as it is."""
        from ase import Atoms

        cell = self.cells if self.cells.ndim == 2 else self.cells[frame]
        return Atoms(self.symbols, positions=self.positions[frame], cell=cell, pbc=True)
