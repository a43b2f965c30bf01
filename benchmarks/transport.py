"""Transport analysis of long trajectories: time, peak memory, and against other tools side by side.

Each figure is taken in a process of its own on one core, without imports, by wall or CPU time, whichever is less.
"Analysis" is the whole of `analyse_temperature`, from positions in memory to D*, D_sigma, tensor, dimensionality,
errors and verdict.

Against pymatgen-analysis-diffusion: positions in memory for both, its displacements ready-made, its defaults, D* only,
here displacements, D*, D_sigma and both errors (and "whole": all of the analysis); and from one XDATCAR of 1,000 frames
for both. Against kinisi, end to end: from one ASE trajectory file to D* with its
error, each with its own defaults (kinisi: every lag, 1,000 samples), and once more with the lags used here instead of
every one.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.alone import in_own_process
from benchmarks.memory import own_peak_MB

N_ATOMS, N_MOBILE, CELL = 416, 192, 20.3
LONG, SHORT, FEW = 20_000, 5_000, 1_000
FRAME_FS = 10.0
_ONCE_S = 5.0


def _positions(n_frames: int) -> np.ndarray:
    """float32 (n_frames, 416, 3): 192 ions on a random walk through a rattling framework, unwrapped."""
    rng = np.random.default_rng(7)
    positions = rng.normal(scale=0.1, size=(n_frames, N_ATOMS, 3)).astype(np.float32)
    np.cumsum(positions[:, :N_MOBILE], axis=0, out=positions[:, :N_MOBILE])
    positions += rng.uniform(0, CELL, size=(N_ATOMS, 3)).astype(np.float32)
    return positions


def _symbols() -> tuple[str, ...]:
    return ("Li",) * N_MOBILE + ("S",) * 160 + ("P",) * 32 + ("Cl",) * 32


def _here(positions: np.ndarray) -> float:
    from screening.config.transport import TransportConfig
    from screening.trajectories.trajectory import Trajectory
    from screening.transport import analyse_temperature

    trajectory = Trajectory(_symbols(), positions, np.eye(3) * CELL, FRAME_FS)
    record = analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=600.0, settings=TransportConfig())
    return float(record.tracer_diffusivity_cm2_s or "nan")


def _diffusivities(positions: np.ndarray) -> float:
    """Displacements, D* and D_sigma with their errors, and nothing else."""
    from screening.config.transport import TransportConfig
    from screening.trajectories.trajectory import Trajectory
    from screening.transport.curves import collective_curves, tracer_curves
    from screening.transport.diffusion import diffusivity
    from screening.transport.displacement import displacements
    from screening.transport.msd import lag_grid
    from screening.transport.slowdown import find_window, together
    from screening.transport.together import axes_of_motion

    settings = TransportConfig()
    trajectory = Trajectory(_symbols(), positions, np.eye(3) * CELL, FRAME_FS)
    runs = [displacements(trajectory, "Li", lag_grid(len(positions), settings.fit_end_fraction))]
    tracer, collective = tracer_curves(runs, [0], {}), collective_curves(runs, [0], {})
    window = find_window(tracer, settings)
    if window is None:  # the few frames that only bring the imports
        return float("nan")
    axes = axes_of_motion(tracer, window)
    diffusivity(collective, together(collective, window, axes, settings), 3, axes)
    return diffusivity(tracer, window, 3).value * 1e-4


def _pymatgen(positions: np.ndarray) -> float:
    from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
    from pymatgen.core import Structure

    first = Structure(np.eye(3) * CELL, _symbols(), positions[0], coords_are_cartesian=True)
    moved = (positions - positions[0]).transpose(1, 0, 2)
    found = DiffusionAnalyzer(first, moved, "Li", 600.0, time_step=FRAME_FS, step_skip=1)
    return float(found.diffusivity)


def _local(positions: np.ndarray) -> float:
    from screening.config.transport import LocalPictureConfig
    from screening.local import local_picture
    from screening.trajectories.trajectory import Trajectory

    trajectory = Trajectory(_symbols(), positions, np.eye(3) * CELL, FRAME_FS)
    record = local_picture([trajectory], mobile="Li", temperature_K=600.0, settings=LocalPictureConfig())
    return float(record.random_walk_diffusivity_cm2_s.value)


def _file(positions: np.ndarray, name: str) -> Path:
    """The walk as walk.traj or XDATCAR; writing it is not counted."""
    from ase import Atoms
    from ase.io import write

    global _started
    path = Path(tempfile.mkdtemp()) / name
    frames = [Atoms(_symbols(), positions=frame, cell=np.eye(3) * CELL, pbc=True) for frame in positions]
    write(path, frames, format="traj" if name.endswith(".traj") else "vasp-xdatcar")
    _started = _clocks()
    return path


def _pymatgen_from_file(positions: np.ndarray) -> float:
    from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
    from pymatgen.io.vasp.outputs import Xdatcar

    structures = Xdatcar(_file(positions, "XDATCAR")).structures
    return float(
        DiffusionAnalyzer.from_structures(structures, "Li", 600.0, time_step=FRAME_FS, step_skip=1).diffusivity
    )


def _here_from_file(positions: np.ndarray, *, name: str = "walk.traj") -> float:
    from screening.local import analyse_files

    path = _file(positions, name)
    record = analyse_files([path], mobile="Li", charge=1.0, temperature_K=600.0, frame_interval_fs=FRAME_FS)
    return float(record.tracer_diffusivity_cm2_s or "nan")


def _kinisi(positions: np.ndarray, *, same_lags: bool = False) -> float:
    import scipp
    from ase.io import Trajectory as AseTrajectory
    from kinisi.analyze import DiffusionAnalyzer

    from screening.transport.msd import lag_grid

    path = _file(positions, "walk.traj")
    lags = scipp.array(dims=["time interval"], values=lag_grid(len(positions), 0.5) * FRAME_FS, unit="fs")
    with AseTrajectory(str(path)) as trajectory:
        found = DiffusionAnalyzer.from_ase(
            trajectory,
            specie="Li",
            time_step=scipp.scalar(FRAME_FS, unit="fs"),
            step_skip=scipp.scalar(1),
            dt=lags if same_lags else None,
            progress=False,
        )
        found.diffusion(scipp.scalar(500.0, unit="fs"), progress=False)
    return float(np.mean(found.D.to(unit="cm^2/s").values))


_TOOLS: dict[str, Callable[[np.ndarray], float]] = {
    "here": _here,
    "diffusivities": _diffusivities,
    "here_from_file": _here_from_file,
    "here_from_xdatcar": partial(_here_from_file, name="XDATCAR"),
    "local": _local,
    "pymatgen": _pymatgen,
    "pymatgen_from_file": _pymatgen_from_file,
    "kinisi": _kinisi,
    "kinisi_same_lags": partial(_kinisi, same_lags=True),
}


def _clocks() -> tuple[float, float]:
    """Wall and CPU time; their lesser difference is counted, since work of others on the machine adds to the wall's."""
    return time.perf_counter(), time.process_time()


_started = (0.0, 0.0)


def _measure(tool: str, n_frames: int) -> dict[str, float]:
    """Seconds, peak memory in MB and D in cm2/s of one tool on one core; the fastest of up to three fresh processes.

    A machine that does other things too only ever adds time. What takes longer than `_ONCE_S` runs once.
    """
    runs: list[dict[str, float]] = []
    while len(runs) < 3 and not (runs and runs[-1]["s"] > _ONCE_S):
        runs.append(_run(tool, n_frames))
    return min(runs, key=lambda run: run["s"])


def _run(tool: str, n_frames: int) -> dict[str, float]:
    return in_own_process([sys.executable, "-m", "benchmarks.transport", tool, str(n_frames)], tool)


def _child(tool: str, n_frames: int) -> None:
    global _started
    positions = _positions(n_frames)
    _TOOLS[tool](positions[:200])  # imports are not analysis
    _started = _clocks()
    diffusivity = _TOOLS[tool](positions)
    seconds = min(end - start for end, start in zip(_clocks(), _started, strict=True))
    print(json.dumps({"s": seconds, "peak_MB": own_peak_MB(), "D_cm2_s": diffusivity}))


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def main() -> dict[str, float]:
    """Measure; tools that are not installed are left out.

    A quarter of an hour or more, nearly all of it kinisi with its defaults.
    """
    long, short, like = _measure("here", LONG), _measure("here", SHORT), _measure("diffusivities", SHORT)
    from_file, local = _measure("here_from_file", SHORT), _measure("local", SHORT)
    figures = {
        "transport_20000x416_s": long["s"],
        "transport_20000x416_peak_MB": long["peak_MB"],
        "transport_5000x416_s": short["s"],
        "transport_diffusivities_5000x416_s": like["s"],
        "transport_from_file_5000x416_s": from_file["s"],
        "transport_local_picture_5000x416_s": local["s"],
        "transport_growth_exponent": float(np.log(long["s"] / short["s"]) / np.log(LONG / SHORT)),
        "transport_D_cm2_s": short["D_cm2_s"],
    }
    others = {
        "pymatgen": (like, SHORT),
        "pymatgen_from_file": (_measure("here_from_xdatcar", FEW), FEW),
        "kinisi_same_lags": (from_file, SHORT),
        "kinisi": (from_file, SHORT),
    }
    for tool, (here, n_frames) in others.items():
        if _there("kinisi" if "kinisi" in tool else "pymatgen.analysis.diffusion"):
            other = _measure(tool, n_frames)
            figures[f"transport_speedup_vs_{tool}"] = other["s"] / here["s"]
            figures[f"transport_{tool}_{n_frames}x416_s"] = other["s"]
            figures[f"transport_{tool}_{n_frames}x416_peak_MB"] = other["peak_MB"]
            figures[f"transport_{tool}_D_cm2_s"] = other["D_cm2_s"]
            if tool == "pymatgen":
                figures["transport_whole_speedup_vs_pymatgen"] = other["s"] / short["s"]
    return figures


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]))
