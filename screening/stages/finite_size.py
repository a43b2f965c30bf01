"""The run in a large cell, and the candidate's own -> finite_size.json: the ratio of both diffusivities."""

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
    """Compare the large run with those of the same ordering, temperature and student; without it the reason stands."""
    settings: TransportSettings = call.settings
    (large,) = read_runs(call.inputs("large"))
    candidate = CandidateRecord.read(call.input("candidate"))
    charge = candidate.oxidation_states[settings.mobile_ion]
    small = [one for one in read_runs(call.inputs("runs")) if _alike(one, large)]
    with provenance("finite_size", call.all_inputs()) as origin:
        temperature = large.record.temperature_K
        if large.status is not RunStatus.COMPLETE:
            result = FiniteSize(reason=large.record.reason, temperature_K=temperature)
        elif not small:
            reason = f"no run of the candidate's cell at {temperature:g} K has the same student"
            result = FiniteSize(reason=reason, temperature_K=temperature)
        else:
            result = compare_sizes(*(_analysed(runs, charge, settings) for runs in (small, [large])))
    CandidateFiniteSize.of(result, id=candidate.id, provenance=Provenance.from_dict(origin)).write(call.output)


def _alike(one: Run, large: Run) -> bool:
    """Whether a run differs from the large one in its cell and luck alone."""
    mine, other = one.record, large.record
    same = (mine.temperature_K, mine.ordering, mine.driver.student_checksum)
    return one.status is RunStatus.COMPLETE and same == (
        other.temperature_K,
        other.ordering,
        other.driver.student_checksum,
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
