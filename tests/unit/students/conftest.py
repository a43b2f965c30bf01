"""A cheap teacher, crystals for it, and a student that is wrong as soon as it gets warm."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones

from screening.config.potential import TeacherConfig
from screening.config.student import StudentConfig
from screening.potentials.registry import load
from screening.students.distill import distill
from tests.students import SMALL, crystal

# Rows of a cell without any symmetry, strongly tilted.
SKEWED = np.array([[11.0, 0.5, -0.7], [7.5, 10.5, 1.0], [-6.0, 5.5, 12.0]])


@pytest.fixture
def teacher() -> LennardJones:
    return LennardJones(sigma=2.2, epsilon=0.05, rc=5.0, smooth=True)


@pytest.fixture
def small() -> StudentConfig:
    """A student that trains in seconds."""
    return SMALL


@pytest.fixture
def crystals() -> list[Atoms]:
    """Two orderings of one composition, one in a cell turned and sheared."""
    return two_crystals()


def two_crystals() -> list[Atoms]:
    """As the fixture; nobody else has them."""
    rng = np.random.default_rng(0)
    first, second = crystal(rng), crystal(rng)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    second.set_cell(second.cell.array @ turn, scale_atoms=True)
    cell = second.cell.array.copy()
    cell[1] += cell[0]
    second.set_cell(cell)
    return [first, second]


@pytest.fixture(scope="session")
def family(tmp_path_factory) -> Path:
    """Folder of a student that has seen nothing hotter than 30 K."""
    folder = tmp_path_factory.mktemp("family")
    changes = {"seed_displacement_A": 0.05, "temperature_factor": 1.0, "run_ps": 0.2, "stable_ps": 0.2}
    settings = SMALL.model_copy(update={**changes, "teacher_run_ps": 0})
    report = distill([crystal()], load(TeacherConfig(name="lj")).calculator, settings, 30.0, folder, 1)
    assert report.accepted, report.verdict.reason
    return folder


def amorphous(elements: str, n: int, seed: int = 3) -> Atoms:
    """Atoms on a jittered grid in a skewed cell, some of them cells away from the origin."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)[:n] / 4.0
    symbols = [elements[2 * (k % (len(elements) // 2)) :][:2] for k in range(n)]
    atoms = Atoms(symbols, cell=SKEWED, pbc=True)
    atoms.set_scaled_positions(grid + rng.uniform(-0.02, 0.02, (n, 3)))
    atoms.positions += rng.integers(-3, 4, (n, 3)) @ SKEWED
    return atoms
