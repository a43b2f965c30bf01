"""relaxed.json of one family -> student.json: a fast potential for its molecular dynamics, accepted or refused."""

import sys
from typing import Any

from ase import Atoms
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.stages import StudentSettings
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_relaxed_with
from screening.potentials.student.distill import distill
from screening.records import content_hash, derive_seed, provenance, read_json, write_json
from screening.stability import USABLE
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Distill; a refused student is a result with its reason, and the MD then falls back to the potential itself."""
    settings: StudentSettings = call.settings
    records = [read_json(path) for path in call.inputs]
    potential = load(settings.potential, call.threads)
    require_relaxed_with(potential, call.inputs)
    with provenance("student", list(call.inputs), seed=settings.seed, potential=potential.record()) as origin:
        # Labels of other settings or structures must not be taken for this student's.
        key = content_hash([settings.model_dump(mode="json"), [r["provenance"]["inputs"] for r in records]])
        folder = call.output.parent / key
        report = distill(
            [atoms for record in records for atoms in _orderings(record)],
            potential.calculator,
            settings.student,
            [settings.hottest_K],
            folder,
            derive_seed(settings.seed, call.output.parent.name),
            progress=lambda line: print(line, file=sys.stderr, flush=True),
        )
    write_json(
        call.output,
        {
            "family": call.output.parent.name,
            "folder": key,
            "accepted": report.accepted,
            "reason": report.verdict.reason,
            **report.record(),
            "provenance": origin,
        },
    )


def _orderings(record: dict[str, Any]) -> list[Atoms]:
    return [
        AseAtomsAdaptor.get_atoms(Structure.from_dict(ordering["structure"]), msonable=False)
        for ordering in record["orderings"]
        if ordering["status"] in USABLE
    ]
