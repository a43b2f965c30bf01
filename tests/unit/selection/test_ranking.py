"""Tiers, probabilities and what is expected of the first: simulated tables of known truth."""

from dataclasses import replace

import numpy as np
import pytest

from screening.candidates.record import CandidateRow
from screening.potentials.bias import Bias
from screening.selection.cells import CellError
from screening.selection.knowledge import HAVEN_RATIOS, Knowledge, Source, knowledge_of
from screening.selection.posterior import FLOOR_MS_CM, draw_measured, possible
from screening.selection.ranking import TIER_DOUBT, Competition, rank
from screening.selection.rows import ShortlistRow
from screening.stability.rows import StabilityRow
from screening.stability.status import RelaxationStatus
from screening.transport.finite_size import FiniteSize
from screening.transport.line_record import CandidateLine, CollectiveFit, LineVerdict
from tests.blank import blank


def together(value, error):
    fit = blank(CollectiveFit, conductivity_300K_collective_mS_cm=value, ln_conductivity_300K_collective_error=error)
    return blank(CandidateLine, verdict=LineVerdict.RESOLVED, confidence_level=0.68, collective=fit)


def bounded(upper, lower=None):
    return blank(
        CandidateLine,
        verdict=LineVerdict.TOO_FEW_TEMPERATURES,
        confidence_level=0.68,
        conductivity_300K_collective_upper_bound_mS_cm=upper,
        conductivity_300K_nernst_einstein_lower_bound_mS_cm=lower,
    )


def ranked(lines, unknown=(), **more):
    ids = [*lines, *unknown]
    return rank(
        Competition(
            candidates=[blank(CandidateRow, id=id) for id in ids],
            stability={id: blank(StabilityRow, id=id, relaxation=RelaxationStatus.CONVERGED) for id in ids},
            shortlisted={id: blank(ShortlistRow, id=id) for id in ids},
            lines=lines,
            **more,
        )
    )


def measured(values, errors):
    return {
        f"{i:02d}": Knowledge(float(v), float(e), Source.COLLECTIVE)
        for i, (v, e) in enumerate(zip(values, errors, strict=True))
    }


def test_who_cannot_be_told_apart_shares_a_tier():
    rows = ranked({"a": together(10.0, 0.3), "b": together(8.0, 0.3), "c": together(0.01, 0.3)}, unknown=["u"])
    assert [(row.id, row.tier) for row in rows] == [("a", 1), ("b", 1), ("c", 2), ("u", None)]
    assert rows[0].probability_best == pytest.approx(0.7, abs=0.05)
    assert rows[0].probability_best + rows[1].probability_best == pytest.approx(1.0)
    assert [row.probability_among_best_3 for row in rows] == [1.0, 1.0, 1.0, None]
    assert rows[3].probability_best is None


def test_a_point_estimate_whose_interval_spans_the_table_is_not_first():
    """The largest value is known within four decades only: it may be the best, and is not put before those that are."""
    rows = ranked(
        {"wild": together(30.0, 4.6), **{id: together(v, 0.1) for id, v in (("a", 10.0), ("b", 9.0), ("c", 1.0))}}
    )
    assert [row.id for row in rows if row.tier == 1] == ["a", "b", "wild"]
    assert rows[2].conductivity_300K_estimate_mS_cm < 10.0
    assert rows[2].conductivity_300K_alone_mS_cm == pytest.approx(30.0)


def test_bounds_take_part_with_what_is_known():
    lines = {"a": together(1.0, 0.2), "low": bounded(1e-3), "open": bounded(1e3), "between": bounded(5.0, 0.2)}
    rows = {row.id: row for row in ranked(lines)}
    assert rows["low"].tier > 1
    assert rows["low"].probability_best == 0.0
    # Flat in ln between the floor and the bound: this share lies above 1 mS/cm.
    share = np.log(1e3) / (np.log(1e3) - np.log(FLOOR_MS_CM))
    assert rows["open"].tier == 1
    assert rows["open"].probability_best == pytest.approx(share, abs=0.1)
    assert rows["between"].tier == 1
    assert (
        rows["between"].conductivity_300K_lower_bound_mS_cm,
        rows["between"].conductivity_300K_upper_bound_mS_cm,
    ) == (
        0.2,
        5.0,
    )
    assert rows["open"].conductivity_300K_estimate_mS_cm is None


def test_nernst_and_einstein_alone_leaves_the_haven_ratio_open():
    line = blank(
        CandidateLine,
        verdict=LineVerdict.RESOLVED,
        conductivity_300K_nernst_einstein_mS_cm=1.0,
        ln_conductivity_300K_nernst_einstein_error=1e-6,
    )
    known = knowledge_of(line)
    assert known.source is Source.NERNST_EINSTEIN
    # A flat distribution of ln(1 / H): mean and standard deviation.
    drawn = -np.log(np.exp(np.random.default_rng(0).uniform(*np.log(HAVEN_RATIOS), 200_000)))
    assert known.ln_value == pytest.approx(drawn.mean(), rel=0.01)
    assert known.ln_error == pytest.approx(drawn.std(), rel=0.01)


def test_without_a_single_diffusivity_only_the_bound_of_all_ions_together_counts():
    """In a single file D* vanishes and its bound is below the conductivity."""
    line = blank(
        CandidateLine,
        conductivity_300K_collective_upper_bound_mS_cm=10.0,
        conductivity_300K_nernst_einstein_upper_bound_mS_cm=0.1,
    )
    assert knowledge_of(line).upper == 10.0


def test_the_same_knowledge_gives_the_same_ranking_in_any_order():
    lines = {id: together(v, 0.4) for id, v in (("a", 3.0), ("b", 2.0), ("c", 1.0), ("d", 0.1))}
    assert ranked(lines) == ranked(dict(reversed(lines.items())))


def simulated(n, spread, error, tables, seed):
    rng = np.random.default_rng(seed)
    for _ in range(tables):
        truth = spread * rng.normal(size=n)
        errors = error * rng.uniform(0.5, 1.5, n)
        yield truth, truth + errors * rng.normal(size=n), errors, rng


def test_the_value_of_the_first_holds_and_that_of_the_largest_does_not():
    """150 tables of 20: the one printed first lies in its interval in 68 %, and would not if that were narrower."""
    held, raw, narrow = [], [], []
    for truth, values, errors, rng in simulated(20, 1.0, 1.0, 150, seed=4):
        drawn = draw_measured(values, errors, 1000, rng)
        first = int((-drawn).argsort(axis=1).argsort(axis=1).mean(axis=0).argmin())
        low, middle, high = np.quantile(drawn[:, first], (0.16, 0.5, 0.84))
        held.append(low < truth[first] < high)
        narrow.append(abs(truth[first] - middle) < 0.5 * (high - low) / 1.5)
        largest = int(values.argmax())
        raw.append(abs(values[largest] - truth[largest]) < errors[largest])
    assert 0.60 <= np.mean(held) <= 0.76
    assert np.mean(narrow) < 0.60
    assert np.mean(raw) < 0.45


def test_probabilities_happen_as_often_as_they_say():
    stated, was, in_tier = [], [], []
    for truth, values, errors, _ in simulated(8, 1.0, 0.7, 150, seed=9):
        drawn = possible(measured(values, errors))
        stated.append(drawn.among_best(1))
        was.append(np.arange(8) == truth.argmax())
        in_tier.append(int(truth.argmax()) in drawn.tiers(TIER_DOUBT)[0])
    stated, was = np.concatenate(stated), np.concatenate(was)
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 1.0)):
        chosen = (stated >= low) & (stated < high)
        assert np.mean(was[chosen]) == pytest.approx(np.mean(stated[chosen]), abs=0.08)
    assert np.mean(in_tier) >= 0.95


def test_how_far_a_value_is_carried_from_where_d_was_seen():
    lines = {
        id: replace(together(1.0, 0.2), activation_energy_coldest_eV=0.25, extrapolation_temperature_K=300.0)
        for id in ("carried", "seen", "nowhere")
    }
    lines["bounded"] = bounded(1e-3)
    coldest = {"carried": 800.0, "seen": 300.0, "bounded": 700.0}
    rows = {row.id: row for row in ranked(lines, coldest=coldest, ends={"bounded": "the budget is spent"})}
    # exp(0.25 eV / k (1/300 - 1/800 K)), k = 8.617e-5 eV/K.
    assert rows["carried"].extrapolation_fall == pytest.approx(np.exp(0.25 / 8.617e-5 * (1 / 300 - 1 / 800)), rel=1e-3)
    assert rows["carried"].coldest_resolved_temperature_K == 800
    assert rows["seen"].extrapolation_fall == 1.0
    assert rows["nowhere"].extrapolation_fall is rows["nowhere"].coldest_resolved_temperature_K is None
    assert rows["bounded"].extrapolation_fall is None, "there is no value that was carried"
    assert rows["bounded"].coldest_resolved_temperature_K == 700
    assert rows["bounded"].reason.endswith("the budget is spent")


def test_what_a_larger_cell_says_is_in_the_error():
    lines = {"a": together(10.0, 0.1), "b": together(8.0, 0.1)}
    plain = {row.id: row for row in ranked(lines)}
    size = blank(FiniteSize, ratio=1.5, ratio_error=0.2, ln_conductivity_error=0.43)
    rows = {row.id: row for row in ranked(lines, sizes={"a": size, "b": blank(FiniteSize, reason="not resolved")})}
    assert (rows["a"].finite_size_ratio, rows["a"].finite_size_ratio_error) == (1.5, 0.2)

    def width(row):
        return np.log(row.conductivity_300K_estimate_high_mS_cm / row.conductivity_300K_estimate_low_mS_cm)

    assert width(rows["a"]) == pytest.approx(width(plain["a"]) * np.hypot(0.1, 0.43) / 0.1, rel=1e-3)
    assert width(rows["b"]) == pytest.approx(width(plain["b"]))
    assert rows["b"].reason.endswith("not compared with a larger cell: not resolved")


def test_a_known_bias_stands_beside_the_estimate_of_values_alone():
    """Not of a bound, nor of a line that is not resolved, nor of a cell that the crystal does not have."""
    lines = {id: together(30.0, 0.2) for id in ("a", "other", "swollen")} | {"bound": bounded(5.0, 0.2)}
    lines["bent"] = replace(together(30.0, 0.2), verdict=LineVerdict.LINE_NOT_RESOLVED)
    bias = Bias("sulfides", 9, 1.0, 0.15, 0.45)
    biases = dict.fromkeys(("a", "bound", "swollen", "bent"), bias)
    swollen = CellError(9.0, "the cell is 9 % too large")
    plain = {row.id: row for row in ranked(lines, cells={"swollen": swollen})}
    rows = {row.id: row for row in ranked(lines, cells={"swollen": swollen}, biases=biases)}
    found = rows["a"]
    value = found.conductivity_300K_estimate_mS_cm
    assert found.conductivity_300K_corrected_mS_cm == pytest.approx(value / 10)
    # The scatter of nine compounds: half of an interval of 68 % by Student's t is 1.06 standard deviations.
    half = np.log10(found.conductivity_300K_corrected_high_mS_cm / found.conductivity_300K_corrected_mS_cm)
    assert half == pytest.approx(1.06 * np.hypot(0.45, 0.15), rel=0.08)
    assert found.conductivity_300K_corrected_for == "bias of 1.0 decades (0.7 to 1.3) of 9 sulfides"
    for id in ("other", "bound", "swollen", "bent"):
        assert rows[id].conductivity_300K_corrected_mS_cm is None
        assert rows[id].conductivity_300K_corrected_for == ""
    # Nothing else moves.
    for id, row in rows.items():
        cleared = {name: getattr(plain[id], name) for name in plain[id].cells() if "corrected" in name}
        assert replace(row, **cleared) == plain[id]
