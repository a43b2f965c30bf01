"""What the documentation prints can be typed: its commands, settings and imports are those of the program."""

import ast
import importlib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import TypeAdapter, ValidationError

from screening.cli.main import app
from screening.config.campaign import Campaign
from tests.fragments import PAGES, PLACEHOLDER, ROOT, blocks, commands


def refused(line: str) -> str:
    """Why the program does not understand a command; "" where it does. Nothing is run.

    typer brings its own copy of click from version 0.20 on, so errors are known by what they can tell.
    """
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        name = words.pop(0) if words else ""
        if name not in command.commands:
            return f"there is no command {name}"
        command = command.commands[name]
    try:
        command.make_context("screening", words)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return str(error.format_message())
    return ""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("screening run mine.yaml --core 4", "No such option"),
        ("screening transport X --mobile Li", "temperature"),
        ("screening potentials lst", "there is no command lst"),
        ("screening run mine.yaml --cores 4  # comment", ""),
    ],
)
def test_what_cannot_be_typed_is_found(line: str, told: str) -> None:
    assert told.lower() in refused(line).lower()
    assert bool(told) == bool(refused(line))


CASES = [(page.relative_to(ROOT).as_posix(), *found) for page in PAGES for found in commands(page)]


def test_there_are_commands_to_test() -> None:
    assert len(CASES) > 30


@pytest.mark.parametrize(("page", "line", "whole"), CASES, ids=[f"{page}: {line}"[:90] for page, line, _ in CASES])
def test_commands_are_understood(page: str, line: str, whole: bool) -> None:
    why = refused(line)
    assert not why or (not whole and why.startswith("Missing argument")), f"{page}: {line}: {why}"


def settings(page: Path) -> Iterator[tuple[str, object]]:
    """Sections of campaign files that stand in blocks, also in part."""
    for block in blocks(page):
        try:
            data = yaml.safe_load(block)
        except yaml.YAMLError:
            continue
        if (
            isinstance(data, dict)
            and data
            and all(isinstance(key, str) and key in Campaign.model_fields for key in data)
        ):
            yield from data.items()


FRAGMENTS = [
    (page.relative_to(ROOT).as_posix(), key, value)
    for page in PAGES
    for key, value in settings(page)
    if not PLACEHOLDER.search(str(value))
]


def test_there_are_settings_to_test() -> None:
    assert len(FRAGMENTS) > 10


@pytest.mark.parametrize(("page", "key", "value"), FRAGMENTS, ids=[f"{page}: {key}" for page, key, _ in FRAGMENTS])
def test_settings_are_those_of_the_program(page: str, key: str, value: object) -> None:
    """A part of a section may leave out what the whole needs, and names no key that is not known."""
    try:
        TypeAdapter(Campaign.model_fields[key].annotation).validate_python(value)
    except ValidationError as error:
        wrong = [one for one in error.errors() if one["type"] != "missing"]
        assert not wrong, f"{page}: {key}: {wrong[0]}"


def imports(page: Path) -> Iterator[tuple[str, str]]:
    """Modules of the package with the names that blocks of Python take from them."""
    for block in blocks(page):
        try:
            tree = ast.parse(block)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "screening":
                yield from ((str(node.module), alias.name) for alias in node.names)


@pytest.mark.parametrize(("module", "name"), sorted({found for page in PAGES for found in imports(page)}))
def test_names_can_be_imported(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)
