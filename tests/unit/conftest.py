"""What tests of several rooms share: random numbers, reference trajectories, a finished campaign."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from screening.cli.main import app
from screening.errors import ScreeningError
from screening.trajectories.frames import unwrap
from screening.trajectories.trajectory import Trajectory
from tests import synthetic

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


Call = Callable[..., Result]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """results/argyrodites; nobody may change it."""
    folder = tmp_path_factory.mktemp("interface") / "results" / "argyrodites"
    return synthetic.write_campaign(folder, synthetic.CASES)


@pytest.fixture
def here(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that holds results/ as the current one."""
    monkeypatch.chdir(finished.parents[1])
    return finished.parents[1]


@pytest.fixture
def call() -> Call:
    """Calls the command line; an error for the user is the output, as `screening` itself prints it."""

    def run(*arguments: str, text: str | None = None) -> Result:
        result = CliRunner().invoke(app, [*arguments], input=text, env={"COLUMNS": "200"})
        if isinstance(result.exception, ScreeningError):
            result.stdout_bytes = f"error: {result.exception}\n".encode()
        elif result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
