"""Temperatures between two bounds: on the page, in its data and in the tables of figures."""

import json
import re
from pathlib import Path

import pytest

from screening.records import read_table
from screening.report.collect import collect
from screening.report.figures import write_figures
from screening.report.page import render
from tests import synthetic

CASE = ("Li5.9PS4.9Cl1.1", "0.1 Cl on S; 0.4 Li vacancies", "bracketed", 0.3, -6.7, 4.0, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write_campaign(tmp_path_factory.mktemp("results") / "c", [CASE, synthetic.CASES[0]])


def test_the_page_has_both_bounds_and_no_number_between_them(folder: Path) -> None:
    html = render(folder, "c")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    row = next(row for row in json.loads(found[1])["rows"] if row["brackets"])
    ((temperature, low, high),) = row["brackets"]
    assert temperature == 500
    assert high / low == pytest.approx(5.0, rel=1e-3)
    assert row["kind"] == "resolved"
    assert [point[0] for point in row["points"]] == [650, 800, 1000]
    assert row["bounds"] == []


@pytest.mark.slow
def test_tables_of_figures_have_both_bounds(folder: Path, tmp_path: Path) -> None:
    write_figures(collect(folder), tmp_path, most=1)
    rows = [row for row in read_table(tmp_path / "arrhenius.csv") if row["lower_bound_cm2_s"] is not None]
    (row,) = rows
    assert row["temperature_K"] == 500
    assert row["tracer_diffusivity_cm2_s"] is None
    assert row["lower_bound_cm2_s"] < row["upper_bound_cm2_s"]
