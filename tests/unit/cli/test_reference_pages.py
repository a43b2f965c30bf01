"""Pages made from the code: every key and command is on them, and every link inside them leads somewhere."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
import typer

from screening.cli.main import app
from screening.config.load import json_schema

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated", ROOT / "docs" / "_hooks" / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_key_of_a_campaign_file(pages: ModuleType) -> None:
    schema = json.loads(json_schema())
    page = pages.config_page(schema)
    sections = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    models = [schema, *(model for model in schema["$defs"].values() if "properties" in model)]
    assert len(sections) == len(models)
    described = {frozenset(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) for section in sections}
    assert described == {frozenset(model["properties"]) for model in models}
    anchors = {section.splitlines()[0].replace(".", "") for section in sections}
    assert set(re.findall(r"\(#([^)]+)\)", page)) <= anchors


def test_every_command_that_is_not_hidden(pages: ModuleType) -> None:
    commands = typer.main.get_command(app).commands
    page = pages.cli_page()
    for name, command in commands.items():
        assert (f"## `screening {name}`" in page) is not command.hidden
    # Making the page leaves the command line as it was: jobs call its hidden commands.
    assert "stage" in typer.main.get_command(app).commands
