"""The run in a large cell, and the candidate's own -> finite_size.json: the ratio of both diffusivities."""

from dataclasses import replace

from screening.candidates.record import CandidateRecord
from screening.config.stages import TransportSettings
from screening.records import provenance
from screening.records.origin import Provenance
from screening.stages.context import StageCall
from screening.trajectories.run_record import RunStatus
from screening.trajectories.runs import Run, read_runs
from screening.transport import analyse_temperature
from screening.transport.finite_size import CandidateFiniteSize, FiniteSize, compare_sizes
from screening.transport.record import TransportRecord


def run(call: StageCall) -> None:
    """Compare large runs with those of the same temperature and students; without them the reason stands.

    Cells that repeat an ordering are compared with its runs, those that are drawn anew with the runs of all.
    """
    settings: TransportSettings = call.settings
    asked = read_runs(call.inputs("large"))
    large = [one for one in asked if one.status is RunStatus.COMPLETE]
    candidate = CandidateRecord.read(call.input("candidate"))
    charge = candidate.oxidation_states[settings.mobile_ion]
    small = [one for one in read_runs(call.inputs("runs")) if any(_alike(one, other) for other in large)]
    with provenance("finite_size", call.all_inputs()) as origin:
        temperature = asked[0].record.temperature_K
        if not large:
            result = FiniteSize(reason=asked[0].record.reason, temperature_K=temperature)
        elif not small:
            reason = f"no run of the candidate's cell at {temperature:g} K has the same student"
            result = FiniteSize(reason=reason, temperature_K=temperature)
        else:
            result = compare_sizes(*(_analysed(runs, charge, settings) for runs in (small, large)))
        if large and (drawn := large[0].record.began) is not None:
            result = replace(result, n_large=len(large), large_cells=drawn)
    CandidateFiniteSize.of(result, id=candidate.id, provenance=Provenance.from_dict(origin)).write(call.output)


def _alike(one: Run, large: Run) -> bool:
    """Whether a run differs from a large one in its cell, what was drawn for that, and luck alone."""
    mine, other = one.record, large.record
    if one.status is not RunStatus.COMPLETE or mine.temperature_K != other.temperature_K:
        return False
    repeats = other.began is None
    return mine.driver.student_checksum == other.driver.student_checksum and (
        not repeats or mine.ordering == other.ordering
    )


def _analysed(runs: list[Run], charge: float, settings: TransportSettings) -> TransportRecord:
    trajectories = [run.trajectory() for run in runs]
    interval = max(trajectory.frame_interval_fs for trajectory in trajectories)
    return analyse_temperature(
        [t.at_interval(interval).beside(settings.mobile_ion, settings.also_mobile) for t in trajectories],
        mobile=settings.mobile_ion,
        charge=charge,
        temperature_K=runs[0].record.temperature_K,
        settings=settings.transport,
    )
