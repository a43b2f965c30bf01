"""A campaign in which every candidate is lost ends as any other: with a ranking and a page that say why."""

import os

import pytest

from screening.records import read_table
from tests.campaigns import TINY

pytestmark = pytest.mark.slow
BROKEN = """
from ase.calculators.calculator import Calculator


class Broken(Calculator):
    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, *args, **kwargs):
        raise ValueError("no energy today")


def make():
    return Broken()
"""


def test_every_relaxation_is_lost(campaign_folder):
    folder = campaign_folder(TINY | {"potential": {"name": "broken_today:make", "check": False, "student": "none"}})
    (folder.folder / "broken_today.py").write_text(BROKEN)
    folder.environment["PYTHONPATH"] = os.pathsep.join([str(folder.folder), os.environ.get("PYTHONPATH", "")])
    folder.start_screening().finish()
    rows = read_table(folder.results / "ranking.csv")
    assert [row["composition"] for row in rows] == ["LiBr0.5Cl0.5", "LiCl"]
    assert all("no energy today" in row["reason"] for row in rows)
    assert "no energy today" in (folder.results / "report.html").read_text()


def test_no_candidate_can_be_made(campaign_folder):
    """Te where O was is 1.5 Angstrom from P, which no plan can see: the arrangements have to be made."""
    rule = {
        "parent": "Li3PO4-gamma",
        "substitute": [{"sites": {"element": "O"}, "dopant": "Te", "fraction": "1/16"}],
    }
    candidates = {"supercell": [1, 1, 1], "rules": [rule]}
    folder = campaign_folder(TINY | {"parents": [{"library": "Li3PO4-gamma"}], "candidates": candidates})
    folder.start_screening().finish()
    assert read_table(folder.results / "ranking.csv") == []
    (refused,) = read_table(folder.results / "refused.csv")
    assert "closer than 0.6" in refused["reason"]
    assert "0.0625 Te on O" in (folder.results / "report.html").read_text()
