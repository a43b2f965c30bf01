"""md.json of one candidate's runs -> reference_convergence.json: how far labels of first principles are converged."""

from screening.config.stages import ConvergenceSettings
from screening.errors import StageError
from screening.potentials.comparison import labelled
from screening.potentials.convergence import converged
from screening.potentials.reference_record import ConvergenceRecord
from screening.potentials.registry import load
from screening.potentials.second_opinion import frames_of
from screening.records import provenance
from screening.records.origin import PotentialFacts, Provenance
from screening.stages.context import StageCall
from screening.trajectories.run_record import RunStatus
from screening.trajectories.runs import read_runs


def run(call: StageCall) -> None:
    """Label the first frame that is judged once more with each setting made finer; failures are recorded."""
    settings: ConvergenceSettings = call.settings
    if settings.reference is None:
        raise StageError("the campaign names no first principles (potential.reference)")
    runs = read_runs(call.inputs("runs"))
    reference = load(settings.reference, call.threads)
    complete = [run for run in runs if run.status is RunStatus.COMPLETE]
    first = next(frames_of(complete, settings.reference_frames), None)
    found, reason = None, "" if first else "no run of it is complete"
    with provenance("convergence", call.all_inputs()) as origin:
        if first is not None:
            # Beside the labels of the candidate's judgement, which has this frame too.
            folder = call.output.parent / "candidates" / runs[0].record.id / "reference"
            try:
                label = labelled([first.atoms], reference, folder).values[0]
                found = converged(reference, first.atoms, label, folder)
                reason = "" if found else f"{reference.name} has no finer setting that is known; test it by hand"
            except StageError as error:
                reason = str(error)
    ConvergenceRecord(
        id=runs[0].record.id,
        reason=reason,
        reference=PotentialFacts.from_dict(reference.record()),
        convergence=found,
        provenance=Provenance.from_dict(origin),
    ).write(call.output)
