"""md.json of every run of one candidate -> reference.json: first principles on frames of the runs and along hops."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ase import Atoms

from screening.config.stages import ReferenceSettings
from screening.errors import PotentialError, StageError
from screening.potentials.base import Potential
from screening.potentials.comparison import Labelled, LabelledHop, compared, labelled, labelled_hops
from screening.potentials.convergence import doubt
from screening.potentials.reference_record import Convergence, ConvergenceRecord, LabelledFrame, ReferenceRecord
from screening.potentials.registry import load
from screening.potentials.second_opinion import RunFrame, frames_of
from screening.records import derive_seed, provenance
from screening.records.origin import PotentialFacts, Provenance
from screening.records.structures import atoms_of
from screening.stability.phases import best, usable
from screening.stability.record import RelaxedRecord
from screening.stages.context import StageCall
from screening.students.hops import hops_in
from screening.trajectories.run_record import RunStatus
from screening.trajectories.runs import read_runs


@dataclass(frozen=True)
class _Answers:
    """What first principles say.

    Attributes:
        frames: Of the runs that were to be labelled.
        labels: Of them.
        hops: That have labels.
        hop_reason: Why there is none, "" where there is one or none was asked for.
        seconds: Of processor time for a label.
    """

    frames: list[RunFrame]
    labels: Labelled
    hops: list[LabelledHop]
    hop_reason: str
    seconds: float


def run(call: StageCall) -> None:
    """Label frames and compare; that nothing can be labelled is a recorded failure and exit 0."""
    settings: ReferenceSettings = call.settings
    if settings.reference is None:
        raise StageError("the campaign names no first principles (potential.reference)")
    runs = read_runs(call.inputs("runs"))
    potential, reference = load(settings.potential, call.threads), load(settings.reference, call.threads)
    require_another(potential, reference)
    complete = [run for run in runs if run.status is RunStatus.COMPLETE]
    frames = list(frames_of(complete, settings.reference_frames))
    reason, found = "" if frames else "no run of it is complete", {}
    with provenance("reference", call.all_inputs(), potential=potential.record()) as origin, _student(call) as student:
        taught = None if student is None else replace(potential, name=student[0], calculator=student[1])
        if frames:
            try:
                found = _judged(_ask(call, frames, reference, taught or potential), potential, taught)
                found |= {"convergence": (known := _convergence(call)), "doubt": doubt(known, found["potential"])}
            except StageError as error:
                reason = str(error)
    ReferenceRecord(
        id=runs[0].record.id,
        reason=reason,
        reference=PotentialFacts.from_dict(reference.record()),
        **{"frames": (), "lost": (), "cpu_s_per_label": None, "potential": None, "student": None, **found},
        provenance=Provenance.from_dict(origin),
    ).write(call.output)


def require_another(potential: Potential, reference: Potential) -> None:
    """Refuse a potential that is its own judge under another name, such as sevenn and sevenn:7net-0.

    Raises:
        PotentialError: both have the same weights.
    """
    if potential.checksum == reference.checksum:
        raise PotentialError(
            f"potential.reference: {reference.name} has the same weights as {potential.name}, and finds no error in "
            "itself; name first principles, such as cp2k"
        )


def _convergence(call: StageCall) -> Convergence | None:
    """Of the labels, where it was tested; a record of another method says nothing of this one."""
    records = [ConvergenceRecord.read(path) for path in call.inputs("convergence")]
    return records[0].convergence if records else None


def _ask(call: StageCall, frames: list[RunFrame], reference: Potential, mover: Potential) -> _Answers:
    """Labels of frames and of the images of hops, which `mover` makes.

    Raises:
        StageError: no frame can be labelled.
    """
    folder = call.output.parent / "reference"
    labels = labelled([frame.atoms for frame in frames], reference, folder)
    paths = _paths(call, mover)
    known: list[LabelledHop] = []
    images, why = None, "" if paths or not call.settings.reference_hops else "no ion of it has an empty place to go to"
    if paths:
        try:
            images = labelled([atoms for path in paths for atoms in path], reference, folder)
            known = labelled_hops(paths, images)
            why = "" if known else f"no hop has a label at every image: {images.lost[-1]}"
        except StageError as error:
            why = str(error)
    seconds = max(labels.seconds, 0.0 if images is None else images.seconds)
    return _Answers(frames, labels, known, why, seconds)


def _paths(call: StageCall, mover: Potential) -> list[list[Atoms]]:
    """Hops in the candidate's ordering of lowest energy."""
    settings: ReferenceSettings = call.settings
    relaxed = RelaxedRecord.read(call.input("relaxed"))
    if not settings.reference_hops or not usable(relaxed):
        return []
    seed = derive_seed(settings.seed, "reference", relaxed.id)
    start = atoms_of(best(relaxed).structure)
    return hops_in(start, settings.mobile_ion, mover.calculator, settings.reference_hops, seed)


def _judged(answers: _Answers, potential: Potential, student: Potential | None) -> dict[str, Any]:
    labels, hops = answers.labels, answers.hops
    return {
        "frames": tuple(LabelledFrame(**answers.frames[k].place()) for k in labels.which),
        "lost": labels.lost,
        "hop_energies_eV": tuple(hop.energies_eV for hop in hops),
        "hop_reason": answers.hop_reason,
        "n_labels": len(labels.frames) + sum(len(hop.frames) for hop in hops),
        "cpu_s_per_label": answers.seconds or None,
        "potential": compared(labels, potential, hops),
        "student": None if student is None else compared(labels, student, hops),
    }


@contextmanager
def _student(call: StageCall) -> Iterator[tuple[str, Any] | None]:
    """Name and calculator of the family's student, where it was accepted."""
    from screening.students.calculator import StudentCalculator
    from screening.students.family import FamilyStudent

    accepted = [path for path in call.inputs("student") if FamilyStudent.read(path).accepted]
    if not accepted:
        yield None
        return
    with closing(StudentCalculator(FamilyStudent.read(accepted[0]).load())) as calculator:
        yield accepted[0].parent.name, calculator
