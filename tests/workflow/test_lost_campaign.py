"""A campaign in which every candidate is lost ends as any other: with a ranking and a page that say why."""

import os

import pytest
from pymatgen.core import Lattice, Structure

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
    """Four ions on a ring of six places that hold three, which no plan can see: the arrangements have to be made."""
    places = [(0.1, 0, 0), (0, 0, 0.5), (0.5, 0, 0.5)]
    ring = Structure.from_spacegroup("P6/mmm", Lattice.hexagonal(10, 6), [{"Li": 2 / 3}, "Cl", "Cl"], places)
    rule = {"parent": "ring", "substitute": [{"sites": {"element": "Cl"}, "dopant": "Br", "fraction": "1/4"}]}
    candidates = {"supercell": [1, 1, 1], "rules": [rule]}
    folder = campaign_folder(TINY | {"parents": [{"file": "ring.cif"}], "candidates": candidates})
    ring.to(filename=str(folder.folder / "ring.cif"))
    folder.start_screening().finish()
    assert read_table(folder.results / "ranking.csv") == []
    refused = read_table(folder.results / "refused.csv")
    assert [row["rule"] for row in refused] == [0, None]  # the candidate, and the parent as its reference
    assert all("closer than 0.6" in row["reason"] for row in refused)
    assert "0.25 Br on Cl" in (folder.results / "report.html").read_text()
