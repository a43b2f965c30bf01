"""The cell a run is made in: as relaxed at 0 K, the mean cell at the run's temperature, or the measured lattice."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ase import Atoms

from screening.config.dynamics import MDProtocol
from screening.dynamics.driver import CELL, Changed, Driver
from screening.dynamics.engines.base import CellEngine, EngineFailure
from screening.dynamics.protocol import thermal_start
from screening.errors import StageError
from screening.log import tell
from screening.records import derive_seed
from screening.trajectories.run_record import CellRecord, MeanCell, RunCell

# Crystals expand by a few per cent up to melting; a volume beyond these ratios is another phase, or a gas.
SMALLEST_VOLUME_RATIO, LARGEST_VOLUME_RATIO = 0.75, 1.35
# Frames a student is compared with its teacher on, and the time between them.
FRAMES, FRAME_INTERVAL_FS = 12, 250.0


@dataclass(frozen=True)
class ParentLattice:
    """How far the potential's lattice of a parent is from that which it was given with.

    Attributes:
        parent: Its id.
        volume_change: Relaxed volume over the given one, less 1.
    """

    parent: str
    volume_change: float

    @property
    def volume_ratio(self) -> float:
        """What a relaxed volume is to be multiplied with: the potential's error of the parent, taken back."""
        return 1 / (1 + self.volume_change)


def run_cell(
    atoms: Atoms,
    driver: Driver,
    settings: MDProtocol,
    temperature_K: float,
    seed: int,
    protocol: str,
    path: Path,
    given: ParentLattice | None = None,
) -> tuple[Atoms, RunCell]:
    """The start geometry in the cell of the run, and how that cell came about.

    At constant pressure the cell follows from an NPT run at the temperature; the run itself then keeps the mean
    cell, since a fluctuating cell disturbs displacements. A student that is watched is compared with its teacher
    in that cell, and the cell sought again where it had to be taught. The cell is kept in `path` for a restart.

    With the parent's lattice as given the relaxed cell is scaled, its shape kept: the volume is the parent's measured
    one times the volume change from parent to candidate, in which the potential's error cancels.

    Args:
        atoms: Relaxed.
        driver: Of the run.
        settings: `cell_equilibration_ps` of 0 keeps the relaxed cell.
        temperature_K: At which the mean cell is sought.
        seed: Of that.
        protocol: Hash of what the run depends on.
        path: File the mean cell is kept in.
        given: The parent's lattice, with `cell: measured` alone.

    Raises:
        EngineFailure: the NPT run failed, or the lattice collapsed or blew up in it.
    """
    if given is not None:
        scaled = _in_cell(atoms, atoms.cell.array * given.volume_ratio ** (1 / 3))
        return scaled, RunCell(
            cell=f"the lattice that {given.parent} was given with, and the potential's volume change from it",
            volume_ratio=given.volume_ratio,
            measured_in=given.parent,
        )
    if settings.cell_equilibration_ps == 0:
        return atoms, RunCell(cell="relaxed at 0 K", volume_ratio=1.0)
    if not isinstance(driver.engine, CellEngine):
        why = f"relaxed at 0 K: the {driver.engine.name} engine does not equilibrate cells"
        return atoms, RunCell(cell=why, volume_ratio=1.0)
    driver.enter(CELL, "")
    record = _known(path, protocol)
    while record is None:
        found = _equilibrated(atoms, driver, settings, temperature_K, seed, protocol)
        if isinstance(found, Changed):
            tell(found.reason)
            continue
        record = found
        record.write(path)
    scaled = _in_cell(atoms, record.matrix_A)
    ratio = float(scaled.get_volume() / atoms.get_volume())
    return scaled, RunCell(cell=record.cell, volume_ratio=ratio, temperature_K=temperature_K, mean=MeanCell.of(record))


def _equilibrated(
    atoms: Atoms, driver: Driver, settings: MDProtocol, temperature_K: float, seed: int, protocol: str
) -> CellRecord | Changed:
    """The mean cell, and how far the pressure in it is from what it should be; or that its driver changed.

    Raises:
        EngineFailure: as `run_cell`.
    """
    engine = driver.engine
    assert isinstance(engine, CellEngine)
    average = engine.equilibrate_cell(
        thermal_start(atoms, temperature_K, derive_seed(seed, "cell")),
        temperature_K,
        duration_ps=settings.cell_equilibration_ps,
        discard_ps=settings.cell_equilibration_ps / 4,
        timestep_fs=settings.step_fs,
        shape=settings.cell_shape,
        seed=derive_seed(seed, "cell", 1),
    )
    scaled = _in_cell(atoms, average.cell)
    ratio = float(scaled.get_volume() / atoms.get_volume())
    if not SMALLEST_VOLUME_RATIO < ratio < LARGEST_VOLUME_RATIO:
        raise EngineFailure(
            f"the lattice {'collapsed' if ratio < 1 else 'blew up'}: its mean volume at {temperature_K:g} K is "
            f"{ratio:.2f} of the relaxed one"
        )
    every = max(1, round(FRAME_INTERVAL_FS / settings.step_fs))
    chunk = driver.engine.run(
        thermal_start(scaled, temperature_K, derive_seed(seed, "cell", 2)),
        steps=FRAMES * every,
        sample_every=every,
        timestep_fs=settings.step_fs,
        temperature_K=temperature_K,
        seed=derive_seed(seed, "cell", 3),
    )
    # The first ones still remember the ordered start.
    pressure = driver.accept_cell(chunk.frames(range(FRAMES // 3, len(chunk.positions))))
    if isinstance(pressure, Changed):
        return pressure
    return CellRecord(
        cell=f"mean of {settings.cell_equilibration_ps:g} ps NPT ({settings.cell_shape}) at {temperature_K:g} K",
        matrix_A=tuple(map(tuple, average.cell.tolist())),
        standard_error_A=tuple(map(tuple, average.standard_error.tolist())),
        protocol=protocol,
        **pressure,
    )


def _in_cell(atoms: Atoms, matrix_A: Any) -> Atoms:
    scaled: Atoms = atoms.copy()
    scaled.set_cell(matrix_A, scale_atoms=True)
    return scaled


def _known(path: Path, protocol: str) -> CellRecord | None:
    """The mean cell of an earlier try of the same run."""
    try:
        record = CellRecord.read(path)
    except StageError:
        return None
    return record if record.protocol == protocol else None
