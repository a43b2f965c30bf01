"""What `screening check` says of settings that are allowed and of no use."""

from copy import deepcopy
from pathlib import Path

import pytest

from screening.campaign.preflight import check_campaign
from screening.config.load import parse_campaign
from screening.errors import ConfigError
from tests.campaigns import TINY


def told(tmp_path: Path, **md: object) -> str:
    settings = deepcopy(TINY)
    settings["md"] |= md
    return "\n".join(check_campaign(parse_campaign(settings, "tiny"), tmp_path).lines)


def refused(tmp_path: Path, boundary: dict, **sections: dict) -> str:
    settings = deepcopy(TINY)
    settings["candidates"]["rules"] = [{"parent": "LiCl", "grain_boundary": boundary}]
    for name, own in sections.items():
        settings[name] = settings.get(name, {}) | own
    with pytest.raises(ConfigError) as raised:
        check_campaign(parse_campaign(settings, "tiny"), tmp_path)
    return str(raised.value)


def test_grains_thinner_than_forces_reach_are_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, {"plane": [1, 1, 1], "grain_A": 8}, student={"basis": {"cutoff_A": 5}})
    assert "candidates.rules.0.grain_boundary.grain_A: grains of 8 Angstrom are thinner" in said
    assert "set it to 10 or more" in said


def test_sites_of_the_parent_cannot_be_found_in_a_grain_boundary(tmp_path: Path) -> None:
    said = refused(tmp_path, {"plane": [1, 1, 1]}, local_picture={"sites": "parent"})
    assert said.startswith("local_picture.sites: parent: candidates.rules.0.grain_boundary makes cells")


def test_a_budget_for_listed_temperatures_is_of_no_use(tmp_path: Path) -> None:
    said = told(tmp_path, temperatures_K=[600, 800, 1000], budget_core_hours=3, hottest_K=900)
    assert "md.budget_core_hours: of no use with listed temperatures" in said
    assert "md.hottest_K: of no use with listed temperatures" in said
    assert "of no use" not in told(tmp_path, temperatures_K=[600, 800, 1000])
    assert "of no use" not in told(tmp_path, temperatures_K="auto", budget_core_hours=3, hottest_K=900)


@pytest.mark.slow
def test_settings_that_leave_a_boundary_without_layers_are_told(tmp_path: Path) -> None:
    boundary = {"plane": [1, 1, 1], "grain_A": 10, "min_width_A": 7, "keep": 1, "single_points": 0}
    settings = deepcopy(TINY)
    settings["candidates"]["rules"] = [{"parent": "LiCl", "grain_boundary": boundary}]
    good = {"temperatures_K": [600, 700, 800], "duration_ps": 200, "min_duration_ps": 200}

    def said(most: int = 20, **md: object) -> str:
        changed = settings | {"md": settings["md"] | good | md, "shortlist": {"max_candidates": most}}
        return "\n".join(check_campaign(parse_campaign(changed, "tiny"), tmp_path).lines)

    assert "candidates.rules.0.grain_boundary" not in said()
    assert "only the two first temperatures are those of all candidates" in said(temperatures_K="auto")
    told = said(min_duration_ps=20)
    assert "md.min_duration_ps: runs may end after 20 ps" in told
    assert "from less than 44 ps" in told
    assert "md.duration_ps: runs may end after 30 ps" in said(duration_ps=30)
    assert "runs may end" not in said(min_duration_ps=20, target_relative_error=None)
    assert "shortlist.max_candidates: 1 of 2 candidates are run" in said(most=1)
    assert "md.cell: measured" not in said(cell="measured")
    asked = {"with": "LiBr", "planes": [[1, 0, 0], [1, 0, 0]], "slab_A": 10, "min_width_A": 5, "max_strain": 0.1}
    asked |= {"max_atoms": 50}
    settings["candidates"] = {"rules": [{"parent": "LiCl", "interface": asked}]}
    assert "md.cell: measured: the cell of candidates.rules.0.interface is scaled" in said(cell="measured")
    assert "md.cell: measured" not in said(cell="relaxed")


def test_a_reference_without_the_dispersion_that_the_potential_has_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screening.campaign.preflight.check_potential", lambda _: "")
    settings = deepcopy(TINY)
    reference: dict[str, object] = {"name": "cp2k"}
    settings["potential"] = {"name": "sevenn", "dispersion": "d4", "reference": reference}

    def said() -> str:
        return "\n".join(check_campaign(parse_campaign(settings, "tiny"), tmp_path).lines)

    assert "cp2k has no dispersion, so that what d4 adds counts as the potential's error" in said()
    reference["dispersion"] = "d4"
    reference["correct"] = True
    assert "cp2k has no dispersion" not in said()


def test_one_of_several_mobile_ions_that_conducts_nowhere_is_refused(tmp_path: Path) -> None:
    settings = deepcopy(TINY) | {"mobile_ion": ["Li", "Na"]}
    with pytest.raises(ConfigError, match="mobile_ion: Na conducts in no candidate"):
        check_campaign(parse_campaign(settings, "tiny"), tmp_path)
    settings["parents"] = [*settings["parents"], {"library": "NaCl"}]
    settings["candidates"]["rules"] = [*settings["candidates"]["rules"], {"parent": "NaCl"}]
    lines = check_campaign(parse_campaign(settings, "tiny"), tmp_path).lines
    assert any(line.startswith("NaCl: as is") and line.endswith("; Na conducts") for line in lines)
