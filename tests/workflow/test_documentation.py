"""The documentation against the smallest campaign there is: its notebook runs, its list of columns is whole."""

import csv
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.campaigns import ROOT
from tests.pages import hooks

pytestmark = pytest.mark.slow

NOTEBOOK = ROOT / "docs" / "notebooks" / "reading-a-campaign.ipynb"


def test_the_notebook_runs(undisturbed, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAMPAIGN", str(undisturbed.whole.results))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    where = {"metadata": {"path": str(tmp_path)}}
    # What a cell prints may come in several messages.
    done = NotebookClient(notebook, timeout=300, resources=where, coalesce_streams=True).execute()
    table, run = done.cells[1].outputs[-1], done.cells[-1].outputs[-1]
    assert "LiCl" in table["data"]["text/plain"]
    # 2 ps in frames of 10 fs, eight atoms.
    assert run["text"].startswith("(200, 8, 3) one frame every 10 fs")


@pytest.mark.parametrize(
    "table",
    ["ranking", "candidates", "stability", "orderings", "disorder", "refused", "shortlist", "transport", "arrhenius"],
)
def test_every_column_is_explained(undisturbed, table: str) -> None:
    page = hooks("records").tables_page()
    (section,) = re.findall(rf"^## {table}\.csv\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    named = re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
    with (undisturbed.whole.results / f"{table}.csv").open(encoding="utf-8") as file:
        columns = [re.sub(r"_\d+K", "_<T>K", column) for column in next(csv.reader(file))]
    # Names that hold the temperature of the extrapolation, whatever that is, have it in the page too.
    named = [re.sub(r"_\d+K", "_<T>K", name) for name in named]
    assert list(dict.fromkeys(columns)) == list(dict.fromkeys(named))
