"""What `screening check` says of settings that are allowed and of no use."""

from copy import deepcopy
from pathlib import Path

from screening.campaign.preflight import check_campaign
from screening.config.load import parse_campaign
from tests.campaigns import TINY


def told(tmp_path: Path, **md: object) -> str:
    settings = deepcopy(TINY)
    settings["md"] |= md
    return "\n".join(check_campaign(parse_campaign(settings, "tiny"), tmp_path).lines)


def test_a_budget_for_listed_temperatures_is_of_no_use(tmp_path: Path) -> None:
    said = told(tmp_path, temperatures_K=[600, 800, 1000], budget_core_hours=3, hottest_K=900)
    assert "md.budget_core_hours: of no use with listed temperatures" in said
    assert "md.hottest_K: of no use with listed temperatures" in said
    assert "of no use" not in told(tmp_path, temperatures_K=[600, 800, 1000])
    assert "of no use" not in told(tmp_path, temperatures_K="auto", budget_core_hours=3, hottest_K=900)
