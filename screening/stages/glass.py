"""candidate.json -> glass.json: every sample of a glass, melted and quenched; relaxation begins from these."""

from screening.candidates.record import CandidateRecord
from screening.config.stages import GlassSettings
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_recorded
from screening.records import provenance
from screening.records.origin import Provenance
from screening.stability.glass_record import GlassRecord
from screening.stability.glasses import quenched_samples
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Melt and quench each sample; one that is no glass is recorded with its reason and not relaxed."""
    settings: GlassSettings = call.settings
    source = call.input("candidate")
    candidate = CandidateRecord.read(source)
    potential = load(settings.potential, call.threads)
    for path in call.inputs("potential"):
        require_recorded(potential, path)
    with provenance("glass", [source], seed=settings.seed, potential=potential.record()) as origin:
        samples, student = quenched_samples(candidate, settings, potential, call.output.parent / "glass")
    GlassRecord(id=candidate.id, student=student, samples=samples, provenance=Provenance.from_dict(origin)).write(
        call.output
    )
