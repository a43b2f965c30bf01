"""candidate.json (and glass.json) -> relaxed.json: every ordering, relaxed with the campaign's potential."""

from typing import Any

from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.stages import RelaxSettings
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_recorded
from screening.records import derive_seed, provenance, read_json, write_json
from screening.stability.relax import Minimum, not_relaxed, relax_from_several_starts
from screening.stability.topology import Framework
from screening.stages.context import StageCall

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


def run(call: StageCall) -> None:
    """Relax; a relaxation that fails is a row with its reason and does not lose the others."""
    settings: RelaxSettings = call.settings
    source = call.named("candidate.json")
    candidate = read_json(source)
    potential = load(settings.potential, call.threads)
    for path in call.all_named("potential.json"):
        require_recorded(potential, path)
    anions = frozenset(element for element, charge in candidate["oxidation_states"].items() if charge < 0)
    # A glass begins from its quenched melt, whose bonds are still to be found.
    samples = [sample for path in call.all_named("glass.json") for sample in read_json(path)["samples"]]
    framework = None if samples else Framework(settings.mobile_ion, anions)
    inputs = [source, *call.all_named("glass.json")]
    orderings = []
    with provenance("relax", inputs, seed=settings.seed, potential=potential.record()) as origin:
        for index, ordering in enumerate(candidate["orderings"]):
            start = samples[index] if samples else ordering
            atoms = AseAtomsAdaptor.get_atoms(Structure.from_dict(start["structure"]), msonable=False)
            seed = derive_seed(settings.seed, candidate["id"], index)
            if samples and start["status"] != "amorphous":
                minimum = not_relaxed(atoms, f"{start['status']}: {start['reason']}")
            else:
                minimum = relax_from_several_starts(atoms, potential.calculator, settings.relax, seed, framework)
            kept = {key: ordering.get(key) for key in ("degeneracy", "draws")}
            orderings.append({**kept, **_record(minimum)})
    write_json(call.output, {**{k: candidate[k] for k in KEPT}, "orderings": orderings, "provenance": origin})


def _record(minimum: Minimum) -> dict[str, Any]:
    best = minimum.best
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
        "steps": best.steps,
        "max_force_eV_A": best.max_force_eV_A,
        "volume_A3": float(best.atoms.get_volume()),
        "volume_change": best.volume_change,
        "structure": AseAtomsAdaptor.get_structure(best.atoms).as_dict(),
    }
