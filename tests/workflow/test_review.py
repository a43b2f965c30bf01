"""The review's systems: each is one candidate of its campaign, and a budget ends each campaign."""

from pathlib import Path

import pytest

from benchmarks.review.__main__ import CONFIGS, campaign, record
from benchmarks.review.compare import MEASURED, rows
from screening.campaign.preflight import check_campaign
from screening.config.load import parse_campaign
from screening.records import read_json, read_table, write_json
from screening.selection.rows import RankingRow, RankingVerdict
from tests.blank import blank

pytestmark = pytest.mark.slow
NAMES = sorted(path.stem for path in CONFIGS.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_candidate_is_a_system_and_every_system_one_candidate(name, tmp_path):
    config = parse_campaign(campaign(name, None, tmp_path), name)
    made = [(one.parent.id, one.plan.done) for one in check_campaign(config, Path()).candidates]
    systems = [row for row in read_table(MEASURED) if row["campaign"] == config.campaign]
    assert len(systems) == len(made)
    for system in systems:
        alike = [done for parent, done in made if parent == system["parent"] and done.startswith(system["done"])]
        assert len(alike) == 1, system
    assert config.md.halving.keep >= len(made), "none is stopped for better ones"


@pytest.mark.parametrize("name", NAMES)
def test_campaigns_are_of_the_protocol_that_is_recommended(name, tmp_path):
    config = parse_campaign(campaign(name, 0.25, tmp_path / "labels"), name)
    assert config.potential.shown == "sevenn:7net-l3i5+d4"
    assert config.md.chooses
    assert config.md.budget_core_hours == 0.25
    assert config.student.committee == 2
    assert config.student.label_store == str(tmp_path / "labels")
    assert config.md.cell == ("relaxed" if name == "glasses" else "measured")


def test_systems_of_campaigns_that_did_not_run_say_so(tmp_path):
    found = rows(tmp_path)
    assert {row["verdict"] for row in found} == {"not_run"}
    assert {row["campaign"] for row in read_table(MEASURED)} == {f"review-{name}" for name in NAMES}
    glasses = [row for row in found if "glass" in row["system"]]
    assert len(glasses) == 6
    assert glasses[0]["measured_low_mS_cm"] == 1e-6


def test_what_ran_is_recorded_beside_what_ran_before(tmp_path):
    table, named = tmp_path / "review.csv", tmp_path / "results.json"
    write_json(named, {"other": 1})
    record(tmp_path / "nothing", table, named)
    assert not table.exists(), "a table of what was not run says nothing"
    for name, parent, done in (("lgps", "Li10GeP2S12", "as is"), ("phosphates", "Li3PO4-beta", "as is")):
        row = blank(RankingRow, id="a-1", parent=parent, done=done, verdict=RankingVerdict.NO_POINTS)
        rest = [
            blank(RankingRow, id=f"b-{k}", parent=system["parent"], done=system["done"])
            for k, system in enumerate(read_table(MEASURED))
            if system["campaign"] == f"review-{name}" and (system["parent"], system["done"]) != (parent, done)
        ]
        RankingRow.write(tmp_path / name / f"review-{name}" / "ranking.csv", [row, *rest])
        record(tmp_path / name, table, named)
    found = {row["system"]: row["verdict"] for row in read_table(table)}
    assert (found["Li10GeP2S12"], found["beta-Li3PO4"]) == ("no_points", "no_points")
    assert read_json(named) == {"other": 1, "review_not_run": len(found) - 5}
    assert table.with_suffix(".svg").exists()
