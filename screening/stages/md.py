"""relaxed.json -> md.json and a folder of chunks: one run at one temperature."""

import sys

from ase import Atoms
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.stages import MDSettings
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.protocol import run_chunks, thermal_start
from screening.dynamics.storage import chunk_path
from screening.potentials.registry import load
from screening.records import content_hash, derive_seed, provenance, read_json, sha256_of, write_json
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Run or continue; a run that blows up is a recorded failure and exit 0."""
    settings: MDSettings = call.settings
    (source,) = call.inputs
    relaxed = read_json(source)
    temperature = float(call.options["temperature"])
    ordering, replica = int(call.options["ordering"]), int(call.options["replica"])
    start_record = relaxed["orderings"][ordering]
    structure = Structure.from_dict(start_record["structure"])
    atoms: Atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    potential = load(settings.potential, call.threads)
    seed = derive_seed(settings.seed, relaxed["id"], ordering, temperature, replica)
    lengths = {"duration_ps"}
    protocol = content_hash(
        {
            "md": {k: v for k, v in settings.md.model_dump(mode="json").items() if k not in lengths},
            "potential": potential.record(),
            "temperature_K": temperature,
            "seed": seed,
            "start": start_record["structure"],
        }
    )
    folder = call.output.parent / "chunks"
    with provenance("md", [source], seed=seed, potential=potential.record()) as origin:
        outcome = run_chunks(
            folder,
            thermal_start(atoms, temperature, seed),
            AseEngine(potential.calculator, settings.md.thermostat_time_fs),
            settings.md,
            temperature,
            seed,
            protocol,
            progress=lambda done, wanted: print(f"{done} of {wanted} frames", file=sys.stderr, flush=True),
        )
    write_json(
        call.output,
        {
            "id": relaxed["id"],
            "temperature_K": temperature,
            "ordering": ordering,
            "replica": replica,
            "status": outcome.status,
            "reason": outcome.reason,
            "engine": settings.md.engine,
            "protocol": protocol,
            "n_frames": outcome.n_frames,
            "chunks": {(path := chunk_path(folder, i)).name: sha256_of(path) for i in range(outcome.n_chunks)},
            "provenance": origin,
        },
    )
