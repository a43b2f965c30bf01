"""One run of a candidate at one temperature, as md.json holds it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from screening.config.dynamics import LATER_KEYS, MDProtocol
from screening.dynamics.cell import ParentLattice, run_cell
from screening.dynamics.convergence import StoppingRule
from screening.dynamics.driver import Driver
from screening.dynamics.elsewhere import hot_start
from screening.dynamics.engines.base import EngineFailure
from screening.dynamics.protocol import Progress, RunOutcome, run_chunks, thermal_start
from screening.dynamics.timestep import MeasuredStep, measured_step
from screening.log import tell
from screening.potentials.base import Potential
from screening.records import content_hash, derive_seed, sha256_of
from screening.records.structures import atoms_of
from screening.trajectories.run_record import (
    CellRecord,
    DrivenBy,
    Ending,
    Look,
    MadeRun,
    RunCell,
    RunEnding,
    RunStatus,
    SpotCheck,
    round_folder,
)
from screening.trajectories.storage import chunk_path

# A longer run continues a shorter one.
LENGTHS = frozenset({"duration_ps", "target_relative_error", "min_duration_ps"})


@dataclass(frozen=True)
class RunPlan:
    """What is run, and for how long.

    Attributes:
        id: Of the candidate.
        ordering: Number of the ordering.
        start: Its relaxed structure, as records hold it.
        temperature_K: Target.
        replica: Number of the run among those of the same ordering and temperature.
        campaign_seed: The run's own follows from it.
        md: Lengths and intervals.
        stop: Ends the run before its length is spent.
        given: The parent's lattice, where runs are made in it.
        hot_K: The ions begin where a run at this temperature left them; None where they begin as relaxed.
    """

    id: str
    ordering: int
    start: dict[str, Any]
    temperature_K: float
    replica: int
    campaign_seed: int
    md: MDProtocol
    stop: StoppingRule
    given: ParentLattice | None = None
    hot_K: float | None = None

    @property
    def seed(self) -> int:
        """Of velocities and thermostat."""
        return derive_seed(self.campaign_seed, self.id, self.ordering, self.temperature_K, self.replica)

    @property
    def cell_run(self) -> tuple[float, int]:
        """Temperature in K and seed of the run that finds the cell.

        At a temperature common to all runs of an ordering they have a common seed, and find the same cell.
        """
        common = self.md.cell_temperature_K
        if common is None:
            return self.temperature_K, self.seed
        return common, derive_seed(self.campaign_seed, self.id, self.ordering, common)

    def protocol(self, driven_by: DrivenBy) -> str:
        """Hash of all that its frames depend on besides the length."""
        # The potential itself is not watched.
        without = LENGTHS if driven_by.student_checksum else LENGTHS | {"monitor"}
        # Left out where it is not set: runs that were begun before there was such a choice go on.
        without |= {name for name in LATER_KEYS if getattr(self.md, name) is None}
        if not self.replica:
            # The first one begins as relaxed, whatever further ones do.
            without |= {"replica_starts"}
        unseen = {"monitor": self.md.monitor.of_no_matter}
        cell = {} if self.given is None else {"volume_ratio": self.given.volume_ratio}
        return content_hash(
            {
                **cell,
                "md": {k: v for k, v in self.md.model_dump(mode="json", exclude=unseen).items() if k not in without},
                # The same run goes on where there is a GPU, or none.
                "driver": {k: v for k, v in driven_by.as_dict().items() if k != "device"},
                "temperature_K": self.temperature_K,
                "seed": self.seed,
                "start": self.start,
            }
        )


def driven_by_potential(loaded: Potential, refused: str = "") -> DrivenBy:
    """What drives a run without a student; `refused` says why there is none."""
    return DrivenBy(**loaded.record(), student_checksum=None, student_refused=refused, centre_of_mass="held")


def make_run(
    plan: RunPlan, driver: Driver, driven_by: DrivenBy, folder: Path, progress: Progress, left_out: str = ""
) -> MadeRun:
    """Run or continue; a run that blows up is a recorded failure.

    Args:
        plan: What is run.
        driver: Runs the dynamics.
        driven_by: What the driver is.
        folder: Of the run, for its chunks and its cell.
        progress: See `run_chunks`.
        left_out: Why nothing is run; "" runs.

    Raises:
        StageError: a process with other settings writes into the same folder.
    """
    step = None if left_out else _step(plan, driver)
    if isinstance(step, MeasuredStep):
        plan = replace(plan, md=plan.md.model_copy(update={"timestep_fs": step.step_fs}))
    protocol = plan.protocol(driven_by)
    if isinstance(step, RunOutcome):
        ended, step = _Ended(step, RunCell(cell="none")), None
    elif left_out:
        ended = _Ended(RunOutcome(RunStatus.LEFT_OUT, RunEnding.LEFT_OUT, left_out, 0, 0), RunCell(cell="none"))
    else:
        ended, driver = _made_until_right(plan, driver, protocol, folder, progress)
    outcome = ended.outcome
    return MadeRun(
        id=plan.id,
        temperature_K=plan.temperature_K,
        ordering=plan.ordering,
        replica=plan.replica,
        status=outcome.status,
        reason="" if outcome.status is RunStatus.COMPLETE else outcome.reason,
        ending=Ending(
            by=outcome.ended_by,
            reason=outcome.reason,
            time_ps=outcome.time_ps,
            looks=outcome.looks,
        ),
        engine=driver.engine.name,
        driver=driven_by,
        monitor=driver.watch(outcome.largest_grade),
        spot_check=ended.check,
        run_cell=ended.cell,
        began=ended.began,
        timestep_fs=None if step is None else step.step_fs,
        fastest_period_fs=None if step is None else step.period_fs,
        protocol=protocol,
        n_frames=outcome.n_frames,
        chunks={path.name: sha256_of(path) for path in ended.chunks},
    )


@dataclass(frozen=True)
class _Ended:
    """How a run ended, the cell it was in, its chunks, and where its ions began if not as relaxed."""

    outcome: RunOutcome
    cell: RunCell
    chunks: tuple[Path, ...] = ()
    began: str | None = None
    check: SpotCheck | None = None


def _made_until_right(
    plan: RunPlan, driver: Driver, protocol: str, folder: Path, progress: Progress
) -> tuple[_Ended, Driver]:
    """The run, made again in a folder of its own as often as its spot check teaches its driver; and the last driver.

    What a shorter run, or an earlier try, was taught counts: the dynamics that it was taught after are not longer made.
    """
    number = 0
    while True:
        here, following = round_folder(folder, number), round_folder(folder, number + 1)
        taught = driver.taught_before(here / "chunks", protocol, following)
        if taught is None:
            ended = _ended(plan, driver, protocol, here, progress)
            if ended.outcome.status is not RunStatus.COMPLETE:
                return ended, driver
            check = driver.spot_check(ended.chunks)
            ended = replace(ended, check=check)
            taught = None if check is None else driver.taught_by(check, ended.chunks, following)
        if taught is None:
            return ended, driver
        tell(taught.reason)
        driver, number = taught.driver, number + 1


def _step(plan: RunPlan, driver: Driver) -> MeasuredStep | RunOutcome | None:
    """The time step from the crystal's fastest vibration; None where it is given, how the run ended where it failed."""
    if plan.md.timestep_fs != "auto":
        return None
    try:
        return measured_step([atoms_of(plan.start)], driver.engine, plan.md.sample_interval_fs)
    except EngineFailure as failure:
        return RunOutcome(RunStatus.FAILED, RunEnding.FAILED, f"fastest vibration: {failure}", 0, 0)


def _ended(plan: RunPlan, driver: Driver, protocol: str, folder: Path, progress: Progress) -> _Ended:
    about = (plan.temperature_K, plan.seed, protocol)
    try:
        start, cell = run_cell(
            atoms_of(plan.start), driver, plan.md, *plan.cell_run, protocol, folder / CellRecord.FILE, plan.given
        )
    except EngineFailure as failure:
        why = f"constant pressure: {failure}"
        return _Ended(RunOutcome(RunStatus.FAILED, RunEnding.FAILED, why, 0, 0), RunCell(cell="none"))
    began = None
    if plan.hot_K is not None:
        # Made again where chunks are there: it costs seconds, and the record says how the run began.
        elsewhere = hot_start(
            start, driver.engine, plan.hot_K, plan.temperature_K, plan.md.step_fs, plan.stop.moving, plan.seed
        )
        start, began = elsewhere.atoms, elsewhere.how
    hot = thermal_start(start, plan.temperature_K, plan.seed)
    outcome = run_chunks(folder / "chunks", hot, driver, plan.md, *about, plan.stop, progress)
    chunks = tuple(chunk_path(folder / "chunks", index) for index in range(outcome.n_chunks))
    return _Ended(outcome, cell, chunks, began)


def progress_line(done: int, wanted: int, look: Look | None) -> str:
    """How far a run is, and what is known of it."""
    known = ""
    if look is not None and look.diffusivity_cm2_s is not None:
        known = f"; D* {look.diffusivity_cm2_s:.2g} cm2/s with a relative error of {look.relative_error:.2f}"
    return f"{done} of {wanted} frames{known}"
