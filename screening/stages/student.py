"""first_start.json or relaxed.json of one family -> student.json: a fast potential for it, accepted or refused."""

from itertools import chain, zip_longest
from typing import Any

from ase import Atoms

from screening.config.settings import without_unset
from screening.config.stages import CORRECTION, StudentSettings
from screening.log import tell
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_relaxed_with
from screening.records import content_hash, derive_seed, provenance
from screening.records.origin import Provenance
from screening.records.structures import atoms_of
from screening.stability.record import RelaxedRecord
from screening.stages.context import StageCall
from screening.students.corrected import FOLDER, Family, corrected, distilled
from screening.students.correction_record import Correction
from screening.students.record import StudentOutcome, StudentRecord


def run(call: StageCall) -> None:
    """Distill; a refused student is a result with its reason, and the MD then falls back to the potential itself."""
    settings: StudentSettings = call.settings
    correction: Correction | None = None
    records = [RelaxedRecord.read(path) for path in call.inputs("cells")]
    potential = load(settings.potential, call.threads)
    require_relaxed_with(potential, call.inputs("cells"))
    with provenance("student", call.all_inputs(), seed=settings.seed, potential=potential.record()) as origin:
        # Labels of other settings or structures must not be taken for this student's.
        unimportant: dict[str, Any] = {"student": {"committee", "label_store"}, **dict.fromkeys(CORRECTION, True)}
        taught_by = without_unset(settings.model_dump(mode="json", exclude=unimportant))
        key = content_hash([taught_by, [record.provenance.inputs for record in records]])
        structures = _spread(records, settings.student.max_orderings)
        folder = key
        if structures:
            family = Family(
                structures,
                potential,
                settings.student,
                settings.hottest_K,
                call.output.parent / key,
                derive_seed(settings.seed, call.output.parent.name),
                (settings.mobile_ion, *settings.also_mobile),
                tell,
            )
            report = distilled(family)
            if settings.corrected_by is not None and settings.correction_labels is not None:
                reference, test = load(settings.corrected_by, call.threads), bool(settings.correction_convergence)
                report, correction = corrected(family, report, reference, settings.correction_labels, test)
                folder = f"{key}/{FOLDER}" if correction.kept else key
            outcome = report.outcome()
        else:
            outcome = StudentOutcome(accepted=False, reason="no ordering of its family could be relaxed")
    StudentRecord.of(
        outcome,
        family=call.output.parent.name,
        folder=folder,
        correction=correction,
        provenance=Provenance.from_dict(origin),
    ).write(call.output)


def _spread(records: list[RelaxedRecord], most: int) -> list[Atoms]:
    """The first ordering of every candidate, then the second, ...; evenly among candidates where there are too many."""
    if len(records) > most:
        records = [records[k * len(records) // most] for k in range(most)]
    by_turns = chain.from_iterable(zip_longest(*(_orderings(record) for record in records)))
    return [atoms for atoms in by_turns if atoms is not None][:most]


def _orderings(record: RelaxedRecord) -> list[Atoms]:
    return [atoms_of(ordering.structure) for ordering in record.orderings if ordering.status.usable]
