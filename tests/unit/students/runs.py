"""Runs of a student that was taught cold, as the stage makes them."""

import shutil
from dataclasses import replace
from pathlib import Path

from ase import Atoms
from ase.calculators.calculator import Calculator
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.dynamics import MDProtocol, MonitorConfig
from screening.config.potential import TeacherConfig
from screening.config.stages import MDSettings
from screening.config.transport import TransportConfig
from screening.dynamics.protocol import run_chunks, thermal_start
from screening.potentials.registry import load
from screening.records import read_json
from screening.records.origin import PotentialFacts, Provenance
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stability.status import RelaxationStatus
from screening.stages import md as md_stage
from screening.stages.context import StageCall
from screening.students.pod import StudentPotential
from screening.students.production import WatchedStudent
from screening.students.record import StudentRecord
from tests.blank import blank
from tests.students import crystal

LJ = TeacherConfig(name="lj")
HOT = 1000.0
MONITOR = MonitorConfig(interval_ps=0.1, frames=4, max_retrainings=6, max_grade=0.4)
PROTOCOL = MDProtocol(duration_ps=0.9, timestep_fs=4, sample_interval_fs=20, chunk_ps=0.3, monitor=MONITOR)


def run(
    family: Path,
    folder: Path,
    temperature: float = HOT,
    settings: MDProtocol = PROTOCOL,
    label_store: Path | None = None,
    teacher: Calculator | None = None,
):
    """A run of the student, as the stage makes it; outcome and driver."""
    student = StudentPotential.load(family / "student")
    if label_store is not None:
        changed = {"labels": "shared", "label_store": str(label_store)}
        student = replace(student, settings=student.settings.model_copy(update=changed))
    driver = WatchedStudent(
        student,
        family / "labels",
        lambda: teacher or load(LJ).calculator,
        "lj",
        settings.monitor,
        folder / "retraining",
        thermostat_time_fs=50,
        frame_interval_fs=settings.sample_interval_fs,
        frames_per_chunk=settings.frames_per_chunk,
    )
    start = thermal_start(crystal(), temperature, 3)
    try:
        return run_chunks(folder / "chunks", start, driver, settings, temperature, 3, "p"), driver
    finally:
        driver.close()


def contents(folder: Path) -> dict[str, bytes]:
    """All that a run leaves behind but arrays, whose files hold the time they were written."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".npz"
    }


def staged(
    family: Path,
    folder: Path,
    temperature: float,
    replica: int = 0,
    starts: str | None = None,
    md: MDProtocol = PROTOCOL,
) -> dict:
    """The md stage on a relaxed crystal and the family's student; its record."""
    structure = AseAtomsAdaptor.get_structure(crystal()).as_dict()
    relaxed = folder / "relaxed.json"
    ordering = blank(RelaxedOrdering, status=RelaxationStatus.CONVERGED, structure=structure)
    blank(RelaxedRecord, id="x", orderings=(ordering,)).write(relaxed)
    record = folder / "student.json"
    origin = blank(Provenance, potential=PotentialFacts(**load(LJ).record()))
    blank(StudentRecord, accepted=True, folder="family", provenance=origin).write(record)
    if not (folder / "family").exists():
        shutil.copytree(family, folder / "family")
    settings = MDSettings(
        seed=1,
        mobile_ion="Ne",
        potential=LJ,
        md=md.model_copy(update={"replica_starts": starts}),
        transport=TransportConfig(),
        student_required=False,
    )
    output = folder / "run" / "md.json"
    options = {"temperature": f"{temperature:g}", "ordering": "0", "replica": str(replica)}
    md_stage.run(StageCall({"relaxed": [relaxed], "student": [record]}, output, settings, options))
    return read_json(output)


def asked(frame: Atoms) -> Atoms:
    frame.calc = load(LJ).calculator
    return frame
