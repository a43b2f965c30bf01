"""The Python interface against the files it reads."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from screening import open_campaign
from screening.errors import StageError
from screening.trajectories.chunk import Chunk, MDState
from screening.trajectories.storage import StoredChunk, chunk_path, write_chunk


def test_importing_it_imports_nothing_heavy() -> None:
    heavy = {"numpy", "pandas", "ase", "pymatgen", "torch", "yaml"}
    code = f"import sys, screening; print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "set()"


def test_tables_are_the_files(finished: Path) -> None:
    campaign = open_campaign(finished)
    for name in ("ranking", "stability", "transport"):
        with (finished / f"{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        table = getattr(campaign, name)
        assert list(table.columns) == list(rows[0])
        assert table["id"].tolist() == [row["id"] for row in rows]
    assert campaign.ranking["conductivity_300K_estimate_mS_cm"].dtype == np.float64


@pytest.mark.usefixtures("here")
def test_a_campaign_is_found_by_its_name() -> None:
    assert open_campaign("argyrodites").name == "argyrodites"
    with pytest.raises(StageError, match="campaigns here are argyrodites"):
        open_campaign("other")


def test_structures_are_those_of_the_records(finished: Path) -> None:
    campaign = open_campaign(finished)
    candidate = campaign.candidate(campaign.ids[0])
    record = json.loads((candidate.folder / "relaxed.json").read_text())["orderings"][0]["structure"]
    structure, atoms = candidate.structure(), candidate.atoms()
    assert len(structure) == len(atoms) == len(record["sites"])
    np.testing.assert_allclose(structure.lattice.matrix, record["lattice"]["matrix"])
    np.testing.assert_allclose(atoms.cell.array, record["lattice"]["matrix"])
    with pytest.raises(StageError, match="they count from 0 to"):
        candidate.structure(99)


def test_a_trajectory_is_its_chunks_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "results" / "one"
    run = folder / "candidates" / "LiCl-0a" / "500K" / "o0_r0" / "chunks"
    run.mkdir(parents=True)
    folder.joinpath("candidates.csv").write_text("id,role\nLiCl-0a,candidate\n")
    (folder / "logs").mkdir()
    positions = np.arange(2 * 3 * 2 * 3, dtype=np.float32).reshape(2, 3, 2, 3)
    for i, part in enumerate(positions):
        end = MDState(("Li", "Cl"), part[-1].astype(float), np.zeros((2, 3)), 5 * np.eye(3))
        write_chunk(chunk_path(run, i), StoredChunk(Chunk(part, np.zeros(3), np.full(3, 500.0), end), 20.0, "p", ""))
    candidate = open_campaign(folder).candidate("LiCl")
    trajectory = candidate.trajectory(500)
    np.testing.assert_array_equal(trajectory.positions, positions.reshape(6, 2, 3))
    with pytest.raises(StageError, match="there are 500K/o0_r0"):
        candidate.trajectory(600)


def test_displacements_are_those_of_the_analysis(finished: Path) -> None:
    path = next(p for p in finished.glob("candidates/*/*K/transport.json") if json.loads(p.read_text()).get("msd"))
    record = json.loads(path.read_text())
    table = open_campaign(finished).candidate(path.parts[-3]).msd(record["temperature_K"])
    assert table["tracer_A2"].tolist() == record["msd"]["tracer_A2"]


@pytest.mark.slow
def test_plots_are_axes_that_hold_the_records(finished: Path) -> None:
    from matplotlib.figure import Figure

    campaign = open_campaign(finished)
    best = campaign.ranking["id"][0]
    (panel,) = Figure().subplots(1, 1, squeeze=False)[0]
    axes = campaign.plot_arrhenius([best], quantity="sigma", ax=panel)
    assert axes is panel
    point = campaign.transport.query("id == @best").iloc[0]
    drawn = {round(float(y), 6) for line in axes.lines for y in line.get_ydata()}
    assert round(float(point["conductivity_nernst_einstein_mS_cm"]), 6) in drawn
    assert axes.get_ylabel() == "conductivity from D* (mS/cm)"
    near = campaign.plot_arrhenius([best], far=False, ax=Figure().subplots())
    assert near.get_xlim()[1] < 1000 / 300 < axes.get_xlim()[1]
    for made in (campaign.plot_ranking(ax=Figure().subplots()), campaign.plot_mixing(ax=Figure().subplots())):
        names = [text.get_text() for text in made.get_yticklabels()]
        assert len(names) > 3
        assert not any("…" in name for name in names)
    msd = campaign.plot_msd(best, 800, ax=Figure().subplots())
    assert list(msd.lines[0].get_xdata()) == campaign.candidate(best).msd(800)["lag_ps"].tolist()
    with pytest.raises(StageError, match="quantity 'D0' is not known; there are D, sigma, sigmaT"):
        campaign.plot_arrhenius(quantity="D0", ax=Figure().subplots())
