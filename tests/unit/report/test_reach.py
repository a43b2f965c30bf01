"""What was seen and what is said of 300 K are two things, and a number has the digits of its whole interval."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from screening.report.collect import Collection, collect
from screening.report.overview import decades, make_rows
from screening.report.page import render_collection
from screening.report.reach import coldest_of, doubts_of, expected, reach_of, seen_at
from screening.report.text import places
from screening.transport.line_record import CandidateLine, LineVerdict
from screening.transport.record import TransportVerdict
from tests.blank import blank


@pytest.fixture(scope="module")
def collection(campaign: Path) -> Collection:
    return collect(campaign)


def line(factor: float, *, extrapolated: bool = True) -> CandidateLine:
    return blank(
        CandidateLine,
        verdict=LineVerdict.RESOLVED,
        temperatures_K=(800.0, 900.0, 1000.0),
        extrapolation_temperature_K=300.0,
        extrapolation_factor=factor,
        extrapolated=extrapolated,
    )


@pytest.mark.parametrize(
    ("factor", "extrapolated", "limit", "kind", "short"),
    [
        (0.0, False, 2.0, "seen", "300 K: seen there"),
        (1.33, True, 2.0, "near", "300 K: near, 1.3 times the range"),
        (8.33, True, 2.0, "far", "300 K: far, 8 times the range"),
        (8.33, True, 10.0, "near", "300 K: near, 8 times the range"),
    ],
)
def test_reach_follows_the_campaigns_limit(
    factor: float, extrapolated: bool, limit: float, kind: str, short: str
) -> None:
    reach = reach_of(line(factor, extrapolated=extrapolated), {"arrhenius": {"max_extrapolation_factor": limit}})
    assert reach is not None
    assert (reach.kind, reach.short) == (kind, short)


def test_a_temperature_between_bounds_was_not_seen() -> None:
    """The line is through it, and D* there is not known."""
    found = reach_of(line(0.0, extrapolated=False), {}, coldest_K=450.0)
    assert found is not None
    assert (found.kind, found.short) == ("bounded", "300 K: between bounds")
    assert seen_at(line(1.0), 900.0) == "at 900 to 1000 K"


def test_without_a_line_nothing_is_said_of_300_K() -> None:
    assert reach_of(None, {}) is None
    assert seen_at(None) == ""
    assert seen_at(line(1.0)) == "at 800 to 1000 K"


@pytest.mark.parametrize(
    ("conductivity", "typical", "shown"),
    [
        ((330.0, 170.0, 630.0), None, ("about 300", "200", "600")),
        ((330.0, 300.0, 360.0), None, ("330", "300", "360")),
        ((330.0, 300.0, 360.0), 1.0, ("about 300", "300", "400")),
    ],
)
def test_digits_are_those_of_the_whole_interval(
    conductivity: tuple[float, float, float], typical: float | None, shown: tuple[str, str, str]
) -> None:
    found = expected(conductivity, typical, 0.68)
    assert (found.value, found.low, found.high) == shown


def test_the_wide_interval_holds_the_error_of_the_potential() -> None:
    """A potential that is off by one decade on average has a standard deviation of 1.25 decades if that is normal."""
    wide = expected((10.0, 5.0, 20.0), 1.0, 0.6826894921370859).wide
    assert wide is not None
    deviation = math.hypot(math.log10(2.0), math.sqrt(math.pi / 2.0))
    assert [math.log10(end) for end in wide] == pytest.approx([1.0 - deviation, 1.0 + deviation], rel=1e-6)
    assert expected((10.0, 5.0, 20.0), None, 0.68).wide is None


def test_decimals_follow_the_error() -> None:
    assert [places(error) for error in (0.075, 0.0146, 0.3, 2.0, 0.0)] == [2, 3, 1, 0, 3]


def test_the_coldest_temperature_with_a_value_comes_first(collection: Collection) -> None:
    candidate = next(c for c in collection.candidates if c.row is not None and c.row.verdict == "resolved")
    coldest = coldest_of(candidate)
    assert coldest is not None
    first = min(candidate.transport, key=lambda point: point.temperature_K)
    assert coldest.temperature_K == first.temperature_K
    assert coldest.value == first.tracer_diffusivity_cm2_s
    bounded = replace(
        candidate,
        transport=tuple(
            replace(point, verdict=TransportVerdict.UPPER_BOUND, tracer_diffusivity_upper_bound_cm2_s=1e-7)
            if point is first
            else point
            for point in candidate.transport
        ),
    )
    later = coldest_of(bounded)
    assert later is not None
    assert later.temperature_K > first.temperature_K
    only = coldest_of(replace(bounded, transport=tuple(p for p in bounded.transport if p.temperature_K == 500.0)))
    assert only is not None
    assert str(only) == "< 1.0×10⁻⁷"
    assert only.order is None


def test_doubts_do_not_repeat_what_the_row_says() -> None:
    reason = "Ea = 0.2 eV from 3 temperatures, chi2 = 0.0; 300 K lies 8.3 fitted ranges of 1/T below; odd; cell off"
    made = replace(
        line(8.3),
        reason="Ea = 0.2 eV from 3 temperatures, chi2 = 0.0",
        extrapolation_flags=("300 K lies 8.3 fitted ranges of 1/T below", "odd"),
    )
    assert doubts_of(reason, made, "cell off") == "odd"
    assert doubts_of(reason, None, "") == reason


def test_a_far_value_is_marked_and_never_the_headline(collection: Collection) -> None:
    near = render_collection(collection, "a")
    assert 'data-reach="near"' in near
    assert 'data-reach="far"' not in near
    config = {**collection.config, "arrhenius": {"max_extrapolation_factor": 1.0}}
    far = render_collection(replace(collection, config=config), "a")
    assert 'data-reach="far"' in far
    assert re.search(r'class="badge reach r-far">300 K: far, 1\.3 times the range</span>', far)
    assert "the grey values are guesses" in far
    # What was seen stands before what is extrapolated.
    (heads,) = re.findall(r"<thead.*?</thead>", far, re.DOTALL)
    assert heads.index("D* as seen") < heads.index("σ at 300 K")


def test_no_verdict_is_cut_off(collection: Collection) -> None:
    html = render_collection(collection, "a")
    assert "line-clamp" not in html
    for row in make_rows(collection):
        if row.seen:
            assert f"resolved {row.seen}</span>" in html


def test_the_axis_of_the_table_holds_the_wide_intervals(collection: Collection) -> None:
    rows = make_rows(collection)
    domain = decades(rows)
    first = next(row for row in rows if row.expected is not None)
    assert first.expected is not None
    wide = replace(first, expected=replace(first.expected, wide=(1e-3, 1e7)))
    assert domain is not None
    assert decades([*rows, wide]) == (-4, 8)
