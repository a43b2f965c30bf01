"""candidate.json (and glass.json) -> relaxed.json: every ordering, relaxed with the campaign's potential.

With first_start.json and student.json the student searches from there for lower minima.
"""

import sys
from collections.abc import Callable
from typing import Any

from ase import Atoms
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.stages import RelaxSettings
from screening.potentials.base import Potential
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_recorded, require_relaxed_with
from screening.records import derive_seed, provenance, read_json, write_json
from screening.stability.relax import Relaxation
from screening.stability.search import search_minima
from screening.stability.starts import Minimum, not_relaxed, relax_from_several_starts
from screening.stability.topology import Framework
from screening.stages.context import StageCall
from screening.students.pod import StudentPotential

KEPT = (
    "id",
    "role",
    "end_member",
    "parent",
    "composition",
    "formula_units",
    "mixing_sites",
    "ideal_entropy_k_formula_unit",
    "distinct_arrangements",
    "oxidation_states",
    "exchange",
    "glass",
)
# Number of the ordering, its geometry as made, its seed, the framework to keep -> its minimum.
FindMinimum = Callable[[int, Atoms, int, Framework | None], Minimum]


def run(call: StageCall) -> None:
    """Relax; a relaxation that fails is a row with its reason and does not lose the others."""
    settings: RelaxSettings = call.settings
    potential = load(settings.potential, call.threads)
    require_relaxed_with(potential, call.inputs("first_start"))
    firsts = [_relaxation(o) for path in call.inputs("first_start") for o in read_json(path)["orderings"]]
    student, searched_by = _student(call)

    def find(index: int, atoms: Atoms, seed: int, framework: Framework | None) -> Minimum:
        first = firsts[index] if firsts else None
        search = None
        if student is not None:
            begin = atoms if first is None or first.energy_eV is None else first.atoms
            search = search_minima(begin, student, settings.relax, seed, framework, ideal=atoms)
            _tell(f"ordering {index}: {len(search.minima)} minima by the student", *search.failures[:3])
        minimum = relax_from_several_starts(
            atoms, potential.calculator, settings.relax, seed, framework, first=first, search=search
        )
        energies = (f"{s.energy_eV / len(atoms):.4f}" if s.energy_eV is not None else s.status for s in minimum.starts)
        _tell(f"ordering {index}: {', '.join(energies)} eV/atom")
        return minimum

    write_minima(call, "relax", settings.mobile_ion, settings.seed, potential, find, searched_by)


def write_minima(
    call: StageCall,
    stage: str,
    mobile_ion: str,
    seed: int,
    potential: Potential,
    find: FindMinimum,
    searched_by: dict[str, Any] | None = None,
) -> None:
    """Find every ordering's minimum and write the record that the stages of relaxation share."""
    source = call.input("candidate")
    candidate = read_json(source)
    for path in call.inputs("potential"):
        require_recorded(potential, path)
    anions = frozenset(element for element, charge in candidate["oxidation_states"].items() if charge < 0)
    # A glass begins from its quenched melt, whose bonds are still to be found.
    samples = [sample for path in call.inputs("glass") for sample in read_json(path)["samples"]]
    framework = None if samples else Framework(mobile_ion, anions)
    orderings = []
    with provenance(stage, call.all_inputs("potential"), seed=seed, potential=potential.record()) as origin:
        for index, ordering in enumerate(candidate["orderings"]):
            start = samples[index] if samples else ordering
            atoms = AseAtomsAdaptor.get_atoms(Structure.from_dict(start["structure"]), msonable=False)
            if samples and start["status"] != "amorphous":
                minimum = not_relaxed(atoms, f"{start['status']}: {start['reason']}")
            else:
                minimum = find(index, atoms, derive_seed(seed, candidate["id"], index), framework)
            kept = {key: ordering.get(key) for key in ("degeneracy", "draws")}
            orderings.append({**kept, **_record(minimum)})
    kept = {key: candidate[key] for key in KEPT}
    write_json(call.output, {**kept, "searched_by": searched_by, "orderings": orderings, "provenance": origin})


def _student(call: StageCall) -> tuple[StudentPotential | None, dict[str, Any] | None]:
    """The family's student, None where there is none or it was refused; and what the record says of it."""
    if not call.inputs("student"):
        return None, None
    path = call.input("student")
    record = read_json(path)
    if not record["accepted"]:
        return None, {"student_checksum": None, "student_refused": record["reason"]}
    student = StudentPotential.load(path.parent / record["folder"] / "student")
    return student, {"student_checksum": student.checksum, "student_refused": ""}


def _relaxation(record: dict[str, Any]) -> Relaxation:
    """The relaxation that `_record` wrote."""
    return Relaxation(
        atoms=AseAtomsAdaptor.get_atoms(Structure.from_dict(record["structure"]), msonable=False),
        **{key: record[key] for key in ("status", "reason", "energy_eV", "steps", "max_force_eV_A", "volume_change")},
    )


def _record(minimum: Minimum) -> dict[str, Any]:
    best, search = minimum.best, minimum.search
    return {
        "status": best.status,
        "reason": best.reason,
        "energy_eV": best.energy_eV,
        "starts": [
            {"status": start.status, "reason": start.reason, "energy_eV": start.energy_eV, "steps": start.steps}
            for start in minimum.starts
        ],
        "start_spread_eV": minimum.spread_eV,
        "minimum_repeated": minimum.repeated,
        "search": None
        if search is None
        else {
            "student_energies_eV": search.energies_eV,
            "spread_eV": search.spread_eV,
            "failures": search.failures,
        },
        "steps": best.steps,
        "max_force_eV_A": best.max_force_eV_A,
        "volume_A3": float(best.atoms.get_volume()),
        "volume_change": best.volume_change,
        "structure": AseAtomsAdaptor.get_structure(best.atoms).as_dict(),
    }


def _tell(*lines: str) -> None:
    print("; ".join(lines), file=sys.stderr, flush=True)
