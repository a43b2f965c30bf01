"""What is checked before a commit is what `make lint` checks."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_hooks_are_the_commands_of_make_lint():
    _, recipe = (ROOT / "Makefile").read_text().split("\nlint: setup\n", 1)
    commands = [line.strip().removesuffix(" .") for line in recipe.split("\n\n", 1)[0].splitlines()]
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    (local,) = config["repos"]
    assert local["repo"] == "local"
    assert [hook["entry"].removeprefix(".venv/bin/") for hook in local["hooks"]] == commands
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
