"""relaxed.json -> md.json and a folder of chunks: one run at one temperature."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ase import Atoms
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.dynamics import MDProtocol
from screening.config.stages import MDSettings
from screening.dynamics.cell import run_cell
from screening.dynamics.convergence import Look, StoppingRule
from screening.dynamics.driver import Driver, Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.protocol import RunOutcome, run_chunks, thermal_start
from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_relaxed_with
from screening.records import content_hash, derive_seed, provenance, read_json, read_table, sha256_of, write_json
from screening.stability import USABLE
from screening.stages.context import StageCall
from screening.trajectories.storage import chunk_path

Tell = Callable[[int, int, Look | None], None]
# A longer run continues a shorter one.
LENGTHS = frozenset({"duration_ps", "target_relative_error", "min_duration_ps"})


def run(call: StageCall) -> None:
    """Run or continue; a run that blows up is a recorded failure and exit 0."""
    execute(call, *_driver(call), _tell)


def execute(call: StageCall, driver: Driver, facts: dict[str, Any], tell: Tell) -> None:
    """Run or continue with this driver and write the record.

    Args:
        call: Of the stage.
        driver: Runs the dynamics.
        facts: What the driver is, for the record.
        tell: Called with frames done, frames wanted at most and the last look after each chunk.
    """
    settings: MDSettings = call.settings
    md = settings.md.model_copy(update={"duration_ps": _longest_ps(call)})
    relaxed = read_json(call.input("relaxed"))
    temperature = float(call.options["temperature"])
    ordering, replica = int(call.options["ordering"]), int(call.options["replica"])
    start_record = relaxed["orderings"][ordering]
    seed = derive_seed(settings.seed, relaxed["id"], ordering, temperature, replica)
    # The potential itself is not watched.
    without = LENGTHS if facts["student_checksum"] else LENGTHS | {"monitor"}
    protocol = content_hash(
        {
            "md": {k: v for k, v in md.model_dump(mode="json").items() if k not in without},
            # The same run goes on where there is a GPU, or none.
            "driver": {k: v for k, v in facts.items() if k != "device"},
            "temperature_K": temperature,
            "seed": seed,
            "start": start_record["structure"],
        }
    )
    folder = call.output.parent / "chunks"
    stop = StoppingRule(settings.mobile_ion, temperature, md, settings.transport)
    cell: dict[str, Any] = {"cell": "none"}
    with provenance("md", call.all_inputs(), seed=seed, potential=facts) as origin:
        try:
            if start_record["status"] not in USABLE:
                raise _LeftOut(f"ordering {ordering} is not run, its relaxation failed: {start_record['reason']}")
            if settings.student_required and facts["student_refused"]:
                raise _LeftOut(f"not run without a student (potential.student: required): {facts['student_refused']}")
            atoms = AseAtomsAdaptor.get_atoms(Structure.from_dict(start_record["structure"]), msonable=False)
            start, cell = _cell(call, atoms, driver, md, temperature, seed, protocol)
            outcome = run_chunks(
                folder, thermal_start(start, temperature, seed), driver, md, temperature, seed, protocol, stop, tell
            )
        except _LeftOut as why:
            outcome = RunOutcome("left_out", "left_out", str(why), 0, 0)
        except EngineFailure as failure:
            outcome = RunOutcome("failed", "failed", f"constant pressure: {failure}", 0, 0)
    watched = driver.record()
    write_json(
        call.output,
        {
            "id": relaxed["id"],
            "temperature_K": temperature,
            "ordering": ordering,
            "replica": replica,
            "status": outcome.status,
            "reason": outcome.reason if outcome.status != "complete" else "",
            "ending": {
                "by": outcome.ended_by,
                "reason": outcome.reason,
                "time_ps": outcome.n_frames * md.sample_interval_fs / 1000,
                "looks": [look.record() for look in outcome.looks],
            },
            "engine": driver.engine.name,
            "driver": facts,
            "monitor": None if watched is None else {"largest_grade": outcome.largest_grade, **watched},
            "run_cell": cell,
            "protocol": protocol,
            "n_frames": outcome.n_frames,
            "chunks": {(path := chunk_path(folder, i)).name: sha256_of(path) for i in range(outcome.n_chunks)},
            "provenance": origin,
        },
    )


def potential_facts(loaded: Potential, refused: str = "") -> dict[str, Any]:
    """What drives a run without a student, for its record; `refused` says why there is none.

    Chunks from before the centre of mass was held were hotter than their record says; this tells them apart.
    """
    return {**loaded.record(), "student_checksum": None, "student_refused": refused, "centre_of_mass": "held"}


class _LeftOut(Exception):
    """There is nothing to run."""


def _cell(
    call: StageCall, atoms: Atoms, driver: Driver, md: MDProtocol, temperature: float, seed: int, protocol: str
) -> tuple[Atoms, dict[str, Any]]:
    return run_cell(atoms, driver, md, temperature, seed, protocol, call.output.parent / "cell.json")


def _longest_ps(call: StageCall) -> float:
    """How long the run may be: the length of its rung, or where its candidate was stopped before."""
    length = float(call.options.get("length_ps", call.settings.md.duration_ps))
    for path in call.inputs("rung"):
        id = call.input("relaxed").parent.name
        (row,) = [row for row in read_table(path) if row["id"] == id]
        return length if row["goes_on"] else min(length, float(row["stopped_ps"]))
    return length


def progress_line(done: int, wanted: int, look: Look | None) -> str:
    """How far a run is, and what is known of it."""
    known = ""
    if look is not None and look.diffusivity_cm2_s is not None:
        known = f"; D* {look.diffusivity_cm2_s:.2g} cm2/s with a relative error of {look.relative_error:.2f}"
    return f"{done} of {wanted} frames{known}"


def _tell(done: int, wanted: int, look: Look | None) -> None:
    print(progress_line(done, wanted, look), file=sys.stderr, flush=True)


def _driver(call: StageCall) -> tuple[Driver, dict[str, Any]]:
    """The family's student in LAMMPS, watched, if there is an accepted one, else the potential in ASE; and which."""
    settings: MDSettings = call.settings
    refused = ""
    for path in call.inputs("student"):
        student = read_json(path)
        if student["accepted"]:
            return _watched(call, path.parent / student["folder"], student["provenance"]["potential"])
        refused = student["reason"]
    loaded = load(settings.potential, call.threads)
    require_relaxed_with(loaded, call.inputs("relaxed"))
    return Unwatched(AseEngine(loaded.calculator, settings.md.thermostat_time_fs)), potential_facts(loaded, refused)


def _watched(call: StageCall, family: Path, teacher: dict[str, Any]) -> tuple[Driver, dict[str, Any]]:
    from screening.students.pod import StudentPotential
    from screening.students.production import WatchedStudent

    settings: MDSettings = call.settings

    def load_teacher() -> Any:
        potential = load(settings.potential, call.threads)
        if potential.checksum != teacher["checksum"]:
            raise PotentialError(
                f"the student must be retrained, but the weights of {settings.potential.name} differ from its "
                f"teacher's (SHA-256 {potential.checksum[:12]}, {teacher['checksum'][:12]}); delete {family} and "
                "student.json beside it to distil it again"
            )
        return potential.calculator

    student = StudentPotential.load(family / "student")
    driver = WatchedStudent(
        student,
        family / "labels",
        load_teacher,
        teacher["checksum"],
        settings.md.monitor,
        call.output.parent / "retraining",
        thermostat_time_fs=settings.md.thermostat_time_fs,
        frame_interval_fs=settings.md.sample_interval_fs,
        frames_per_chunk=settings.md.frames_per_chunk,
        ranks=call.threads,
    )
    return driver, {**teacher, "student_checksum": student.checksum, "student_refused": ""}
