"""SNAP (Thompson et al., J. Comput. Phys. 285, 316 (2015)) fitted to the same labels as students, to compare.

Linear in its bispectrum components, with the nuclear repulsion, weights and range of the students; stresses are left
out of its fit. Runs in this process: LAMMPS' compute gives all rows of a frame at once.
"""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers

from benchmarks.least_squares import Floats, Frame, fit
from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import LammpsEngine
from screening.dynamics.engines.lammps_cell import CellMap
from screening.dynamics.engines.lammps_library import load_lammps

# Scale of the 4th power in the map of distances to angles, and neighbours' weights by element, as is usual.
RFAC0, WEIGHT_STEP = 0.99363, 0.12
RIDGE = 1e-9


class Snap:
    """Bispectrum components up to 2j = `twojmax`; with `chem` one set for each pair of elements of the neighbours."""

    def __init__(
        self, elements: Sequence[str], cutoff_A: float, twojmax: int, chem: bool, settings: StudentConfig
    ) -> None:
        self.elements, self.cutoff_A, self.twojmax, self.chem = tuple(elements), cutoff_A, twojmax, chem
        self.settings = settings
        half = twojmax / 2
        sets = len(self.elements) ** 3 if chem else 1
        self.per_element = sets * round((half + 1) * (half + 2) * (half + 1.5) / 3)
        self.coefficients: Floats = np.zeros(0)

    def fit(self, frames: Sequence[Frame]) -> None:
        """Weighted least squares over (frame, label, confidence)."""
        size = len(self.elements) * (self.per_element + 1)
        self.coefficients = fit(frames, self._rows, size, self.settings, RIDGE)

    def engine(self) -> LammpsEngine:
        """Of the fitted potential."""
        blocks = self.coefficients.reshape(len(self.elements), -1)
        text = f"{len(self.elements)} {self.per_element + 1}\n" + "".join(
            f"{element} 0.5 {weight!r}\n" + "".join(f"{float(x)!r}\n" for x in block)
            for element, weight, block in zip(self.elements, self._weights(), blocks, strict=True)
        )
        chem = "chemflag 1\nbnormflag 1\n" if self.chem else ""
        parameters = f"rcutfac {self.cutoff_A}\ntwojmax {self.twojmax}\nrfac0 {RFAC0}\nrmin0 0\nbzeroflag 1\n{chem}"
        commands = [
            *repulsion("snap", self.elements, self.settings),
            f"pair_coeff * * snap s.snapcoeff s.snapparam {' '.join(self.elements)}",
        ]
        return LammpsEngine(
            self.elements, commands, {"s.snapcoeff": text, "s.snapparam": parameters}, min_distance_A=0.5
        )

    def _weights(self) -> list[float]:
        return [round(1.0 - WEIGHT_STEP * k, 6) for k in range(len(self.elements))]

    def _rows(self, atoms: Atoms) -> tuple[Floats, Floats]:
        """Rows of energy and forces, and what the repulsion adds to them."""
        box = CellMap(atoms.cell.array)
        cell, (inside, _) = box.lammps_cell, box.wrapped(atoms.positions)
        types = [self.elements.index(symbol) + 1 for symbol in atoms.get_chemical_symbols()]
        n, kinds = len(atoms), len(self.elements)
        numbers = [cell[0, 0], cell[1, 1], cell[2, 2], cell[1, 0], cell[2, 0], cell[2, 1]]
        x, y, z, *tilts = [repr(float(number)) for number in numbers]
        lammps = load_lammps()
        try:
            for line in (
                "units metal",
                "atom_style atomic",
                "atom_modify map array sort 0 0",
                "box tilt large",
                f"region box prism 0 {x} 0 {y} 0 {z} {' '.join(tilts)} units box",
                f"create_box {kinds} box",
                "mass * 1.0",
            ):
                lammps.command(line)
            lammps.create_atoms(n, list(range(1, n + 1)), types, inside.ravel().tolist())
            chem = f" chem {kinds} {' '.join(map(str, range(kinds)))} bnormflag 1" if self.chem else ""
            radii, weights = " ".join(["0.5"] * kinds), " ".join(map(str, self._weights()))
            for line in (
                *repulsion(f"zero {self.cutoff_A + 0.1!r}", self.elements, self.settings),
                "pair_coeff * * zero",
                f"compute snap all snap {self.cutoff_A} {RFAC0} {self.twojmax} {radii} {weights} rmin0 0{chem}",
                "thermo_style custom step pe c_snap[1][1]",
                "run 0 post no",
            ):
                lammps.command(line)
            columns = kinds * self.per_element + 1
            pointer: Any = lammps.extract_compute("snap", 0, 2)
            # The compute's rows lie one after the other.
            whole = np.ctypeslib.as_array(
                ctypes.cast(pointer[0], ctypes.POINTER(ctypes.c_double)), (1 + 3 * n + 6, columns)
            )
            values = whole[: 1 + 3 * n].copy()
        finally:
            lammps.close()
        constant = np.zeros((1 + 3 * n, kinds, 1))
        constant[0, :, 0] = np.bincount(types, minlength=kinds + 1)[1:]
        rows = np.concatenate([constant, values[:, :-1].reshape(-1, kinds, self.per_element)], axis=2)
        rows = rows.reshape(1 + 3 * n, -1)
        return _turned(rows, box), _turned(values[:, -1:], box)[:, 0]


def repulsion(other: str, elements: Sequence[str], settings: StudentConfig) -> list[str]:
    """LAMMPS lines of the students' nuclear repulsion over another pair style."""
    numbers = [atomic_numbers[element] for element in elements]
    lines = [f"pair_style hybrid/overlay {other} zbl {settings.zbl_inner_A!r} {settings.zbl_outer_A!r}"]
    for i, z in enumerate(numbers):
        lines += [f"pair_coeff {i + 1} {j + 1} zbl {z} {numbers[j]}" for j in range(i, len(numbers))]
    return lines


def _turned(rows: Floats, box: CellMap) -> Floats:
    """Rows of an energy and of forces in LAMMPS' frame, in the caller's."""
    columns = rows.shape[1]
    forces = rows[1:].reshape(-1, 3, columns).transpose(0, 2, 1)
    back = box.to_caller(forces).transpose(0, 2, 1)
    return np.concatenate([rows[:1], back.reshape(-1, columns)])
