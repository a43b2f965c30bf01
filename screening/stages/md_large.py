"""relaxed.json and transport.json of one candidate -> md.json of a run in a cell eight times as large."""

from dataclasses import replace

from pymatgen.core import Structure

from screening.candidates.larger import filled_anew, shared_sublattices
from screening.candidates.record import CandidateRecord
from screening.config.stages import MDSettings
from screening.dynamics.engines.base import Engine, EngineFailure
from screening.dynamics.settle import settled
from screening.errors import StructureError
from screening.parents.base import Parent
from screening.parents.record import ParentsRecord
from screening.records import derive_seed
from screening.records.structures import atoms_of
from screening.stability.blocks import blocks
from screening.stability.record import RelaxedRecord
from screening.stages import md
from screening.stages.context import StageCall
from screening.transport.finite_size import REPEAT, hottest_resolved_K
from screening.transport.record import CandidateTransport


def run(call: StageCall) -> None:
    """Run or continue a large cell at the hottest resolved temperature; a student alone does it."""
    records = [CandidateTransport.read(path) for path in call.inputs("transport")]
    resolved = hottest_resolved_K(records)
    temperature = max(record.temperature_K for record in records) if resolved is None else resolved
    options = {"ordering": "0", **call.options, "temperature": f"{temperature:g}", "replica": "0"}
    single = replace(call, options=options)
    driver, driven_by = md.driver_of(single)
    left_out = "" if resolved is not None else "D* is resolved at no temperature, so there is nothing to compare with"
    if not driven_by.student_checksum:
        left_out = left_out or f"a large cell is run with a student alone: {driven_by.student_refused}"
    relaxed = RelaxedRecord.read(call.input("relaxed"))
    large = md.Large(relaxed.orderings[0].structure)
    if not left_out and relaxed.orderings[0].status.usable:
        try:
            large = _large(single, relaxed, driver.engine)
        except (StructureError, EngineFailure) as error:
            left_out = f"no large cell could be made ({options.get('distribution', 'repeated')}): {error}"
    md.execute(single, driver, driven_by, md.tell_progress, large=large, left_out=left_out)


def _large(call: StageCall, relaxed: RelaxedRecord, engine: Engine) -> md.Large:
    """The large cell of this number.

    Raises:
        StructureError: it cannot be made.
        EngineFailure: it cannot be brought to rest.
    """
    settings: MDSettings = call.settings
    first, draw = Structure.from_dict(relaxed.orderings[0].structure), int(call.options["ordering"])
    seed = derive_seed(settings.seed, relaxed.id, "large cell")
    match call.options.get("distribution", "repeated"):
        case "boltzmann":
            frozen_K = float(call.options["frozen_K"])
            cell, said = blocks(relaxed, REPEAT, frozen_K, draw, seed), f"orderings weighed at {frozen_K:g} K"
        case "random" | "quasirandom" as way:
            record = CandidateRecord.read(call.input("candidate"))
            if record.glass is not None:
                raise StructureError("a glass has no sublattices")
            if not all(n.isdigit() for n in record.supercell.split("x")):
                raise StructureError(f"its cell ({record.supercell}) is no repeat of the parent's")
            parent = Parent.from_record(ParentsRecord.read(call.input("parents")).parents[record.parent]).structure
            made = Structure.from_dict(record.orderings[0].structure)
            mobile = {settings.mobile_ion, *settings.also_mobile}
            shared = shared_sublattices(made, parent, tuple(map(int, record.supercell.split("x"))), mobile)
            cell = filled_anew(first, made, shared, REPEAT, draw, seed, way)
            said = f"{way} on {', '.join(shared)}"
        case _:
            return md.Large(first.make_supercell([REPEAT] * 3).as_dict())
    rest = settled(atoms_of(cell.as_dict()), engine)
    at_rest = Structure(cell.lattice, cell.species, rest.positions, coords_are_cartesian=True)
    return md.Large(at_rest.as_dict(), f"{said}, number {draw + 1}, brought to rest by the student")
