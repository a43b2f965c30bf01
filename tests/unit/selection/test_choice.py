"""The next temperatures of all candidates, from their records: what is read of them, and who gets none."""

from dataclasses import replace

import numpy as np
import pytest

from screening.config.settings import settings_of
from screening.config.stages import parse_settings
from screening.records import read_table
from screening.selection.choice import choose, limits_of, seen_of
from screening.selection.rows import TemperatureRow
from screening.stages import temperatures
from screening.stages.context import StageCall
from screening.trajectories.run_record import Ending, Look, RunProvenance, RunRecord
from screening.transport.line_points import Bounded, Measured
from screening.transport.record import CandidateTransport, TransportVerdict
from tests.blank import blank
from tests.synthetic_records import origin
from tests.unit.campaign.test_plan import campaign

AUTO = campaign(md={"temperatures_K": "auto", "hottest_K": 800, "budget_core_hours": 10, "cores": 2})
SETTINGS = parse_settings("temperatures", settings_of(AUTO, "temperatures"))


def transport(t, diffusivity=None, bound=None, verdict=None, id="a-1"):
    verdict = verdict or (TransportVerdict.UPPER_BOUND if diffusivity is None else TransportVerdict.RESOLVED)
    return blank(
        CandidateTransport,
        id=id,
        temperature_K=float(t),
        verdict=verdict,
        reason="the framework diffuses",
        tracer_diffusivity_cm2_s=diffusivity,
        tracer_diffusivity_error_cm2_s=None if diffusivity is None else 0.1 * diffusivity,
        tracer_diffusivity_upper_bound_cm2_s=bound,
        n_mobile=24.0,
        charge=1.0,
        number_density_per_cm3=2.4e22,
    )


def run(t, length_ps=100.0, error=None, ran_ps=None, minutes=30, id="a-1", processor_s=None):
    facts = origin("md") | {
        "started_utc": "2026-11-20T10:00:00+00:00",
        "ended_utc": f"2026-11-20T{10 + minutes // 60}:{minutes % 60:02}:00+00:00",
    }
    return blank(
        RunRecord,
        id=id,
        temperature_K=float(t),
        ending=blank(Ending, time_ps=length_ps, looks=(blank(Look, relative_error=error),)),
        provenance=replace(RunProvenance.from_dict(facts), ran_ps=ran_ps, processor_s=processor_s),
    )


def test_the_settings_are_those_of_the_config():
    limits = limits_of(SETTINGS)
    assert (limits.hottest_K, limits.target_K, limits.core_hours) == (800, 300, 10)
    assert (limits.first_ps, limits.least_ps, limits.chunk_ps) == (100, 20, 5)
    # Chunks that are longer than the shortest run would round a run up beyond what is left of the budget.
    assert limits_of(SETTINGS.model_copy(update={"chunk_ps": 1000.0})).chunk_ps == 20
    # transport.max_relative_error and arrhenius.max_extrapolation_factor.
    assert (limits.error, limits.reach) == (0.5, 2.0)


def test_what_runs_cost_is_measured_where_they_ran():
    records = [transport(800, 1e-5), transport(650, bound=1e-6)]
    # Two runs of two cores: one took half an hour for its 100 ps, the other for the last 50 of its 100 ps.
    runs = [run(800, error=0.3), run(800, ran_ps=50.0, error=0.4), run(650, ran_ps=0.0)]
    hot, cold = seen_of(records, runs, cores=2)
    assert hot.core_hours_per_ps == pytest.approx(1 / 100 + 1 / 50)
    assert hot.core_hours == pytest.approx(3.0)
    assert hot.relative_error == pytest.approx(np.sqrt((0.09 + 0.16) / 2))
    assert hot.point == Measured(800, 1e-5, pytest.approx(1e-6))
    # All of the third was there from before: it costs what the others do.
    assert cold.core_hours_per_ps == pytest.approx(np.mean([1 / 100, 1 / 50]))
    assert cold.point == Bounded(650, 1e-6, 0.95)
    assert cold.relative_error is None


def test_cost_is_processor_time_and_not_what_else_the_machine_did():
    quiet = seen_of([transport(800, 1e-5)], [run(800, minutes=6, processor_s=720.0)], cores=2)
    busy = seen_of([transport(800, 1e-5)], [run(800, minutes=50, processor_s=720.0)], cores=2)
    assert quiet == busy
    assert quiet[0].core_hours == pytest.approx(0.2)


def test_a_decision_stays_while_only_the_time_of_a_run_changes():
    before = chosen({"a-1": hot("a-1", 4e-5)})["a-1"]
    records, runs = hot("a-1", 4e-5)
    slower = [replace(one, provenance=replace(one.provenance, processor_s=36000.0)) for one in runs]
    anew = chosen({"a-1": (records, slower)})["a-1"]
    assert [row.temperature_K for row in anew] != [row.temperature_K for row in before]
    assert chosen({"a-1": (records, slower)}, decided=before)["a-1"] == before
    # What is known of D, or allowed, decides anew.
    other = hot("a-1", 3e-5)
    assert chosen({"a-1": (other[0], slower)}, decided=before) == chosen({"a-1": (other[0], slower)})
    more = SETTINGS.model_copy(update={"budget_core_hours": 11.0})
    assert chosen({"a-1": (records, slower)}, decided=before, settings=more) == chosen(
        {"a-1": (records, slower)}, settings=more
    )


def test_a_crystal_that_melted_says_nothing_of_itself():
    (one,) = seen_of([transport(800, bound=1e-3, verdict=TransportVerdict.MELTED)], [run(800)], cores=1)
    assert one.point is None
    assert one.lost == "the framework diffuses"


def hot(id, diffusivity):
    """Two hot temperatures and their runs."""
    cold = diffusivity * np.exp(-0.25 / 8.617e-5 * (1 / 650 - 1 / 800))
    return (
        [transport(800, diffusivity, id=id), transport(650, float(cold), id=id)],
        [run(t, error=0.1, minutes=6, id=id) for t in (800, 650)],
    )


def chosen(candidates, before=(), number=1, settings=SETTINGS, decided=()):
    rows = choose(
        {id: records for id, (records, _) in candidates.items()},
        {id: runs for id, (_, runs) in candidates.items()},
        {row.id: row for row in before},
        number=number,
        settings=settings,
        decided=decided,
    )
    return {id: [row for row in rows if row.id == id] for id in candidates}


def test_every_candidate_has_colder_temperatures_or_a_reason():
    cage = ([transport(t, bound=1e-7, id="c-3") for t in (650, 800)], [run(t, id="c-3") for t in (650, 800)])
    rows = chosen({"a-1": hot("a-1", 4e-5), "c-3": cage})
    assert all(row.temperature_K < 650 and row.duration_ps >= 20 and row.core_hours > 0 for row in rows["a-1"])
    assert rows["a-1"][0].core_hours_spent == pytest.approx(2 * 2 * 0.1)
    (end,) = rows["c-3"]
    assert end.temperature_K is end.duration_ps is end.core_hours is None
    assert end.reason.startswith("no diffusion is seen at 800 K")


def test_who_had_ended_has_the_same_row_again():
    (end,) = chosen({"a-1": hot("a-1", 4e-5)}, settings=SETTINGS.model_copy(update={"budget_core_hours": 0.1}))["a-1"]
    assert end.reason == "the budget of 0.1 core hours is spent"
    assert chosen({"a-1": hot("a-1", 4e-5)}, before=[end], number=2)["a-1"] == [end]


def test_who_cannot_be_among_the_best_any_more_gets_no_colder_runs():
    def line(id, diffusivity):
        records, runs = hot(id, diffusivity)
        third = diffusivity * np.exp(-0.25 / 8.617e-5 * (1 / 500 - 1 / 800))
        return [*records, transport(500, float(third), id=id)], [*runs, run(500, error=0.1, minutes=6, id=id)]

    candidates = {f"a-{k}": line(f"a-{k}", 4e-5) for k in range(3)} | {"z-9": line("z-9", 4e-9)}
    rows = chosen(candidates, settings=SETTINGS.model_copy(update={"keep": 2}))
    (end,) = rows["z-9"]
    assert end.reason.startswith("stopped for better ones: at most")
    assert "among them with a probability of 0.0%" in end.reason
    assert all(row.temperature_K for id in ("a-0", "a-1", "a-2") for row in rows[id])
    everybody = chosen(candidates, settings=SETTINGS.model_copy(update={"keep": 4}))
    assert everybody["z-9"][0].temperature_K, "nobody stops while no more are known than matter"


def test_the_stage_writes_what_it_chose(tmp_path):
    records, runs = hot("a-1", 4e-5)
    paths = {"transport": [], "runs": [], "before": []}
    for record, made in zip(records, runs, strict=True):
        for name, one in (("transport", record), ("runs", made)):
            path = tmp_path / f"{one.temperature_K:g}" / type(one).FILE
            one.write(path)
            paths[name].append(path)
    call = StageCall(paths, tmp_path / "temperatures1.csv", SETTINGS, {"number": "1"})
    temperatures.run(call)
    rows = TemperatureRow.read(call.output)
    assert rows == chosen({"a-1": (records, runs)})["a-1"]
    assert [row["id"] for row in read_table(call.output)] == ["a-1"] * len(rows)
