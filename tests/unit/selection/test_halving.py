"""Who goes on after a short run: only what can no longer be among the best stops."""

import numpy as np
import pytest

from screening.config.dynamics import HalvingConfig, MDConfig
from screening.records import read_table
from screening.selection.halving import halve
from screening.stages import rung
from screening.stages.context import StageCall
from screening.transport.line_record import CandidateLine, CollectiveFit
from tests.blank import blank


def fit(value=None, error=None, bound=None, id=""):
    together = blank(
        CollectiveFit,
        conductivity_300K_collective_mS_cm=value,
        ln_conductivity_300K_collective_error=error,
    )
    return blank(
        CandidateLine,
        id=id,
        collective=None if value is None else together,
        conductivity_300K_collective_upper_bound_mS_cm=bound,
    )


def decided(fits, keep=2, before=None, length=25.0):
    return {row.id: row for row in halve(fits, before or {}, length_ps=length, keep=keep, confidence=0.95)}


def test_only_who_cannot_reach_the_best_any_more_stops():
    rows = decided(
        {
            "best": fit(10.0, 0.2),
            "second": fit(5.0, 0.3),
            "close": fit(2.0, 0.5),
            "far": fit(0.5, 0.3),
            "bounded": fit(bound=0.1),
            "unknown": fit(),
        }
    )
    # 1.96 errors of ln sigma: the second best has at least 5 exp(-0.588) = 2.78.
    assert rows["far"].to_reach_mS_cm == pytest.approx(5 * np.exp(-1.96 * 0.3), rel=1e-3)
    assert {id for id, row in rows.items() if row.goes_on} == {"best", "second", "close", "unknown"}
    assert rows["far"].stopped_ps == 25.0
    assert "stopped after 25 ps: at most 0.9 mS/cm, and the best 2 have at least 2.8" in rows["far"].reason
    assert rows["unknown"].conductivity_300K_estimate_high_mS_cm is None


def test_nobody_stops_while_fewer_are_known_than_matter():
    rows = decided({"a": fit(10.0, 0.1), "b": fit(0.001, 0.1), "c": fit(bound=1e-6)}, keep=3)
    assert all(row.goes_on for row in rows.values())


def test_who_had_stopped_stays_stopped_with_its_reason():
    first = decided({"a": fit(10.0, 0.1), "b": fit(1.0, 0.1)}, keep=1)
    second = decided({"a": fit(0.5, 0.1), "b": fit(1.0, 0.1)}, keep=1, before=first, length=100.0)
    assert second["b"] == first["b"]
    assert second["a"].stopped_ps == 100.0


@pytest.mark.slow
def test_the_true_best_are_kept_as_often_as_the_confidence_says():
    """Twenty candidates with errors of half an order of magnitude, 300 times: of the true best three few are lost."""
    rng = np.random.default_rng(1)
    lost, stopped = 0, 0
    for _ in range(300):
        truth = np.exp(rng.normal(scale=3.0, size=20))
        errors = rng.uniform(0.3, 1.0, 20)
        measured = truth * np.exp(errors * rng.normal(size=20))
        fits = {str(k): fit(measured[k], errors[k]) for k in range(20)}
        rows = decided(fits, keep=3)
        lost += sum(not rows[str(k)].goes_on for k in np.argsort(truth)[-3:])
        stopped += sum(not row.goes_on for row in rows.values())
    assert lost / 900 < 0.01
    assert stopped / 6000 > 0.4


def test_the_stage_writes_a_line_for_everyone_and_reads_the_table_before(tmp_path):
    for id, value in (("a", 10.0), ("b", 0.1)):
        fit(value, 0.1, id=id).write(tmp_path / id / "arrhenius_rung1.json")
    settings = HalvingConfig(keep=1)
    fits = [tmp_path / id / "arrhenius_rung1.json" for id in "ab"]
    rung.run(StageCall({"arrhenius": fits}, tmp_path / "rung1.csv", settings, {"length_ps": "25"}))
    both = {"arrhenius": fits, "rung": [tmp_path / "rung1.csv"]}
    rung.run(StageCall(both, tmp_path / "rung2.csv", settings, {"length_ps": "100"}))
    for table in ("rung1.csv", "rung2.csv"):
        rows = {row["id"]: row for row in read_table(tmp_path / table)}
        assert (rows["a"]["goes_on"], rows["b"]["goes_on"], rows["b"]["stopped_ps"]) == (True, False, 25)


def configured(**changes) -> MDConfig:
    return MDConfig(**({"temperatures_K": [600], "duration_ps": 100, "chunk_ps": 5, "rungs_ps": [25, 50]} | changes))


def test_rungs_that_longer_runs_could_not_continue_are_refused():
    assert configured().rungs_ps == (25.0, 50.0)
    for changes, message in (
        ({"rungs_ps": [50, 25]}, "must rise"),
        ({"rungs_ps": [25, 100]}, "stay below duration_ps"),
        ({"rungs_ps": [12]}, "no whole multiple of chunk_ps"),
    ):
        with pytest.raises(ValueError, match=message):
            configured(**changes)
