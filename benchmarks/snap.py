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
from numpy.typing import NDArray

from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import LammpsEngine
from screening.dynamics.engines.lammps_cell import CellMap
from screening.dynamics.engines.lammps_library import load_lammps
from screening.potentials.student.design import LARGE_FORCE_EV_A, Label

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
        self.coefficients: NDArray[np.float64] = np.zeros(0)

    def fit(self, frames: Sequence[tuple[Atoms, Label, float]]) -> None:
        """Weighted least squares over (frame, label, confidence)."""
        size = len(self.elements) * (self.per_element + 1)
        gram, moment = np.zeros((size, size)), np.zeros(size)
        for atoms, label, confidence in frames:
            rows, baseline, box = self._rows(atoms)
            forces = box.to_lammps(label.forces)
            target = np.concatenate([[label.energy], forces.ravel()]) - baseline
            large = np.sqrt(1 + (np.linalg.norm(label.forces, axis=1) / LARGE_FORCE_EV_A) ** 2)
            energy = self.settings.energy_error_meV_atom * len(atoms)
            error = 1e-3 * np.concatenate([[energy], self.settings.force_error_meV_A * np.repeat(large, 3)])
            weighted = rows * (confidence / error)[:, None]
            gram += weighted.T @ weighted
            moment += weighted.T @ (target * confidence / error)
        scale = 1 / np.sqrt(np.maximum(np.diagonal(gram), 1e-12 * gram.diagonal().max()))
        matrix = gram * scale[:, None] * scale[None, :] + RIDGE * np.eye(size)
        self.coefficients = scale * np.linalg.solve(matrix, scale * moment)

    def engine(self) -> LammpsEngine:
        """Of the fitted potential."""
        blocks = self.coefficients.reshape(len(self.elements), -1)
        text = f"{len(self.elements)} {self.per_element + 1}\n" + "".join(
            f"{element} 0.5 {weight!r}\n" + "".join(f"{float(x)!r}\n" for x in block)
            for element, weight, block in zip(self.elements, self._weights(), blocks, strict=True)
        )
        chem = "chemflag 1\nbnormflag 1\n" if self.chem else ""
        parameters = f"rcutfac {self.cutoff_A}\ntwojmax {self.twojmax}\nrfac0 {RFAC0}\nrmin0 0\nbzeroflag 1\n{chem}"
        commands = [*self._repulsion("snap"), f"pair_coeff * * snap s.snapcoeff s.snapparam {' '.join(self.elements)}"]
        return LammpsEngine(
            self.elements, commands, {"s.snapcoeff": text, "s.snapparam": parameters}, min_distance_A=0.5
        )

    def _weights(self) -> list[float]:
        return [round(1.0 - WEIGHT_STEP * k, 6) for k in range(len(self.elements))]

    def _repulsion(self, other: str) -> list[str]:
        numbers = [atomic_numbers[element] for element in self.elements]
        inner, outer = self.settings.zbl_inner_A, self.settings.zbl_outer_A
        lines = [f"pair_style hybrid/overlay {other} zbl {inner!r} {outer!r}"]
        for i, z in enumerate(numbers):
            lines += [f"pair_coeff {i + 1} {j + 1} zbl {z} {numbers[j]}" for j in range(i, len(numbers))]
        return lines

    def _rows(self, atoms: Atoms) -> tuple[NDArray[np.float64], NDArray[np.float64], CellMap]:
        """Rows of energy and forces in LAMMPS' frame, and what the repulsion adds to them."""
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
                *self._repulsion(f"zero {self.cutoff_A + 0.1!r}"),
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
        return rows.reshape(1 + 3 * n, -1), values[:, -1], box
