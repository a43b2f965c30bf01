"""Glasses from the computer: melt, quench in steps, and see that what came out is no crystal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from screening.config.candidates import GlassConfig
from screening.config.dynamics import Integration, MDProtocol
from screening.dynamics.driver import Driver
from screening.dynamics.glass_status import GlassStatus
from screening.dynamics.protocol import run_chunks, thermal_start
from screening.records import derive_seed
from screening.trajectories.run_record import RunStatus
from screening.trajectories.storage import read_chunk, read_trajectory, stored_chunks
from screening.trajectories.trajectory import Trajectory

Floats = NDArray[np.float64]

# Strongest reflection of the framework, in units of that of a perfect lattice of equal atoms. Crystals of the embedded
# library with thermal displacements of 0.15 Angstrom have 0.38 to 0.93, random packings of 48 and more framework
# atoms up to 0.17. Pair distributions overlap between the two in cells of this size.
CRYSTALLINE = 0.27
# Wave vectors looked at, in 1/Angstrom: from the cell's size to distances within an ion group.
SHORTEST_WAVE_VECTOR, LONGEST_WAVE_VECTOR = 0.3, 4.5
# In a liquid every kind of framework atom has moved this far (root mean square, Angstrom) by the end of the melt: about
# a bond. All of them together do not tell: groups can turn on a lattice that holds (Li3PO4 at 2400 K: O 2.4, P 1.0).
MELTED_A = 2.0
STEP_K = 100.0
# Frames stored: one each so many fs, in short runs more of them.
SAMPLE_FS, MIN_FRAMES = 100.0, 10


@dataclass(frozen=True)
class Glass:
    """What a melt and quench came to.

    Attributes:
        atoms: The last geometry.
        status: Whether it is a glass.
        reason: Why it is not amorphous, "" otherwise.
        framework_displacement_A: Root-mean-square displacement over the melt of the slowest kind of framework atom.
        strongest_reflection: See `strongest_reflection`.
    """

    atoms: Atoms
    status: GlassStatus
    reason: str
    framework_displacement_A: float | None
    strongest_reflection: float | None


def melt_and_quench(
    atoms: Atoms,
    driver_of: Callable[[int, float, MDProtocol], Driver],
    settings: GlassConfig,
    integration: Integration,
    mobile: str,
    folder: Path,
    seed: int,
    key: str,
    progress: Callable[[str], None],
) -> Glass:
    """Melt, hold, and cool in steps at constant volume.

    Args:
        atoms: Crystal or packing, periodic.
        driver_of: What runs a step, from its number, temperature in K and protocol.
        settings: Temperatures, lengths, volume.
        integration: Time step, chunks and thermostat of the campaign's runs.
        mobile: Element that is not part of the framework.
        folder: Of the chunks; a run that was killed goes on there.
        seed: Of velocities and thermostat.
        key: Hash of what the runs depend on besides the above.
        progress: Told after each chunk.
    """
    state = thermal_start(_at_volume(atoms, settings.volume_ratio), settings.melt_K, seed)
    framework = np.array([symbol != mobile for symbol in state.symbols])
    displaced, last = None, None
    for number, (temperature, length) in enumerate(_steps(settings)):
        run, protocol = folder / f"step_{number:02d}", _protocol(integration, length)
        outcome = run_chunks(
            run,
            state,
            driver_of(number, temperature, protocol),
            protocol,
            temperature,
            derive_seed(seed, number),
            key,
            progress=partial(_tell, progress, temperature),
        )
        if outcome.status is not RunStatus.COMPLETE:
            return Glass(atoms, GlassStatus.FAILED, f"at {temperature:g} K: {outcome.reason}", displaced, None)
        last = read_trajectory(run)
        if number == 0:
            displaced, slowest = _slowest(last, framework)
            if displaced < MELTED_A:
                return Glass(atoms, GlassStatus.NOT_MELTED, _why_not_melted(displaced, slowest), displaced, None)
        state = read_chunk(stored_chunks(run)[-1]).chunk.end
    assert last is not None
    order = strongest_reflection(last, framework)
    quenched = state.atoms()
    if order > CRYSTALLINE:
        return Glass(quenched, GlassStatus.CRYSTALLINE, _why_crystalline(order), displaced, order)
    return Glass(quenched, GlassStatus.AMORPHOUS, "", displaced, order)


def _tell(progress: Callable[[str], None], temperature: float, done: int, wanted: int, _: object) -> None:
    progress(f"{temperature:g} K: {done} of {wanted} frames")


def _protocol(integration: Integration, length_ps: float) -> MDProtocol:
    step = integration.step_fs
    sample = max(1, round(min(SAMPLE_FS, length_ps * 1000 / MIN_FRAMES) / step)) * step
    return MDProtocol(**integration.model_dump(), duration_ps=length_ps, sample_interval_fs=sample)


def _steps(settings: GlassConfig) -> Iterator[tuple[float, float]]:
    """Temperature in K and length in ps of each run: the melt, the steps of the quench, the end."""
    yield settings.melt_K, settings.melt_ps
    temperatures = np.arange(settings.melt_K - STEP_K, settings.end_K, -STEP_K)
    for temperature in [*temperatures, settings.end_K]:
        yield float(temperature), STEP_K / settings.quench_K_per_ps


def _at_volume(atoms: Atoms, ratio: float) -> Atoms:
    scaled = atoms.copy()
    scaled.set_cell(atoms.cell.array * ratio ** (1 / 3), scale_atoms=True)
    return scaled


def _slowest(melt: Trajectory, framework: NDArray[np.bool_]) -> tuple[float, str]:
    """Least root-mean-square displacement of an element of the framework over the run in Angstrom, drift taken out."""
    moved = (melt.positions[-1] - melt.positions[0])[framework]
    squared = ((moved - moved.mean(axis=0)) ** 2).sum(axis=1)
    symbols = np.array(melt.symbols)[framework]
    return min((float(np.sqrt(squared[symbols == element].mean())), str(element)) for element in set(symbols))


def strongest_reflection(trajectory: Trajectory, framework: NDArray[np.bool_]) -> float:
    """Largest mean of |sum exp(i k r)|^2 / n^2 over the wave vectors of the cell: 1 for equal atoms on a lattice.

    Args:
        trajectory: Frames in one cell.
        framework: Which atoms count, (n_atoms,).
    """
    cell = np.asarray(trajectory.cells).reshape(-1, 3, 3)[0]
    reciprocal = 2 * np.pi * np.linalg.inv(cell).T
    most = np.ceil(LONGEST_WAVE_VECTOR * np.linalg.norm(cell, axis=1) / (2 * np.pi)).astype(int)
    grid = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in most], indexing="ij"), axis=-1).reshape(-1, 3)
    length = np.linalg.norm(grid @ reciprocal, axis=1)
    waves = (grid @ reciprocal)[(length > SHORTEST_WAVE_VECTOR) & (length < LONGEST_WAVE_VECTOR)]
    total = np.zeros(len(waves))
    for frame in trajectory.positions:
        total += np.abs(np.exp(1j * (frame[framework] @ waves.T)).sum(axis=0)) ** 2
    return float(total.max() / len(trajectory.positions) / framework.sum() ** 2)


def _why_not_melted(displaced: float, slowest: str) -> str:
    return (
        f"{slowest} moved {displaced:.2g} Angstrom in the melt, but in a liquid every element moves {MELTED_A:g}; "
        "raise glass.melt_K, glass.melt_ps or glass.volume_ratio, or start from a packing"
    )


def _why_crystalline(order: float) -> str:
    return (
        f"it crystallised: its strongest reflection has {order:.2f} of a perfect lattice's (a glass has less than "
        f"{CRYSTALLINE:g}); raise glass.quench_K_per_ps, or choose a number of formula units that fits no lattice"
    )
