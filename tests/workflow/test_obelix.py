"""The benchmark on measured conductivities: its table of compounds, and figures of merit with bounds."""

from argparse import ArgumentTypeError
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from benchmarks.costs import core_hours
from benchmarks.obelix.campaigns import campaign, campaign_name
from benchmarks.obelix.compare import _biases, _line, compare
from benchmarks.obelix.entries import ENTRIES, read_entries
from benchmarks.obelix.merit import Pair, bias_and_spread, coverage68, figures_of
from screening.config.load import parse_campaign
from screening.errors import ConfigError
from screening.records import read_table
from screening.records.origin import PotentialFacts, Provenance
from screening.selection.rows import RankingRow, RankingVerdict
from screening.stability.record import RelaxedRecord
from tests.blank import blank


def pair(error, measured=-5.0, side=0.3):
    """A computed value `error` decades above a measured one."""
    value = 10.0 ** (measured + error)
    return Pair(value, (value * 10**-side, value * 10**side), (0.0, float("inf")), 10.0**measured)


def bounded(low, high, measured=-5.0):
    return Pair(None, None, (10.0 ** (measured + low), 10.0 ** (measured + high)), 10.0**measured)


def normal_pairs(n, bias, spread, seed=3):
    rng = np.random.default_rng(seed)
    return [pair(bias + e, m) for e, m in zip(rng.normal(0, spread, n), rng.uniform(-8, -2, n), strict=True)]


def test_figures_of_merit_are_those_of_the_pairs():
    pairs = normal_pairs(40, 1.5, 0.5)
    figures = figures_of(pairs)
    errors = np.array([p.error[0] for p in pairs])
    assert figures["mae_log10_sigma"] == pytest.approx(np.abs(errors).mean())
    ranks, measured = np.log10([(p.value, p.measured) for p in pairs]).T
    assert figures["spearman"] == pytest.approx(spearmanr(ranks, measured).statistic)
    # The mean of 40 numbers with a spread of 0.5: twice 1.96 standard errors of 0.079.
    width = figures["mae_log10_sigma_high"] - figures["mae_log10_sigma_low"]
    assert width == pytest.approx(2 * 1.96 * 0.5 / 40**0.5, rel=0.25)
    assert figures["spearman_low"] < figures["spearman"] < figures["spearman_high"] <= 1
    assert figures["bias"] == pytest.approx(errors.mean(), abs=1e-3)
    assert figures["bias_low"] > 1.2


def test_compounds_with_bounds_only_count_in_bias_and_spread():
    """Errors of 1 +- 0.7 decades; those below 0.4 are known as such only, and every third one to one of two decades."""
    errors = np.random.default_rng(1).normal(1.0, 0.7, 400)
    known = np.stack([errors, errors], axis=1)
    known[::3] = np.stack([np.floor(errors[::3]), np.floor(errors[::3]) + 1.0], axis=1)
    known[errors < 0.4] = (-np.inf, 0.4)
    bias, spread = bias_and_spread(known)
    assert bias == pytest.approx(1.0, abs=0.12)
    assert spread == pytest.approx(0.7, abs=0.1)
    # Bounds that say nothing change nothing.
    empty = np.concatenate([known, np.tile([-np.inf, np.inf], (100, 1))])
    assert bias_and_spread(empty) == pytest.approx((bias, spread), abs=1e-2)


def test_a_bound_far_below_what_is_measured_is_an_error():
    pairs = normal_pairs(8, 0.0, 0.3)
    far = figures_of([*pairs, bounded(-6.0, -4.0)])
    assert far["mae_all"] > figures_of([*pairs, bounded(-1.0, 4.0)])["mae_all"] + 0.5


def test_a_measured_upper_bound_leaves_lower_values_right():
    low = Pair(1e-12, (1e-13, 1e-11), (0.0, float("inf")), 1e-10, measured_is_upper_bound=True)
    assert low.error == (pytest.approx(-2.0), float("inf"))


def test_intervals_with_the_error_of_the_others_hold_two_thirds():
    """200 compounds whose errors are half statistics, as stated, half the potential's."""
    rng = np.random.default_rng(2)
    pairs = [pair(rng.normal(0, 0.5) + rng.normal(0, 0.5), side=0.5) for _ in range(200)]
    # The typical error holds the statistical one a second time, so a little more than 68 %.
    assert 0.66 <= coverage68(pairs) <= 0.82


def test_too_few_compounds_have_no_intervals():
    assert set(figures_of(normal_pairs(4, 0, 1))) == {"n", "resolved", "mae_log10_sigma"}
    assert figures_of([]) == {"n": 0.0, "resolved": 0.0}


@pytest.mark.parametrize(("value", "measured"), [(None, 1e-4), (1e-4, None)])
def test_compounds_that_are_all_alike_have_no_order(value, measured):
    pairs = [Pair(value or 10.0**-k, None, (0.0, float("inf")), measured or 10.0**-k) for k in range(2, 8)]
    figures = figures_of(pairs)
    assert not [name for name in figures if name.startswith("spearman")]
    assert figures["mae_log10_sigma"] == pytest.approx(1.5)
    assert figures["bias"] == pytest.approx(-0.5 if measured else 0.5, abs=1e-3)


def test_the_table_of_obelix_and_that_of_the_repository_are_read_alike(tmp_path):
    theirs = tmp_path / "train.csv"
    theirs.write_text(
        "ID,Reduced Composition,Z,Ionic conductivity (S cm-1),Family,DOI\n"
        "47i,Li4P2O7,2,<1E-10,diphosphate,10.1/x\n"
        "ywe,Li6PS5I,4,1.3e-06,argyrodites,10.1/y\n"
    )
    first, second = read_entries(theirs)
    assert (first.id, first.conductivity_S_cm, first.bounded) == ("47i", 1e-10, True)
    assert second in read_entries(ENTRIES) or second.conductivity_S_cm == 1.3e-6
    assert len(read_entries(ENTRIES)) >= 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ID,Family\nx,y\n", "no column `measured_conductivity_S_cm` or `Ionic conductivity"),
        ("ID,Ionic conductivity (S cm-1)\nx,much\n", "line 2: conductivity 'much' is no positive number"),
        ("ID,Ionic conductivity (S cm-1)\nx,1e-4\nx,1e-5\n", "line 3: x stands twice"),
        ("ID,Ionic conductivity (S cm-1)\nx,\n", "line 2: conductivity '' is no positive number"),
        ("ID,Ionic conductivity (S cm-1)\nx,2,4e-3\n", "line 2 has more values than columns: write 2.4 and not 2,4"),
        ("ID,Ionic conductivity (S cm-1)\nx,12\n", "line 2: conductivity 12 S/cm is more than any solid has"),
        ("ID,Ionic conductivity (S cm-1)\n,1e-4\n", "line 2: it has no id, which names the structure's file"),
        ("ID,Ionic conductivity (S cm-1)\n", "has no compounds, only the names"),
        ("ID,Ionic conductivity (S cm-1)\na-1,1e-4\na_1,1e-5\n", "line 3: a_1 and a-1 would have one folder"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_with_its_line(tmp_path, text, message):
    path = tmp_path / "entries.csv"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        read_entries(path)
    path.write_bytes("ID,Ionic conductivity (S cm-1)\nLiä,1\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read_entries(path)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e9", "two"])
def test_budgets_that_no_campaign_can_have_are_refused(text):
    with pytest.raises(ArgumentTypeError, match="is no number of core hours above 0"):
        core_hours(text)
    assert core_hours("0.25") == 0.25


def test_its_campaigns_are_valid(tmp_path):
    for entry in read_entries(ENTRIES)[:2]:
        parse_campaign(campaign(entry, tmp_path, "sevenn", 0.5, tmp_path / "labels"), entry.id)


def ran(results, entry, name, decades, checksum="abc"):
    """A campaign whose conductivity is so many decades above the measured one; `name` is that of what was made."""
    folder, sigma = results / campaign_name(entry, "p"), 1000.0 * entry.conductivity_S_cm * 10**decades
    row = blank(RankingRow, id=f"{name}-1", verdict=RankingVerdict.RESOLVED, conductivity_300K_estimate_mS_cm=sigma)
    ends = {f"conductivity_300K_estimate_{end}_mS_cm": sigma * f for end, f in (("low", 0.5), ("high", 2.0))}
    RankingRow.write(folder / "ranking.csv", [replace(row, **ends)])
    made = replace(blank(Provenance), potential=blank(PotentialFacts, checksum=checksum))
    blank(RelaxedRecord, provenance=made).write(folder / "candidates" / row.id / "relaxed.json")


def test_what_ran_is_a_table_a_figure_and_a_bias_by_family(tmp_path):
    """Seven sulfides 0.8 decades too high and three halides that are right; another potential's line has no bias."""
    entries = read_entries(ENTRIES)[:10]
    results = tmp_path / "results"
    for k, entry in enumerate(entries):
        ran(results, entry, "Li3PS4" if k < 7 else "Li3YCl6", (0.8 if k < 7 else 0.0) + 0.1 * (-1) ** k)
    figures = compare(entries, results, "p", {}, calibrate=False)
    assert figures["resolved"] == 10
    (table,) = tmp_path.glob("*.csv")
    assert {row["potential_checksum"] for row in read_table(table)} == {"abc"}
    assert table.with_suffix(".svg").read_text().startswith("<?xml")
    lines = [_line(entry, results / campaign_name(entry, "p"), None) for entry in entries]
    found = _biases(lines)
    assert (found["checksum"], list(found["families"])) == ("abc", ["sulfides"])
    assert found["families"]["sulfides"]["n"] == 7
    assert found["families"]["sulfides"]["bias"] == pytest.approx(0.8, abs=0.02)
    assert _biases([*lines, replace(lines[0], potential_checksum="other")]) == {}
    assert _biases([replace(line, potential_checksum=None) for line in lines]) == {}


def test_what_ran_before_keeps_its_line_whatever_its_id_looks_like(tmp_path):
    """obelix-7e5 and obelix-122 were read as numbers and lost; a folder without structures refused all that had run."""
    entries = [entry for entry in read_entries(ENTRIES) if entry.id in ("7e5", "122", "ywe")]
    assert len(entries) == 3
    for entry in entries:
        ran(tmp_path / "results", entry, "Li3PS4", 0.5)
    compare(entries, tmp_path / "results", "p", {}, calibrate=False)
    (table,) = tmp_path.glob("*.csv")
    before = table.read_text()
    (tmp_path / "results").rename(tmp_path / "elsewhere")
    assert compare(entries, tmp_path / "results", "p", {}, calibrate=False)["resolved"] == 3
    compare(entries, tmp_path / "results", "p", {"7e5": "there is no such file"}, calibrate=False)
    assert table.read_text() == before


def test_a_table_is_drawn_whatever_is_known(tmp_path):
    from benchmarks.obelix.figure import draw

    upper = Pair(None, None, (0.0, 1e-3), 1e-6)
    below = Pair(1e-12, (1e-13, 1e-11), (0.0, float("inf")), 1e-10, measured_is_upper_bound=True)
    for number, pairs in enumerate(([pair(1.0), bounded(-1, 2), upper, below], [upper])):
        path = tmp_path / f"{number}.svg"
        draw(pairs, 1.0, path)
        assert path.read_text().startswith("<?xml")
