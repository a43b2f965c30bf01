"""Calling the command line inside the test's process, which is quick."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from screening.cli import main as cli
from screening.config.load import load_campaign
from screening.config.settings import words_of
from screening.stages import RUNNERS

# Built from the functions' signatures, which takes longer than most commands.
COMMANDS = typer.main.get_command(cli.app)


@dataclass(frozen=True)
class Outcome:
    """How a call ended."""

    status: int
    output: str


@pytest.fixture
def call(monkeypatch, capsys):
    """`screening` with these arguments."""

    def call(*arguments: str) -> Outcome:
        monkeypatch.setattr(cli, "app", COMMANDS)
        monkeypatch.setattr("sys.argv", ["screening", *arguments])
        status = 0
        try:
            cli.main()
        except SystemExit as exit:
            status = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
        captured = capsys.readouterr()
        return Outcome(status, captured.out + captured.err)

    return call


@pytest.fixture
def stage(call, monkeypatch):
    """One stage of a campaign folder, as the workflow calls it."""

    def stage(campaign, name: str, inputs: dict[str, list[Path]], output: Path, **options: str) -> Outcome:
        monkeypatch.chdir(campaign.folder)
        words = words_of(load_campaign(campaign.config), name).values()
        own = {key: value for key, value in options.items() if key in RUNNERS[name].options}
        arguments = ["params:", *words, *(f"{key}={value}" for key, value in own.items())]
        for role, paths in inputs.items():
            arguments += [f"{role}:", *(os.path.relpath(path, campaign.folder) for path in paths)]
        return call("stage", name, "--output", str(output), *arguments)

    return stage
