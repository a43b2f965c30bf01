"""The same trajectory files through four tools: D*, its error, D_sigma, time and memory, as a Markdown table.

    python -m benchmarks.transport_tools FOLDER_OF_AB_INITIO_RUNS [PYTHON_WITH_THE_OTHER_TOOLS]

The folder holds Li6PS5Cl_0p.npz and Li6PS5Cl_50p.npz (keys lat, el, n, f) of B. J. Morgan, Chem. Mater. 33, 2004
(2021).
Every tool reads a file and has its own defaults; what it has no default for (where diffusion starts, in kinisi) is
10 ps. Each run is a process of its own on one core; imports are not counted.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.io import write
from ase.io.trajectory import Trajectory as AseTrajectory

from benchmarks.alone import in_own_process
from benchmarks.memory import own_peak_MB

INTERVAL_FS = 100.0
START_PS = 10.0
TEMPERATURE_K = 500.0
TRICLINIC = np.array([[20.0, 0.0, 0.0], [5.0, 19.0, 0.0], [-4.0, 3.0, 18.0]])


def ab_initio(path: Path) -> list[Atoms]:
    """The frames of one of the two ab initio runs, wrapped."""
    with np.load(path) as data:
        symbols = np.repeat(data["el"], data["n"]).tolist()
        return [Atoms(symbols, scaled_positions=frame % 1.0, cell=data["lat"], pbc=True) for frame in data["f"]]


def walk(seed: int, cell: np.ndarray, *, rate: float, radius_A: float, breathing: float) -> list[Atoms]:
    """64 ions that wander in spheres and hop 5 A between them, over 64 rattling framework atoms; wrapped.

    The true D* and D_sigma are rate * 25 / 6 A^2/ps with `rate` per ps.
    """
    rng, n_frames, n = np.random.default_rng(seed), 1500, 64
    hops = rng.random((n_frames, n)) < rate * INTERVAL_FS / 1000
    steps = np.zeros((n_frames, n, 3))
    axes = rng.integers(0, 3, (n_frames, n, 1))
    np.put_along_axis(steps, axes, (hops * rng.choice([-5.0, 5.0], hops.shape))[..., None], axis=2)
    ions, offset = np.cumsum(steps, axis=0), np.zeros((n, 3))
    grid = np.stack(np.meshgrid(*[np.arange(4) / 4] * 3, indexing="ij"), axis=-1).reshape(-1, 3) @ cell
    for frame in range(n_frames):
        trial = offset + rng.normal(scale=0.4, size=(n, 3))
        offset = np.where(np.linalg.norm(trial, axis=1, keepdims=True) < radius_A, trial, offset)
        ions[frame] += grid + offset
    framework = grid + rng.normal(scale=0.2, size=(n_frames, n, 3))
    fractional = np.concatenate([ions, framework], axis=1) @ np.linalg.inv(cell)
    cells = cell * (1.0 + breathing * rng.normal(size=(n_frames, 1, 1)))
    return [
        Atoms("Li64O64", scaled_positions=f % 1.0, cell=c, pbc=True) for f, c in zip(fractional, cells, strict=True)
    ]


def cases(folder: Path) -> dict[str, tuple[list[Atoms], float | None]]:
    """Name -> frames and the true D* in cm2/s, where it is known."""
    cubic = np.eye(3) * 20.0
    return {
        "ab initio, ordered": (ab_initio(folder / "Li6PS5Cl_0p.npz"), None),
        "ab initio, 50 % exchanged": (ab_initio(folder / "Li6PS5Cl_50p.npz"), None),
        "walk in closed cages": (walk(1, cubic, rate=0.0, radius_A=2.4, breathing=0.0), 0.0),
        "hops between cages": (walk(2, cubic, rate=0.05, radius_A=1.5, breathing=0.0), 0.05 * 25 / 6 * 1e-4),
        "the same, triclinic, NPT": (walk(3, TRICLINIC, rate=0.05, radius_A=1.5, breathing=0.01), 0.05 * 25 / 6 * 1e-4),
    }


def here(path: Path) -> dict[str, Any]:
    """This package."""
    from screening.local import analyse_files

    record = analyse_files([path], mobile="Li", charge=1.0, temperature_K=TEMPERATURE_K, frame_interval_fs=INTERVAL_FS)
    return {
        "D": record.tracer_diffusivity_cm2_s,
        "error": record.tracer_diffusivity_error_cm2_s,
        "bound": record.tracer_diffusivity_upper_bound_cm2_s,
        "D_sigma": record.collective_diffusivity_cm2_s,
        "D_sigma_error": record.collective_diffusivity_error_cm2_s,
    }


def pymatgen(path: Path) -> dict[str, Any]:
    """DiffusionAnalyzer of pymatgen-analysis-diffusion, from an XDATCAR."""
    from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
    from pymatgen.io.vasp.outputs import Xdatcar

    structures = Xdatcar(path.with_suffix(".XDATCAR")).structures
    found = DiffusionAnalyzer.from_structures(structures, "Li", TEMPERATURE_K, time_step=INTERVAL_FS, step_skip=1)
    return {"D": found.diffusivity, "error": found.diffusivity_std_dev, "D_sigma": found.chg_diffusivity}


def gemdat(path: Path) -> dict[str, Any]:
    """GEMDAT's tracer diffusivity; the error is the scatter of ten parts, its default."""
    from gemdat import Trajectory
    from gemdat.metrics import TrajectoryMetrics, TrajectoryMetricsStd

    found = Trajectory.from_ase_trajectory(
        path,
        constant_lattice=bool(np.ptp([a.cell.volume for a in AseTrajectory(str(path))]) < 1e-6),
        temperature=TEMPERATURE_K,
        time_step_ps=INTERVAL_FS / 1000,
    )
    ions = found.apply_drift_correction(floating_species="Li").filter("Li")
    metrics = TrajectoryMetrics(ions)
    parts = TrajectoryMetricsStd(ions.split())
    n_ions = len(ions.species)
    return {
        "D": float(metrics.tracer_diffusivity(dimensions=3)) * 1e4,
        "error": float(parts.tracer_diffusivity(dimensions=3).s) * 1e4,
        "D_sigma": float(metrics.tracer_diffusivity_center_of_mass(dimensions=3)) * 1e4,
        "note": f"N = {n_ions} is missing in its D_sigma",
    }


def kinisi(path: Path) -> dict[str, Any]:
    """kinisi's two analysers with all lags and 1,000 samples, its defaults."""
    import scipp
    from kinisi.analyze import DiffusionAnalyzer, JumpDiffusionAnalyzer

    def analyse(analyser: Any) -> tuple[Any, Any]:
        with AseTrajectory(str(path)) as trajectory:
            found = analyser.from_ase(
                trajectory,
                specie="Li",
                time_step=scipp.scalar(INTERVAL_FS, unit="fs"),
                step_skip=scipp.scalar(1),
                progress=False,
            )
        start = scipp.scalar(START_PS * 1000, unit="fs")
        if analyser is DiffusionAnalyzer:
            found.diffusion(start, progress=False)
            samples = found.D
        else:
            found.jump_diffusion(start, progress=False)
            samples = found.D_J
        values = samples.to(unit="cm^2/s").values
        return float(np.mean(values)), float(np.std(values))

    value, error = analyse(DiffusionAnalyzer)
    seconds = time.perf_counter() - _started
    collective, collective_error = analyse(JumpDiffusionAnalyzer)
    return {
        "D": value,
        "error": error,
        "D_sigma": collective,
        "D_sigma_error": collective_error,
        "seconds_D_only": seconds,
    }


TOOLS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "here": here,
    "pymatgen": pymatgen,
    "GEMDAT": gemdat,
    "kinisi": kinisi,
}
_IMPORTS = {
    "here": "screening.transport",
    "pymatgen": "pymatgen.analysis.diffusion.analyzer",
    "GEMDAT": "gemdat",
    "kinisi": "kinisi.analyze",
}
_started = 0.0


def measure(tool: str, path: Path, python: str) -> dict[str, Any]:
    """One tool on one file in a process of its own.

    Raises:
        RuntimeError: the tool failed, with its last line.
    """
    command = [python, "-m", "benchmarks.transport_tools", "--child", tool, str(path)]
    return in_own_process(command, f"{tool} on {path.name}")


def _child(tool: str, path: Path) -> None:
    global _started
    __import__(_IMPORTS[tool])
    _started = time.perf_counter()
    result = TOOLS[tool](path)
    result["seconds"] = time.perf_counter() - _started
    result["peak_MB"] = own_peak_MB()
    print(json.dumps(result))


def _text(value: float | None, error: float | None) -> str:
    """In 1e-6 cm2/s."""
    if value is None:
        return "–"
    return f"{value * 1e6:.2f}" + ("" if error is None else f" ± {error * 1e6:.2g}")


def main(folder: Path, python: str) -> None:
    """Print the table, row by row."""
    print("| trajectory (true D*) | tool | D* / 10⁻⁶ cm²/s | D_σ / 10⁻⁶ cm²/s | s | MB |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for index, (name, (frames, truth)) in enumerate(cases(folder).items()):
            path = Path(scratch) / f"{index}.traj"
            write(path, frames)
            write(path.with_suffix(".XDATCAR"), frames, format="vasp-xdatcar")
            for tool in TOOLS:
                label = name if tool == "here" else ""
                if tool == "here" and truth is not None:
                    label += f" ({truth * 1e6:.2f})"
                try:
                    row = measure(tool, path, sys.executable if tool == "here" else python)
                except RuntimeError as error:
                    print(f"| {label} | {tool} | {error} | | | |", flush=True)
                    continue
                value = _text(row["D"], row["error"])
                if row.get("bound") is not None:
                    value = f"< {row['bound'] * 1e6:.2f}"
                print(
                    f"| {label} | {tool} | {value} | {_text(row['D_sigma'], row.get('D_sigma_error'))} "
                    f"| {row.get('seconds_D_only', row['seconds']):.2g} | {row['peak_MB']:.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        _child(sys.argv[2], Path(sys.argv[3]))
    else:
        main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else sys.executable)
