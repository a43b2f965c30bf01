"""md.json of every run of one candidate -> reference.json: first principles on frames of the runs."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from screening.config.stages import ReferenceSettings
from screening.errors import StageError
from screening.potentials.base import Potential
from screening.potentials.comparison import Labelled, compared, labelled
from screening.potentials.reference_record import Judgement, LabelledFrame, ReferenceRecord
from screening.potentials.registry import load
from screening.potentials.second_opinion import RunFrame, frames_of
from screening.records import provenance
from screening.records.origin import PotentialFacts, Provenance
from screening.stages.context import StageCall
from screening.trajectories.run_record import RunStatus
from screening.trajectories.runs import read_runs


def run(call: StageCall) -> None:
    """Label frames and compare; that nothing can be labelled is a recorded failure and exit 0."""
    settings: ReferenceSettings = call.settings
    if settings.reference is None:
        raise StageError("the campaign names no first principles (potential.reference)")
    runs = read_runs(call.inputs("runs"))
    potential, reference = load(settings.potential, call.threads), load(settings.reference, call.threads)
    complete = [run for run in runs if run.status is RunStatus.COMPLETE]
    frames = list(frames_of(complete, settings.reference_frames))
    with provenance("reference", call.all_inputs(), potential=potential.record()) as origin:
        reason, labels = "" if frames else "no run of it is complete", None
        if frames:
            try:
                folder = call.output.parent / "reference"
                labels = labelled([frame.atoms for frame in frames], reference, folder)
            except StageError as error:
                reason = str(error)
        found = {} if labels is None else _judged(call, labels, potential, frames)
    ReferenceRecord(
        id=runs[0].record.id,
        reason=reason,
        reference=PotentialFacts.from_dict(reference.record()),
        **{"frames": (), "lost": (), "cpu_s_per_label": None, "potential": None, "student": None, **found},
        provenance=Provenance.from_dict(origin),
    ).write(call.output)


def _judged(call: StageCall, labels: Labelled, potential: Potential, frames: list[RunFrame]) -> dict[str, Any]:
    students = [judged for path in call.inputs("student") if (judged := _student(path, potential, labels))]
    return {
        "frames": tuple(LabelledFrame(**frames[k].place()) for k in labels.which),
        "lost": labels.lost,
        "cpu_s_per_label": labels.seconds or None,
        "potential": _judgement(labels, potential),
        "student": students[0] if students else None,
    }


def _student(path: Path, potential: Potential, labels: Labelled) -> Judgement | None:
    """The family's student, where it was accepted."""
    from screening.students.calculator import StudentCalculator
    from screening.students.family import FamilyStudent
    from screening.students.pod import StudentPotential

    family = FamilyStudent.read(path)
    if not family.accepted:
        return None
    with closing(StudentCalculator(StudentPotential.load(family.folder / "student"))) as calculator:
        return _judgement(labels, replace(potential, name=path.parent.name, calculator=calculator))


def _judgement(labels: Labelled, potential: Potential) -> Judgement:
    row = compared(labels, potential)
    return Judgement(name=row.name, failure=row.failure, found=row.found)
