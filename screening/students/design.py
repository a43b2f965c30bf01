"""The linear problem: what each frame's energy, forces and stress say about the coefficients."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from screening.config.student import StudentConfig
from screening.constants import GPA
from screening.dynamics.engines.lammps import LammpsEngine, LammpsFailure, StaticResult
from screening.dynamics.engines.lammps_cell import CellMap
from screening.dynamics.engines.lammps_tasks import STRESS_COMPONENTS
from screening.students.basis import Basis

# Forces beyond this count less: those of atoms in collision are large, rare and of little use.
LARGE_FORCE_EV_A = 4.0
# Frames handed over at a time: a frame's rows take a few megabytes.
BATCH = 16


class Label(StaticResult):
    """The teacher's answer for a structure, which a student is fitted to."""


@dataclass(frozen=True)
class FrameRows:
    """Rows of one frame in LAMMPS' frame: energy, forces, stress; not weighted.

    Attributes:
        rows: (1 + 3 n_atoms + stresses, n_coefficients).
        baseline: What the nuclear repulsion contributes to each row, (1 + 3 n_atoms + stresses,).
        stress: The components of the stress there are rows for, numbered as in `STRESS_COMPONENTS`.
        box: To bring vectors into that frame.
        n_atoms: Number of atoms.
    """

    rows: NDArray[np.float64]
    baseline: NDArray[np.float64]
    stress: tuple[int, ...]
    box: CellMap
    n_atoms: int

    def targets(self, label: Label) -> NDArray[np.float64]:
        """What the coefficients have to give: the label without the baseline, (rows,)."""
        forces = self.box.to_lammps(label.forces).ravel()
        stress = self.box.tensor_to_lammps(label.stress)
        components = [stress[STRESS_COMPONENTS[k]] for k in self.stress]
        return np.concatenate([[label.energy], forces, components]) - self.baseline

    def weights(self, settings: StudentConfig, label: Label | None = None) -> NDArray[np.float64]:
        """One over the error at which each row counts alike, (rows,); large forces of the label count less."""
        energy = 1e-3 * settings.energy_error_meV_atom * self.n_atoms
        force = np.full(3 * self.n_atoms, 1e-3 * settings.force_error_meV_A)
        if label is not None:
            size = np.linalg.norm(label.forces, axis=1) / LARGE_FORCE_EV_A
            force *= np.repeat(np.sqrt(1 + size**2), 3)
        stress = np.full(len(self.stress), settings.stress_error_GPa * GPA)
        return 1 / np.concatenate([[energy], force, stress])


class Designer:
    """Makes the rows of frames, in the LAMMPS process."""

    def __init__(self, basis: Basis, settings: StudentConfig) -> None:
        zeros = np.zeros(basis.n_coefficients)
        reach = basis.settings.cutoff_A + 0.1
        commands = basis.zbl_commands(f"zero {reach!r}", settings.zbl_inner_A, settings.zbl_outer_A)
        files = {"parameters.pod": basis.parameter_text, "coefficients.pod": basis.coefficient_text(zeros)}
        self._engine = LammpsEngine(basis.elements, [*commands, "pair_coeff * * zero"], files, min_distance_A=0)
        self._basis = basis

    def rows(self, frames: Sequence[Atoms], stress: bool = True) -> Iterator[FrameRows]:
        """The rows of each frame, a few frames in memory at a time.

        Args:
            frames: Structures.
            stress: Add rows of the stress. A component costs as much as all forces, so a frame has two of the six
                in turn, one normal and one shear.

        Raises:
            LammpsFailure: the descriptors of a frame cannot be computed.
        """
        for first in range(0, len(frames), BATCH):
            yield from self._batch(frames[first : first + BATCH], first, stress)

    def tolerant_rows(self, frames: Sequence[Atoms], stress: bool = True) -> Iterator[FrameRows | None]:
        """As `rows`, but None for a frame whose descriptors LAMMPS cannot compute, such as one that is flying apart."""
        for first in range(0, len(frames), BATCH):
            batch = frames[first : first + BATCH]
            try:
                yield from self._batch(batch, first, stress)
            except LammpsFailure:
                for k, atoms in enumerate(batch, start=first):
                    try:
                        yield from self._batch([atoms], k, stress)
                    except LammpsFailure:
                        yield None

    def _batch(self, batch: Sequence[Atoms], first: int, stress: bool) -> list[FrameRows]:
        """Rows of some frames; `first` is the number of the first one, which settles its stress components."""
        numbers = [(k % 3, 3 + k % 3) if stress else () for k in range(first, first + len(batch))]
        settings: dict[str, Any] = {
            "elements": list(self._basis.elements),
            "n_coefficients": self._basis.n_coefficients,
            "stress": numbers,
        }
        result, boxes = self._engine.call_frames("descriptors", batch, settings)
        made = []
        for k, (atoms, box) in enumerate(zip(batch, boxes, strict=True)):
            tensor = result[f"stress_{k}"]
            energy, forces = np.atleast_1d(result[f"energy_{k}"]), result[f"forces_{k}"].ravel()
            stresses = np.array([tensor[STRESS_COMPONENTS[number]] for number in numbers[k]])
            baseline = np.concatenate([energy, forces, stresses])
            made.append(FrameRows(result[f"rows_{k}"], baseline, numbers[k], box, len(atoms)))
        return made

    def close(self) -> None:
        """End the LAMMPS process."""
        self._engine.close()
