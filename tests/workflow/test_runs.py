"""Replicas and rungs in a whole campaign: what is run, and that nothing is run twice."""

import copy

import pytest
from campaigns import TINY

from screening.records import read_json, read_table

CAMPAIGN = copy.deepcopy(TINY)
CAMPAIGN["campaign"] = "runs"
CAMPAIGN["md"] |= {"temperatures_K": [100], "replicas": 2, "duration_ps": 0.8, "rungs_ps": [0.4]}


@pytest.mark.slow
def test_every_replica_is_run_once_rung_by_rung(campaign_folder):
    folder = campaign_folder(CAMPAIGN)
    folder.run()
    runs = sorted(folder.results.glob("candidates/*/100K/*/md.json"))
    assert [path.parent.name for path in runs] == ["o0_r0", "o0_r1"] * 2
    for path in runs:
        short, long = read_json(path.with_name("md_rung1.json")), read_json(path)
        assert (short["n_frames"], long["n_frames"]) == (40, 80)
        assert dict(list(long["chunks"].items())[: len(short["chunks"])]) == short["chunks"]
    assert {row["goes_on"] for row in read_table(folder.results / "rung1.csv")} == {True}
    assert {row["stopped_ps"] for row in read_table(folder.results / "ranking.csv")} == {None}
    assert folder.planned() == {}


@pytest.mark.slow
def test_as_many_orderings_are_run_as_asked_for(campaign_folder):
    """Three orderings were kept; nothing is run, only planned."""
    campaign = copy.deepcopy(TINY)
    campaign["candidates"] |= {"supercell": [2, 1, 1], "orderings": {"keep": 3}}
    campaign["candidates"]["rules"] = campaign["candidates"]["rules"][1:]
    campaign["relax"]["max_steps"] = 20
    campaign["md"] |= {"temperatures_K": [100], "replicas": 2}
    folder = campaign_folder(campaign)
    folder.run("--until", "shortlist")
    planned = {}
    for orderings in (1, 2, None):
        changed = copy.deepcopy(campaign)
        changed["md"]["orderings"] = orderings
        folder.write(changed)
        planned[orderings] = folder.planned()["md"]
    assert planned == {1: 2, 2: 4, None: 6}
