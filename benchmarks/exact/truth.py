"""The teacher's own diffusivities: long runs of the teacher, by an estimator that shares nothing with the package.

D is the mean squared displacement at one long lag over six times the lag, less what is local: the difference of two
lags over the difference of times. Its error is that of ten blocks of each run.
"""

from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.exact.materials import MATERIALS, MOBILE, TARGET_K, TEMPERATURES_K, structure
from benchmarks.exact.teacher import engine
from screening.config.dynamics import MDProtocol
from screening.dynamics.driver import Unwatched
from screening.dynamics.protocol import run_chunks, thermal_start
from screening.records import read_table, write_table
from screening.records.structures import atoms_of
from screening.trajectories.storage import read_trajectory

TABLE = Path(__file__).with_name("truth.csv")
BUILD = Path(__file__).parents[2] / "build" / "exact" / "truth"
# Ions that are still where they were after the shorter lag have left it, or come back, after the longer.
LAGS_PS = (40.0, 120.0)
LENGTH_PS = {TARGET_K: 2500.0}
OTHERWISE_PS = 1000.0
START_PS, BLOCKS = 50.0, 10
# That of the campaigns.
TIMESTEP_FS = 4.0
A2_PS_TO_CM2_S = 1e-4


@dataclass(frozen=True)
class Truth:
    """One line of the table; diffusivities in cm2/s."""

    material: str
    temperature_K: float
    length_ps: float
    tracer_diffusivity_cm2_s: float
    tracer_diffusivity_error_cm2_s: float
    collective_diffusivity_cm2_s: float
    collective_diffusivity_error_cm2_s: float


def make() -> None:
    """Run what is missing, hot ones first, and write the table after each."""
    for temperature in (*sorted(TEMPERATURES_K, reverse=True), TARGET_K):
        for name in MATERIALS:
            if any((t.material, t.temperature_K) == (name, temperature) for t in known()):
                continue
            rows = [*known(), measured(name, temperature)]
            write_table(
                TABLE,
                [{k: v if isinstance(v, str) else f"{v:.4g}" for k, v in asdict(row).items()} for row in rows],
            )
            print(rows[-1], flush=True)


def known() -> list[Truth]:
    """The table as it is."""
    return [Truth(**row) for row in read_table(TABLE)] if TABLE.exists() else []


def measured(name: str, temperature_K: float) -> Truth:
    """Run the teacher and measure."""
    length = LENGTH_PS.get(temperature_K, OTHERWISE_PS)
    atoms = atoms_of(structure(name).as_dict())
    settings = MDProtocol(duration_ps=length, timestep_fs=TIMESTEP_FS, sample_interval_fs=200.0, chunk_ps=100.0)
    folder = BUILD / name / f"{temperature_K:g}K"
    with closing(engine()) as runs:
        start = thermal_start(atoms, temperature_K, 7)
        outcome = run_chunks(folder, start, Unwatched(runs), settings, temperature_K, 7, "truth")
    if outcome.status != "complete":
        raise RuntimeError(f"{name} at {temperature_K:g} K: {outcome.reason}")
    trajectory = read_trajectory(folder)
    interval = trajectory.frame_interval_fs / 1000.0
    paths = trajectory.positions[int(START_PS / interval) :].astype(float)
    mobile = trajectory.indices(MOBILE)
    rest = np.setdiff1d(np.arange(paths.shape[1]), mobile)
    ions = paths[:, mobile] - paths[:, rest].mean(axis=1, keepdims=True)
    lags = [round(lag / interval) for lag in LAGS_PS]
    tracer = _slope(ions, lags, interval)
    together = _slope(ions.sum(axis=1, keepdims=True) / np.sqrt(len(mobile)), lags, interval)
    return Truth(name, temperature_K, length, *tracer, *together)


def _slope(paths: NDArray[np.float64], lags: list[int], interval_ps: float) -> tuple[float, float]:
    """D and its error in cm2/s from paths (n_frames, n, 3)."""
    last = len(paths) - lags[1]
    grown = [((paths[lag : last + lag] - paths[:last]) ** 2).sum(axis=2).mean(axis=1) for lag in lags]
    slopes = (grown[1] - grown[0]) / (6 * (lags[1] - lags[0]) * interval_ps) * A2_PS_TO_CM2_S
    blocks = np.array([block.mean() for block in np.array_split(slopes, BLOCKS)])
    return float(slopes.mean()), float(blocks.std(ddof=1) / np.sqrt(BLOCKS))
