"""Weights that a potential's name holds are found from the campaign file's folder, wherever the campaign is run."""

import json
import os
from pathlib import Path

import pytest
import yaml

from screening.config.load import load_campaign, resolved_yaml
from screening.config.potential import located
from screening.config.stages import STAGES, settings_of
from tests.campaigns import TINY


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    for name in ("mine.pth", "small", "my.model"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("matgl:models/mine", "matgl:{}/models/mine"),
        ("matgl:./missing", "matgl:{}/./missing"),
        ("matgl:a/b/missing", "matgl:{}/a/b/missing"),
        ("sevenn:mine.pth", "sevenn:{}/mine.pth"),
        ("sevenn:mine.pth@PBE", "sevenn:{}/mine.pth@PBE"),
        ("mace:my.model", "mace:{}/my.model"),
    ],
)
def test_files_are_counted_from_the_config(base: Path, name: str, found: str) -> None:
    assert located(name, base) == found.format(base)


@pytest.mark.parametrize(
    "name",
    [
        "chgnet",
        "chgnet:r2scan",
        "sevenn",
        "sevenn:7net-l3i5",
        "sevenn:7net-mf-0@PBE",
        "matgl:OWNER/NAME",
        "matgl:TensorNet-MatPES",
        "matgl:/from/the/root",
        "matgl:~/from/home",
        "mace:small",
        "module:factory",
        "lj",
    ],
)
def test_names_of_models_stay(base: Path, name: str) -> None:
    assert located(name, base) == name


def test_every_stage_and_the_resolved_config_find_the_same_weights(base: Path) -> None:
    potential = {"name": "matgl:models/mine", "second": {"name": "mace:my.model"}}
    (base / "c.yaml").write_text(yaml.safe_dump(TINY | {"potential": potential}))
    campaign = load_campaign(base / "c.yaml")
    for stage in STAGES:
        settings = settings_of(campaign, stage, base)
        for key, wanted in (("potential", f"matgl:{base}/models/mine"), ("second", f"mace:{base}/my.model")):
            assert key not in settings or settings[key]["name"] == wanted
    results = base / "results" / "tiny"
    results.mkdir(parents=True)
    text = resolved_yaml(json.loads(campaign.model_dump_json()), base, results)
    (results / "config.resolved.yaml").write_text(text)
    again = settings_of(load_campaign(results / "config.resolved.yaml"), "trust", results)
    for key in ("potential", "second"):
        file = again[key]["name"].partition(":")[2]
        assert os.path.samefile(file, base / ("models/mine" if key == "potential" else "my.model"))  # noqa: PTH121
