"""A campaign of an older version goes on: what has the same settings does not run again, all else does."""

import copy

import pytest

from screening.config.stages import STAGES
from tests.campaigns import TINY
from tests.older import FORMAT_1, older_campaign

pytestmark = pytest.mark.slow


def test_nothing_runs_again_where_nothing_changed(tmp_path):
    campaign = older_campaign(tmp_path)
    output = campaign.run("--dry-run")
    assert "made by an older version" in output
    assert "Nothing to be done" in output
    again = campaign.run("--dry-run")
    assert "made by an older version" not in again
    assert "Nothing to be done" in again


def test_a_change_made_at_the_same_time_counts(tmp_path):
    campaign = older_campaign(tmp_path)
    changed = copy.deepcopy(TINY)
    changed["md"]["temperatures_K"] = [100, 250]
    changed["shortlist"]["max_mixing_enthalpy_meV_atom"] = 900
    campaign.write(changed)
    planned = campaign.planned()
    assert planned["shortlist"] == 1
    assert not {"parents", "enumerate", "relax", "mixing"} & set(planned)
    campaign.write(TINY | {"relax": {**TINY["relax"], "fmax_eV_A": 0.01}})
    assert campaign.planned()["relax"] == 3


def test_a_table_that_is_missing_is_made(tmp_path):
    campaign = older_campaign(tmp_path)
    (campaign.results / "orderings.csv").unlink()
    assert campaign.planned()["mixing"] == 1
    assert not {"enumerate", "relax"} & set(campaign.planned())


def test_stages_whose_version_was_raised_run_again_and_others_do_not(tmp_path):
    campaign = older_campaign(tmp_path, versions=False)
    of_then = {
        rule: int(text.split('"version": ')[1].split("}")[0])
        for rule, noted in FORMAT_1["rules"].items()
        for text in noted["params"]
        if '"version": ' in text
    }
    raised = {rule for rule, version in of_then.items() if STAGES[rule][1] > version}
    planned = set(campaign.planned())
    assert bool(planned) == bool(raised)
    for kept in {"relax", "md"} - raised:
        assert kept not in planned
