"""config -> parents.json: parents and references, from the library, files and databases."""

from screening.config.stages import ParentsSettings
from screening.parents.record import ParentsRecord
from screening.parents.registry import load_parents, load_references
from screening.records import provenance
from screening.records.origin import Provenance
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Load every parent and reference."""
    settings: ParentsSettings = call.settings
    with provenance("parents", call.all_inputs()) as origin:
        loaded = load_parents(settings.parents, call.base)
        references = load_references(settings.references, settings.parents, call.base)
    ParentsRecord(
        parents={name: parent.to_record() for name, parent in loaded.parents.items()},
        left_out={**loaded.left_out, **references.left_out},
        references={name: parent.to_record() for name, parent in references.parents.items()},
        provenance=Provenance.from_dict(origin),
    ).write(call.output)
