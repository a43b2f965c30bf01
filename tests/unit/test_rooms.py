"""The rooms of the package as the documentation lists them are those that are checked."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_on_architecture_lists_the_floors_in_their_order():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (floors,) = [contract["layers"] for contract in contracts if contract["id"] == "floors"]
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, section = page.split("## Where things are", 1)
    rows = re.findall(r"^\| (`.*?) \|", section.split("\n## ", 1)[0], re.MULTILINE)
    listed = [" | ".join(re.findall(r"`(\w+)(?:/|\.py)`", row)) for row in rows]
    assert listed == floors
