"""The notebook of the documentation runs as it is, on the smallest campaign there is."""

from pathlib import Path

import nbformat
from campaigns import ROOT
from nbclient import NotebookClient

NOTEBOOK = ROOT / "docs" / "notebooks" / "reading-a-campaign.ipynb"


def test_the_notebook_runs(undisturbed, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAMPAIGN", str(undisturbed.whole.results))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    done = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    table, run = done.cells[1].outputs[-1], done.cells[-1].outputs[-1]
    assert "LiCl" in table["data"]["text/plain"]
    # 2 ps in frames of 10 fs, eight atoms.
    assert run["text"].startswith("(200, 8, 3) one frame every 10 fs")
