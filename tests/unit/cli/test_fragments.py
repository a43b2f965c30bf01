"""What the documentation prints can be typed: its commands, settings and imports are those of the program."""

import ast
import importlib
import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer
import yaml
from pydantic import TypeAdapter, ValidationError

from screening.cli.main import app
from screening.config.campaign import Campaign

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "howto").glob("*.md"))]
# What stands for something that the reader names.
_PLACEHOLDER = re.compile(r"\.\.\.|…")


def blocks(page: Path) -> Iterator[str]:
    """Indented and fenced blocks of a page, without their indentation."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for found in re.findall(r"(?:^    .*\n(?:\s*\n(?=    ))?)+", text, re.MULTILINE):
        yield textwrap.dedent(found)


def commands(page: Path) -> list[str]:
    """Commands of the program that stand in blocks, or with an option in a line of text."""
    lines = [line for block in blocks(page) for line in block.replace("\\\n", " ").splitlines()]
    lines += [one for one in re.findall(r"`(screening [^`\n]+)`", page.read_text(encoding="utf-8")) if " --" in one]
    return [line for line in lines if re.match(r"screening [a-z]", line) and not _PLACEHOLDER.search(line)]


def parsed(line: str) -> click.Context:
    """The command as the program understands it, without running it."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = typer.main.get_command(app)
    context = click.Context(command)
    while isinstance(command, click.Group):
        name = words.pop(0)
        assert name in command.commands, f"there is no command {name}"
        command = command.commands[name]
    return command.make_context("screening", words, parent=context)


CASES = [(page.relative_to(ROOT).as_posix(), line) for page in PAGES for line in commands(page)]


def test_there_are_commands_to_test() -> None:
    assert len(CASES) > 30


@pytest.mark.parametrize(("page", "line"), CASES, ids=[f"{page}: {line}"[:90] for page, line in CASES])
def test_commands_are_understood(page: str, line: str) -> None:
    try:
        parsed(line)
    except click.ClickException as error:
        pytest.fail(f"{page}: {line}: {error.format_message()}")


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
    if not _PLACEHOLDER.search(str(value))
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
