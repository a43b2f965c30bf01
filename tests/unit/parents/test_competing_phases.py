"""Competing phases from the library and from files, and what is refused."""

import pytest
import yaml

from screening.config.load import parse_campaign, resolved_yaml
from screening.errors import ConfigError
from screening.parents import library
from screening.parents.registry import load_references


def campaign(*references, parents=({"library": "Li6PS5Cl"},)):
    return parse_campaign(
        {
            "campaign": "c",
            "mobile_ion": "Li",
            "parents": list(parents),
            "candidates": {"rules": [{"parent": "Li6PS5Cl"}]},
            "stability": {"references": list(references)},
            "md": {"temperatures_K": [600, 800, 1000]},
        },
        "c.yaml",
    )


def names(parsed, base):
    return set(load_references(parsed.stability.references, parsed.parents, base).parents)


def test_names_files_and_parents(tmp_path):
    """A bare name is the library's; a file is one's own; what is a parent anyway is not loaded twice."""
    library.load("Li2S").structure.to(str(tmp_path / "mine.cif"))
    parsed = campaign("LiCl", {"file": "mine.cif"}, "Li6PS5Cl", {"library": "Li2S", "id": "sulfide"})
    assert names(parsed, tmp_path) == {"LiCl", "mine", "sulfide"}


def test_a_resolved_campaign_finds_its_files_again(tmp_path):
    library.load("Li2S").structure.to(str(tmp_path / "mine.cif"))
    parsed = campaign("LiCl", {"file": "mine.cif"})
    results = tmp_path / "results" / "c"
    results.mkdir(parents=True)
    again = yaml.safe_load(resolved_yaml(parsed.model_dump(mode="json"), tmp_path, results))
    assert names(parse_campaign(again, "again"), results) == {"LiCl", "mine"}


def test_another_structure_by_the_name_of_a_parent_is_refused(tmp_path):
    library.load("Li2S").structure.to(str(tmp_path / "Li6PS5Cl.cif"))
    with pytest.raises(ConfigError, match=r"stability\.references\.1: a parent from elsewhere is called 'Li6PS5Cl'"):
        names(campaign("LiCl", {"file": "Li6PS5Cl.cif"}), tmp_path)


def test_mistakes_name_their_key(tmp_path):
    with pytest.raises(ConfigError, match=r"stability\.references\.0.*LiClx"):
        names(campaign("LiClx"), tmp_path)
    with pytest.raises(ConfigError, match=r"stability\.references\.0.*exactly one"):
        campaign({"library": "LiCl", "file": "a.cif"})
