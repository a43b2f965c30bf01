"""What stands beside the workflow for its users: campaign files are described, versions are one."""

import re
from pathlib import Path

import yaml

from screening.version import __version__

ROOT = Path(__file__).parents[3]


def test_every_campaign_file_is_described() -> None:
    described = re.findall(r"\]\((\S+\.yaml)\)", (ROOT / "configs" / "README.md").read_text(encoding="utf-8"))
    there = [path.relative_to(ROOT / "configs").as_posix() for path in (ROOT / "configs").rglob("*.yaml")]
    assert sorted(described) == sorted(there)


def test_the_citation_names_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert citation["cff-version"] == "1.2.0"


def test_the_catalog_starts_a_campaign_that_is_there() -> None:
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    file = usage["mandatory-flags"]["flags"].removeprefix("--configfile ")
    assert (ROOT / file).is_file()


def test_the_conda_environment_installs_what_the_makefile_does() -> None:
    environment = yaml.safe_load((ROOT / "environment.yaml").read_text(encoding="utf-8"))
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert "--constraint constraints.txt" in pip
    assert "--constraint constraints.txt" in (ROOT / "Makefile").read_text(encoding="utf-8")
