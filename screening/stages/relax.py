"""candidate.json -> relaxed.json: every ordering of one candidate, relaxed with the campaign's potential."""

from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.stages import RelaxSettings
from screening.potentials.registry import load
from screening.records import derive_seed, provenance, read_json, write_json
from screening.stability.relax import relax
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Relax; a relaxation that fails is a row with its reason and does not lose the others."""
    settings: RelaxSettings = call.settings
    (source,) = call.inputs
    candidate = read_json(source)
    potential = load(settings.potential, call.threads)
    orderings = []
    with provenance("relax", [source], seed=settings.seed, potential=potential.record()) as origin:
        for index, ordering in enumerate(candidate["orderings"]):
            atoms = AseAtomsAdaptor.get_atoms(Structure.from_dict(ordering["structure"]), msonable=False)
            done = relax(
                atoms,
                potential.calculator,
                settings.relax,
                derive_seed(settings.seed, candidate["id"], index),
            )
            orderings.append(
                {
                    "status": done.status,
                    "reason": done.reason,
                    "energy_eV": done.energy_eV,
                    "steps": done.steps,
                    "max_force_eV_A": done.max_force_eV_A,
                    "volume_A3": float(done.atoms.get_volume()),
                    "volume_change": done.volume_change,
                    "degeneracy": ordering["degeneracy"],
                    "structure": AseAtomsAdaptor.get_structure(done.atoms).as_dict(),
                }
            )
    keep = ("id", "role", "end_member", "parent", "composition", "formula_units", "oxidation_states")
    write_json(call.output, {**{k: candidate[k] for k in keep}, "orderings": orderings, "provenance": origin})
