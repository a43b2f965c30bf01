"""The container's recipe builds the environment of the Makefile; no container engine is needed to see that."""

import fnmatch
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], " ".join(line.split(None, 1)[1].split())) for line in lines]


def makefile_rule(target: str) -> tuple[list[str], str]:
    """Prerequisites and recipe of a target."""
    text = (ROOT / "Makefile").read_text()
    match = re.search(rf"^{re.escape(target)}:([^\n]*)\n((?:\t[^\n]*\n)*)", text, re.MULTILINE)
    assert match, target
    return match[1].split(), match[2]


def test_the_image_is_set_up_by_the_same_target_as_a_workstation():
    runs = [text for name, text in instructions() if name == "RUN"]
    assert any(text.startswith("make setup") for text in runs)
    assert not any("pip install" in text for text in runs), "the Makefile is the one place that says what is installed"
    prerequisites, _ = makefile_rule("setup")
    _, recipe = makefile_rule(prerequisites[0])
    assert "--constraint constraints.txt" in recipe


def test_everything_the_set_up_reads_is_copied_before_it():
    copied: set[str] = set()
    for name, text in instructions():
        if name == "COPY":
            copied.update(text.split()[:-1])
        if name == "RUN" and "make setup" in text:
            break
    prerequisites, _ = makefile_rule("$(VENV)/.installed")
    project = (ROOT / "pyproject.toml").read_text()
    named = [project.split('readme = "')[1].split('"')[0], "LICENSE", "Makefile", "screening/__init__.py"]
    assert {*prerequisites, *named} <= copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_has_the_python_the_versions_were_resolved_on():
    (base,) = [text for name, text in instructions() if name == "FROM"]
    assert "python:3.11" in base
    assert "Python 3.11" in (ROOT / "constraints.txt").read_text().splitlines()[0]


def test_nothing_of_the_users_gets_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name in (".venv", ".git", "results", ".snakemake", ".mypy_cache"):
        assert any(fnmatch.fnmatch(name, pattern) for pattern in ignored), name


def test_the_workflow_names_the_image_the_recipe_says_how_to_build():
    image = re.search(r'^container: "(.+)"', (ROOT / "Snakefile").read_text(), re.MULTILINE)
    assert image
    assert f"apptainer build {image[1]}" in (ROOT / "Dockerfile").read_text()


def test_profiles_are_valid_and_set_what_the_faults_tests_rely_on():
    for path in (ROOT / "workflows" / "profiles").glob("*/config.yaml"):
        profile = yaml.safe_load(path.read_text())
        assert profile["rerun-incomplete"] is True
        assert profile["retries"] >= 1
    assert profile is not None
    slurm = yaml.safe_load((ROOT / "workflows" / "profiles" / "slurm" / "config.yaml").read_text())
    assert slurm["slurm-status-command"] == "squeue"
    rules = "".join(path.read_text() for path in (ROOT / "workflows").glob("*.smk"))
    assert "retries:" not in rules, "retries inside a rule repeat within one allocation; the profile's resubmit"
    assert set(slurm["group-components"]) == set(re.findall(r'group:\s+"(\w+)"', rules))
