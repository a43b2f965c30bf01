"""The documentation against the smallest campaign there is: its notebook runs, its list of columns is whole."""

import csv
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.campaigns import ROOT

pytestmark = pytest.mark.slow

NOTEBOOK = ROOT / "docs" / "notebooks" / "reading-a-campaign.ipynb"


def test_the_notebook_runs(undisturbed, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAMPAIGN", str(undisturbed.whole.results))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    done = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    table, run = done.cells[1].outputs[-1], done.cells[-1].outputs[-1]
    assert "LiCl" in table["data"]["text/plain"]
    # 2 ps in frames of 10 fs, eight atoms.
    assert run["text"].startswith("(200, 8, 3) one frame every 10 fs")


@pytest.mark.parametrize(
    "table",
    ["ranking", "candidates", "stability", "orderings", "disorder", "shortlist", "transport", "arrhenius"],
)
def test_every_column_is_explained(undisturbed, table: str) -> None:
    page = (ROOT / "docs" / "reference" / "files.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {table}\.csv\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", section))
    with (undisturbed.whole.results / f"{table}.csv").open(encoding="utf-8") as file:
        columns = next(csv.reader(file))
    missing = []
    for column in columns:
        general = re.sub(r"_\d+K", "_<T>K", column)
        # `_error_` beside a name stands for the column with that word before its unit.
        plain = re.sub(
            r"_(sampling_error|slowdown_error|replica_error|ordering_error|ordering_spread|error|upper_bound|low|high)(?=_|$)",
            "",
            column,
        )
        if not {column, general, plain} & named:
            missing.append(column)
    assert not missing
