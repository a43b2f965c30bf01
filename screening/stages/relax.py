"""candidate.json (and glass.json) -> relaxed.json: every ordering, relaxed with the campaign's potential.

With first_start.json and student.json the student searches from there for lower minima.
"""

from collections.abc import Sequence

from screening.candidates.record import CandidateRecord
from screening.config.stages import RelaxSettings
from screening.potentials.base import Potential
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_recorded, require_relaxed_with
from screening.records import provenance
from screening.records.origin import Provenance
from screening.stability.glass_record import GlassRecord
from screening.stability.minima import FindMinimum, SeveralStarts, relaxed_orderings
from screening.stability.record import RelaxedOrdering, RelaxedRecord, SearchedBy
from screening.stability.ways import lowest_ways, with_grains_apart
from screening.stages.context import StageCall
from screening.students.family import FamilyStudent


def run(call: StageCall) -> None:
    """Relax; a relaxation that fails is a row with its reason and does not lose the others."""
    settings: RelaxSettings = call.settings
    potential = load(settings.potential, call.threads)
    require_relaxed_with(potential, call.inputs("first_start"))
    firsts = [ordering for path in call.inputs("first_start") for ordering in RelaxedRecord.read(path).orderings]
    student = searched_by = None
    if call.inputs("student"):
        family = FamilyStudent.read(call.input("student"))
        student = family.load() if family.accepted else None
        searched_by = SearchedBy(**family.used(student))
    starts = SeveralStarts(potential.calculator, settings.relax, student, firsts)
    write_minima(call, "relax", settings.mobile_ion, settings.seed, potential, starts.find, firsts, searched_by)


def write_minima(
    call: StageCall,
    stage: str,
    mobile_ion: str,
    seed: int,
    potential: Potential,
    find: FindMinimum,
    firsts: Sequence[RelaxedOrdering] = (),
    searched_by: SearchedBy | None = None,
) -> None:
    """Find every ordering's minimum and write the record that the stages of relaxation share.

    Of a boundary the ways of joining of lowest energy are relaxed, and of the last stage grains are pulled apart.
    """
    candidate = CandidateRecord.read(call.input("candidate"))
    for path in call.inputs("potential"):
        require_recorded(potential, path)
    samples = [sample for path in call.inputs("glass") for sample in GlassRecord.read(path).samples]
    with provenance(stage, call.all_inputs("potential"), seed=seed, potential=potential.record()) as origin:
        candidate = lowest_ways(candidate, potential.calculator, firsts)
        orderings = relaxed_orderings(candidate, samples, mobile_ion, seed, find)
        if stage == "relax":
            orderings = tuple(with_grains_apart(one, potential.calculator) for one in orderings)
    RelaxedRecord.of(
        candidate, searched_by=searched_by, orderings=orderings, provenance=Provenance.from_dict(origin)
    ).write(call.output)
