"""What `screening check` says of a campaign's potentials without importing one."""

import sys
from pathlib import Path

import pytest

from screening.campaign.preflight import check_campaign
from screening.config.load import parse_campaign
from screening.errors import ConfigError
from tests.campaigns import TINY


def lines(potential: dict, base: Path) -> list[str]:
    return check_campaign(parse_campaign(TINY | {"potential": potential}, "c.yaml"), base).lines


@pytest.mark.parametrize(
    ("potential", "told"),
    [
        ({"name": "chgnett"}, "potential.name: potential 'chgnett' is not known; use one of chgnet"),
        ({"name": "chgnet:0.2"}, "use chgnet or chgnet:r2scan"),
        ({"name": "sevenn:7net-9"}, "neither a model of the package"),
        ({"name": "sevenn:7net-mf-0"}, "use sevenn:7net-mf-0@PBE"),
        ({"name": "matgl:models/none"}, None),
        ({"name": "matgl:./none"}, "there is no folder"),
        ({"name": "matgl:here"}, "no model.json in it"),
        ({"name": "mace:none.model"}, "neither a file"),
        ({"name": "chgnet", "precision": "double"}, "single precision only"),
        ({"name": "lj:x"}, "use lj"),
        ({"name": "no_such_module:make"}, "there is no module 'no_such_module'"),
        ({"name": ".hidden:make"}, "there is no module ''"),
        ({"name": ":make"}, "is not known"),
        ({"name": "lj", "second": {"name": "chgnett"}}, "potential.second.name: potential 'chgnett' is not known"),
    ],
)
def test_potentials_that_cannot_be_there_are_told(tmp_path: Path, potential: dict, told: str | None) -> None:
    (tmp_path / "here").mkdir()
    if told is None:
        assert lines(potential, tmp_path)[0].endswith("from the hub when it is first used")
        return
    with pytest.raises(ConfigError) as caught:
        lines(potential, tmp_path)
    assert told in str(caught.value)


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mace", None)
    with pytest.raises(ConfigError, match=r"potential\.name: .* needs the package mace-torch"):
        lines({"name": "mace:small"}, tmp_path)


@pytest.mark.parametrize(
    ("potential", "told"),
    [
        ({"name": "chgnet", "device": "cuda"}, "potential chgnet: whether there is a GPU is unknown"),
        ({"name": "lj", "second": {"name": "ase:x"}}, "potential.second ase:x: module ase is your own code"),
        ({"name": "sevenn:7net-omat"}, "downloaded when it is first used"),
    ],
)
def test_what_was_not_looked_at_is_said(tmp_path: Path, potential: dict, told: str) -> None:
    assert told in lines(potential, tmp_path)[0]
