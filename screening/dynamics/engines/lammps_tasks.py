"""What the LAMMPS process can do: run a chunk, evaluate frames. In LAMMPS' frame and metal units (ps, bar)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.constants import GPA

Arrays = dict[str, NDArray[Any]]
Report = Callable[[int], None]

# In eV/Angstrom^3.
BAR = 1e-4 * GPA
# Rows and columns of the stress, in the order of its rows; the lower triangle keeps LAMMPS' cell one.
STRESS_COMPONENTS = ((0, 0), (1, 1), (2, 2), (1, 0), (2, 0), (2, 1))
# Small enough for one-sided differences to be exact to 1e-5, large enough to leave rounding behind.
STRAIN = 1e-6
# LAMMPS' numbers of what is extracted.
GLOBAL_STYLE, ARRAY = 0, 2


class RunFailed(Exception):
    """The dynamics failed: a finding about the potential."""


class SetupFailed(Exception):
    """LAMMPS refused its input: a fault of the caller or of the potential's files."""


def set_up(lammps: Any, settings: dict[str, Any], atoms: Arrays) -> None:
    """Make the box, the atoms and the pair style; `atoms` has cell, positions, images, types (and velocities).

    Raises:
        SetupFailed: LAMMPS refused, or an atom fell outside the box.
    """
    cell, n_types = atoms["cell"].tolist(), len(settings["masses"])
    edges = f"0 {cell[0][0]!r} 0 {cell[1][1]!r} 0 {cell[2][2]!r} {cell[1][0]!r} {cell[2][0]!r} {cell[2][1]!r}"
    commands = [
        "clear",
        "units metal",
        "atom_style atomic",
        "atom_modify map array sort 0 0",
        "boundary p p p",
        "box tilt large",
        f"region box prism {edges} units box",
        f"create_box {n_types} box",
    ]
    commands += [f"mass {k + 1} {mass!r}" for k, mass in enumerate(settings["masses"])]
    try:
        for command in commands:
            lammps.command(command)
        n = len(atoms["types"])
        images = [int(lammps.encode_image_flags(*(int(i) for i in image))) for image in atoms["images"]]
        velocities = atoms.get("velocities", np.zeros((n, 3)))
        created = lammps.create_atoms(
            n,
            list(range(1, n + 1)),
            [int(t) for t in atoms["types"]],
            atoms["positions"].ravel().tolist(),
            velocities.ravel().tolist(),
            images,
        )
        if created != n:
            raise SetupFailed(f"LAMMPS took {created} of {n} atoms")
        for command in settings["pair_commands"]:
            lammps.command(command)
        for command in (
            f"neighbor {settings['skin_A']!r} bin",
            "neigh_modify every 1 delay 0 check yes one 10000",
            "thermo_style custom step temp pe",
            "thermo_modify norm no lost error",
            "thermo 1000000000",
        ):
            lammps.command(command)
    except SetupFailed:
        raise
    except Exception as error:  # the binding raises bare Exception
        raise SetupFailed(_first_line(error)) from None


def dynamics(lammps: Any, settings: dict[str, Any], arrays: Arrays, report: Report) -> Arrays:
    """Run a chunk and sample it. Frames go to a file as they come, so that they outlive a crash.

    Raises:
        RunFailed: lost atoms, atoms too close, a runaway temperature or anything LAMMPS stops for.
        SetupFailed: LAMMPS refused its input.
    """
    set_up(lammps, settings, arrays)
    n, n_frames, every = len(arrays["types"]), settings["n_frames"], settings["sample_every"]
    commands = [f"timestep {settings['timestep_ps']!r}", "variable present equal count(all)", *settings["fixes"]]
    if settings["min_distance_A"] > 0:
        commands += [
            "compute distances all pair/local dist",
            "compute nearest all reduce min c_distances inputs local",
        ]
        commands += ["thermo_style custom step temp pe c_nearest", "thermo_modify norm no lost error"]
    try:
        for command in commands:
            lammps.command(command)
    except Exception as error:
        raise SetupFailed(_first_line(error)) from None
    # One process writes; the others keep theirs to themselves.
    frames: NDArray[np.float64] = np.empty((n_frames, n, 3))
    if settings["first"]:
        frames = np.memmap("frames.bin", dtype=np.float64, mode="w+", shape=(n_frames, n, 3))
    energies, temperatures = np.empty(n_frames), np.empty(n_frames)
    cells = np.empty((n_frames, 3, 3))
    for k in range(n_frames):
        try:
            lammps.command(f"run {every} pre {'yes' if k == 0 else 'no'} post no")
        except Exception as error:
            raise RunFailed(_first_line(error)) from None
        energies[k], temperatures[k] = lammps.get_thermo("pe"), lammps.get_thermo("temp")
        _check(lammps, settings, n, energies[k], temperatures[k])
        cells[k], frames[k] = _unwrapped(lammps, n)
        report((k + 1) * every)
    return {
        "positions": np.array(frames),
        "energies": energies,
        "temperatures": temperatures,
        "cells": cells,
        "velocities": _gather(lammps, "v", n),
    }


def _check(lammps: Any, settings: dict[str, Any], n: int, energy: float, temperature: float) -> None:
    present = int(lammps.extract_variable("present"))
    if present != n:
        raise RunFailed(f"{n - present} of {n} atoms were lost")
    if not np.isfinite(energy):
        raise RunFailed("the energy is not a number")
    if not temperature < settings["max_temperature_K"]:
        raise RunFailed(f"the temperature ran away to {temperature:.0f} K")
    if settings["min_distance_A"] > 0:
        nearest = float(lammps.extract_compute("nearest", 0, 0))
        if nearest < settings["min_distance_A"]:
            raise RunFailed(f"two atoms are {nearest:.2f} A apart, less than {settings['min_distance_A']:g} A")


def evaluate(lammps: Any, settings: dict[str, Any], arrays: Arrays, report: Report) -> Arrays:
    """Energy (eV), forces (eV/A) and stress (eV/A^3, tension positive, (3, 3)) of each frame."""
    result: Arrays = {}
    for k in range(settings["n_frames"]):
        set_up(lammps, settings, frame_of(arrays, k))
        n = len(arrays[f"types_{k}"])
        try:
            lammps.command("thermo_style custom step temp pe pxx pyy pzz pxy pxz pyz")
            lammps.command("thermo_modify norm no lost error")
            lammps.command("run 0 post no")
        except Exception as error:
            raise RunFailed(_first_line(error)) from None
        p = {ab: -BAR * lammps.get_thermo(f"p{ab}") for ab in ("xx", "yy", "zz", "xy", "xz", "yz")}
        result[f"energy_{k}"] = np.array(lammps.get_thermo("pe"))
        result[f"forces_{k}"] = _gather(lammps, "f", n)
        result[f"stress_{k}"] = np.array(
            [[p["xx"], p["xy"], p["xz"]], [p["xy"], p["yy"], p["yz"]], [p["xz"], p["yz"], p["zz"]]]
        )
        report(k + 1)
    return result


def descriptors(lammps: Any, settings: dict[str, Any], arrays: Arrays, report: Report) -> Arrays:
    """Rows of the linear problem of each frame, and what the pair style contributes without the descriptors.

    Rows are the energy, three forces per atom and the stress components numbered in `settings["stress"][k]` (of
    `STRESS_COMPONENTS`): their derivatives with respect to the `settings["n_coefficients"]` coefficients. The files of
    the descriptors are `parameters.pod` and `coefficients.pod` (its values do not matter).
    """
    result: Arrays = {}
    for k in range(settings["n_frames"]):
        frame = frame_of(arrays, k)
        rows = _descriptor_rows(lammps, settings, frame)
        volume = float(np.prod(np.diag(frame["cell"])))
        for number in settings["stress"][k]:
            strained = _descriptor_rows(lammps, settings, _strained(frame, *STRESS_COMPONENTS[number]))[0]
            rows = np.vstack([rows, (strained - rows[0]) / (STRAIN * volume)])
        result[f"rows_{k}"] = rows
        report(k + 1)
    result.update(evaluate(lammps, settings, arrays, report))
    return result


def _descriptor_rows(lammps: Any, settings: dict[str, Any], frame: Arrays) -> NDArray[np.float64]:
    set_up(lammps, settings, frame)
    elements = " ".join(settings["elements"])
    try:
        lammps.command(f"compute rows all pod/global parameters.pod coefficients.pod {elements}")
        lammps.command("run 0 post no")
        # Each question makes LAMMPS compute all rows again, that for their number too (lammps.numpy asks three).
        rows = lammps.extract_compute("rows", GLOBAL_STYLE, ARRAY)
        shape = (1 + 3 * len(frame["types"]), settings["n_coefficients"])
        return np.array(lammps.numpy.darray(rows, *shape))
    except Exception as error:
        raise RunFailed(_first_line(error)) from None


def _strained(frame: Arrays, i: int, j: int) -> Arrays:
    """Stretched so that LAMMPS' cell stays lower triangular; the energy feels the symmetric part only."""
    deformation = np.eye(3)
    deformation[i, j] += STRAIN
    return {**frame, "cell": frame["cell"] @ deformation, "positions": frame["positions"] @ deformation}


def frame_of(arrays: Arrays, k: int) -> Arrays:
    """The arrays of frame `k` of a job with many frames."""
    return {name: arrays[f"{name}_{k}"] for name in ("cell", "positions", "images", "types")}


def _gather(lammps: Any, name: str, n: int) -> NDArray[np.float64]:
    """A per-atom array in the order of the atoms' ids, (n, 3)."""
    return np.array(lammps.gather_atoms(name, 1, 3), dtype=np.float64).reshape(n, 3)


def _unwrapped(lammps: Any, n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cell (3, 3) and unwrapped positions (n, 3), the cell's corner at the origin."""
    low, high, xy, yz, xz, *_ = lammps.extract_box()
    edge = np.subtract(high, low)
    cell = np.array([[edge[0], 0, 0], [xy, edge[1], 0], [xz, yz, edge[2]]])
    images = np.array(lammps.gather_atoms("image", 0, 3), dtype=np.float64).reshape(n, 3)
    return cell, _gather(lammps, "x", n) - np.array(low) + images @ cell


def _first_line(error: Exception) -> str:
    return str(error).split("\n")[0].removeprefix("ERROR: ").split(" (src/")[0]


TASKS: dict[str, Callable[[Any, dict[str, Any], Arrays, Report], Arrays]] = {
    "dynamics": dynamics,
    "evaluate": evaluate,
    "descriptors": descriptors,
}
