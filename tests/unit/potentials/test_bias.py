"""Conductivities without what a potential is off by in one family of anions."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.obelix.merit import Pair, bias_of_family
from screening.candidates.record import CandidateRow
from screening.potentials import bias as module
from screening.potentials.bias import Bias, anion_family, bias_of
from screening.records.origin import PotentialFacts, Provenance
from screening.stages.ranking import _biases
from screening.stages.transport import _potential
from screening.trajectories.run_record import DrivenBy
from screening.transport.record import CandidateTransport
from tests.blank import blank

KNOWN = {
    "p+d4": {
        "checksum": "abc",
        "families": {
            "sulfides": {"n": 8, "bounds": 2, "bias": 0.9, "bias_error": 0.2, "spread": 0.57},
            "halides": {"n": 8, "bounds": 0, "bias": 0.3, "bias_error": 0.2, "spread": 0.57},
            "oxides": {"n": 4, "bounds": 0, "bias": 3.0, "bias_error": 0.1, "spread": 0.2},
        },
    },
    # As files were before there were families.
    "old": {"log10_conductivity_mae": 1.0, "n": 5, "against": "OBELiX"},
}


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setattr(module, "known_potentials", lambda: KNOWN)


@pytest.mark.parametrize(
    ("composition", "family"),
    [
        ("Li6PS5Cl", "sulfides"),
        ("Li5.25PS4.25Cl1.75", "sulfides"),
        ("Li6P(S4.6Se0.4)Br", "sulfides"),
        ("Li3YCl6", "halides"),
        ("Li7La3Zr2O12", "oxides"),
        ("Li4PO4I", "oxides"),
        ("Li3OCl", ""),
        ("LiBH4", "hydrides"),
        ("LiOH", "oxides"),
        ("Li3N", "nitrides"),
        ("Li3P", ""),
        ("as is", ""),
    ],
)
def test_a_compound_belongs_to_two_thirds_of_its_anions(composition, family):
    assert anion_family(composition) == family


def test_only_a_significant_bias_of_the_same_weights_at_room_temperature_is_one():
    found = bias_of("p+d4", "abc", "Li6PS5Cl", 300.0)
    assert (found.family, found.n, found.decades) == ("sulfides", 8, 0.9)
    # 2.36 standard errors of eight compounds.
    assert found.words == "bias of 0.9 decades (0.4 to 1.4) of 8 sulfides"
    assert bias_of("p+d4", "abc", "Li6PS5Cl", 298.15) == found
    for asked in (
        ("p+d4", "abc", "Li6PS5Cl", 400.0),
        ("p+d4", "other", "Li6PS5Cl", 300.0),
        ("p+d4", "", "Li6PS5Cl", 300.0),
        ("p", "abc", "Li6PS5Cl", 300.0),
        ("old", "abc", "Li6PS5Cl", 300.0),
        ("p+d4", "abc", "Li3YCl6", 300.0),  # 0.3 +- 0.2: it may be none
        ("p+d4", "abc", "Li7La3Zr2O12", 300.0),  # four compounds
        ("p+d4", "abc", "Li3OCl", 300.0),
        ("p+d4", "abc", "Na3PS4", 300.0),  # all compounds that are known conduct lithium
    ):
        assert bias_of(*asked) is None, asked


def test_corrected_intervals_hold_what_is_measured_as_often_as_they_state():
    """Families of six compounds, 0.8 decades too high with a scatter of 0.5: what of a seventh?"""
    rng = np.random.default_rng(4)
    held = []
    for _ in range(400):
        errors = rng.normal(0.8, 0.5, 6)
        pairs = [Pair(10**e, (10 ** (e - 0.1), 10 ** (e + 0.1)), (0.0, np.inf), 1.0) for e in errors]
        found = bias_of_family(pairs)
        bias = Bias("sulfides", int(found["n"]), found["bias"], found["bias_error"], found["spread"])
        # Computed: off by the family's error, and by 0.1 decades of statistics.
        value = 10.0 ** (rng.normal(0.8, 0.5) + rng.normal(0.0, 0.1))
        _, low, high = bias.corrected(value, value / 10**0.1, value * 10**0.1, 0.68)
        held.append(low <= 1.0 <= high)
    assert np.mean(held) == pytest.approx(0.68, abs=0.06)


@pytest.mark.parametrize(("true", "shown", "held"), [(0.8, 0.76, 0.64), (0.4, 0.29, 0.52), (0.0, 0.05, 0.30)])
def test_biases_that_only_look_large_are_overrated_by_as_much_as_is_said(true, shown, held):
    """docs/potentials.md: five compounds that scatter by 0.5 decades, corrected only where the bias is significant."""
    rng = np.random.default_rng(6)
    seen, inside = 0, []
    for _ in range(3000):
        errors = rng.normal(true, 0.5, 5)
        spread = float(errors.std(ddof=1))
        bias = Bias("sulfides", 5, float(errors.mean()), spread / 5**0.5, spread)
        if not bias.significant:
            continue
        seen += 1
        value = 10.0 ** rng.normal(true, 0.5)
        _, low, high = bias.corrected(value, value, value, 0.68)
        inside.append(low <= 1.0 <= high)
    assert seen / 3000 == pytest.approx(shown, abs=0.03)
    assert np.mean(inside) == pytest.approx(held, abs=0.08)


def test_a_correction_moves_the_value_by_the_bias_and_keeps_a_lopsided_interval():
    bias = Bias("sulfides", 8, 1.0, 1e-9, 1e-9)
    assert bias.corrected(30.0, 10.0, 40.0, 0.68) == (pytest.approx(3.0), pytest.approx(1.0), pytest.approx(4.0))


def test_no_bias_is_found_where_there_is_none():
    """Of 200 families without a bias one in twenty seems to have one."""
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(200):
        found = bias_of_family([Pair(10**e, None, (0.0, np.inf), 1.0) for e in rng.normal(0.0, 0.7, 7)])
        seen += Bias("x", 7, found["bias"], found["bias_error"], found["spread"]).significant
    assert seen <= 20


def test_bounds_of_a_family_count_and_make_no_compound_a_value():
    values = [Pair(10**e, None, (0.0, np.inf), 1.0) for e in (0.6, 0.7, 0.8, 0.9, 1.0)]
    bounds = [Pair(None, None, (1e2, np.inf), 1.0)] * 3
    alone, found = bias_of_family(values), bias_of_family([*values, *bounds])
    assert (found["n"], found["bounds"]) == (5, 3)
    assert found["bias"] > alone["bias"] + 0.3
    assert bias_of_family([*values[:4], *bounds]) == {}


def analysed(id, temperature_K=300.0, **facts):
    """A record of runs that this potential moved."""
    used = blank(PotentialFacts, **({"name": "p+d4", "checksum": "abc"} | facts))
    made = replace(blank(Provenance), potential=used)
    return blank(CandidateTransport, id=id, temperature_K=temperature_K, provenance=made)


def test_the_ranking_corrects_what_the_calibrated_potential_alone_moved():
    """Not runs of other weights at one temperature, of a corrected student, or of records that do not say."""
    records = [
        analysed("right"),
        analysed("right", 500.0),
        analysed("mixed"),
        analysed("mixed", 500.0, checksum="other"),
        analysed("renamed", name="p"),
        replace(analysed("first principles"), student_corrected_by="cp2k"),
        blank(CandidateTransport, id="older"),
        analysed("halide"),
    ]
    rows = [blank(CandidateRow, id=one, composition="Li6PS5Cl") for one in dict.fromkeys(r.id for r in records)]
    rows = [replace(row, composition="Li3YCl6") if row.id == "halide" else row for row in rows]
    rows.append(blank(CandidateRow, id="not run", composition="Li6PS5Cl"))
    rows.append(blank(CandidateRow, id="sodium", composition="NaLi2PS4", mobile_ion="Na"))
    records.append(analysed("sodium"))
    assert list(_biases(rows, records, "p+d4", 300.0)) == ["right"]
    assert _biases(rows, records, "p+d4", 500.0) == {}
    assert _biases(rows, records, "p", 300.0) == {}


def test_an_analysis_says_what_moved_the_ions():
    """A student is its teacher's; runs that differ, or do not say, leave it open."""

    def run(driver):
        return SimpleNamespace(record=SimpleNamespace(provenance=SimpleNamespace(potential=driver)))

    one, other = (blank(DrivenBy, name="p", checksum=x, student_checksum="s") for x in ("abc", "other"))
    found = _potential([run(one), run(replace(one, student_checksum="s2"))])
    assert PotentialFacts.from_dict(found["potential"]).checksum == "abc"
    assert _potential([run(one), run(other)]) == _potential([run(one), run(None)]) == _potential([]) == {}
