"""Every md.json of one candidate at one temperature -> transport.json."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from screening.candidates.record import CandidateRecord
from screening.config.stages import TransportSettings
from screening.dynamics.convergence import energy_drifts
from screening.dynamics.expansion import swelling
from screening.records import provenance
from screening.records.origin import PotentialFacts, Provenance
from screening.stages.context import StageCall
from screening.trajectories.run_record import RunStatus
from screening.trajectories.runs import Run, read_runs
from screening.transport.between_students import share_of_mean, student_spread, with_students, within_orderings
from screening.transport.record import (
    CandidateTransport,
    LeftOutRun,
    SpeciesTransport,
    TransportRecord,
    TransportVerdict,
)
from screening.transport.several import analyse_species


def run(call: StageCall) -> None:
    """Analyse replicas and orderings together; what failed or was not run is named and left out.

    A molten run ended early and is analysed alone: it is no replica of the others any more. Where half of the
    runs or more failed the temperature has failed: what is left would be the survivors' and not the crystal's.
    """
    settings: TransportSettings = call.settings
    runs = read_runs(call.inputs("runs"))
    candidate = CandidateRecord.read(call.input("candidate"))
    temperature = runs[0].record.temperature_K
    with provenance("transport", call.all_inputs()) as origin:
        complete, molten, failed, not_run = ([run for run in runs if run.status is status] for status in RunStatus)
        left_out = _left_out(failed + not_run)
        if not molten and len(failed) >= len(complete):
            reason = (failed + not_run)[0].record.reason
            result: TransportRecord = TransportRecord(
                verdict=TransportVerdict.FAILED, reason=reason, temperature_K=temperature
            )
            about: dict[str, Any] = {}
        else:
            kept = molten[:1] or complete
            states = candidate.oxidation_states
            moving = [settings.mobile_ion, *(name for name in settings.also_mobile if name in states)]
            analyse = partial(
                analyse_species,
                charges={name: states[name] for name in moving},
                ordering_weights=ordering_weights(candidate),
                temperature_K=temperature,
                settings=settings.transport,
            )
            result = _analysed(kept, analyse, settings)
            if left_out:
                named = ", ".join(f"{run.run} ({run.reason})" for run in left_out)
                reason = f"{result.reason}; {len(left_out)} of {len(runs)} runs excluded: {named}"
                result = replace(result, reason=reason)
            resolved = result.verdict is TransportVerdict.RESOLVED
            about = {
                **_cell(kept, temperature),
                "drift_doubt": _drift(kept, temperature, settings) if resolved else "",
                "student_doubt": _student(kept, temperature) or None,
                "student_taught": _made_again(kept, temperature) or None,
                "student_corrected_by": _corrected_by(kept),
            }
            origin.update(_potential(kept))
    CandidateTransport.of(
        result, id=candidate.id, runs_left_out=left_out, provenance=Provenance.from_dict(origin), **about
    ).write(call.output)


def _potential(runs: list[Run]) -> dict[str, Any]:
    """What moved the ions or taught what did, for the provenance; nothing where runs differ in it or do not say."""
    drivers = [run.record.provenance.potential for run in runs]
    found = [PotentialFacts.of(driver).as_dict() for driver in drivers if driver is not None]
    alike = bool(found) and len(found) == len(runs) and all(one == found[0] for one in found)
    return {"potential": found[0]} if alike else {}


def _corrected_by(runs: list[Run]) -> str | None:
    """First principles that corrected the student of these runs."""
    return next(filter(None, (run.record.driver.student_corrected_by for run in runs)), None)


def _analysed(
    runs: list[Run], analyse: Callable[..., SpeciesTransport], settings: TransportSettings
) -> SpeciesTransport:
    """All runs together; where students made them, with what these differ from one another."""
    trajectories, orderings = [run.trajectory() for run in runs], [run.record.ordering for run in runs]
    # A longer run may have stored fewer frames: all are looked at as often as the one that has fewest.
    interval = max(trajectory.frame_interval_fs for trajectory in trajectories)
    trajectories = [trajectory.at_interval(interval) for trajectory in trajectories]
    together = analyse(trajectories, orderings=orderings)
    drivers = [run.record.provenance.potential for run in runs]
    students = [driver.student_checksum for driver in drivers if driver and driver.student_checksum]
    if len(students) < len(runs):
        return together

    def diffusivity(indices: list[int]) -> tuple[float, float] | None:
        alone = analyse([trajectories[k] for k in indices], orderings=[orderings[k] for k in indices])
        value, error = alone.tracer_diffusivity_cm2_s, alone.tracer_diffusivity_error_cm2_s
        return None if value is None or error is None else (value, error)

    spread = student_spread(within_orderings(orderings, students, diffusivity))
    widened = partial(
        with_students,
        students=students,
        spread=spread,
        confidence=settings.transport.upper_bound_confidence,
        barrier_error_eV=_barrier_error_eV(runs),
    )
    others = together.also_mobile and {name: widened(record) for name, record in together.also_mobile.items()}
    return replace(
        widened(together),
        also_mobile=others,
        all_ions=together.all_ions and together.all_ions.widened(spread * share_of_mean(students)),
    )


def _barrier_error_eV(runs: list[Run]) -> float | None:
    """What the barriers of the students of these runs may err; None where one was not examined.

    All have one teacher, basis and nearly the same labels: they err alike, and more of them do not make it less.
    """
    watches = [run.record.monitor for run in runs]
    errors = [watch.barrier_error_eV for watch in watches if watch and watch.barrier_error_eV is not None]
    return None if len(errors) < len(runs) else sum(errors) / len(errors)


def ordering_weights(candidate: CandidateRecord) -> dict[int, float]:
    """How many arrangements each ordering of a candidate stands for; samples of a glass stand for one each."""
    if candidate.glass:
        return {}
    return {i: float(ordering.weight) for i, ordering in enumerate(candidate.orderings)}


def _cell(runs: list[Run], temperature_K: float) -> dict[str, Any]:
    """The largest cell of the runs relative to the relaxed one, where it is from, and why it is doubtful."""
    cells = [run.record.run_cell for run in runs]
    ratio = max(cell.volume_ratio for cell in cells if cell.volume_ratio is not None)
    found = [cell.temperature_K or temperature_K for cell in cells if cell.mean is not None]
    warm = max(found) if found else None
    # A lattice that was given is none that the potential swells.
    given = all(cell.measured_in is not None for cell in cells)
    doubt = "" if given else swelling(ratio, temperature_K if warm is None else warm)
    return {"cell_volume_ratio": ratio, "cell_temperature_K": warm, "cell_doubt": doubt}


def _drift(runs: list[Run], temperature_K: float, settings: TransportSettings) -> str:
    """Which runs' energies still drift in the analysed part, and what to do; "" if none does."""
    share = settings.transport.equilibration_fraction
    ends = [(run.name, run.record.ending.looks[-1]) for run in runs]
    drifting = [name for name, end in ends if energy_drifts(end.equilibration_ps, end.time_ps, share)]
    if not drifting:
        return ""
    return (
        f"the potential energy at {temperature_K:g} K still drifts in the analysed part of {', '.join(drifting)}, so D "
        "is not the equilibrium value: run longer (md.duration_ps), or discard more of the start "
        "(transport.equilibration_fraction)"
    )


def _student(runs: list[Run], temperature_K: float) -> str:
    """Which runs' students were beyond their limits when checked at the end, and what to do; "" if none was."""
    checks = [(run.name, run.record.spot_check, run.record.times_made_again) for run in runs]
    doubtful = [
        f"{name}: {check.doubt}" + (f" (though made again {again} times)" if again else "")
        for name, check, again in checks
        if check is not None and check.doubt
    ]
    if not doubtful:
        return ""
    more = f", and of {len(doubtful) - 1} more of {len(runs)} runs" if len(doubtful) > 1 else ""
    return (
        f"the student at {temperature_K:g} K differs from the potential at the end of {doubtful[0]}{more}: look more "
        "often (md.monitor.interval_ps), or train longer (student.run_ps, student.stable_ps)"
    )


def _made_again(runs: list[Run], temperature_K: float) -> str:
    """How many runs were made again because their students were wrong where they went; "" for none."""
    again = sum(run.record.times_made_again > 0 for run in runs)
    if not again:
        return ""
    were = "were made again with students that have" if again > 1 else "was made again with a student that has"
    return f"{again} of {len(runs)} runs at {temperature_K:g} K {were} learnt from the spot check"


def _left_out(runs: list[Run]) -> tuple[LeftOutRun, ...]:
    return tuple(LeftOutRun(run=run.name, reason=run.record.reason) for run in runs)
