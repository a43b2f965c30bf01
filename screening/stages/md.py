"""relaxed.json -> md.json and a folder of chunks: one run at one temperature."""

import os
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from screening.config.stages import MDSettings
from screening.dynamics.cell import ParentLattice
from screening.dynamics.convergence import StoppingRule
from screening.dynamics.driver import Driver, Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.protocol import Progress
from screening.dynamics.run import RunPlan, driven_by_potential, make_run, progress_line
from screening.log import tell
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_relaxed_with
from screening.records import provenance
from screening.selection.rows import RungRow
from screening.stability.phases import best, usable
from screening.stability.record import RelaxedOrdering, RelaxedRecord
from screening.stages.context import StageCall
from screening.trajectories.run_record import DrivenBy, Look, MadeRun, RunProvenance, RunRecord


def run(call: StageCall) -> None:
    """Run or continue; a run that blows up is a recorded failure and exit 0."""
    execute(call, *driver_of(call), tell_progress)


@dataclass(frozen=True)
class Large:
    """A larger cell of a candidate.

    Attributes:
        structure: As records hold it.
        began: How it was made, in words; "" for an ordering repeated.
    """

    structure: dict[str, Any]
    began: str = ""


def execute(
    call: StageCall,
    driver: Driver,
    driven_by: DrivenBy,
    progress: Progress,
    *,
    large: Large | None = None,
    left_out: str = "",
    alone: bool = True,
) -> None:
    """Run or continue with this driver, end its processes and write the record.

    Args:
        call: Of the stage.
        driver: Runs the dynamics.
        driven_by: What the driver is.
        progress: Told after each chunk.
        large: Begins with this in place of the ordering of the number asked for.
        left_out: Why nothing is run; "" runs.
        alone: Nothing else runs in this process, so that its processor time is this run's.
    """
    settings: MDSettings = call.settings
    md = settings.md.model_copy(update={"duration_ps": _longest_ps(call)})
    relaxed = RelaxedRecord.read(call.input("relaxed"))
    temperature, ordering = float(call.options["temperature"]), int(call.options["ordering"])
    start = relaxed.orderings[ordering if large is None else 0]
    plan = RunPlan(
        id=relaxed.id,
        ordering=ordering,
        start=start.structure if large is None else large.structure,
        temperature_K=temperature,
        replica=int(call.options["replica"]),
        campaign_seed=settings.seed,
        md=md,
        stop=StoppingRule(settings.mobile_ion, temperature, md, settings.transport, settings.also_mobile),
        given=_parent_lattice(call) if md.cell == "measured" else None,
        hot_K=_hot_K(driver, call) if md.replica_starts == "hot" else None,
    )
    left_out = left_out or _left_out(start, ordering, settings.student_required, driven_by.student_refused)
    if md.cell == "measured" and plan.given is None:
        left_out = left_out or f"no measured cell: the parent of {relaxed.id}, {relaxed.parent}, could not be relaxed"
    with provenance("md", call.all_inputs(), seed=plan.seed, potential=driven_by.as_dict()) as origin:
        meter, before = _Meter(progress), _processor_s()
        made = make_run(plan, driver, driven_by, call.output.parent, meter.told, left_out)
        if large is not None and large.began:
            made = replace(made, began=large.began)
        # The time of a process counts once it has ended.
        driver.close()
        origin["ran_ps"] = min(meter.n_chunks * md.chunk_ps, _rounds(made) * made.ending.time_ps)
        if alone:
            origin["processor_s"] = round(_processor_s() - before, 2)
    RunRecord.of(made, provenance=RunProvenance.from_dict(origin)).write(call.output)


def _processor_s() -> float:
    """Seconds of all cores that this process has taken, with all it started that have ended."""
    return sum(os.times()[:4])


def _rounds(made: MadeRun) -> int:
    """How often the run was made."""
    return 1 + (0 if made.monitor is None else len(made.monitor.made_again or ()))


class _Meter:
    """Counts the chunks that this job makes; others were there."""

    def __init__(self, progress: Progress) -> None:
        self.n_chunks, self._progress = 0, progress

    def told(self, done: int, wanted: int, look: Look | None) -> None:
        """See `Progress`."""
        self.n_chunks += 1
        self._progress(done, wanted, look)


def _hot_K(driver: Driver, call: StageCall) -> float | None:
    """The hottest temperature of the student of a further replica; None for the first one, and without a student."""
    from screening.students.production import WatchedStudent

    if not int(call.options["replica"]) or not isinstance(driver, WatchedStudent):
        return None
    return float(driver.student.facts["hottest_K"])


def _parent_lattice(call: StageCall) -> ParentLattice | None:
    """How far the relaxed parent is from the lattice it was given with; None where there is no relaxed one."""
    for path in call.inputs("parent"):
        record = RelaxedRecord.read(path)
        if usable(record):
            return ParentLattice(record.parent, best(record).volume_change)
    return None


def _left_out(start: RelaxedOrdering, ordering: int, student_required: bool, refused: str) -> str:
    """Why there is nothing to run, "" where there is."""
    if not start.status.usable:
        return f"ordering {ordering} is not run, its relaxation failed: {start.reason}"
    if student_required and refused:
        return f"not run without a student (potential.student: required): {refused}"
    return ""


def _longest_ps(call: StageCall) -> float:
    """How long the run may be: the length of its rung, or where its candidate was stopped before."""
    length = float(call.options.get("length_ps", call.settings.md.duration_ps))
    for path in call.inputs("rung"):
        id = call.input("relaxed").parent.name
        (row,) = [row for row in RungRow.read(path) if row.id == id]
        return length if row.goes_on or row.stopped_ps is None else min(length, row.stopped_ps)
    return length


def tell_progress(done: int, wanted: int, look: Look | None) -> None:
    """See `Progress`."""
    tell(progress_line(done, wanted, look))


def driver_of(call: StageCall) -> tuple[Driver, DrivenBy]:
    """The family's student in LAMMPS, watched, if there is an accepted one, else the potential in ASE; and which."""
    settings: MDSettings = call.settings
    refused = ""
    load_potential = partial(load, settings.potential, call.threads)
    for path in call.inputs("student"):
        from screening.students.family import FamilyStudent, watched_student

        family = FamilyStudent.read(path)
        if family.accepted:
            # Replicas of an ordering, and orderings at one replica, are shared out over the committee.
            run = int(call.options["ordering"]) + int(call.options["replica"])
            mobile = {settings.mobile_ion, *settings.also_mobile}
            return watched_student(family, load_potential, settings.md, call.output.parent, call.threads, run, mobile)
        refused = family.refused
    potential = load_potential()
    require_relaxed_with(potential, call.inputs("relaxed"))
    engine = AseEngine(potential.calculator, settings.md.thermostat_time_fs)
    return Unwatched(engine), driven_by_potential(potential, refused)
