"""relaxed.json -> the md.json of every temperature and replica of one ordering, their forces found in one batch."""

from dataclasses import replace
from functools import partial

from ase.calculators.calculator import Calculator

from screening.config.stages import MDSettings
from screening.dynamics.driver import Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.protocol import Progress
from screening.dynamics.run import driven_by_potential, progress_line
from screening.log import tell
from screening.potentials.batch import run_together
from screening.potentials.registry import batched, load
from screening.potentials.selfcheck import require_relaxed_with
from screening.records import claim
from screening.stages import md
from screening.stages.context import StageCall
from screening.trajectories.run_record import Look


def run(call: StageCall) -> None:
    """Run or continue all; a run that blows up is a recorded failure of that run alone, and exit 0.

    Raises:
        BaseException: what the first run that could not be made raised, after the others have ended.
    """
    settings: MDSettings = call.settings
    loaded = load(settings.potential, call.threads)
    require_relaxed_with(loaded, call.inputs("relaxed"))
    driven_by = driven_by_potential(loaded)

    def one(single: StageCall, calculator: Calculator) -> None:
        driver = Unwatched(AseEngine(calculator, settings.md.thermostat_time_fs))
        md.execute(single, driver, driven_by, _teller(single), alone=False)

    calls = _calls(call)
    for single in calls:
        claim(single.output)
    outcomes = run_together(batched(settings.potential, loaded), [partial(one, single) for single in calls])
    for single, outcome in zip(calls, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            tell(f"{_name(single)} could not be made")
            raise outcome


def _calls(call: StageCall) -> list[StageCall]:
    """A call for each run; its output lies where that of the one that was asked for would, for its own wildcards."""
    ordering, folder = call.options["ordering"], call.output.parents[2]
    return [
        replace(
            call,
            output=folder / f"{temperature}K" / f"o{ordering}_r{replica}" / call.output.name,
            options={**call.options, "temperature": temperature, "replica": str(replica)},
        )
        for temperature in call.options["temperatures"].split(",")
        for replica in range(int(call.options["replicas"]))
    ]


def _name(call: StageCall) -> str:
    return f"{call.options['temperature']} K, replica {call.options['replica']}"


def _teller(call: StageCall) -> Progress:
    def told(done: int, wanted: int, look: Look | None) -> None:
        tell(f"{_name(call)}: {progress_line(done, wanted, look)}")

    return told
