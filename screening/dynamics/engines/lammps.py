"""Dynamics through LAMMPS, in a process of its own, with any pair style."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from screening.dynamics.engines.base import blown_up_above_K, frames_in
from screening.dynamics.engines.lammps_cell import CellMap
from screening.dynamics.engines.lammps_process import LammpsFailure, LammpsProcess
from screening.errors import PotentialError
from screening.trajectories.chunk import Chunk, MDState

__all__ = ["CellAverage", "LammpsEngine", "LammpsFailure", "StaticResult"]

FS_PER_PS = 1000.0
# LAMMPS' random number generator takes seeds from 1 to this.
LARGEST_SEED = 900_000_000


@dataclass(frozen=True)
class StaticResult:
    """A potential's answer for one structure.

    Attributes:
        energy: eV.
        forces: eV/Angstrom, (n_atoms, 3).
        stress: eV/Angstrom^3, (3, 3), positive under tension as in ASE.
    """

    energy: float
    forces: NDArray[np.float64]
    stress: NDArray[np.float64]


@dataclass(frozen=True)
class CellAverage:
    """The cell at a temperature and a pressure.

    Attributes:
        cell: Mean row vectors in Angstrom, (3, 3), over the sampled part of the run.
        standard_error: Of each component, from five blocks, Angstrom, (3, 3).
        volumes: Of each sampled frame, Angstrom^3, (n_frames,).
        end: State after the last step, in the cell it then had.
    """

    cell: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    volumes: NDArray[np.float64]
    end: MDState


class LammpsEngine:
    """NVT by stochastic velocity rescaling (`fix temp/csvr`), which leaves diffusion alone.

    A crash of LAMMPS, lost atoms, atoms closer than `min_distance_A` and a runaway temperature are
    `LammpsFailure`s, an `EngineFailure` with the step, the reason and the frames before.
    """

    name = "lammps"

    def __init__(
        self,
        elements: Sequence[str],
        pair_commands: Sequence[str],
        files: Mapping[str, str] | None = None,
        *,
        thermostat_time_fs: float = 100.0,
        min_distance_A: float = 0.7,
        skin_A: float = 1.0,
        ranks: int = 1,
    ) -> None:
        """Nothing is started before the first run.

        Args:
            elements: Element of atom type 1, 2, ... in `pair_commands`; structures may lack some of them.
            pair_commands: LAMMPS lines from `pair_style` on, in metal units.
            files: Text of the files which they name, by name.
            thermostat_time_fs: Time constant of the thermostat.
            min_distance_A: Closer atoms end a run; 0 switches the check off.
            skin_A: Of the neighbour list.
            ranks: Processes that share the atoms; worth it for hundreds of atoms and idle cores.
        """
        self.elements = tuple(elements)
        self.pair_commands = list(pair_commands)
        self.files = dict(files or {})
        self.thermostat_time_fs = thermostat_time_fs
        self.min_distance_A = min_distance_A
        self.skin_A = skin_A
        self._process = LammpsProcess(ranks)

    def run(
        self,
        state: MDState,
        *,
        steps: int,
        sample_every: int,
        timestep_fs: float,
        temperature_K: float,
        seed: int,
        thermostat: bool = True,
    ) -> Chunk:
        """Run a chunk; see `Engine`. Without the thermostat the energy is conserved and the seed without effect.

        Raises:
            LammpsFailure: the run failed; says at which step and how.
            PotentialError: LAMMPS refused the pair commands, or an element has no atom type.
        """
        fixes = ["fix integrate all nve"]
        if thermostat:
            fixes.append(f"fix heat all temp/csvr {temperature_K!r} {temperature_K!r} {self._tau!r} {_seed(seed)}")
        box, result = self._dynamics(state, fixes, steps, sample_every, timestep_fs, temperature_K)
        positions = box.to_caller(result["positions"])
        end = MDState(
            state.symbols,
            positions[-1].copy(),
            box.to_caller(result["velocities"]) / FS_PER_PS,
            state.cell.copy(),
        )
        return Chunk(positions.astype(np.float32), result["energies"], result["temperatures"], end)

    def equilibrate_cell(
        self,
        state: MDState,
        temperature_K: float,
        pressure_GPa: float = 0.0,
        *,
        duration_ps: float = 20.0,
        discard_ps: float = 5.0,
        timestep_fs: float = 2.0,
        sample_interval_fs: float = 20.0,
        barostat_time_fs: float = 1000.0,
        shape: Literal["iso", "aniso", "tri"] = "tri",
        seed: int = 1,
    ) -> CellAverage:
        """NPT run (Nose-Hoover barostat, velocity-rescaling thermostat) and the mean cell of its later part.

        Args:
            state: Start.
            temperature_K: Target.
            pressure_GPa: Target; compression positive.
            duration_ps: Whole length.
            discard_ps: Left out of the mean at its start.
            timestep_fs: Time step.
            sample_interval_fs: Time between sampled cells.
            barostat_time_fs: Time constant of the barostat.
            shape: `iso` scales all edges by one factor, `aniso` three box edges, `tri` all six components.
            seed: Of the thermostat.

        Raises:
            LammpsFailure: the run failed.
            ValueError: fewer than ten cells would be sampled.
        """
        every = max(1, round(sample_interval_fs / timestep_fs))
        skipped = round(discard_ps * FS_PER_PS / (every * timestep_fs))
        n_frames = round(duration_ps * FS_PER_PS / (every * timestep_fs))
        if n_frames - skipped < 10:
            raise ValueError(f"duration_ps {duration_ps:g} leaves {n_frames - skipped} cells to average, 10 are needed")
        bar, damp = pressure_GPa * 1e4, barostat_time_fs / FS_PER_PS
        flip = " flip no" if shape == "tri" else ""
        fixes = [
            f"fix integrate all nph {shape} {bar!r} {bar!r} {damp!r}{flip}",
            f"fix heat all temp/csvr {temperature_K!r} {temperature_K!r} {self._tau!r} {_seed(seed)}",
        ]
        box, result = self._dynamics(state, fixes, n_frames * every, every, timestep_fs, temperature_K)
        cells = np.array([box.cell_to_caller(cell) for cell in result["cells"]])
        sampled = cells[skipped:]
        blocks = np.array([block.mean(axis=0) for block in np.array_split(sampled, 5)])
        end = MDState(
            state.symbols,
            box.to_caller(result["positions"][-1]),
            box.to_caller(result["velocities"]) / FS_PER_PS,
            cells[-1],
        )
        error = blocks.std(axis=0, ddof=1) / np.sqrt(len(blocks))
        return CellAverage(sampled.mean(axis=0), error, np.abs(np.linalg.det(sampled)), end)

    def evaluate(self, structures: Sequence[Any]) -> list[StaticResult]:
        """Energy, forces and stress of ASE `Atoms`, periodic in all directions.

        Raises:
            LammpsFailure: LAMMPS failed or crashed on one of them.
            PotentialError: LAMMPS refused the pair commands, or an element has no atom type.
        """
        result, boxes = self.call_frames("evaluate", structures, {})
        return [
            StaticResult(
                float(result[f"energy_{k}"]),
                box.to_caller(result[f"forces_{k}"]),
                box.tensor_to_caller(result[f"stress_{k}"]),
            )
            for k, box in enumerate(boxes)
        ]

    def forces(self, frames: Sequence[Any]) -> list[NDArray[np.float64]]:
        """Forces alone, see `evaluate`."""
        return [answer.forces for answer in self.evaluate(frames)]

    def call_frames(
        self, task: str, structures: Sequence[Any], settings: dict[str, Any]
    ) -> tuple[dict[str, NDArray[Any]], list[CellMap]]:
        """Hand structures to a task of the LAMMPS process; results are in LAMMPS' frame, one map each."""
        arrays: dict[str, NDArray[Any]] = {}
        boxes = [CellMap(atoms.cell.array) for atoms in structures]
        for k, (atoms, box) in enumerate(zip(structures, boxes, strict=True)):
            for name, value in self._arrays(tuple(atoms.get_chemical_symbols()), atoms.positions, box).items():
                arrays[f"{name}_{k}"] = value
        common = {**self._settings(), "n_frames": len(boxes), **settings}
        return self._process.call(task, common, arrays, self.files), boxes

    def close(self) -> None:
        """End the LAMMPS process; another run starts a new one."""
        self._process.close()

    @property
    def _tau(self) -> float:
        return self.thermostat_time_fs / FS_PER_PS

    def _settings(self) -> dict[str, Any]:
        masses = [float(atomic_masses[atomic_numbers[element]]) for element in self.elements]
        return {"masses": masses, "pair_commands": self.pair_commands, "skin_A": self.skin_A}

    def _arrays(self, symbols: tuple[str, ...], positions: Any, box: CellMap) -> dict[str, NDArray[Any]]:
        missing = sorted(set(symbols) - set(self.elements))
        if missing:
            raise PotentialError(f"the potential knows {', '.join(self.elements)}, not {', '.join(missing)}")
        inside, images = box.wrapped(np.asarray(positions, dtype=float))
        types = np.array([self.elements.index(symbol) + 1 for symbol in symbols], dtype=np.int32)
        return {"cell": box.lammps_cell, "positions": inside, "images": images, "types": types}

    def _dynamics(
        self,
        state: MDState,
        fixes: list[str],
        steps: int,
        sample_every: int,
        timestep_fs: float,
        temperature_K: float,
    ) -> tuple[CellMap, dict[str, NDArray[Any]]]:
        n_frames = frames_in(steps, sample_every)
        box = CellMap(state.cell)
        settings = {
            **self._settings(),
            "fixes": fixes,
            "n_frames": n_frames,
            "sample_every": sample_every,
            "timestep_ps": timestep_fs / FS_PER_PS,
            "max_temperature_K": blown_up_above_K(temperature_K, len(state.symbols)),
            "min_distance_A": self.min_distance_A,
        }
        arrays = self._arrays(state.symbols, state.positions, box)
        arrays["velocities"] = box.to_lammps(state.velocities) * FS_PER_PS
        try:
            return box, self._process.call("dynamics", settings, arrays, self.files)
        except LammpsFailure as failure:
            raise LammpsFailure(failure.step, failure.reason, box.to_caller(failure.positions)) from None


def _seed(seed: int) -> int:
    return seed % LARGEST_SEED + 1
