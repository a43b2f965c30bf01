"""`screening transport` on files of others, as it is typed."""

import json

import ase.io
import numpy as np
import pytest
from ase import Atoms
from typer.testing import CliRunner

from screening.cli import app

from .walks import brownian


@pytest.fixture
def files(tmp_path, rng):
    """Two wrapped walks, D = 0.8 and 1.8 A^2/ps."""
    found = []
    for index, sigma in enumerate((0.4, 0.6)):
        walk = brownian(rng, 400, 20, (sigma,) * 3)
        images = [Atoms("Li20", positions=frame, cell=np.eye(3) * 20.0, pbc=True) for frame in walk]
        for image in images:
            image.wrap()
        found.append(str(tmp_path / f"{index}.extxyz"))
        ase.io.write(found[-1], images, format="extxyz")
    return found


def run(*arguments):
    return CliRunner().invoke(app, ["transport", *arguments, "--temperature", "600", "--mobile", "Li"])


def test_record_is_written(files, tmp_path):
    out = tmp_path / "x.json"
    done = run(*files, "--frame-interval-fs", "100", "--orderings", "0,1", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "resolved" in done.output
    record = json.loads(out.read_text())
    assert record["n_orderings"] == 2
    # Two values 1.0 apart have a standard deviation of 0.71, less what sampling explains.
    assert record["tracer_diffusivity_ordering_spread_cm2_s"] == pytest.approx(0.71e-4, rel=0.3, abs=0)
    assert [d["ordering"] for d in record["percolation"]] == [0, 1]


def test_record_is_printed(files):
    done = run(files[0], "--frame-interval-fs", "100")
    assert json.loads(done.output)["files"] == [files[0]]


@pytest.mark.parametrize(
    ("orderings", "message"), [("a,b", "whole numbers"), ("0", "1 orderings are named for 2 trajectories")]
)
def test_wrong_orderings(files, orderings, message):
    done = run(*files, "--frame-interval-fs", "100", "--orderings", orderings)
    assert done.exit_code != 0
    assert message in done.output + str(done.exception)


def test_the_charge_is_the_ion_s_usual_one_or_asked_for(tmp_path, rng):
    found = {}
    for mobile in ("Li", "Mg", "Eu"):
        images = [
            Atoms(f"{mobile}20", positions=frame, cell=np.eye(3) * 20.0, pbc=True)
            for frame in brownian(rng, 400, 20, (0.4,) * 3)
        ]
        for image in images:
            image.wrap()
        path = tmp_path / f"{mobile}.extxyz"
        ase.io.write(path, images, format="extxyz")
        arguments = [str(path), "--temperature", "600", "--mobile", mobile, "--frame-interval-fs", "100"]
        found[mobile] = CliRunner().invoke(app, ["transport", *arguments])
    assert [json.loads(found[mobile].output)["charge"] for mobile in ("Li", "Mg")] == [1.0, 2.0]
    assert found["Eu"].exit_code == 2
    assert "say it" in found["Eu"].output
