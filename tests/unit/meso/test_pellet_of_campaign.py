"""`screening pellet ID`: a boundary's runs and those of the crystal beside it are found in the campaign."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from typer.testing import CliRunner

from screening.candidates.record import Boundary, CandidateRecord, CandidateRow, MadeBoundary
from screening.cli.main import app
from screening.config.stages import BoundarySettings
from screening.meso.record import LayersRecord
from screening.stability.boundary_record import BoundaryRecord
from screening.stability.record import RelaxedRecord
from screening.stages.boundary import run
from screening.stages.context import StageCall
from tests.blank import blank
from tests.layered import STEP_FS, STEPS, walk
from tests.synthetic import CASES, write_campaign
from tests.trajectory_files import Walk, write_own


def run_of(folder, rates, seed, n_ions=60, n_frames=400):
    own = walk(np.random.default_rng(seed), rates, n_ions, n_frames)
    still = np.broadcast_to([[0.0, 0, 0], [12, 12, 0]], (own.n_frames, 2, 3))
    fractional = np.concatenate([own.positions, still], axis=1) @ np.linalg.inv(own.cells)
    folder.mkdir(parents=True)
    cells = np.broadcast_to(own.cells, (own.n_frames, 3, 3))
    write_own(
        folder / "md.json",
        Walk(symbols=(*own.symbols, "O", "O"), fractional=fractional, cells=cells, interval_fs=STEPS * STEP_FS),
    )


def pellet(*arguments):
    return CliRunner().invoke(app, ["pellet", *map(str, arguments), "--lags-ps", "0.5", "2.5"])


@pytest.fixture
def campaign(tmp_path, monkeypatch):
    """Two candidates, the first a boundary beside the second, and no runs."""
    monkeypatch.chdir(tmp_path)
    folder = write_campaign(tmp_path / "results" / "gb", CASES[:2], campaign="gb")
    rows = CandidateRow.read(folder / "candidates.csv")
    CandidateRow.write(folder / "candidates.csv", [replace(row, mobile_ion="Li") for row in rows])
    boundary, crystal = (row for row in sorted((folder / "candidates").iterdir()))
    for one in (boundary, crystal):
        for runs in one.glob("*K"):
            shutil.rmtree(runs)
    path = boundary / "candidate.json"
    made = CandidateRecord.read(path)
    path.unlink()
    replace(made, boundary=blank(Boundary, bulk=crystal.name, alike=True)).write(path)
    return boundary, crystal


@pytest.mark.slow
def test_a_boundary_of_a_campaign_at_two_sizes(campaign):
    boundary, crystal = campaign
    run_of(boundary / "600K" / "o0_r0", np.array([0.1, 0.5, 0.5, 0.1] * 2), 1)
    run_of(crystal / "600K" / "o0_r0", np.full(8, 0.5), 2)
    done = pellet(boundary.name, "--grain-um", "0.1", "--grain-um", "10")
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [row[:2] for row in rows] == [["600", "0.1"], ["600", "10"]]
    small, large = (float(row[-1]) for row in rows)
    assert small < large <= 1.01


@pytest.mark.slow
def test_a_temperature_of_which_nothing_can_be_said_does_not_lose_the_others(campaign):
    """Frozen at 500 K, so that R is not known; too short at 800 K."""
    boundary, crystal = campaign
    for kelvin, rate in (("500", 1e-9), ("600", 0.5)):
        run_of(boundary / f"{kelvin}K" / "o0_r0", np.full(8, rate), 1)
        run_of(crystal / f"{kelvin}K" / "o0_r0", np.full(8, rate), 2)
    for one in campaign:
        run_of(one / "800K" / "o0_r0", np.full(8, 0.5), 3, n_frames=100)
    done = pellet(boundary.name, "--grain-um", "0.1")
    assert done.exit_code == 0, done.output
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["600"]
    assert "note: 500 K: a pellet needs R, not known at 500 K" in done.stderr
    assert "note: nothing at 800 K: a run of 9 ps is too short for a lag of 2.5 ps" in done.stderr
    words = ["layers", boundary.name, "--lags-ps", "0.5", "2.5", "--width", "4", "--temperature"]
    assert CliRunner().invoke(app, [*words, "600"]).exit_code == 0
    assert "too short for a lag" in str(CliRunner().invoke(app, [*words, "800"]).exception)
    assert "have no finished runs at 700 K yet" in str(CliRunner().invoke(app, [*words, "700"]).exception)


def test_what_is_no_boundary_or_was_not_run_is_told(campaign):
    boundary, crystal = campaign
    assert "is no grain boundary" in str(pellet(crystal.name, "--grain-um", "1").exception)
    assert "have no finished runs at one temperature yet" in str(pellet(boundary.name, "--grain-um", "1").exception)


@pytest.mark.slow
def test_an_interface_of_a_campaign_makes_a_composite(campaign, tmp_path):
    boundary, crystal = campaign
    path = boundary / "candidate.json"
    made = CandidateRecord.read(path)
    path.unlink()
    # Twice the same crystal on either side: the walk has one rate everywhere.
    how = replace(made.orderings[0], boundary=blank(MadeBoundary, gap_A=0.0))
    facts = replace(made.boundary, other="other", other_bulk=crystal.name, grain_A=16.0, alike=False)
    replace(made, boundary=facts, orderings=(how,)).write(path)
    run_of(boundary / "600K" / "o0_r0", np.full(8, 0.5), 1)
    run_of(crystal / "600K" / "o0_r0", np.full(8, 0.5), 2)
    done = pellet(boundary.name, "--grain-um", "1", "--share", "0.1", "--share", "0.5")
    assert done.exit_code == 0, done.output
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [row[:3] for row in rows] == [["600", "0.1", "1"], ["600", "0.5", "1"]]
    assert [float(row[-1]) for row in rows] == pytest.approx([1.0, 1.0], abs=0.02)
    assert "space charge is not in these numbers" in done.stderr
    out = tmp_path / "layers.json"
    done = CliRunner().invoke(
        app, ["layers", boundary.name, "--lags-ps", "0.5", "2.5", "--width", "4", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    # Layers of 4 Angstrom, 16 of each crystal.
    layers = LayersRecord.read(out).layers
    assert [(one.crystal, one.boundary) for one in layers] == [(c, b) for c in (0, 1) for b in (0, 1) for _ in (0, 1)]
    assert "above" in done.stdout


@pytest.mark.slow
def test_a_crystal_without_mobile_ions_needs_no_runs(campaign):
    """As of an oxide in a composite: its half of the cell holds no ion, and nothing crosses it."""
    boundary, crystal = campaign
    oxide = crystal.with_name("Al2O3-00000001")
    oxide.mkdir()
    relaxed = RelaxedRecord.read(crystal / "relaxed.json")
    cell = Structure(Lattice.orthorhombic(24, 24, 32), ["Al", "O"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    one = replace(relaxed.orderings[0], structure=cell.as_dict())
    replace(relaxed, id=oxide.name, orderings=(one,)).write(oxide / "relaxed.json")
    path = boundary / "candidate.json"
    made = CandidateRecord.read(path)
    path.unlink()
    how = replace(made.orderings[0], boundary=blank(MadeBoundary, gap_A=0.0))
    facts = replace(made.boundary, other="Al2O3", other_bulk=oxide.name, grain_A=16.0, alike=False)
    replace(made, boundary=facts, orderings=(how,)).write(path)
    # Ions of the upper half stay where they are.
    run_of(boundary / "600K" / "o0_r0", np.array([0.1, 0.5, 0.5, 0.1, *[1e-9] * 4]), 1, n_ions=30)
    run_of(crystal / "600K" / "o0_r0", np.full(8, 0.5), 2)
    done = pellet(boundary.name, "--grain-um", "1", "--share", "0.3")
    assert done.exit_code == 0, done.output
    assert "no resistance: conduction across" in " ".join(done.stderr.split())
    assert 0 < float(done.stdout.splitlines()[-1].split()[-1]) < 1
    # The stage finds the same without runs of the oxide.
    runs = [folder / "600K" / "o0_r0" / "md.json" for folder in (boundary, crystal)]
    found = call(boundary, crystal, oxide, runs=runs)
    assert all("too short for layers" in line for line in found.missing)
    assert found.crystals == (crystal.name, oxide.name)


@pytest.mark.slow
def test_shares_are_for_interfaces(campaign):
    boundary, crystal = campaign
    run_of(boundary / "600K" / "o0_r0", np.full(8, 0.5), 1)
    run_of(crystal / "600K" / "o0_r0", np.full(8, 0.5), 2)
    assert "--share is for interfaces" in str(pellet(boundary.name, "--grain-um", "1", "--share", "0.2").exception)


def test_an_id_with_dots_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["layers", "Li5.5PS4.5Cl1.5-20b86f4a"])
    assert "no campaign with candidates under results/" in str(done.exception)
    done = CliRunner().invoke(app, ["layers", "gone.xyz", "--temperature", "600", "--mobile", "Li"])
    assert "gone.xyz is missing" in str(done.exception)


def call(*folders, runs):
    boundary = folders[0]
    relaxed = [folder / "relaxed.json" for folder in folders]
    files = {"candidate": [boundary / "candidate.json"], "relaxed": relaxed, "runs": runs}
    run(StageCall(files, boundary / "boundary.json", BoundarySettings(mobile_ion="Li")))
    return BoundaryRecord.read(boundary / "boundary.json")


@pytest.mark.slow
def test_the_stage_puts_together_what_is_known(campaign):
    boundary, crystal = campaign
    runs = []
    for kelvin, seed in ((600, 1), (700, 3)):
        for folder, rates in ((boundary, np.array([0.1, 0.5, 0.5, 0.1] * 2)), (crystal, np.full(8, 0.5))):
            run_of(folder / f"{kelvin}K" / "o0_r0", rates, seed)
            runs.append(folder / f"{kelvin}K" / "o0_r0" / "md.json")
    # Another temperature of the boundary alone has nothing to be compared with.
    run_of(boundary / "800K" / "o0_r0", np.full(8, 0.5), 5)
    runs.append(boundary / "800K" / "o0_r0" / "md.json")
    found = call(boundary, crystal, runs=runs)
    assert [one.temperature_K for one in found.temperatures] == []
    assert sum("too short for layers: 40 ps are needed" in line for line in found.missing) == 2
    assert any("no profile at 800 K" in line for line in found.missing)
    assert found.crystals == (crystal.name,)
    assert len(found.joined) > 0
    assert "space charge is not in these numbers" in found.notes[0]


def test_a_boundary_that_was_not_run_has_its_energy(campaign):
    boundary, crystal = campaign
    found = call(boundary, crystal, runs=[])
    assert found.temperatures == found.barriers == found.pellets == ()
    assert f"there is no whole run of {boundary.name} and {crystal.name}" in found.missing[0]
