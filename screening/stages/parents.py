"""config -> parents.json: parents and references, from the library and from files."""

from screening.config.stages import ParentsSettings
from screening.parents.registry import load_parent
from screening.records import provenance, write_json
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Load every parent and reference."""
    settings: ParentsSettings = call.settings
    with provenance("parents", list(call.inputs)) as origin:
        parents = {p.name: load_parent(*p.source, base=call.base, id=p.name) for p in settings.parents}
        references = {
            name: load_parent("library", name, base=call.base, id=name)
            for name in settings.references
            if name not in parents
        }
    write_json(
        call.output,
        {
            "parents": {name: parent.to_record() for name, parent in parents.items()},
            "references": {name: parent.to_record() for name, parent in references.items()},
            "provenance": origin,
        },
    )
