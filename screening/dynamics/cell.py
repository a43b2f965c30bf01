"""The cell a run is made in: as relaxed at 0 K, or the mean cell at the run's temperature."""

from pathlib import Path
from typing import Any

from ase import Atoms

from screening.config.dynamics import MDProtocol
from screening.dynamics.engines.base import CellEngine, Engine, EngineFailure
from screening.dynamics.protocol import thermal_start
from screening.errors import StageError
from screening.records import derive_seed, read_json, write_json

# Crystals expand by a few per cent up to melting; a volume beyond these ratios is another phase, or a gas.
SMALLEST_VOLUME_RATIO, LARGEST_VOLUME_RATIO = 0.75, 1.35


def run_cell(
    atoms: Atoms, engine: Engine, settings: MDProtocol, temperature_K: float, seed: int, protocol: str, path: Path
) -> tuple[Atoms, dict[str, Any]]:
    """The start geometry in the cell of the run, and how that cell came about.

    At constant pressure the cell follows from an NPT run at the temperature; the run itself then keeps the mean
    cell, since a fluctuating cell disturbs displacements. The mean is kept in `path`, so that a restart has it.

    Args:
        atoms: Relaxed.
        engine: Of the run.
        settings: `cell_equilibration_ps` of 0 keeps the relaxed cell.
        temperature_K: Of the run.
        seed: Of the run.
        protocol: Hash of what the run depends on.
        path: File the mean cell is kept in.

    Raises:
        EngineFailure: the NPT run failed, or the lattice collapsed or blew up in it.
    """
    if settings.cell_equilibration_ps == 0:
        return atoms, {"cell": "relaxed at 0 K", "volume_ratio": 1.0}
    if not isinstance(engine, CellEngine):
        return atoms, {
            "cell": f"relaxed at 0 K: the {engine.name} engine does not equilibrate cells",
            "volume_ratio": 1.0,
        }
    record = _known(path, protocol)
    if record is None:
        average = engine.equilibrate_cell(
            thermal_start(atoms, temperature_K, derive_seed(seed, "cell")),
            temperature_K,
            duration_ps=settings.cell_equilibration_ps,
            discard_ps=settings.cell_equilibration_ps / 4,
            timestep_fs=settings.timestep_fs,
            shape=settings.cell_shape,
            seed=derive_seed(seed, "cell", 1),
        )
        record = {
            "cell": f"mean of {settings.cell_equilibration_ps:g} ps NPT ({settings.cell_shape}) at {temperature_K:g} K",
            "matrix_A": average.cell.tolist(),
            "standard_error_A": average.standard_error.tolist(),
            "protocol": protocol,
        }
        write_json(path, record)
    scaled = atoms.copy()
    scaled.set_cell(record["matrix_A"], scale_atoms=True)
    ratio = float(scaled.get_volume() / atoms.get_volume())
    if not SMALLEST_VOLUME_RATIO < ratio < LARGEST_VOLUME_RATIO:
        raise EngineFailure(
            f"the lattice {'collapsed' if ratio < 1 else 'blew up'}: its mean volume at {temperature_K:g} K is "
            f"{ratio:.2f} of the relaxed one"
        )
    return scaled, {**record, "volume_ratio": ratio}


def _known(path: Path, protocol: str) -> dict[str, Any] | None:
    """The mean cell of an earlier try of the same run."""
    try:
        record = read_json(path)
    except StageError:
        return None
    return record if record.get("protocol") == protocol else None
