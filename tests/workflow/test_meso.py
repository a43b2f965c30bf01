"""The benchmark of boundaries: its campaigns can be run, and its figures are those of their records."""

import subprocess
import sys
from dataclasses import replace

import pytest
import yaml

from benchmarks import planning
from benchmarks.meso.__main__ import main
from benchmarks.meso.campaigns import SYSTEMS, campaign, campaign_name
from benchmarks.meso.compare import compare
from benchmarks.meso.coverage import coverage
from benchmarks.meso.pictures import draw_boundary
from screening.campaign.preflight import check_campaign
from screening.candidates.record import CandidateRow
from screening.config.load import parse_campaign
from screening.records import read_json, read_table, write_json, write_table
from tests import synthetic
from tests.synthetic_boundaries import write_boundary

pytestmark = pytest.mark.slow
#: Atoms of the boundary, and cells: it and each crystal beside it.
SIZES = {"sigma5": (182, 2), "sigma3": (234, 2), "licl": (274, 3), "li2o": (288, 3)}


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_campaign_makes_a_boundary_beside_its_crystals(name, tmp_path):
    config = parse_campaign(campaign(name, 200, tmp_path), name)
    checked = check_campaign(config, tmp_path)
    assert (checked.candidates[0].plan.n_atoms, len(checked.candidates)) == SIZES[name]
    assert config.md.min_duration_ps == 200
    assert config.searches


def test_runs_too_short_for_layers_are_refused_before_they_are_made(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks.meso", "sigma5", "--ps", "20"])
    with pytest.raises(SystemExit):
        main()
    assert "--ps 20: runs of less than 44 ps cannot be analysed by layers" in capsys.readouterr().err


def test_errors_of_known_walks_hold_the_truth_about_as_often_as_they_say():
    found = coverage(6)
    assert set(found) == {
        *(f"meso_coverage{level}_{name}" for name in ("layers", "G", "R") for level in ("68", "95")),
        "meso_coverage68_pellet",
    }
    # Eighteen layers: with errors right a tenth of such sets has fewer within one error.
    assert 0.45 < found["meso_coverage68_layers"] < 0.95
    assert found["meso_coverage95_layers"] > 0.75


@pytest.mark.parametrize("chosen", [False, True], ids=["listed", "chosen temperatures"])
def test_the_workflow_plans_a_record_for_each_boundary(chosen, tmp_path):
    """Three candidates, the first a boundary beside the others: one job more, from all of their runs."""
    (planning.decided if chosen else planning.shortlisted)(tmp_path, 3)
    table = tmp_path / "results" / "many" / "candidates.csv"
    rows = read_table(table)
    rows[0]["beside"] = " ".join(row["id"] for row in rows[1:])
    write_table(table, [{"beside": None, **row} for row in rows])
    twin = {"plane": [2, 1, 0], "grain_A": 10, "min_width_A": 5}
    config = planning.CAMPAIGN | {"candidates": {"rules": [{"parent": "LiCl", "grain_boundary": twin}]}}
    if chosen:
        config["md"] = {"temperatures_K": "auto"}
    (tmp_path / "many.yaml").write_text(yaml.safe_dump(config))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(planning.ROOT / "Snakefile"), "--dry-run"]
    done = subprocess.run(
        [*command, "--configfile", "many.yaml", "--cores", "1", "results/many/report.html", "--printshellcmds"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (line,) = {line for line in done.stdout.splitlines() if "screening stage boundary" in line}
    assert line.count("relaxed.json") == 3
    temperatures = 7 if chosen else 3
    assert line.count("md.json") == 3 * temperatures


def test_a_boundary_is_drawn(tmp_path):
    draw_boundary(tmp_path / "boundary.svg")
    assert "</svg>" in (tmp_path / "boundary.svg").read_text(encoding="utf-8")


def test_figures_are_those_of_the_records(tmp_path):
    results = tmp_path / "results"
    paths = [tmp_path / name for name in ("meso.csv", "meso.svg", "results.json")]
    write_json(paths[2], {"other": 1})
    assert compare(results, *paths) == {}
    for name, beside in (("sigma5", [0]), ("licl", [0, 3])):
        folder = synthetic.write_campaign(results / campaign_name(name), synthetic.CASES[:4], campaign="m")
        ids = [synthetic._identity(case) for case in synthetic.CASES[:4]]
        write_boundary(folder, ids[1], [ids[k] for k in beside])
        rows = CandidateRow.read(folder / "candidates.csv")
        sized = [replace(row, n_atoms=100 * len(beside)) if row.id == ids[1] else row for row in rows]
        CandidateRow.write(folder / "candidates.csv", sized)
        (folder / "benchmarks" / "md").mkdir(parents=True)
        (folder / "benchmarks" / "md" / "a.tsv").write_text("s\th:m:s\tcpu_time\n3599\t0:59:59\t3585\n1\t0:00:01\t-\n")
    found = compare(results, *paths)
    assert found == {"meso_atoms": 200, "meso_core_hours": 2.0}
    assert read_json(paths[2]) == {"other": 1, **found}
    rows = read_table(paths[0])
    assert [(row["system"], row["temperature_K"]) for row in rows] == [
        (name, t) for name in ("sigma5", "licl") for t in (500, 600, 700)
    ]
    assert rows[0]["resistance_ohm_cm2"] > 0
    assert rows[0]["near_over_crystal"] < 0.1
    assert rows[3]["near_over_crystal"] > 1
    assert "</svg>" in paths[1].read_text(encoding="utf-8")
    # What was run elsewhere stays.
    assert compare(tmp_path / "nowhere", *paths) == found
