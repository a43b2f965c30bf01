"""Frames of a short hot run, for a material of which there is no run yet."""

from ase import Atoms

from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.protocol import thermal_start
from screening.errors import StageError
from screening.potentials.base import Potential

TIMESTEP_FS, STEPS_BETWEEN, LEFT_OUT, THERMOSTAT_FS = 2.0, 25, 2, 100.0


def heated(atoms: Atoms, potential: Potential, temperature_K: float, n_frames: int) -> list[Atoms]:
    """Frames 50 fs apart, the first 100 fs left out.

    Args:
        atoms: Periodic.
        potential: Runs it, at constant volume.
        temperature_K: Of the thermostat.
        n_frames: How many.

    Raises:
        StageError: it has one atom only, on which no force acts, or the run blew up.
    """
    if len(atoms) < 2:
        raise StageError(f"{atoms.symbols}: no force acts on the only atom of a cell; give a larger cell")
    try:
        chunk = AseEngine(potential.calculator, THERMOSTAT_FS).run(
            thermal_start(atoms, temperature_K, 1),
            steps=STEPS_BETWEEN * (n_frames + LEFT_OUT),
            sample_every=STEPS_BETWEEN,
            timestep_fs=TIMESTEP_FS,
            temperature_K=temperature_K,
            seed=1,
        )
    except EngineFailure as failure:
        raise StageError(
            f"{atoms.symbols} cannot be heated with {potential.name}: {failure}; name another potential first, lower "
            "the temperature, or give frames of a run"
        ) from failure
    return chunk.frames(range(LEFT_OUT, len(chunk.positions)))
