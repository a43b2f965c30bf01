"""Random numbers with a seed, and the reference trajectories where they are at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

from screening.trajectories.frames import unwrap
from screening.trajectories.trajectory import Trajectory

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)


REFERENCE = Path(os.environ.get("SCREENING_SHARED", ROOT.parent / "shared")) / "reference"


@pytest.fixture(scope="session")
def reference_curves():
    """Lags in ps, tracer and collective MSD per ion in A^2 that were published with the ab initio trajectories."""

    def load(name):
        path = REFERENCE / f"Li6PS5Cl_{name}_500K_AIMD_msd.csv"
        if not path.exists():
            pytest.skip(f"reference curve {path.name} is not here; set SCREENING_SHARED to the folder above it")
        return np.loadtxt(path, delimiter=",", unpack=True)

    return load


@pytest.fixture(scope="session")
def reference():
    """Loader of the ab initio trajectories of Li6PS5Cl; skips where they are not at hand."""

    def load(name):
        path = REFERENCE / f"Li6PS5Cl_{name}.npz"
        if not path.exists():
            pytest.skip(f"reference trajectory {path.name} is not here; set SCREENING_SHARED to the folder above it")
        with np.load(path) as data:
            symbols = tuple(np.repeat([str(s) for s in data["el"]], data["n"]))
            cell = data["lat"].astype(float)
            return Trajectory(symbols, unwrap(data["f"], cell), cell, 100.0)

    return load
