"""md.json of every run of one candidate -> trust.json: how far a second potential disagrees on frames of the runs."""

from screening.config.stages import TrustSettings
from screening.errors import PotentialError, StageError
from screening.potentials.reference_record import ReferenceRecord
from screening.potentials.registry import load
from screening.potentials.second_opinion import frames_of, second_opinion
from screening.potentials.selfcheck import require_recorded
from screening.potentials.trust_record import TrustRecord
from screening.records import provenance
from screening.records.origin import PotentialFacts, Provenance
from screening.stages.context import StageCall
from screening.trajectories.run_record import RunStatus
from screening.trajectories.runs import read_runs


def run(call: StageCall) -> None:
    """Compare both potentials on the same frames; numbers that are none are a recorded failure and exit 0."""
    settings: TrustSettings = call.settings
    if settings.second is None:
        raise StageError("the campaign names no second potential (potential.second)")
    runs = read_runs(call.inputs("runs"))
    first, second = (load(config, call.threads) for config in (settings.potential, settings.second))
    for path in call.inputs("second_potential"):
        require_recorded(second, path)
    if first.checksum == second.checksum:
        raise PotentialError(
            f"potential.second: {settings.second.name} has the same weights as {settings.potential.name}, and agrees "
            "with itself; name another one"
        )
    frames = list(frames_of([run for run in runs if run.status is RunStatus.COMPLETE], settings.frames))
    with provenance("trust", call.all_inputs(), potential=first.record(), second_potential=second.record()) as origin:
        result = second_opinion(frames, first, second)
    known = [ReferenceRecord.read(path).in_short() for path in call.inputs("reference")]
    TrustRecord.of(
        result,
        first_principles=known[0] if known else None,
        id=runs[0].record.id,
        second_potential=PotentialFacts.from_dict(second.record()),
        provenance=Provenance.from_dict(origin),
    ).write(call.output)
