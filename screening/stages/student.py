"""first_start.json or relaxed.json of one family -> student.json: a fast potential for it, accepted or refused."""

from itertools import chain, zip_longest

from ase import Atoms

from screening.config.stages import StudentSettings, without_unset
from screening.log import tell
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_relaxed_with
from screening.records import content_hash, derive_seed, provenance
from screening.records.origin import Provenance
from screening.records.structures import atoms_of
from screening.stability.record import RelaxedRecord
from screening.stages.context import StageCall
from screening.students.distill import distill
from screening.students.record import StudentOutcome, StudentRecord
from screening.students.shared_labels import SharedLabels


def run(call: StageCall) -> None:
    """Distill; a refused student is a result with its reason, and the MD then falls back to the potential itself."""
    settings: StudentSettings = call.settings
    records = [RelaxedRecord.read(path) for path in call.inputs("cells")]
    potential = load(settings.potential, call.threads)
    require_relaxed_with(potential, call.inputs("cells"))
    with provenance("student", call.all_inputs(), seed=settings.seed, potential=potential.record()) as origin:
        # Labels of other settings or structures must not be taken for this student's.
        taught_by = without_unset(settings.model_dump(mode="json", exclude={"student": {"committee", "label_store"}}))
        key = content_hash([taught_by, [record.provenance.inputs for record in records]])
        structures = _spread(records, settings.student.max_orderings)
        if structures:
            outcome = distill(
                structures,
                potential.calculator,
                settings.student,
                settings.hottest_K,
                call.output.parent / key,
                derive_seed(settings.seed, call.output.parent.name),
                progress=tell,
                committee=settings.student.committee,
                shared=SharedLabels.of(settings.student, potential.checksum),
                mobile=settings.mobile_ion,
                coldest_K=settings.student.coldest_K,
            ).outcome()
        else:
            outcome = StudentOutcome(accepted=False, reason="no ordering of its family could be relaxed")
    StudentRecord.of(
        outcome, family=call.output.parent.name, folder=key, provenance=Provenance.from_dict(origin)
    ).write(call.output)


def _spread(records: list[RelaxedRecord], most: int) -> list[Atoms]:
    """The first ordering of every candidate, then the second, ...; evenly among candidates where there are too many."""
    if len(records) > most:
        records = [records[k * len(records) // most] for k in range(most)]
    by_turns = chain.from_iterable(zip_longest(*(_orderings(record) for record in records)))
    return [atoms for atoms in by_turns if atoms is not None][:most]


def _orderings(record: RelaxedRecord) -> list[Atoms]:
    return [atoms_of(ordering.structure) for ordering in record.orderings if ordering.status.usable]
