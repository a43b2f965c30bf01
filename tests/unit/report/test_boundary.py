"""Boundaries on the page: what it says of each, and where they are listed."""

import json
import re
from dataclasses import replace

import pytest

from screening.candidates.record import CandidateRecord
from screening.report.boundary import condense_boundary, listed, mobility
from screening.report.page import render
from screening.report.profile import draw_profile
from tests import synthetic
from tests.synthetic_boundaries import write_boundary


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = synthetic.write_campaign(
        tmp_path_factory.mktemp("gb") / "results" / "gb", synthetic.CASES[:4], campaign="gb"
    )
    names = [synthetic._identity(case) for case in synthetic.CASES[:4]]
    return made, write_boundary(made, names[1], [names[0]]), write_boundary(made, names[2], [names[0], names[3]])


def test_the_page_lists_boundaries_and_says_what_is_not_in_them(folder):
    page = render(folder[0], "gb")
    section = re.search(r'<section aria-labelledby="h-boundaries">.*?</section>', page, re.DOTALL).group()
    assert "180 degree twin by (2 1 0)" in section
    assert "0.380 ± 0.060" in section
    assert "Space charge is not in these numbers" in section
    details = [json.loads(text) for text in re.findall(r'<script[^>]*id="d\d+"[^>]*>(.*?)</script>', page, re.DOTALL)]
    shown = [one["boundary"] for one in details if one["boundary"]]
    assert len(shown) == 2
    assert all("space charge is not in these numbers" in one["notes"][0] for one in shown)
    plain = synthetic.write_campaign(folder[0].parent / "plain", synthetic.CASES[:1], campaign="plain")
    assert "h-boundaries" not in render(plain, "plain")


def test_numbers_of_a_boundary_reach_the_page(folder):
    _, boundary, interface = folder
    shown = condense_boundary(boundary)
    first = boundary.temperatures[0]
    assert shown["at"][0]["layers"][0][5] == pytest.approx(first.layers[0].tracer_cm2_s, rel=1e-2)
    assert shown["at"][0]["excess"]["R"][0] == pytest.approx(first.excess.resistance_ohm_cm2, rel=1e-2)
    assert shown["joined"] == [[0.38, 0.06, 0.71, 0.05, ""], [None, None, None, None, "the bond P-S is broken"]]
    assert shown["at"][0]["anions"]["Cl"][0] == [1.6, 0.04]
    assert len(shown["pellets"]) == len(boundary.pellets)
    two = condense_boundary(interface)
    assert len(two["at"][0]["crystals"]) == 2
    assert {layer[0] for layer in two["at"][0]["layers"]} == {0, 1}


def test_an_unknown_resistance_is_told_on_the_index(folder):
    _, boundary, _ = folder
    cold = boundary.temperatures[0]
    unseen = replace(
        cold.excess, resistance_ohm_cm2=None, resistance_error_ohm_cm2=None, reason="conduction across is not seen"
    )
    (line,) = listed([replace(boundary, temperatures=(replace(cold, excess=unseen),))])
    assert (line["R"], line["why"]) == ("", "conduction across is not seen")
    (bare,) = listed([replace(boundary, temperatures=(), missing=("was not run",), joined=())])
    assert (bare["energy"], bare["G"], bare["why"]) == ("", "", "was not run")


def test_ions_are_coloured_by_the_mobility_of_their_layer(folder):
    root, boundary, _ = folder
    made = CandidateRecord.read(root / "candidates" / boundary.id / "candidate.json")
    # The first layer of the two boundaries, at 0 and half a period, is 10 times slower or so, the others are not.
    structure = {
        "lattice": {"matrix": [[9, 0, 0], [0, 9, 0], [0, 0, 48.0]]},
        "sites": [{"abc": [0, 0, z / 48]} for z in (1.0, 9.0, 23.0, 25.0, 46.0)],
    }
    found = mobility(boundary, made, structure)
    assert found["T"] == 700
    near, far = found["log"][0], found["log"][1]
    assert near < -0.9
    assert found["log"] == [near, far, near, near, near]
    assert far == pytest.approx(0.0, abs=0.01)
    assert mobility(replace(boundary, temperatures=()), made, structure) is None


def test_the_profile_of_an_interface_is_drawn_with_both_crystals(folder, tmp_path):
    path = tmp_path / "profile.svg"
    draw_profile(folder[2].temperatures[0], path)
    assert "</svg>" in path.read_text(encoding="utf-8")
