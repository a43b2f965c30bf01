"""The review's systems: each is one candidate of its campaign, and a budget ends each campaign."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.review.__main__ import CONFIGS, campaign, record
from benchmarks.review.compare import MEASURED, rows
from benchmarks.review.rates import trends
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


def glasses(sigmas, decades):
    """Rows of a glass at 200, 100 and 50 K/ps, each known to so many decades."""
    names = ("", "_low", "_high")
    return [
        {"system": f"X glass, {rate} K/ps"}
        | {
            f"conductivity_300K_nernst_einstein{end}_mS_cm": None if sigma is None else sigma * 10**side
            for end, side in zip(names, (0, -decades, decades), strict=True)
        }
        for rate, sigma in zip((200, 100, 50), sigmas, strict=True)
    ]


def test_a_trend_with_the_rate_is_carried_to_laboratories_or_said_to_be_impossible():
    """Half a decade of sigma for a decade of the rate: exact where values are, with what their errors make of it."""
    rates = np.array([200.0, 100.0, 50.0])
    sigmas = list(10 ** (0.5 * np.log10(rates)))
    (exact,) = trends(glasses(sigmas, 1e-3))
    assert exact.slope == pytest.approx(0.5)
    assert [value for value, _ in exact.laboratory] == pytest.approx([-3.0, -6.0])
    assert "if the trend goes on" in exact.words
    (usual,) = trends(glasses(sigmas, 0.3))
    # 0.3 decades over the root of the sum of squares about the mean of log10 of the rates.
    assert usual.slope_error == pytest.approx(0.3 / np.sqrt(2 * np.log10(2) ** 2))
    assert usual.laboratory[0][1] > 5.0
    assert "impossible to carry to laboratories" in usual.words
    (few,) = trends(glasses([sigmas[0], None, sigmas[2]], 0.1))
    assert few.slope is None
    assert few.words == "X: 2 of 3 rates have a conductivity: no trend"
    assert [trend.glass for trend in trends(rows(Path("none")))] == ["Li3PO4", "Li4PO4I"]
