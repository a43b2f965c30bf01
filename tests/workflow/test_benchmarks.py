"""The benchmarks call stages and workflow with records of their own making: smallest cases, so that they still run."""

import numpy as np
import pytest
from ase import Atoms

from benchmarks import planning, relaxation, transport
from benchmarks.uf3 import Uf3, repulsion_alone
from screening.config.student import StudentConfig

pytestmark = pytest.mark.slow


def test_planning_is_measured(tmp_path):
    planning.shortlisted(tmp_path, 2)
    planned = planning.dry_run(tmp_path)
    assert planned.wall_s > 0
    assert planned.processor_s > 0
    assert planned.peak_MB > 50


def test_relaxations_of_the_benchmark_converge():
    assert relaxation._seconds(relaxation._strained(["LiCl"]), relaxation.ONCE) > 0


@pytest.mark.parametrize("tool", ["here", "diffusivities"])
def test_every_tool_of_this_package_gives_the_walks_diffusivity(tool):
    """A step of 0.1 A per frame and axis: D = 0.1^2 / (2 x 10 fs)."""
    found = transport._TOOLS[tool](transport._positions(1500))
    assert found == pytest.approx(0.1**2 / (2 * 0.01) * 1e-4, rel=0.1)


def test_the_local_picture_is_measured():
    transport._TOOLS["local"](transport._positions(300))


def test_the_rows_of_uf3_are_what_lammps_computes():
    """Random coefficients, a triclinic cell, atoms that see their own images."""
    rng = np.random.default_rng(1)
    cell = 4.5 * np.eye(3) + 0.4 * rng.normal(size=(3, 3))
    atoms = Atoms("LiLiClSLiCl", scaled_positions=rng.random((6, 3)), cell=cell, pbc=True)
    uf3 = Uf3(["Cl", "Li", "S"], 5.0, 8, 3.5, 3, StudentConfig())
    uf3.coefficients = rng.normal(size=len(uf3.coefficients))
    without, engine = repulsion_alone(uf3.elements, uf3.settings), uf3.engine()
    (found,), (zero,) = engine.evaluate([atoms]), without.evaluate([atoms])
    predicted = uf3.rows(atoms) @ uf3.coefficients
    constants = sum(uf3.constants[symbol] for symbol in atoms.symbols)
    assert predicted[0] - constants == pytest.approx(found.energy - zero.energy, rel=1e-9)
    np.testing.assert_allclose(predicted[1:].reshape(-1, 3), found.forces - zero.forces, rtol=0, atol=1e-8)
    engine.close(), without.close()
