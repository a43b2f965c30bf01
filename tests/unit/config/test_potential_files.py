"""Weights that a potential's name holds are found from the campaign file's folder, wherever the campaign is run."""

import json
import os
from pathlib import Path

import pytest
import yaml

from screening.config.load import load_campaign, resolved_yaml
from screening.config.potential import PotentialConfig, located
from screening.config.settings import settings_of
from screening.config.stages import STAGES
from screening.errors import PotentialError
from screening.potentials.registry import check
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


@pytest.mark.parametrize("name", ["matgl:modles/TensorNet-PBE", "matgl:models/TensorNte-PBE", "matgl:TensorNet-PBX"])
def test_a_matgl_folder_that_is_misspelt_is_no_name_of_the_hub(tmp_path: Path, name: str) -> None:
    for folder in (tmp_path / "models" / "TensorNet-PBE", tmp_path / "TensorNet-PBE"):
        folder.mkdir(parents=True)
        for file in ("model.json", "model.pt", "state.pt"):
            (folder / file).write_text("{}")
    with pytest.raises(PotentialError, match=r"there is no folder .*did you mean .*TensorNet-PBE"):
        check(PotentialConfig(name=name).beside(tmp_path))
    assert check(PotentialConfig(name="matgl:models/TensorNet-PBE").beside(tmp_path)) == ""


@pytest.mark.parametrize("empty", ["model.json", "model.pt", "state.pt"])
def test_an_empty_file_of_a_model_is_refused_before_anything_runs(tmp_path: Path, empty: str) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for file in ("model.json", "model.pt", "state.pt"):
        (folder / file).write_text("" if file == empty else "{}")
    with pytest.raises(PotentialError, match=f"{empty} is empty"):
        check(PotentialConfig(name="matgl:./mine").beside(tmp_path))
    (folder / empty).unlink()
    with pytest.raises(PotentialError, match=empty):
        check(PotentialConfig(name="matgl:./mine").beside(tmp_path))


def test_an_empty_checkpoint_is_refused_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "mine.pth").write_text("")
    with pytest.raises(PotentialError, match=r"mine\.pth is empty"):
        check(PotentialConfig(name="sevenn:mine.pth").beside(tmp_path))
